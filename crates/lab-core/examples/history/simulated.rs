//! Histories with a known step, or none, and what `bench-lab trend` shows of them.
//!
//! It must never print: the example prints its counts, and a test holds them.

use std::collections::BTreeMap;
use std::sync::Arc;

use lab_core::history::{Accepted, Moment, Source, Timeline, TimelinePoint, Trend, TrendRules};
use lab_core::model::{MetricId, Revision};
use lab_stats::simulate::{Noise, Order, Simulation};
use lab_stats::{Draws, Estimate};

/// Width of the noise of a Run's value.
const SPREAD: f64 = 0.005;
/// Commits of a history.
pub(crate) const COMMITS: usize = 160;
/// The commit that makes the step.
const STEP_AT: usize = 100;
/// How far from its commit a step may be placed and still count as found.
const REACH: usize = 2;

/// A width that walks far enough draws values that no number holds: as far as these a measurement goes.
const RATIO_MAX: f64 = 20.0;

/// Kinds of noise, and whether one value tells nothing of the next and all have one width: what the rules rest on.
pub(crate) const KINDS: [(Noise, &str, bool); 6] = [
    (Noise::Normal, "normal", true),
    (Noise::HeavyTailed, "heavy tails (t, 2 degrees)", true),
    (Noise::Bimodal, "three states, 6 widths apart", false),
    (Noise::WanderingVariance, "a width that wanders", false),
    (Noise::Bursts, "bursts of a neighbour", false),
    (Noise::Drift, "a level that wanders (5 widths)", false),
];

/// Values of one Run per commit, a step of that size at its commit.
pub(crate) fn values(noise: Noise, step: f64, draws: &mut Draws) -> Vec<f64> {
    let simulation = Simulation { noise, spread: SPREAD, effect: 0.0, order: Order::Coin };
    let (_, series) = simulation.one_after_the_other([1, COMMITS], draws);
    let level = |index: usize| if index < STEP_AT { 0.0 } else { step.ln_1p() };
    series
        .values()
        .iter()
        .enumerate()
        .map(|(index, value)| 1000.0 * (value + level(index)).clamp(-RATIO_MAX, RATIO_MAX).exp())
        .collect()
}

fn timeline(values: &[f64]) -> Timeline {
    let moment = Arc::new(Moment {
        source: Source::Run("simulated".into()),
        names: Vec::new(),
        measured_at: "2026-01-01T00:00:00Z".into(),
        revision: Revision::default(),
        note: None,
        machine: "simulated".into(),
        lab_version: String::new(),
        settings: BTreeMap::new(),
        canaries: BTreeMap::new(),
    });
    let point = |value: &f64| TimelinePoint {
        moment: Arc::clone(&moment),
        centre: Estimate { point: *value, interval: None },
        invocation_count: 10,
        tainted_count: 0,
    };
    Timeline {
        benchmark: "p/t/b".into(),
        metric: MetricId::wall_ns(),
        unit: "ns".into(),
        machine: "simulated".into(),
        points: values.iter().map(point).collect(),
    }
}

/// The places of the steps that are shown of the first `count` commits, and whether something creeps.
fn shown(whole: &Timeline, count: usize) -> (Vec<usize>, bool) {
    let timeline = Timeline { points: whole.points[..count].to_vec(), ..whole.clone() };
    let trend = Trend::of(&timeline, TrendRules::default(), &Accepted::default()).expect("values are finite");
    (trend.steps.iter().map(|step| step.at).collect(), !trend.creeps.is_empty())
}

fn is_true(at: usize) -> bool {
    at.abs_diff(STEP_AT) <= REACH
}

/// Whether the step is shown at the end.
pub(crate) fn is_found(values: &[f64]) -> bool {
    shown(&timeline(values), COMMITS).0.into_iter().any(is_true)
}

/// After how many commits on the new level the step was first shown.
pub(crate) fn delay(values: &[f64]) -> Option<usize> {
    let whole = timeline(values);
    let delay = (STEP_AT + 1..=COMMITS).position(|count| shown(&whole, count).0.into_iter().any(is_true));
    delay.map(|delay| delay + 1)
}

/// Steps that are ever shown where there is none, and those that are still shown at the end.
pub(crate) fn false_alarms(values: &[f64]) -> (usize, usize) {
    let whole = timeline(values);
    let mut alarmed: Vec<usize> = Vec::new();
    for count in 6..=COMMITS {
        for at in shown(&whole, count).0 {
            if !alarmed.iter().any(|known| known.abs_diff(at) <= REACH) {
                alarmed.push(at);
            }
        }
    }
    (alarmed.len(), shown(&whole, COMMITS).0.len())
}
