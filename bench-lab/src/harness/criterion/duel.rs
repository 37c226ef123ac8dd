//! Criterion in a duel: its plan is made the same on both sides, and its clock reads are known by their number.
//!
//! Criterion fits its iterations to what its warm-up took, so that two processes never do equal work. In a duel every
//! clock read of the warm-up adds the same step to the time it is told, and the plan that follows is arithmetic. What
//! is measured is true time again.

mod clock;
mod layout;
mod pairs;

use std::time::Duration;

use turnstile::listener::Pattern;
use turnstile::mapping::Entry;

use self::pairs::{Edges, timed_pairs};
use super::dialect::{Dialect, Filtering, Seconds};
use super::settings::Settings;
use super::sighting::{Batches, Progress};
use super::transcript::Transcript;
use super::{PILOT_MS, filter};
use crate::harness::duelist::{Duelist, Plan, Score, Trial, Unfit, Wish};
use crate::harness::{Request, Selection};
use crate::runner::command::Captured;

pub(super) use self::clock::Clock;
pub(super) use self::layout::{Growth, Layout};

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
        let Some((Edges { lead, gap, trail }, mut pairs)) = timed_pairs(&reads, &totals) else {
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

/// Seconds to the nanosecond.
fn seconds_text(ns: u64) -> String {
    (ns as f64 / 1e9).to_string()
}

#[cfg(test)]
mod tests;
