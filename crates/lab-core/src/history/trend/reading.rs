//! Stretches of a timeline put into the words of a trend: a step with its commits, levels and machine, a creep with its slope.
//!
//! It finds no stretch; those are handed to it.

use std::collections::BTreeMap;

use lab_stats::{
    Estimate, Level as Confidence, Observations, Point, Probability, Series, TwoSamples, mann_whitney,
    median, shift, shift_interval, trend,
};

use super::{Creep, Stretch};
use crate::history::{
    Accepted, AcceptedStep, Level, SettingChange, Step, StepRange, Timeline, TimelinePoint, changed_settings,
};

/// Points next to a step that are asked what the machine did there.
const CANARY_REACH: usize = 10;

/// Points next to a step that are compared where a side is a slope.
const SLOPE_REACH: usize = 5;

/// Ratios or differences.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    pub(super) is_ratio: bool,
}

impl Scale {
    pub(super) fn point(self, point: &TimelinePoint) -> Point {
        let Estimate { point: value, interval } = point.centre;
        let error = interval.map_or(0.0, |interval| interval.normal_standard_error());
        if self.is_ratio {
            Point { value: value.ln(), standard_error: error / value }
        } else {
            Point { value, standard_error: error }
        }
    }

    fn back(self, value: f64) -> f64 {
        if self.is_ratio { value.exp() } else { value }
    }
}

/// A timeline with the numbers that its stretches were cut from.
pub(super) struct Reading<'a> {
    pub(super) timeline: &'a Timeline,
    pub(super) points: &'a [Point],
    pub(super) scale: Scale,
    pub(super) accepted: &'a Accepted,
}

impl Reading<'_> {
    pub(super) fn stretch(&self, stretch: &lab_stats::Stretch) -> Stretch {
        let lab_stats::Stretch { start, end, first, last, .. } = *stretch;
        Stretch { start, end, first: self.scale.back(first), last: self.scale.back(last) }
    }

    pub(super) fn step(&self, [before, after]: [&lab_stats::Stretch; 2], between: [usize; 2]) -> Step {
        let at = after.start;
        let are_levels = !before.is_slope() && !after.is_slope();
        let near = |stretch: &lab_stats::Stretch| match are_levels {
            true => stretch.start..stretch.end,
            // Far from the step a slope has gone elsewhere.
            false => stretch.start.max(at.saturating_sub(SLOPE_REACH))..stretch.end.min(at + SLOPE_REACH),
        };
        let sides = [before, after]
            .map(near)
            .map(|range| Observations::new(range.map(|index| self.points[index].value).collect::<Vec<_>>()));
        let [Ok(reference), Ok(other)] = sides else {
            unreachable!("a stretch holds a checked point at least");
        };
        let samples = TwoSamples { reference: &reference, other: &other };
        let estimate = if are_levels {
            Estimate { point: shift(samples), interval: shift_interval(samples, Confidence::P95).ok() }
        } else {
            Estimate { point: after.first - before.last, interval: None }
        };
        // The place was chosen among all, so the test's p is multiplied by their number.
        let looked_at = (after.end - before.start).saturating_sub(1) as f64;
        let p = Probability::new((mann_whitney(samples).p.value() * looked_at).min(1.0));
        let [before_value, after_value] = [before.last, after.first].map(|value| self.scale.back(value));
        let moment = |index: usize| &self.timeline.points[index].moment;
        Step {
            at,
            between,
            range: self.range(between),
            before: Level { value: before_value, point_count: before.end - before.start },
            after: Level { value: after_value, point_count: after.end - after.start },
            log_ratio: self.scale.is_ratio.then_some(estimate),
            p: p.expect("a product of a probability and a count, capped at one"),
            settings: changed_settings(&moment(between[0] - 1).settings, &moment(between[1]).settings),
            canary_log_ratio: self.canaries(at, after.first > before.last),
            accepted: self.acceptance(between),
        }
    }

    fn range(&self, [earliest, latest]: [usize; 2]) -> StepRange {
        let [good, bad] = [earliest - 1, latest].map(|index| &self.timeline.points[index].moment);
        match (&good.revision.commit, &bad.revision.commit) {
            (Some(one), Some(other)) if one == other => StepRange::SameCommit(one.clone()),
            (Some(one), Some(other)) => StepRange::Commits {
                good: one.clone(),
                bad: other.clone(),
                count: good.note.as_ref().zip(bad.note.as_ref()).map(|(one, two)| two.place - one.place),
            },
            _ => StepRange::Unknown,
        }
    }

    /// The largest move of a kernel in the direction of the step.
    fn canaries(&self, at: usize, is_up: bool) -> Option<f64> {
        let points = &self.timeline.points;
        let level = |range: &[TimelinePoint]| {
            let mut values: BTreeMap<String, Vec<f64>> = BTreeMap::new();
            for (kernel, value) in range.iter().flat_map(|point| &point.moment.canaries) {
                if *value > 0.0 {
                    values.entry(kernel.clone()).or_default().push(value.ln());
                }
            }
            let middle = |values| Observations::new(values).ok().map(|values| median(&values));
            values.into_iter().filter_map(|(kernel, values)| Some((kernel, middle(values)?))).collect()
        };
        let before: BTreeMap<String, f64> = level(&points[at.saturating_sub(CANARY_REACH)..at]);
        let after: BTreeMap<String, f64> = level(&points[at..(at + CANARY_REACH).min(points.len())]);
        let moves = after.iter().filter_map(|(kernel, value)| before.get(kernel).map(|old| value - old));
        if is_up { moves.max_by(f64::total_cmp) } else { moves.min_by(f64::total_cmp) }
    }

    fn acceptance(&self, [earliest, latest]: [usize; 2]) -> Option<AcceptedStep> {
        let inside = &self.timeline.points[earliest..=latest];
        let timeline =
            (self.timeline.benchmark.as_str(), &self.timeline.metric, self.timeline.machine.as_str());
        let is_named = |commit: &str| {
            inside.iter().any(|point| {
                point.moment.revision.commit.as_deref().is_some_and(|own| own.starts_with(commit))
            })
        };
        self.accepted.find(timeline, is_named).cloned()
    }

    pub(super) fn creep(&self, stretch: &lab_stats::Stretch) -> Option<Creep> {
        let values: Vec<f64> = self.points[stretch.start..stretch.end].iter().map(|one| one.value).collect();
        let length = (values.len() - 1) as f64;
        let found = trend(&Series::new(values).ok()?, Confidence::P95)?;
        let interval = found.slope.interval.and_then(|one| {
            lab_stats::Interval::new(one.lower() * length, one.upper() * length, one.level()).ok()
        });
        let log_ratio = Estimate { point: found.slope.point * length, interval };
        Some(Creep { start: stretch.start, end: stretch.end, log_ratio, p: found.p })
    }

    pub(super) fn settings_without_step(&self, steps: &[Step]) -> Vec<(usize, Vec<SettingChange>)> {
        let points = &self.timeline.points;
        let changed = (1..points.len()).map(|index| {
            (index, changed_settings(&points[index - 1].moment.settings, &points[index].moment.settings))
        });
        let is_at_step =
            |index: usize| steps.iter().any(|step| (step.between[0]..=step.between[1]).contains(&index));
        changed.filter(|(index, changes)| !changes.is_empty() && !is_at_step(*index)).collect()
    }
}
