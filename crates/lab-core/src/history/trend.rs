//! What a timeline says: its steps, what creeps, how far it drifted, and which settings changed without a trace.
//!
//! It never says why; commits and settings beside a step are where to look, not the cause.

mod reading;

use lab_stats::{Beginning, Estimate, ObservationsError, Point, Probability, Sensitivity, stretches};
use reading::{Reading, Scale};

use super::{Accepted, SettingChange, Step, Timeline};

/// How a timeline is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrendRules {
    /// How sure a step must be.
    pub sensitivity: Sensitivity,
    /// The smallest change that matters, as a share; smaller steps are counted only.
    pub margin: f64,
}

impl Default for TrendRules {
    /// The sensitivity of lab-stats, and the margin of a policy that says nothing.
    fn default() -> Self {
        Self { sensitivity: Sensitivity::default(), margin: crate::policy::Limits::default().margin }
    }
}

/// What a timeline says.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    /// Levels and slopes, in order and without gaps.
    pub stretches: Vec<Stretch>,
    /// Jumps of at least the margin.
    pub steps: Vec<Step>,
    /// Jumps below it.
    pub small_step_count: usize,
    /// Slopes, in order.
    pub creeps: Vec<Creep>,
    /// From the first point to the last; absent for no points, and where a value is not above zero.
    pub drift: Option<Drift>,
    /// Settings that changed before the point of this index, where there is no step.
    pub settings_without_step: Vec<(usize, Vec<SettingChange>)>,
}

/// A part of a timeline without a jump.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Index of its first point.
    pub start: usize,
    /// Index after its last point.
    pub end: usize,
    /// Fitted to its first point, in the unit of the timeline.
    pub first: f64,
    /// Fitted to its last point; equal to `first` for a level.
    pub last: f64,
}

/// A slow change over many commits, no one of which made it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Creep {
    /// Index of its first point.
    pub start: usize,
    /// Index after its last point.
    pub end: usize,
    /// ln(end / start) with its interval (95 %): the slope of Theil and Sen times the length. In the unit of the timeline
    /// where a value is not above zero.
    pub log_ratio: Estimate,
    /// Two-sided p of "no trend" (Mann and Kendall).
    pub p: Probability,
}

/// How far a timeline went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// ln(last level / first level).
    pub log_ratio: f64,
    /// The part of it that came in steps, those below the margin included.
    pub in_steps: f64,
    /// The part of it that crept.
    pub in_creep: f64,
}

impl Trend {
    /// Reads a timeline. Ratios decide where all values are above zero, else differences do.
    ///
    /// # Errors
    /// [`ObservationsError`] with the index of a value that is not finite or too large.
    pub fn of(
        timeline: &Timeline,
        rules: TrendRules,
        accepted: &Accepted,
    ) -> Result<Self, ObservationsError> {
        let scale = Scale { is_ratio: timeline.has_ratios() };
        let points: Vec<Point> = timeline.points.iter().map(|point| scale.point(point)).collect();
        let found = stretches(&points, rules.sensitivity)?;
        let reading = Reading { timeline, points: &points, scale, accepted };
        let (mut steps, mut small_step_count, mut in_steps) = (Vec::new(), 0, 0.0);
        for pair in found.windows(2) {
            let Beginning::Jump(between) = pair[1].beginning else { continue };
            in_steps += pair[1].first - pair[0].last;
            let step = reading.step([&pair[0], &pair[1]], between);
            let is_small = step.change().is_some_and(|change| change.abs() < rules.margin);
            if is_small {
                small_step_count += 1;
            } else {
                steps.push(step);
            }
        }
        let in_creep = found.iter().map(|stretch| stretch.last - stretch.first).sum();
        let drift = found.first().zip(found.last()).filter(|_| scale.is_ratio).map(|(first, last)| Drift {
            log_ratio: last.last - first.first,
            in_steps,
            in_creep,
        });
        Ok(Self {
            stretches: found.iter().map(|stretch| reading.stretch(stretch)).collect(),
            settings_without_step: reading.settings_without_step(&steps),
            creeps: found.iter().filter(|one| one.is_slope()).filter_map(|one| reading.creep(one)).collect(),
            steps,
            small_step_count,
            drift,
        })
    }

    /// The steps that nobody accepted.
    pub fn open_steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.accepted.is_none())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use lab_stats::Draws;

    use super::super::{AcceptedStep, CommitNote, Moment, Source, StepRange, TimelinePoint};
    use super::*;
    use crate::model::{MetricId, Revision};

    /// A timeline of one point per commit, `commit` 0 being `0000000…`.
    fn timeline(values: impl IntoIterator<Item = f64>, change: impl Fn(usize, &mut Moment)) -> Timeline {
        let point = |(index, value): (usize, f64)| {
            let mut moment = Moment {
                source: Source::Run(format!("run-{index}")),
                names: Vec::new(),
                measured_at: format!("2026-01-01T00:00:{index:02}Z"),
                revision: Revision {
                    commit: Some(format!("{index:040x}")),
                    branch: None,
                    is_dirty: Some(false),
                },
                note: Some(CommitNote {
                    place: 2 * index,
                    committed_at: "2026-01-01T00:00:00Z".into(),
                    subject: format!("commit {index}"),
                }),
                machine: "m".into(),
                lab_version: String::new(),
                settings: BTreeMap::from([("rustc.release".to_owned(), "1.95.0".to_owned())]),
                canaries: BTreeMap::from([("integer_v1".to_owned(), 1000.0)]),
            };
            change(index, &mut moment);
            let centre = Estimate { point: value, interval: None };
            TimelinePoint { moment: Arc::new(moment), centre, invocation_count: 10, tainted_count: 0 }
        };
        Timeline {
            benchmark: "p/t/b".into(),
            metric: MetricId::wall_ns(),
            unit: "ns".into(),
            machine: "m".into(),
            points: values.into_iter().enumerate().map(point).collect(),
        }
    }

    fn stepping(at: usize, size: f64) -> impl Iterator<Item = f64> {
        let mut draws = Draws::seeded(7);
        (0..60).map(move |index| {
            let level = if index < at { 100.0 } else { 100.0 * (1.0 + size) };
            level * (0.003 * draws.normal()).exp()
        })
    }

    fn read(timeline: &Timeline, accepted: &Accepted) -> Trend {
        Trend::of(timeline, TrendRules::default(), accepted).unwrap()
    }

    #[test]
    fn a_step_has_its_commits_its_size_and_an_interval_that_holds_it() {
        let trend = read(&timeline(stepping(40, 0.05), |_, _| {}), &Accepted::default());
        let [step] = trend.steps.as_slice() else { panic!("{:?}", trend.steps) };
        assert_eq!((step.at, step.between), (40, [40, 40]));
        let (good, bad) = (format!("{:040x}", 39), format!("{:040x}", 40));
        assert_eq!(step.range, StepRange::Commits { good, bad, count: Some(2) });
        assert!((step.change().unwrap() - 0.05).abs() < 0.003);
        assert!(step.log_ratio.unwrap().interval.unwrap().contains(1.05_f64.ln()));
        assert!(step.p.value() < 1e-6 && step.accepted.is_none() && trend.creeps.is_empty());
        let drift = trend.drift.unwrap();
        assert!((drift.log_ratio - drift.in_steps - drift.in_creep).abs() < 1e-12);
    }

    #[test]
    fn a_step_below_the_margin_is_counted_only() {
        let rules = TrendRules { margin: 0.06, ..TrendRules::default() };
        let trend = Trend::of(&timeline(stepping(40, 0.05), |_, _| {}), rules, &Accepted::default()).unwrap();
        assert_eq!((trend.steps.len(), trend.small_step_count), (0, 1));
    }

    #[test]
    fn an_accepted_commit_marks_its_step_and_no_other() {
        let accept = |commit: usize| Accepted {
            steps: vec![AcceptedStep {
                benchmark: "p/t/b".into(),
                commit: format!("{commit:040x}"),
                why: "asked for".into(),
                who: "Ada".into(),
                day: "2026-11-21".parse().unwrap(),
                metric: None,
                machine: None,
                change: None,
                line: 0,
            }],
            measured_as: BTreeMap::new(),
        };
        let timeline = timeline(stepping(40, 0.05), |_, _| {});
        assert_eq!(read(&timeline, &accept(40)).open_steps().count(), 0);
        assert_eq!(read(&timeline, &accept(39)).open_steps().count(), 1);
    }

    #[test]
    fn a_setting_that_changed_stands_at_its_step_or_is_said_to_have_left_none() {
        let newer = |from: usize| {
            move |index: usize, moment: &mut Moment| {
                if index >= from {
                    moment.settings.insert("rustc.release".into(), "1.96.0".into());
                }
            }
        };
        let at_step = read(&timeline(stepping(40, 0.05), newer(40)), &Accepted::default());
        assert_eq!((at_step.steps[0].settings.len(), at_step.settings_without_step.len()), (1, 0));
        let apart = read(&timeline(stepping(40, 0.05), newer(20)), &Accepted::default());
        assert_eq!((apart.steps[0].settings.len(), apart.settings_without_step[0].0), (0, 20));
    }

    #[test]
    fn a_machine_that_slowed_down_is_told_at_the_step() {
        let slower = |index: usize, moment: &mut Moment| {
            if index >= 40 {
                moment.canaries.insert("integer_v1".into(), 1050.0);
            }
        };
        let trend = read(&timeline(stepping(40, 0.05), slower), &Accepted::default());
        assert!((trend.steps[0].canary_log_ratio.unwrap() - 1.05_f64.ln()).abs() < 1e-9);
    }

    #[test]
    fn a_creep_is_no_step_and_has_an_interval() {
        let mut draws = Draws::seeded(8);
        let values = (0..60).map(|index| 100.0 * (0.001 * f64::from(index) + 0.003 * draws.normal()).exp());
        let trend = read(&timeline(values, |_, _| {}), &Accepted::default());
        let [creep] = trend.creeps.as_slice() else { panic!("{trend:?}") };
        assert!(creep.log_ratio.interval.unwrap().contains(0.059) && trend.steps.is_empty());
    }

    #[test]
    fn two_levels_of_one_commit_are_not_its_code() {
        let one = |index: usize, moment: &mut Moment| {
            if index >= 30 {
                moment.revision.commit = Some("f".repeat(40));
            }
        };
        let trend = read(&timeline(stepping(40, 0.05), one), &Accepted::default());
        assert_eq!(trend.steps[0].range, StepRange::SameCommit("f".repeat(40)));
    }

    #[test]
    fn counts_with_zeros_have_steps_without_ratio() {
        let values = (0..40).map(|index| if index < 20 { 0.0 } else { 3.0 });
        let trend = read(&timeline(values, |_, _| {}), &Accepted::default());
        assert_eq!((trend.steps[0].at, trend.steps[0].log_ratio, trend.drift), (20, None, None));
        assert_eq!((trend.steps[0].before.value, trend.steps[0].after.value), (0.0, 3.0));
    }

    #[test]
    fn no_points_say_nothing() {
        let trend = read(&timeline([], |_, _| {}), &Accepted::default());
        assert!(trend.stretches.is_empty() && trend.drift.is_none());
    }
}
