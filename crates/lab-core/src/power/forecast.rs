//! From noise to the smallest change that shows, and to the replicates that a wished one takes.
//!
//! The formulas are for normal noise; each forecast is checked against noise drawn anew from what was seen, and made
//! larger where that disagrees, never smaller.

use lab_stats::{
    Design, Observations, OneLook, Probability, Resampling, Scenario, count_needed_for, count_needed_of_two,
    detectable_spreads, detectable_spreads_of_two, detection, detection_of_two,
};

use super::{Noise, Road};
use crate::compare::{live_design, stored_needed};

/// Lists that are redrawn per check; a share of them is within four points.
const REDRAWN: usize = 200;

/// How far below the wished chance the redrawn share may lie: what chance alone leaves.
const TOLERANCE: f64 = 0.04;

/// By how much a forecast is made larger at a time, and how often at most: up to sixty times.
const STEP: f64 = 1.15;
const STEPS_MAX: u32 = 30;

/// Of the draws; one for all, so that a forecast is the same whenever it is asked for.
const SEED: u64 = 1;

/// Processes of a side beyond which nobody waits.
const PROCESSES_MAX: usize = 500;

/// What is asked of every benchmark.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Question {
    /// Error rate of "changed".
    pub alpha: f64,
    /// With which chance a change is to be found.
    pub chance: Probability,
    /// The change that somebody wishes to see, in ln units; absent when nobody does.
    pub wished: Option<f64>,
    /// Most launches of one benchmark in a live comparison.
    pub launch_max: usize,
    /// How far the machine may move between two Runs, in ln units: what stored evidence adds to every change. Zero where
    /// it is not known.
    pub drift: f64,
}

/// What is to be expected of one benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Spread of one replicate in ln units; absent with too few.
    pub spread: Option<f64>,
    /// Replicates that the noise was seen in.
    pub seen: usize,
    /// Replicates at the current settings: launches at most, or processes of each side.
    pub count: usize,
    /// The smallest change that shows at these settings, in ln units; absent where none can.
    pub smallest: Option<f64>,
    /// Machine time of these settings in seconds: all launches, or the candidate's processes.
    pub seconds: f64,
    /// What the wished change takes; absent when nobody wished one, or without a spread.
    pub need: Option<Need>,
}

/// What a wished change takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Need {
    /// So many replicates of each side, and so much machine time.
    Replicates {
        /// Launches, or processes of each side.
        count: usize,
        /// Machine time in seconds: all launches, or the candidate's processes.
        seconds: f64,
    },
    /// It is no larger than the margin, within which two things count as the same.
    WithinMargin,
    /// It is no larger than what the machine may have moved by between two Runs.
    WithinDrift,
    /// More than this many replicates.
    MoreThan(usize),
}

/// Forecasts one benchmark. `margin` is the smallest change that matters for it, in ln units.
pub fn forecast(noise: &Noise, question: &Question, margin: f64) -> Forecast {
    let spread = noise.spread();
    match noise.road {
        Road::Live => live(noise, spread, question, margin),
        Road::Stored => stored(noise, spread, question, margin),
    }
}

fn live(noise: &Noise, spread: Option<f64>, question: &Question, margin: f64) -> Forecast {
    let whole = live_design(question.alpha, margin);
    let cut = whole.clone().and_then(|design| design.cut_to(question.launch_max).ok());
    let count = cut.as_ref().map_or(0, Design::budget);
    let plain = cut.as_ref().zip(spread).and_then(|(design, spread)| {
        Some((detectable_spreads(design, count, question.chance)? * spread).max(margin))
    });
    let smallest = cut.as_ref().zip(plain).and_then(|(design, plain)| {
        let pilot = Observations::new(noise.logs.as_slice()).ok()?;
        confirmed(plain, question.chance, |change| {
            detection(design, &pilot, change, Resampling { count: REDRAWN, seed: SEED }).up
        })
    });
    let need = spread.zip(question.wished).map(|(spread, effect)| {
        if effect <= margin {
            return Need::WithinMargin;
        }
        let most = whole.as_ref().map_or(0, Design::budget);
        let scenario = plain.zip(smallest).map(|(plain, smallest)| scaled(effect, spread, plain, smallest));
        let count = whole
            .as_ref()
            .zip(scenario)
            .and_then(|(design, scenario)| count_needed_for(design, scenario, question.chance));
        replicates(count, most, noise)
    });
    let seconds = count as f64 * noise.seconds;
    Forecast { spread, seen: noise.logs.len(), count, smallest, seconds, need }
}

fn stored(noise: &Noise, spread: Option<f64>, question: &Question, margin: f64) -> Forecast {
    let count = noise.logs.len();
    let needed = stored_needed(question.alpha);
    let look = OneLook { count, alpha: question.alpha };
    let plain = spread
        .filter(|_| count >= needed)
        .zip(detectable_spreads_of_two(look, question.chance))
        .map(|(spread, spreads)| (spread * spreads).max(margin));
    let confirmed = plain.and_then(|plain| {
        let pilot = Observations::new(noise.logs.as_slice()).ok()?;
        confirmed(plain, question.chance, |change| {
            detection_of_two(look, &pilot, change, Resampling { count: REDRAWN, seed: SEED })
        })
    });
    let need = spread.zip(question.wished).map(|(spread, wished)| {
        if wished <= margin {
            return Need::WithinMargin;
        }
        let effect = wished - question.drift;
        if effect <= 0.0 {
            return Need::WithinDrift;
        }
        let scenario = match plain.zip(confirmed) {
            Some((plain, confirmed)) => scaled(effect, spread, plain, confirmed),
            None => Scenario { effect, spread },
        };
        let count = count_needed_of_two(question.alpha, scenario, question.chance, PROCESSES_MAX);
        replicates(count.map(|count| count.max(needed)), PROCESSES_MAX, noise)
    });
    let smallest = confirmed.map(|change| change + question.drift);
    Forecast { spread, seen: count, count, smallest, seconds: count as f64 * noise.seconds, need }
}

/// The change, made larger until noise drawn anew from the replicates themselves lets it show as often as asked; absent
/// where nothing does.
fn confirmed(change: f64, chance: Probability, found: impl Fn(f64) -> usize) -> Option<f64> {
    let wanted = (chance.value() - TOLERANCE) * REDRAWN as f64;
    let larger = |step: u32| change * STEP.powi(step as i32);
    (0..STEPS_MAX).map(larger).find(|change| found(*change) as f64 >= wanted)
}

/// Noise as much worse than normal as it showed itself to be at the settings that were looked at.
fn scaled(effect: f64, spread: f64, plain: f64, confirmed: f64) -> Scenario {
    Scenario { effect, spread: spread * confirmed / plain }
}

fn replicates(count: Option<usize>, most: usize, noise: &Noise) -> Need {
    match count {
        Some(count) => Need::Replicates { count, seconds: count as f64 * noise.seconds },
        None => Need::MoreThan(most),
    }
}

#[cfg(test)]
mod tests {
    use lab_stats::Draws;

    use super::*;
    use crate::compare::fixture::id;
    use crate::model::MetricId;

    const MARGIN: f64 = Design::MARGIN_DEFAULT;

    fn noise(road: Road, spread: f64, count: usize) -> Noise {
        let mut draws = Draws::seeded(3);
        Noise {
            benchmark: id("p/t/a"),
            road,
            metric: MetricId::wall_ns(),
            logs: (0..count).map(|_| spread * draws.normal()).collect(),
            seconds: 0.1,
        }
    }

    fn question(wished: Option<f64>) -> Question {
        let chance = Probability::new(0.95).unwrap();
        Question { alpha: 0.01, chance, wished, launch_max: 80, drift: 0.0 }
    }

    #[test]
    fn the_wished_change_takes_more_the_noisier_a_benchmark_is() {
        for road in [Road::Live, Road::Stored] {
            let count =
                |spread: f64| match forecast(&noise(road, spread, 30), &question(Some(0.02)), MARGIN).need {
                    Some(Need::Replicates { count, seconds }) => {
                        assert!((seconds - count as f64 * 0.1).abs() < 1e-9);
                        count
                    }
                    other => panic!("{road:?} {spread}: {other:?}"),
                };
            assert!(count(0.003) < count(0.02), "{road:?}");
        }
    }

    #[test]
    fn what_is_quiet_shows_the_margin_and_nothing_smaller() {
        let found = forecast(&noise(Road::Live, 1e-5, 30), &question(Some(MARGIN)), MARGIN);
        assert!((found.smallest.unwrap() - MARGIN).abs() < 1e-9);
        assert_eq!(found.need, Some(Need::WithinMargin));
    }

    #[test]
    fn what_the_machine_may_do_between_runs_comes_on_top_and_hides_what_is_smaller() {
        let noise = noise(Road::Stored, 0.01, 12);
        let still = forecast(&noise, &question(Some(0.02)), MARGIN);
        let moved = Question { drift: 0.03, ..question(Some(0.02)) };
        let moved = forecast(&noise, &moved, MARGIN);
        assert!((moved.smallest.unwrap() - still.smallest.unwrap() - 0.03).abs() < 1e-12);
        assert_eq!(moved.need, Some(Need::WithinDrift));
    }

    #[test]
    fn too_few_replicates_forecast_nothing_and_too_noisy_ones_say_so() {
        let few = forecast(&noise(Road::Stored, 0.01, 5), &question(Some(0.02)), MARGIN);
        assert_eq!((few.spread, few.smallest, few.need), (None, None, None));
        let wild = forecast(&noise(Road::Live, 0.5, 30), &question(Some(0.01)), MARGIN);
        assert_eq!(wild.need, Some(Need::MoreThan(80)));
    }

    #[test]
    fn fewer_processes_than_a_verdict_takes_forecast_no_verdict() {
        let found = forecast(&noise(Road::Stored, 1e-4, 7), &question(Some(0.02)), MARGIN);
        assert_eq!(found.smallest, None);
        assert!(matches!(found.need, Some(Need::Replicates { count: 8, .. })), "{found:?}");
    }

    #[test]
    fn noise_worse_than_normal_makes_the_forecast_larger_and_never_smaller() {
        let mut wild = noise(Road::Live, 0.001, 40);
        for log in wild.logs.iter_mut().step_by(3) {
            *log += if *log > 0.0 { 0.1 } else { -0.1 };
        }
        let design = live_design(0.01, MARGIN).unwrap();
        let chance = question(None).chance;
        let plain = detectable_spreads(&design, 80, chance).unwrap() * wild.spread().unwrap();
        let said = forecast(&wild, &question(None), MARGIN).smallest.unwrap();
        assert!(said >= plain);
        let pilot = Observations::new(wild.logs.as_slice()).unwrap();
        let tally = detection(&design, &pilot, said, Resampling { count: 400, seed: 9 });
        assert!(tally.up >= 350, "{tally:?}");
    }
}
