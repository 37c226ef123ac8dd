//! Criterion in a duel: its plan is made the same on both sides, and its clock reads are known by their number.
//!
//! Criterion fits its iterations to what its warm-up took, so that two processes never do equal work. In a duel every
//! clock read of the warm-up adds the same step to the time it is told, and the plan that follows is arithmetic. What
//! is measured is true time again.

use std::time::Duration;

use turnstile::listener::Pattern;
use turnstile::mapping::Entry;

use super::dialect::{Dialect, Filtering, Seconds};
use super::settings::Settings;
use super::sighting::{Batches, Progress};
use super::transcript::Transcript;
use super::{PILOT_MS, filter};
use crate::harness::duelist::{Duelist, Plan, Score, Trial, Unfit, Wish};
use crate::harness::{Request, Selection};
use crate::runner::command::Captured;

/// Criterion asserts at least this many.
const SAMPLES_MIN: u64 = 10;

/// Reads beside the timed pairs that are looked for in each place: Criterion itself has one on either side of them.
const EDGE_READS_MAX: u32 = 4;

/// Clock reads of the first call in a warm-up less one: start and end of the call, and of what is timed in it.
const STEPS_OF_CALL: f64 = 3.0;

/// A linear plan grows by `step` a sample; this keeps its rounding off the edge.
const ROUNDING: f64 = 0.25;

/// Likewise of a flat plan.
const FLAT_ROUNDING: f64 = 0.5;

/// Asks for no more doublings in a warm-up that is fixed in code.
const DOUBLINGS_MAX: i32 = 40;

/// Criterion's part in a duel.
pub(super) struct InTurns;

impl Duelist for InTurns {
    fn plan(&self, sides: [&Trial<'_>; 2], wish: &Wish) -> Result<[Plan; 2], Unfit> {
        let [baseline, candidate] = sides.map(|side| plan(side, wish));
        Ok([baseline?, candidate?])
    }

    fn score(
        &self,
        request: &Request<'_>,
        plan: &Plan,
        captured: &Captured,
        log: &[Entry],
    ) -> Result<Score, Unfit> {
        let batches = own_batches(request, captured)?;
        let totals = whole_ns(&batches)?;
        let reads: Vec<u64> = log
            .iter()
            .skip_while(|entry| **entry != Entry::Measuring)
            .filter_map(|entry| if let Entry::Read { at_ns } = entry { Some(*at_ns) } else { None })
            .collect();
        let counts = || 0..=EDGE_READS_MAX;
        let others = counts().flat_map(|lead| {
            counts().flat_map(move |gap| counts().map(move |trail| Edges { lead, gap, trail }))
        });
        let mut all = [CRITERIONS].into_iter().chain(others);
        let found = all.find_map(|edges| Some((edges, pairs_of(&reads, &totals, edges)?)));
        let Some((Edges { lead, gap, trail }, mut pairs)) = found else {
            return Err(Unfit::new(
                "times its samples in a way that its clock reads do not show: perhaps its routine reads the clock",
            ));
        };
        let slice_count = plan.iterations.len().min(pairs.len());
        pairs.truncate(slice_count);
        let iterations = batches.iterations.iter().take(slice_count).map(|count| *count as u64).collect();
        let pattern = Pattern {
            lead_reads: lead,
            gap_reads: gap,
            trail_reads: trail,
            slice_count: slice_count as u32,
            solo_count: plan.solo_count,
            warm_up_step_ns: plan.warm_up_step_ns,
            ..Pattern::default()
        };
        Ok(Score { pattern, pairs, iterations })
    }

    fn confirm(
        &self,
        request: &Request<'_>,
        plan: &Plan,
        captured: &Captured,
        walls_ns: &[u64],
    ) -> Result<(), Unfit> {
        let batches = own_batches(request, captured)?;
        let is_as_planned =
            batches.iterations.iter().map(|count| *count as u64).eq(plan.iterations.iter().copied());
        if !is_as_planned {
            return Err(Unfit::new("did other numbers of iterations than in its survey"));
        }
        if whole_ns(&batches)? != walls_ns {
            return Err(Unfit::new(
                "says other times than the clock reads taken for its samples make: something else in its process \
                 reads the clock",
            ));
        }
        Ok(())
    }
}

/// What its pilot showed of a side: the settings in force, and which of them its code fixes.
pub(super) struct InForce {
    settings: Settings,
    is_size_fixed: bool,
    is_warm_up_fixed: bool,
    is_measurement_fixed: bool,
}

impl InForce {
    /// The number of samples that its code fixes.
    pub(super) fn fixed_count(&self) -> Option<u64> {
        self.is_size_fixed.then_some(self.settings.sample_size)
    }
}

pub(super) fn in_force(trial: &Trial<'_>, seconds: Seconds) -> Result<InForce, Unfit> {
    let batches = own_batches(&trial.request, trial.pilot)?;
    let settings = batches.in_force.ok_or_else(|| Unfit::new("does not say its settings in force"))?;
    let asked = Settings::for_time(PILOT_MS, seconds);
    let differs = |one: Duration, other: Duration| one.abs_diff(other) > super::settings::TIME_STEP;
    Ok(InForce {
        is_size_fixed: settings.sample_size != asked.sample_size,
        is_warm_up_fixed: differs(settings.warm_up, asked.warm_up),
        is_measurement_fixed: differs(settings.measurement, asked.measurement),
        settings,
    })
}

fn plan(trial: &Trial<'_>, wish: &Wish) -> Result<Plan, Unfit> {
    let request = &trial.request;
    let [record] = request.benchmarks else { return Err(Unfit::new("shares its process with others")) };
    if request.selection != Selection::Each {
        return Err(Unfit::new("cannot be run alone: its target's main ignores filters"));
    }
    if record.id.occurrence > 1 {
        return Err(Unfit::new("has a name that another benchmark has too"));
    }
    let dialect = Dialect::of(&request.target.dependencies);
    let in_force = in_force(trial, dialect.seconds)?;
    let layout = Layout::choose(in_force.fixed_count(), wish);
    let clock = Clock::choose(&in_force, &layout, dialect.seconds);
    Ok(plan_of(&record.id.path, &dialect, layout, clock))
}

/// The process that plays a layout.
pub(super) fn plan_of(path: &str, dialect: &Dialect, layout: Layout, clock: Clock) -> Plan {
    let mut arguments = vec!["--bench".into(), "--sample-size".into(), layout.sample_count.to_string()];
    arguments.extend(["--warm-up-time".into(), seconds_text(clock.warm_up_ns)]);
    arguments.extend(["--measurement-time".into(), seconds_text(clock.measurement_ns)]);
    arguments.extend(["--nresamples".into(), super::settings::RESAMPLE_COUNT.to_string()]);
    if dialect.filter == Filtering::Regex {
        arguments.push("--noplot".into());
    }
    arguments.extend(filter::arguments(&[path], dialect.filter));
    Plan {
        arguments,
        iterations: layout.iterations(),
        solo_count: layout.solo_count as u32,
        warm_up_step_ns: clock.step_ns,
        is_cut_short: layout.is_cut_short(),
    }
}

/// Which samples there are, and which of them are slices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) sample_count: u64,
    /// The first samples of a linear plan, half as long as the last or shorter, are played alone.
    pub(super) solo_count: u64,
    /// Samples that are played in turns.
    pub(super) turn_count: u64,
    pub(super) growth: Growth,
}

/// How samples grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Growth {
    /// All hold so many iterations.
    Flat(u64),
    /// The n-th holds n times so many.
    Linear(u64),
}

impl Layout {
    /// Equal samples where Criterion can be brought to choose them, which it does when a linear plan would take more
    /// than twice the time (`choose_sampling_mode` in its source); else the longer half of a linear plan.
    fn choose(fixed_count: Option<u64>, wish: &Wish) -> Self {
        let wanted = u64::from(wish.round_count + wish.discarded_count);
        let flat_count = fixed_count.unwrap_or(wanted.max(SAMPLES_MIN));
        if wish.slice_iterations as f64 - FLAT_ROUNDING < (flat_count + 1) as f64 / 4.0 {
            let growth = Growth::Flat(wish.slice_iterations);
            return Self {
                sample_count: flat_count,
                solo_count: 0,
                turn_count: wanted.min(flat_count),
                growth,
            };
        }
        let sample_count = fixed_count.unwrap_or(2 * wanted);
        let solo_count = sample_count / 2;
        let turn_count = wanted.min(sample_count - solo_count);
        let shortest = solo_count + u64::from(wish.discarded_count) + 1;
        let growth = Growth::Linear(wish.slice_iterations.div_ceil(shortest).max(1));
        Self { sample_count, solo_count, turn_count, growth }
    }

    /// Iterations of each slice.
    pub(super) fn iterations(&self) -> Vec<u64> {
        let slices = 1..=self.solo_count + self.turn_count;
        match self.growth {
            Growth::Flat(iterations) => slices.map(|_| iterations).collect(),
            Growth::Linear(step) => slices.map(|number| number * step).collect(),
        }
    }

    /// Whether Criterion would measure on after the last slice.
    fn is_cut_short(&self) -> bool {
        self.solo_count + self.turn_count < self.sample_count
    }

    /// Measuring time that leads to it, in times of one iteration as the warm-up shows it.
    fn span(&self) -> f64 {
        let count = self.sample_count as f64;
        match self.growth {
            Growth::Flat(iterations) => count * (iterations as f64 - FLAT_ROUNDING),
            Growth::Linear(step) => count * (count + 1.0) / 2.0 * (step as f64 - ROUNDING),
        }
    }
}

/// The times that Criterion is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    warm_up_ns: u64,
    measurement_ns: u64,
    step_ns: u64,
}

impl Clock {
    /// A warm-up of one call where that is free, so that an iteration seems to take [`STEPS_OF_CALL`] steps; where the
    /// code fixes both times, a warm-up of as many doubling calls as bring about the wished plan or a longer one.
    pub(super) fn choose(in_force: &InForce, layout: &Layout, seconds: Seconds) -> Self {
        let least_ns = match seconds {
            Seconds::Whole => 1_000_000_000,
            Seconds::Fractional => 1_000,
        };
        let as_ns = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let fixed_warm_up = in_force.is_warm_up_fixed.then(|| as_ns(in_force.settings.warm_up));
        if !in_force.is_measurement_fixed {
            let warm_up_ns = fixed_warm_up.unwrap_or(least_ns);
            // Also a call that reads the clock but twice lasts longer than the warm-up.
            let step_ns = warm_up_ns.saturating_mul(2);
            let steps = STEPS_OF_CALL * layout.span();
            let measurement_ns = step_ns as f64 * steps;
            let (measurement_ns, step_ns) = match seconds {
                // What rounding adds to the time, a longer step takes up again.
                Seconds::Whole => {
                    let rounded = ((measurement_ns / 1e9).ceil() as u64).saturating_mul(1_000_000_000);
                    (rounded, ((rounded as f64 / steps) as u64).max(step_ns))
                }
                Seconds::Fractional => (measurement_ns as u64, step_ns),
            };
            return Self { warm_up_ns, measurement_ns, step_ns };
        }
        let measurement_ns = as_ns(in_force.settings.measurement);
        let iteration_ns = measurement_ns as f64 / layout.span();
        let step_ns = (iteration_ns / STEPS_OF_CALL).max(1.0);
        if fixed_warm_up.is_none() && seconds == Seconds::Fractional && step_ns >= 4.0 {
            return Self { warm_up_ns: (step_ns / 2.0) as u64, measurement_ns, step_ns: step_ns as u64 };
        }
        let warm_up_ns = fixed_warm_up.unwrap_or(least_ns);
        let step_ns = step_of_doublings(warm_up_ns as f64, iteration_ns);
        Self { warm_up_ns, measurement_ns, step_ns }
    }
}

impl Clock {
    /// Whether the first call of the warm-up is its last.
    pub(super) fn has_one_call(&self) -> bool {
        self.warm_up_ns as f64 <= STEPS_OF_CALL * self.step_ns as f64
    }
}

/// The step under which a warm-up of this length ends after the fewest calls, of 1, 2, 4, ... iterations, that make an
/// iteration seem to take no longer than wished.
fn step_of_doublings(warm_up_ns: f64, iteration_ns: f64) -> u64 {
    // After `calls` calls of `STEPS_OF_CALL` steps each the time is just over, and was not before the last.
    let step = |calls: i32| warm_up_ns / (STEPS_OF_CALL * (f64::from(calls) - 0.5));
    let seeming = |calls: i32| step(calls) * STEPS_OF_CALL * f64::from(calls) / (2_f64.powi(calls) - 1.0);
    let calls = (1..DOUBLINGS_MAX).find(|calls| seeming(*calls) <= iteration_ns).unwrap_or(DOUBLINGS_MAX);
    (step(calls) as u64).max(1)
}

/// The samples of the benchmark that was asked for.
pub(super) fn own_batches(request: &Request<'_>, captured: &Captured) -> Result<Batches, Unfit> {
    let transcript = Transcript::read(&captured.frames);
    if transcript.hello.is_none() {
        return Err(Unfit::new("does not connect to its runner, so that its samples are not seen"));
    }
    let path = request.benchmarks.first().map(|record| record.id.path.as_str());
    let mut own = transcript.begun.into_iter().filter(|sighting| Some(sighting.path.as_str()) == path);
    match own.next().map(|sighting| sighting.progress) {
        Some(Progress::Measured(batches)) => Ok(batches),
        _ => Err(Unfit::new("gave no samples")),
    }
}

/// Totals in whole nanoseconds, as the clock gave them.
fn whole_ns(batches: &Batches) -> Result<Vec<u64>, Unfit> {
    if batches.unit.as_deref() != Some("ns") {
        return Err(Unfit::new("measures something else than wall time"));
    }
    Ok(batches.totals.iter().map(|total| *total as u64).collect())
}

/// Clock reads of a sample beside its timed pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Edges {
    lead: u32,
    gap: u32,
    trail: u32,
}

/// Criterion's own: the call as a whole is timed too. The CodSpeed fork reads the clock around each pair besides.
const CRITERIONS: Edges = Edges { lead: 1, gap: 0, trail: 1 };

/// Timed pairs of each sample, when its totals are just what some number of pairs of reads make.
fn pairs_of(reads: &[u64], totals: &[u64], edges: Edges) -> Option<Vec<u32>> {
    let [lead, gap, trail] = [edges.lead, edges.gap, edges.trail].map(|count| count as usize);
    let mut rest = reads;
    let mut pairs = Vec::with_capacity(totals.len());
    for total in totals {
        rest = rest.get(lead..)?;
        let (mut sum, mut count) = (0, 0);
        while sum < *total || count == 0 {
            if count > 0 {
                rest = rest.get(gap..)?;
            }
            let [start, end, after @ ..] = rest else { return None };
            sum += end.checked_sub(*start)?;
            count += 1;
            rest = after;
        }
        if sum != *total {
            return None;
        }
        pairs.push(count);
        rest = rest.get(trail..)?;
    }
    Some(pairs)
}

/// Seconds to the nanosecond.
fn seconds_text(ns: u64) -> String {
    (ns as f64 / 1e9).to_string()
}

#[cfg(test)]
mod tests;
