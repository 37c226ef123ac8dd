//! From two benchmarks to the terms of their duel: pilots, surveys, the length of a slice, the metric.
//!
//! Whatever keeps them from taking turns is a reason to fall back and no error; a benchmark that does not work is one.

use std::cell::RefCell;

use lab_core::lot::Lot;
use lab_core::model::{Grain, MetricId, Outcome, Side, Warning};
use lab_core::primary::{self, Trial as MetricTrial, primary};
use lab_core::slicing::{self, Shape};

use super::bout::Bout;
use super::contender::{Context, Pair, Settings, Stopped};
use super::contest::Refusal;
use super::library::Library;
use super::obstacle;
use super::pilot::{Piloted, pilot};
use super::result::{Asked, judge, sentence};
use super::ring::{Hindrance, Ring, place};
use super::shared::Taken;
use super::terms::{Interleaving, Part, Terms};
use crate::runner::spawn::Metering;

/// Trial launches that say whether slices are long enough.
const TRIALS: u32 = 3;

/// Seed of the draws of trials: they are not part of any test, so they may be the same everywhere.
const TRIAL_SEED: u64 = 0x6475_656c;

/// Finds the terms, in turns if that is allowed; the library comes with them when the sides take turns.
pub(super) fn terms(
    context: &Context<'_>,
    pair: &Pair<'_>,
    settings: &Settings,
    finest: Grain,
) -> Result<(Terms, Option<Library>), Refusal> {
    let (mut piloted, is_threaded) = pilots(context, pair, settings)?;
    let [baseline, candidate] = &mut piloted;
    // Settings of its own would give each side other work, in turns or not.
    if pair.baseline.harness.id() == pair.candidate.harness.id() {
        let harness = pair.baseline.harness;
        let common = harness.common(&baseline.record.calibration, &candidate.record.calibration);
        baseline.record.calibration.clone_from(&common);
        candidate.record.calibration = common;
    }
    let found = match finest {
        Grain::Slices => in_turns(context, pair, settings, &piloted, is_threaded),
        Grain::Processes => Err(Hindrance::Unfit("whole processes were asked for".into())),
    };
    let settings = piloted.map(|one| one.record.calibration);
    match found {
        Ok((interleaving, primary, library)) => {
            Ok((Terms { primary, is_threaded, settings, interleaving }, Some(library)))
        }
        Err(Hindrance::Unfit(why)) => {
            let interleaving = Interleaving::Processes { why };
            let primary = MetricId::wall_ns();
            Ok((Terms { primary, is_threaded, settings, interleaving }, None))
        }
        Err(Hindrance::Stopped) => Err(Refusal::Stopped),
    }
}

/// Both pilots, and whether one side turned out to have threads.
fn pilots(
    context: &Context<'_>,
    pair: &Pair<'_>,
    settings: &Settings,
) -> Result<([Piloted; 2], bool), Refusal> {
    let both = |is_threaded| -> Result<[Piloted; 2], Refusal> {
        let place = place(settings, is_threaded, Metering::Off);
        let one = |which| {
            let piloted = pilot(context, pair.side(which), place, settings.time_ms);
            let piloted = piloted.map_err(|Stopped| Refusal::Stopped)?;
            piloted.map_err(|outcome| Refusal::Broken { side: which, outcome })
        };
        Ok([one(Side::Baseline)?, one(Side::Candidate)?])
    };
    let is_threaded = pair.is_threaded();
    let piloted = both(is_threaded)?;
    let has_threads = Side::BOTH.into_iter().any(|which| {
        let is_free = pair.side(which).is_threaded.is_none();
        is_free && piloted[which.index()].record.thread_count_max.is_some_and(|count| count > 1)
    });
    if has_threads && !is_threaded && settings.threaded_cpus != settings.cpus {
        // Settings found on one CPU are wrong for threads that will have several.
        return Ok((both(true)?, true));
    }
    Ok((piloted, is_threaded || has_threads))
}

fn in_turns(
    context: &Context<'_>,
    pair: &Pair<'_>,
    settings: &Settings,
    piloted: &[Piloted; 2],
    is_threaded: bool,
) -> Result<(Interleaving, MetricId, Library), Hindrance> {
    let duelist = obstacle::duelist(pair).map_err(Hindrance::Unfit)?;
    let times = piloted.each_ref().map(|one| one.iteration_ns);
    let [Some(baseline_ns), Some(candidate_ns)] = times else {
        return Err(Hindrance::Unfit("its pilot measured no wall time".into()));
    };
    let library = Library::lay_down().map_err(Hindrance::Unfit)?;
    let surveys = RefCell::default();
    let ring = Ring { context, pair, settings, library: &library, duelist, piloted, is_threaded, surveys };
    let times = [baseline_ns, candidate_ns];
    let shape = slicing::shape(times);
    let strain = ring.strain(shape, times)?;
    let shape = ring.settle(shape.under_strain(times[0].min(times[1]), strain), times, strain)?;
    let parts = ring.parts(shape, times)?;
    let primary = ring.metric(&parts)?;
    let interleaving =
        Interleaving::Slices { discarded_count: shape.discarded_count, parts: Box::new(parts) };
    Ok((interleaving, primary, library))
}

impl Ring<'_> {
    /// How long a turn of the baseline is for what is timed of it. Where the pilot leaves room for much set-up, it is
    /// looked at in slices that would be short enough even then: a slice of half a millisecond may take a second.
    fn strain(&self, shape: Shape, times: [f64; 2]) -> Result<f64, Hindrance> {
        let shape = shape.under_strain(times[0].min(times[1]), self.piloted[0].strain_max);
        let [baseline, _] = self.plans(shape, times)?;
        Ok(self.survey(Side::Baseline, &baseline)?.strain)
    }

    /// Doubles the slices until an iteration in them takes no longer than in slices of four times the length.
    fn settle(&self, shape: Shape, times: [f64; 2], strain: f64) -> Result<Shape, Hindrance> {
        let slower_ns = times[0].max(times[1]);
        let mut shape = shape;
        while let Some(longer) = shape.doubled(slower_ns, strain) {
            let four_times = Shape { slice_iterations: shape.slice_iterations * 4, ..shape };
            let (short, long) = match (self.part(shape, times), self.part(four_times, times)) {
                (Ok(short), Ok(long)) => (short, long),
                (Err(Hindrance::Stopped), _) | (_, Err(Hindrance::Stopped)) => {
                    return Err(Hindrance::Stopped);
                }
                // Its code fixes the length, so there is nothing to choose.
                (Ok(_), Err(Hindrance::Unfit(_))) => return Ok(shape),
                (Err(unfit), _) => return Err(unfit),
            };
            if self.is_long_enough(&short, &long, shape)? {
                return Ok(shape);
            }
            shape = longer;
        }
        Ok(shape)
    }

    /// Whether most of [`TRIALS`] say so; two that agree are most of them.
    fn is_long_enough(&self, short: &Part, long: &Part, shape: Shape) -> Result<bool, Hindrance> {
        let mut says = [0; 2];
        for trial in 0..TRIALS {
            let ratio = self.against_itself(short, long, shape, trial)?;
            let is_enough = ratio.is_none_or(slicing::is_long_enough);
            says[usize::from(is_enough)] += 1;
            if says[usize::from(is_enough)] * 2 > TRIALS {
                return Ok(is_enough);
            }
        }
        Ok(true)
    }

    /// The baseline in short slices against itself in long ones: ln of the times of an iteration, long over short.
    ///
    /// Nothing when the trial failed; the one with both sides will say why.
    fn against_itself(
        &self,
        short: &Part,
        long: &Part,
        shape: Shape,
        trial: u32,
    ) -> Result<Option<f64>, Hindrance> {
        let lot = Lot::draw(TRIAL_SEED, trial);
        let twins = [(Side::Baseline, short), (Side::Baseline, long)];
        let bout = self.play(twins, lot)?;
        let per_iteration = |at: usize, part: &Part| -> Vec<f64> {
            let slices = bout.sides[at].taken.iter().zip(&part.plan.iterations);
            let in_turns = slices.skip((part.plan.solo_count + shape.discarded_count) as usize);
            in_turns.map(|(taken, iterations)| taken.slice.wall_ns as f64 / *iterations as f64).collect()
        };
        let (short_ns, long_ns) = (per_iteration(0, short), per_iteration(1, long));
        let ratios = short_ns.iter().zip(&long_ns).filter(|(short, long)| **short > 0.0 && **long > 0.0);
        let ratio = median(ratios.map(|(short, long)| (long / short).ln()).collect());
        clear(&bout);
        Ok(ratio)
    }

    /// A trial of both sides as every launch will be: it shows that they can take turns, and which metric is theirs.
    fn metric(&self, parts: &[Part; 2]) -> Result<MetricId, Hindrance> {
        let lot = Lot::draw(TRIAL_SEED, TRIALS);
        let bout = self.play([(Side::Baseline, &parts[0]), (Side::Candidate, &parts[1])], lot)?;
        let trial = metric_trial(&bout.sides.each_ref().map(|played| played.taken.as_slice()));
        let requests = Side::BOTH.map(|which| self.request(which));
        let asked = [0, 1].map(|at| Asked {
            contender: self.pair.side(Side::BOTH[at]),
            request: &requests[at],
            part: &parts[at],
        });
        let result = judge(bout, asked, self.duelist, lot.starter);
        if result.outcome != Outcome::Ok {
            return Err(Hindrance::Unfit(sentence(&result.outcome, None)));
        }
        Ok(primary(&trial))
    }
}

fn clear(bout: &Bout) {
    for played in &bout.sides {
        if let Some(Ok(completed)) = &played.end {
            completed.captured.clear_scratch();
        }
    }
}

fn metric_trial(sides: &[&[Taken]; 2]) -> MetricTrial {
    let share_of = |taken: &&[Taken]| {
        let shares =
            taken.iter().filter_map(|one| Some(one.slice.task_clock_ns? as f64 / one.slice.wall_ns as f64));
        median(shares.collect())
    };
    let shares = sides.each_ref().map(share_of);
    let switches = sides
        .iter()
        .map(|taken| median(taken.iter().map(|one| f64::from(one.switch_count)).collect()).unwrap_or(0.0));
    primary::Trial {
        cpu_share: shares[0].zip(shares[1]).map(|(one, other)| one.min(other)),
        switches_per_slice: switches.fold(0.0, f64::max),
        has_cycles: sides.iter().all(|taken| {
            !taken.is_empty() && taken.iter().all(|one| one.ticket.is_none() || one.slice.cycles.is_some())
        }),
    }
}

fn median(values: Vec<f64>) -> Option<f64> {
    lab_stats::Observations::new(values).ok().map(|values| lab_stats::median(&values))
}

/// What a reader is told about a pair that cannot take turns.
pub(super) fn warning(pair: &Pair<'_>, why: &str) -> Warning {
    let text = format!(
        "measured by whole processes in random order instead of turns, which finds less in the same time: {why}"
    );
    Warning::new("no_slices", &pair.baseline.record.id, text)
}
