//! One exercise with one thing planted: a stream of launches, cut into verdicts.
//!
//! A verdict ends where the sequential rule would have stopped, and the next one begins with the next launch; no launch
//! is used twice.

use lab_stats::{
    Design, Direction, Finding, Level, Observations, Standing, decision_now, hodges_lehmann,
    hodges_lehmann_interval, median,
};

use crate::model::{Launch, MetricId, Outcome};

/// What is planted into the candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plant {
    /// Nothing: both sides are the same executable with the same work.
    Nothing,
    /// So many per cent more of the same work.
    Work(u32),
    /// Memory further away, with the same instructions.
    Memory,
}

/// How verdicts ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    /// The candidate was called slower.
    pub slower: usize,
    /// The candidate was called faster.
    pub faster: usize,
    /// Both were called equivalent.
    pub unchanged: usize,
    /// All launches were used up without an answer.
    pub open: usize,
}

/// All verdicts on one exercise with one plant.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Name of the exercise.
    pub exercise: String,
    /// Whether it keeps its CPU busy; what waits is not held to finding 1 %.
    pub is_busy: bool,
    /// What was planted.
    pub plant: Plant,
    /// The metric that decided.
    pub metric: MetricId,
    /// How its verdicts ended.
    pub ends: Ends,
    /// Launches of those verdicts.
    pub launch_count: usize,
    /// Their time in seconds.
    pub seconds: f64,
    /// ln(candidate / baseline) over all launches: Hodges-Lehmann estimate and ends of its interval at 95 %; absent
    /// with too few launches.
    pub effect: Option<[f64; 3]>,
    /// Middle of ln(candidate / baseline) in instructions; absent without a counter.
    pub instructions: Option<f64>,
    /// Middle half-width of the verdicts' intervals: about the smallest change that they could have shown.
    pub half_width: Option<f64>,
    /// Launches that gave no value.
    pub failed_count: usize,
}

/// The launches of a cell while they come.
#[derive(Clone, Debug)]
pub struct Stream {
    cell: Cell,
    design: Design,
    /// Values of the verdict that is not reached yet.
    pending: Vec<f64>,
    pending_seconds: f64,
    logs: Vec<f64>,
    instruction_logs: Vec<f64>,
    half_widths: Vec<f64>,
}

impl Stream {
    /// A stream without launches.
    pub fn new(exercise: &str, is_busy: bool, plant: Plant, metric: MetricId) -> Self {
        let cell = Cell {
            exercise: exercise.into(),
            is_busy,
            plant,
            metric,
            ends: Ends::default(),
            launch_count: 0,
            seconds: 0.0,
            effect: None,
            instructions: None,
            half_width: None,
            failed_count: 0,
        };
        Self {
            cell,
            design: Design::default(),
            pending: Vec::new(),
            pending_seconds: 0.0,
            logs: Vec::new(),
            instruction_logs: Vec::new(),
            half_widths: Vec::new(),
        }
    }

    /// Takes one more launch, and tells the verdict when it was the one that decided it.
    pub fn take(&mut self, launch: &Launch) -> Option<Finding> {
        let log = launch.log_ratio(&self.cell.metric);
        let Some(log) = log.filter(|log| launch.outcome == Outcome::Ok && log.is_finite()) else {
            self.cell.failed_count += 1;
            return None;
        };
        self.logs.push(log);
        self.instruction_logs.extend(launch.log_ratio(&MetricId("instructions".into())));
        self.pending.push(log);
        self.pending_seconds += launch.wall_ns as f64 / 1e9;
        decision_now(&self.design, &self.pending).map(|standing| self.end(&standing))
    }

    /// How many verdicts were reached.
    pub fn verdict_count(&self) -> usize {
        let Ends { slower, faster, unchanged, open } = self.cell.ends;
        slower + faster + unchanged + open
    }

    /// The cell, with what all its launches show together. Launches after the last verdict count for the effect only.
    pub fn finish(mut self) -> Cell {
        let middle = |values: Vec<f64>| Observations::new(values).ok().map(|values| median(&values));
        self.cell.instructions = middle(self.instruction_logs);
        self.cell.half_width = middle(self.half_widths);
        self.cell.effect = Observations::new(self.logs).ok().and_then(|logs| {
            let interval = hodges_lehmann_interval(&logs, Level::P95).ok()?;
            Some([hodges_lehmann(&logs), interval.lower(), interval.upper()])
        });
        self.cell
    }

    fn end(&mut self, standing: &Standing) -> Finding {
        let ends = &mut self.cell.ends;
        match standing.finding {
            Finding::Changed(Direction::Up) => ends.slower += 1,
            Finding::Changed(Direction::Down) => ends.faster += 1,
            Finding::Unchanged => ends.unchanged += 1,
            Finding::Undecided | Finding::Exhausted => ends.open += 1,
        }
        self.cell.launch_count += self.pending.len();
        self.cell.seconds += self.pending_seconds;
        self.half_widths.push(standing.interval.half_width());
        self.pending.clear();
        self.pending_seconds = 0.0;
        standing.finding
    }
}

impl Ends {
    /// Verdicts in all.
    pub fn count(&self) -> usize {
        self.slower + self.faster + self.unchanged + self.open
    }
}

impl Plant {
    /// Stored name: `nothing`, `work_1`, `memory`.
    pub fn id(self) -> String {
        match self {
            Self::Nothing => "nothing".into(),
            Self::Work(percent) => format!("work_{percent}"),
            Self::Memory => "memory".into(),
        }
    }

    /// From its stored name.
    pub fn of_id(id: &str) -> Option<Self> {
        match id {
            "nothing" => Some(Self::Nothing),
            "memory" => Some(Self::Memory),
            _ => id.strip_prefix("work_")?.parse().ok().map(Self::Work),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BenchmarkId, Grain, Round, Side, Slice, TargetId};

    fn launch(log: f64) -> Launch {
        let slice = |wall_ns: f64| Slice {
            wall_ns: wall_ns as u64,
            cycles: None,
            instructions: Some(1000),
            task_clock_ns: None,
        };
        Launch {
            index: 0,
            benchmark: BenchmarkId::new(TargetId::new("p", "t"), "b"),
            grain: Grain::Slices,
            starter: Side::Baseline,
            layout: 0,
            padding_bytes: [0, 0],
            started_at: String::new(),
            wall_ns: 50_000_000,
            outcome: Outcome::Ok,
            rounds: vec![Round {
                first: Side::Baseline,
                iterations: 1,
                baseline: slice(1e12),
                candidate: slice(1e12 * log.exp()),
            }],
            warnings: Vec::new(),
        }
    }

    fn stream() -> Stream {
        Stream::new("hash", true, Plant::Nothing, MetricId::wall_ns())
    }

    #[test]
    fn a_stream_is_cut_where_the_rule_would_stop_and_no_launch_is_used_twice() {
        let mut stream = stream();
        let ends: Vec<Option<Finding>> =
            (0..25).map(|at| stream.take(&launch(0.02 + 1e-4 * f64::from(at)))).collect();
        let at: Vec<usize> = (0..25).filter(|at| ends[*at].is_some()).collect();
        assert_eq!(at, [9, 19], "ten launches of one sign decide");
        let cell = stream.finish();
        assert_eq!((cell.ends.slower, cell.ends.count(), cell.launch_count), (2, 2, 20));
        assert!((cell.seconds - 1.0).abs() < 1e-9);
        assert!(cell.effect.is_some_and(|[log, lower, upper]| lower < log && log < upper && lower > 0.02));
        assert_eq!(cell.instructions, Some(0.0));
    }

    #[test]
    fn a_launch_that_failed_is_counted_and_takes_no_part() {
        let mut stream = stream();
        let failed = Launch { outcome: Outcome::Missing { reason: "x".into() }, ..launch(0.02) };
        for _ in 0..9 {
            stream.take(&launch(0.02));
            stream.take(&failed);
        }
        assert_eq!(stream.verdict_count(), 0);
        assert!(stream.take(&launch(0.02)).is_some());
        assert_eq!(stream.finish().failed_count, 9);
    }

    #[test]
    fn plants_come_back_from_their_names() {
        for plant in [Plant::Nothing, Plant::Work(1), Plant::Work(25), Plant::Memory] {
            assert_eq!(Plant::of_id(&plant.id()), Some(plant));
        }
        assert_eq!(Plant::of_id("work_x"), None);
    }
}
