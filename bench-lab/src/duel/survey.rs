//! One process alone, with every clock read written down: how it reads the clock is learnt before two take turns.
//!
//! What it measures enters nothing.

use std::sync::atomic::Ordering;

use lab_core::model::Side;
use turnstile::listener::{Announcement, Listener, Pattern, Reading};
use turnstile::mapping::{Entry, Progress};

use super::bout::{Player, equip};
use super::contender::{Contender, Context, Place, Stopped};
use super::library::Library;
use super::shared::Shared;
use crate::harness::duelist::{Duelist, Plan, Score, Unfit};
use crate::harness::{Request, Selection};
use crate::runner::command::CommandSpec;

/// What a survey showed.
#[derive(Clone)]
pub(super) struct Surveyed {
    /// How the process reads the clock.
    pub(super) score: Score,
    /// How many times as long its slices took with what is around them as what was timed of them.
    pub(super) strain: f64,
}

/// Surveys a side that follows a plan.
///
/// # Errors
/// Outer: the person stopped it. Inner: [`Unfit`] when it cannot be made to take turns.
pub(super) fn survey(
    context: &Context<'_>,
    (contender, request, spec): (&Contender<'_>, &Request<'_>, &CommandSpec),
    (duelist, plan): (&dyn Duelist, &Plan),
    library: &Library,
    place: Place<'_>,
) -> Result<Result<Surveyed, Unfit>, Stopped> {
    debug_assert_eq!(request.selection, Selection::Each);
    let folder = library.path();
    let shared = match Shared::for_survey(folder.parent().unwrap_or(&folder)) {
        Ok(shared) => shared,
        Err(error) => return Ok(Err(Unfit(format!("cannot be surveyed: no shared memory ({error})")))),
    };
    // Nothing is known yet but how fast the clock is to go while Criterion warms up.
    let pattern = Pattern { warm_up_step_ns: plan.warm_up_step_ns, ..Pattern::default() };
    let score = Score { pattern, pairs: Vec::new(), iterations: Vec::new() };
    shared.set_score(Side::Baseline, &score);
    let player = Player { contender, image: None, spec, plan, score: &score };
    let spec = equip(&player, Side::Baseline, library, &shared);
    let completed = match context.run(contender, &spec, place, context.stop)? {
        Ok(completed) => completed,
        Err(error) => return Ok(Err(Unfit(format!("cannot be surveyed: {error}")))),
    };
    let corner = shared.corner(turnstile::turn::Side::Baseline);
    let result = if corner.progress() == Progress::Absent || corner.pid.load(Ordering::Relaxed) == 0 {
        Err(Unfit::new("did not load the library that lets it take turns; it may be protected against that"))
    } else {
        match shared.log() {
            None => Err(Unfit::new("reads the clock too often for its samples to be told apart")),
            Some(log) if log.is_empty() => Err(Unfit::new(
                "never reads the clock through the C library, as a timer of the processor would not",
            )),
            Some(log) => duelist.score(request, plan, &completed.captured, &log).and_then(|score| {
                let strain = replay(&log, &score)
                    .ok_or_else(|| Unfit::new("reads the clock in an order that cannot be followed"))?;
                Ok(Surveyed { score, strain })
            }),
        }
    };
    completed.captured.clear_scratch();
    Ok(result)
}

/// Follows the log by the score as the library will follow the process; gives the strain, or nothing when the slices
/// do not come to their end.
fn replay(log: &[Entry], score: &Score) -> Option<f64> {
    let mut listener = Listener::new(score.pattern);
    let pairs_of = |slice: u32| score.pairs.get(slice as usize).copied().unwrap_or(1);
    let (mut timed_ns, mut start_ns) = (0_u64, 0_u64);
    let mut ends = None;
    for entry in log {
        let at_ns = match *entry {
            Entry::Read { at_ns } => at_ns,
            Entry::Output => {
                listener.hear(Announcement::Output, pairs_of);
                continue;
            }
            Entry::WarmUp => {
                listener.hear(Announcement::WarmUp, pairs_of);
                continue;
            }
            Entry::Measuring => {
                listener.hear(Announcement::Measuring, pairs_of);
                continue;
            }
        };
        match listener.read(pairs_of).0 {
            Reading::Start(_) => {
                start_ns = at_ns;
                ends.get_or_insert((at_ns, at_ns));
            }
            Reading::End(_) => {
                timed_ns += at_ns.saturating_sub(start_ns);
                ends = ends.map(|(first, _)| (first, at_ns));
            }
            Reading::Plain | Reading::Told { .. } => {}
        }
    }
    let (first, last) = ends.filter(|_| listener.is_over() && timed_ns > 0)?;
    Some((last.saturating_sub(first) as f64 / timed_ns as f64).max(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(times: &[u64]) -> impl Iterator<Item = Entry> {
        times.iter().map(|at_ns| Entry::Read { at_ns: *at_ns })
    }

    fn score(slice_count: u32) -> Score {
        let pattern = Pattern { output_count: 1, skip_reads: 2, slice_count, ..Pattern::default() };
        Score { pattern, pairs: vec![1; slice_count as usize], iterations: vec![1; slice_count as usize] }
    }

    #[test]
    fn the_strain_is_what_a_turn_takes_of_what_is_timed() {
        let mut log: Vec<Entry> = reads(&[1]).collect();
        log.push(Entry::Output);
        // Two probes, then two samples of ten with eighty between them.
        log.extend(reads(&[5, 6, 100, 110, 190, 200]));
        assert_eq!(replay(&log, &score(2)), Some(5.0));
        assert_eq!(replay(&log, &score(3)), None, "there are no more than two");
    }
}
