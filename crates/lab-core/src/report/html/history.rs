//! The course of each benchmark over the Runs of its machine, as plain values over one list of Runs.
//!
//! What is a step and what is none was decided by [`crate::history`]; a step drawn here is a suspect and never an alarm.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::history::{Creep, Moment, Step as FoundStep, Timeline, Trend};
use crate::model::{Direction, METRICS, MetricId};
use crate::report::compared::phrase;
use crate::report::number;

/// The Runs of a history and what each benchmark gave in them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// In the order of commits where a repository knows them, else of time; the oldest first.
    pub runs: Vec<Past>,
    /// By the benchmark's whole id; those with two values at least.
    pub traces: BTreeMap<String, Trace>,
}

/// One Run of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// What names it: a Run's id, or `machine/name`.
    pub reference: String,
    /// The day it stands for: its commit's where git knows it, else that of measuring.
    pub day: String,
    /// Its commit; absent outside a repository.
    pub commit: Option<String>,
    /// First line of the commit's message; absent where nobody knows it.
    pub subject: Option<String>,
}

/// One benchmark over the Runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// Which metric.
    pub metric: MetricId,
    /// Its unit.
    pub unit: String,
    /// One per Run: the median over its processes; absent where it was not measured.
    pub values: Vec<Option<f64>>,
    /// Its parts without a jump, in order.
    pub stretches: Vec<Stretch>,
    /// Where the level jumps, from the oldest to the newest.
    pub steps: Vec<Step>,
    /// What else is to be said of it, as sentences without a stop: what crept.
    pub remarks: Vec<String>,
}

/// A stretch of Runs without a jump: a level, or a slope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Index of its first Run.
    pub start: usize,
    /// Index of its last Run.
    pub last_index: usize,
    /// Its value at the first Run.
    pub first: f64,
    /// Its value at the last; equal to the first for a level.
    pub last: f64,
}

/// A jump from one level to the next.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Index of the first Run behind it; never 0.
    pub at: usize,
    /// The level before.
    pub before: f64,
    /// The level after.
    pub after: f64,
    /// Whether the new level is the worse one.
    pub is_worse: bool,
    /// Whether somebody accepted it.
    pub is_accepted: bool,
    /// How sure it is, what else changed there, who accepted it: clauses.
    pub notes: Vec<String>,
}

impl History {
    /// Lays the courses over the moments, which are in their order.
    pub fn new(moments: &[Arc<Moment>], courses: &[(Timeline, Trend)]) -> Self {
        let places: BTreeMap<&str, usize> =
            moments.iter().enumerate().map(|(place, moment)| (moment.source.reference(), place)).collect();
        let traces = courses
            .iter()
            .filter(|(timeline, _)| timeline.points.len() > 1)
            .map(|(timeline, trend)| (timeline.benchmark.clone(), trace(timeline, trend, &places)))
            .collect();
        Self { runs: moments.iter().map(|moment| past(moment)).collect(), traces }
    }
}

fn past(moment: &Moment) -> Past {
    Past {
        reference: moment.source.reference().to_owned(),
        day: moment.day().to_owned(),
        commit: moment.revision.commit.clone(),
        subject: moment.note.as_ref().map(|note| note.subject.clone()),
    }
}

fn trace(timeline: &Timeline, trend: &Trend, places: &BTreeMap<&str, usize>) -> Trace {
    // A timeline counts its own points alone; the Runs that lack it lie between them.
    let of_points: Vec<usize> = timeline
        .points
        .iter()
        .map(|point| places.get(point.moment.source.reference()).copied().unwrap_or_default())
        .collect();
    let at = |point: usize| of_points.get(point).copied().unwrap_or_default();
    let mut values = vec![None; places.len()];
    for (point, place) in timeline.points.iter().zip(&of_points) {
        values[*place] = Some(point.centre.point);
    }
    let stretches = trend.stretches.iter().map(|stretch| Stretch {
        start: at(stretch.start),
        last_index: at(stretch.end.saturating_sub(1)),
        first: stretch.first,
        last: stretch.last,
    });
    let is_lower_better = METRICS
        .iter()
        .find(|metric| metric.id == timeline.metric.0)
        .is_none_or(|metric| metric.direction == Direction::LowerIsBetter);
    let step = |found: &FoundStep| Step {
        at: at(found.at),
        before: found.before.value,
        after: found.after.value,
        is_worse: found.is_up() == is_lower_better,
        is_accepted: found.accepted.is_some(),
        notes: notes(found),
    };
    Trace {
        metric: timeline.metric.clone(),
        unit: timeline.unit.clone(),
        values,
        stretches: stretches.collect(),
        steps: trend.steps.iter().map(step).collect(),
        remarks: trend.creeps.iter().map(|creep| crept(creep, timeline)).collect(),
    }
}

fn notes(step: &FoundStep) -> Vec<String> {
    let mut notes = vec![format!("p {}", super::table::probability(step.p.value()))];
    notes.extend(
        step.settings
            .iter()
            .map(|setting| format!("{}: {} → {}", setting.name, setting.before, setting.after)),
    );
    notes.extend(
        step.canary_log_ratio
            .map(|log| format!("the machine itself moved by {} there", phrase::percent(log.exp()))),
    );
    notes.extend(
        step.accepted
            .as_ref()
            .map(|accepted| format!("accepted by {} on {}: {}", accepted.who, accepted.day, accepted.why)),
    );
    notes
}

fn crept(creep: &Creep, timeline: &Timeline) -> String {
    let day = |point: usize| timeline.points.get(point).map_or("?", |point| point.moment.day());
    let (from, to) = (day(creep.start), day(creep.end.saturating_sub(1)));
    let moved = if timeline.has_ratios() {
        phrase::percent(creep.log_ratio.point.exp())
    } else {
        number::quantity(creep.log_ratio.point, &timeline.unit)
    };
    format!("creeps by {moved} from {from} to {to}, and no single Run made it")
}

#[cfg(test)]
mod tests {
    use lab_stats::Estimate;

    use super::*;
    use crate::history::{Accepted, Source, TimelinePoint, TrendRules};
    use crate::model::Revision;

    fn moment(number: usize) -> Arc<Moment> {
        Arc::new(Moment {
            source: Source::Run(format!("run-{number:02}")),
            names: Vec::new(),
            measured_at: format!("2026-08-{:02}T10:00:00Z", number % 28 + 1),
            revision: Revision { commit: Some(format!("{number:040x}")), ..Revision::default() },
            note: None,
            machine: "m".into(),
            lab_version: String::new(),
            settings: BTreeMap::new(),
            canaries: BTreeMap::new(),
        })
    }

    /// One benchmark that every third Run lacks.
    fn history(values: &[f64]) -> History {
        let moments: Vec<Arc<Moment>> = (0..values.len()).map(moment).collect();
        let points = moments.iter().zip(values).enumerate().filter(|(place, _)| place % 3 != 2);
        let timeline = Timeline {
            benchmark: "p/t/a".into(),
            metric: MetricId::wall_ns(),
            unit: "ns".into(),
            machine: "m".into(),
            points: points
                .map(|(_, (moment, value))| TimelinePoint {
                    moment: Arc::clone(moment),
                    centre: Estimate { point: *value, interval: None },
                    invocation_count: 10,
                    tainted_count: 0,
                })
                .collect(),
        };
        let trend = Trend::of(&timeline, TrendRules::default(), &Accepted::default()).unwrap();
        History::new(&moments, &[(timeline, trend)])
    }

    #[test]
    fn a_step_lies_at_its_run_though_some_runs_lack_the_benchmark() {
        let noise = [1.0, 1.004, 0.997, 1.002, 0.999, 0.995, 1.003];
        let level = |place: usize| if place < 30 { 100.0 } else { 116.0 };
        let values: Vec<f64> = (0..60).map(|place| level(place) * noise[place % 7]).collect();
        let jumped = history(&values);
        let trace = &jumped.traces["p/t/a"];
        assert_eq!(trace.values.iter().filter(|value| value.is_none()).count(), 20);
        let [step] = trace.steps.as_slice() else { panic!("{:?}", trace.steps) };
        assert_eq!((step.at, step.is_worse), (30, true));
        assert_eq!(jumped.runs[step.at].reference, "run-30");
        assert_eq!(
            trace.stretches.iter().map(|one| (one.start, one.last_index)).collect::<Vec<_>>(),
            [(0, 28), (30, 58)]
        );
        assert!(step.notes[0].starts_with("p "));
    }

    #[test]
    fn one_value_is_no_history() {
        assert!(history(&[100.0]).traces.is_empty());
    }
}
