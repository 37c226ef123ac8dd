//! One process alone, with every clock read written down: how it reads the clock is learnt before two take turns.
//!
//! What it measures enters nothing.

use std::sync::atomic::Ordering;

use lab_core::model::Side;
use turnstile::mapping::Progress;

use super::bout::{Player, equip};
use super::contender::{Contender, Context, Place, Stopped};
use super::library::Library;
use super::shared::Shared;
use crate::harness::duelist::{Duelist, Plan, Score, Unfit};
use crate::harness::{Request, Selection};
use crate::runner::command::CommandSpec;
use turnstile::listener::Pattern;

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
) -> Result<Result<Score, Unfit>, Stopped> {
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
    let player = Player { contender, spec, plan, score: &score };
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
            Some(log) => duelist.score(request, plan, &completed.captured, &log),
        }
    };
    completed.captured.clear_scratch();
    Ok(result)
}
