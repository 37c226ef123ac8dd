//! What older Runs of the same machine gave, as plain values in their order.
//!
//! A jump drawn from it is a suspect: values of different days also tell of the machine.

use std::collections::BTreeMap;

use lab_stats::{Estimate, Level, Observations, Point, Sensitivity, median_estimate, segments};

use crate::model::{BenchmarkId, Direction, Extract, METRICS, MetricId, Origin};

/// The Runs of a history and what each benchmark gave in them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// From the oldest to the newest.
    pub runs: Vec<Past>,
    /// By benchmark; in its deciding metric.
    pub traces: BTreeMap<BenchmarkId, Trace>,
}

/// One Run of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// What names it: a Run's id, or `machine/name`.
    pub reference: String,
    /// RFC 3339 in UTC.
    pub created_at: String,
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
}

/// A stretch of Runs without a jump: a level, or a slope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Index of its first Run.
    pub start: usize,
    /// Index after its last.
    pub end: usize,
    /// Its value at the first Run.
    pub first: f64,
    /// Its value at the last; equal to the first for a level.
    pub last: f64,
}

/// A jump from one level to the next.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Index of the first Run on the new level; never 0.
    pub at: usize,
    /// The level before.
    pub before: f64,
    /// The level after.
    pub after: f64,
    /// Whether the new level is the worse one.
    pub is_worse: bool,
    /// What else is known of it, as a clause: that somebody accepted it, or how sure it is.
    pub note: Option<String>,
}

/// Builds a history out of one extract after the other, and keeps none of them.
#[derive(Debug, Default)]
pub struct HistoryRecorder {
    runs: Vec<Past>,
    traces: BTreeMap<BenchmarkId, Recorded>,
}

#[derive(Debug)]
struct Recorded {
    metric: MetricId,
    unit: String,
    values: Vec<Option<Estimate>>,
}

impl HistoryRecorder {
    /// Adds the next newer Run.
    pub fn add(&mut self, extract: &Extract) {
        let place = self.runs.len();
        self.runs.push(Past {
            reference: match &extract.origin {
                Origin::Run(id) => id.clone(),
                Origin::Import { path, .. } => path.clone(),
            },
            created_at: extract.created_at.clone(),
            commit: extract.revision.commit.clone(),
            subject: None,
        });
        for benchmark in &extract.benchmarks {
            let Some(first) = benchmark.series.first() else { continue };
            let recorded = self.traces.entry(benchmark.id.clone()).or_insert_with(|| Recorded {
                metric: first.metric.clone(),
                unit: first.unit.clone(),
                values: Vec::new(),
            });
            let Some(series) =
                benchmark.series(&recorded.metric).filter(|series| series.unit == recorded.unit)
            else {
                continue;
            };
            let finite: Vec<f64> = series.values.iter().copied().filter(|value| value.is_finite()).collect();
            let estimate = Observations::new(finite).ok().map(|values| median_estimate(&values, Level::P95));
            recorded.values.resize(place, None);
            recorded.values.push(estimate);
        }
    }

    /// The history of the benchmarks that two Runs measured at least; one value is no history.
    pub fn finish(self) -> History {
        let count = self.runs.len();
        let has_course = |recorded: &Recorded| recorded.values.iter().flatten().count() > 1;
        let traces = self.traces.into_iter().filter(|(_, recorded)| has_course(recorded));
        History {
            traces: traces.map(|(id, recorded)| (id, recorded.trace(count))).collect(),
            runs: self.runs,
        }
    }
}

impl Recorded {
    fn trace(mut self, count: usize) -> Trace {
        self.values.resize(count, None);
        let (stretches, steps) = self.course();
        let values = self.values.iter().map(|value| value.map(|value| value.point)).collect();
        Trace { metric: self.metric, unit: self.unit, values, stretches, steps }
    }

    /// Levels and jumps between logarithms, since noise and changes are shares; none where a value has no logarithm.
    fn course(&self) -> (Vec<Stretch>, Vec<Step>) {
        let known: Vec<(usize, Estimate)> =
            self.values.iter().enumerate().filter_map(|(place, value)| Some((place, (*value)?))).collect();
        let points: Vec<Point> = known.iter().map(|(_, estimate)| point(estimate)).collect();
        let Ok(found) = segments(&points, Sensitivity::default()) else { return (Vec::new(), Vec::new()) };
        let end_of = |last: usize| known.get(last).map_or(self.values.len(), |(place, _)| *place);
        let stretches: Vec<Stretch> = found
            .iter()
            .map(|stretch| Stretch {
                start: known[stretch.start].0,
                end: end_of(stretch.end),
                first: stretch.level.exp(),
                last: stretch.level.exp(),
            })
            .collect();
        let is_lower_better = METRICS
            .iter()
            .find(|metric| metric.id == self.metric.0)
            .is_none_or(|metric| metric.direction == Direction::LowerIsBetter);
        let step = |pair: &[Stretch]| Step {
            at: pair[1].start,
            before: pair[0].last,
            after: pair[1].first,
            is_worse: (pair[1].first > pair[0].last) == is_lower_better,
            note: None,
        };
        let steps = stretches.windows(2).map(step).collect();
        (stretches, steps)
    }
}

fn point(estimate: &Estimate) -> Point {
    let error = estimate.interval.map_or(0.0, |interval| interval.normal_standard_error() / estimate.point);
    Point { value: estimate.point.ln(), standard_error: error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::fixture::{add, extract};

    fn history(values: &[f64]) -> History {
        let mut recorder = HistoryRecorder::default();
        for value in values {
            let mut run = extract(&["p/t/a"]);
            if value.is_finite() {
                add(&mut run.benchmarks[0], "wall_ns", "ns", &[value * 0.999, *value, value * 1.001]);
            }
            recorder.add(&run);
        }
        recorder.finish()
    }

    fn noisy(level: f64, count: usize) -> Vec<f64> {
        [1.0, 1.004, 0.997, 1.002, 0.999, 0.995, 1.003]
            .iter()
            .cycle()
            .take(count)
            .map(|w| w * level)
            .collect()
    }

    #[test]
    fn a_jump_is_found_with_its_levels_and_an_even_course_has_none() {
        let jumped = history(&[noisy(100.0, 20), noisy(116.0, 20)].concat());
        let trace = &jumped.traces.values().next().unwrap();
        assert_eq!(trace.steps.len(), 1, "{:?}", trace.steps);
        assert_eq!((trace.steps[0].at, trace.steps[0].is_worse), (20, true));
        assert!((trace.steps[0].after / trace.steps[0].before - 1.16).abs() < 0.01);
        let even = history(&noisy(100.0, 40));
        assert!(even.traces.values().all(|trace| trace.steps.is_empty() && trace.stretches.len() == 1));
    }

    #[test]
    fn a_run_that_lacks_a_benchmark_is_a_gap_and_one_value_is_no_history() {
        let gap = history(&[100.0, f64::NAN, 101.0]);
        let values = &gap.traces.values().next().unwrap().values;
        assert_eq!(values, &[Some(100.0), None, Some(101.0)]);
        assert!(history(&[100.0, f64::NAN]).traces.is_empty());
    }
}
