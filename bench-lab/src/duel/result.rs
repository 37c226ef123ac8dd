//! What a bout of two processes amounts to: its rounds, or whose fault it is that there are none.
//!
//! It goes by exits, counts and what the harness says, and never drops a launch for its times.

use lab_core::model::{Exit, Outcome, Round, Side, Warning};
use turnstile::mapping::Progress;

use super::bout::{Bout, Played};
use super::contender::{Contender, about};
use super::processes::blame;
use super::rounds::{pair_up, stalled};
use super::terms::Part;
use crate::harness::Request;
use crate::harness::duelist::Duelist;
use crate::runner::command::Captured;

/// One side as it was asked to play.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) contender: &'a Contender<'a>,
    pub(super) request: &'a Request<'a>,
    pub(super) part: &'a Part,
}

/// What a bout amounts to.
pub(super) struct Result {
    pub(super) outcome: Outcome,
    pub(super) rounds: Vec<Round>,
    pub(super) warnings: Vec<Warning>,
}

/// Judges a bout and clears away what its processes left.
pub(super) fn judge(mut bout: Bout, asked: [Asked<'_>; 2], duelist: &dyn Duelist, starter: Side) -> Result {
    let mut warnings = Vec::new();
    for played in &mut bout.sides {
        if let Some(Ok(completed)) = &mut played.end {
            warnings.append(&mut completed.warnings);
        }
    }
    let failure = failure(&bout, asked, duelist, starter);
    let rounds = match &failure {
        Some(_) => Ok(Vec::new()),
        None => {
            let [baseline, candidate] = &bout.sides;
            let taken = [baseline.taken.as_slice(), candidate.taken.as_slice()];
            pair_up(taken, [0, 1].map(|at| &asked[at].part.plan), starter)
        }
    };
    for played in &bout.sides {
        if let Some(Ok(completed)) = &played.end {
            completed.captured.clear_scratch();
        }
    }
    let odd = |reason| Outcome::Failed { reason, tail: String::new() };
    match (failure, rounds) {
        (Some(outcome), _) => Result { outcome, rounds: Vec::new(), warnings },
        (None, Err(reason)) => Result { outcome: odd(reason), rounds: Vec::new(), warnings },
        (None, Ok(rounds)) => Result { outcome: Outcome::Ok, rounds, warnings },
    }
}

/// The failure of the side to blame.
fn failure(bout: &Bout, asked: [Asked<'_>; 2], duelist: &dyn Duelist, starter: Side) -> Option<Outcome> {
    let hung = hung(bout, starter);
    let found = [hung, hung.other()].map(|which| {
        let at = which.index();
        failure_of(&bout.sides[at], asked[at], duelist).map(|failure| (which, failure))
    });
    let mut found: Vec<(Side, Outcome)> = found.into_iter().flatten().collect();
    // A process that ended by itself says more than one that was ended at its limit while it waited.
    found.sort_by_key(|(_, failure)| matches!(failure, Outcome::TimedOut { .. }));
    found.into_iter().next().map(|(which, failure)| blame(which, failure))
}

/// Which side it was, if one hung: one that never came to its turns, else the one that owes the next slice.
fn hung(bout: &Bout, starter: Side) -> Side {
    let mut late =
        Side::BOTH.into_iter().filter(|which| bout.sides[which.index()].progress < Progress::Arrived);
    match (late.next(), late.next()) {
        (Some(which), None) => which,
        _ => stalled(bout.sides.each_ref().map(|played| played.taken.as_slice()), starter),
    }
}

fn failure_of(played: &Played, asked: Asked<'_>, duelist: &dyn Duelist) -> Option<Outcome> {
    let completed = match played.end.as_ref()? {
        Ok(completed) => completed,
        Err(error) => {
            let (reason, tail) = (format!("could not be started: {error}"), String::new());
            return Some(Outcome::Failed { reason, tail });
        }
    };
    let captured = &completed.captured;
    if captured.exit != Exit::Code(0) {
        return Some(bad_end(captured, asked));
    }
    let failed = |reason| Some(Outcome::Failed { reason, tail: String::new() });
    if played.progress != Progress::Finished {
        return failed(unfinished(played, asked));
    }
    if asked.part.plan.is_cut_short {
        return None;
    }
    let walls: Vec<u64> = played.taken.iter().map(|taken| taken.slice.wall_ns).collect();
    let confirmed = duelist.confirm(asked.request, &asked.part.plan, captured, &walls);
    confirmed.err().and_then(|unfit| failed(unfit.to_string()))
}

/// How a process ended badly, in its harness's words when it has some.
fn bad_end(captured: &Captured, asked: Asked<'_>) -> Outcome {
    let answer = asked.contender.harness.read(asked.request, captured);
    let own = answer.observations.into_iter().find(|one| one.benchmark == asked.contender.record.id);
    let outcome = own.map(|own| own.outcome).filter(|outcome| *outcome != Outcome::Ok);
    outcome.unwrap_or_else(|| match captured.exit {
        Exit::TimedOut { limit_ms } => Outcome::TimedOut { limit_ms, tail: captured.stderr_text() },
        exit => Outcome::Failed {
            reason: format!("ended badly after its measurement: {exit:?}"),
            tail: captured.stderr_text(),
        },
    })
}

fn unfinished(played: &Played, asked: Asked<'_>) -> String {
    let (count, of) = (played.taken.len(), asked.part.plan.iterations.len());
    let why = match played.progress {
        Progress::Absent => "it never loaded the library that lets it take turns",
        _ if played.foreign_reads > 0 => "other threads read the clock, so its samples may be theirs",
        _ => "it read the clock less often than in its survey",
    };
    about_count(count, of, why)
}

fn about_count(count: usize, of: usize, why: &str) -> String {
    format!("played {count} of {of} slices: {why}")
}

/// A failure as one sentence, for what falls back because of it.
pub(super) fn sentence(outcome: &Outcome, which: Option<Side>) -> String {
    let text = match outcome {
        Outcome::Ok => "it works".to_owned(),
        Outcome::Failed { reason, .. } | Outcome::Missing { reason } => reason.clone(),
        Outcome::TimedOut { limit_ms, .. } => format!("did not end within {limit_ms} ms"),
    };
    which.map_or_else(|| text.clone(), |which| about(which, &text))
}
