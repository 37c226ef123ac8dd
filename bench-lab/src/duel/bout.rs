//! One pair of processes from the first start to the last exit: both sides play their slices in turns.
//!
//! When one side fails the other is ended too, so that a bout never lasts longer than one process may.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use lab_core::lot::Lot;
use lab_core::model::{Exit, Side};
use turnstile::mapping::Progress;
use turnstile::{MAPPING_VARIABLE, SIDE_VARIABLE};

use super::contender::{Contender, Context, End, Place, Stopped};
use super::library::Library;
use super::shared::{Shared, Taken};
use super::side;
use crate::harness::duelist::{Plan, Score};
use crate::runner::command::CommandSpec;
use crate::runner::environment::PRELOAD;

/// How often the runner looks whether somebody asked to stop. It waits meanwhile, so it takes no CPU.
const LOOK: Duration = Duration::from_millis(100);

/// One side as it is to play.
#[derive(Clone, Copy)]
pub(super) struct Player<'a> {
    pub(super) contender: &'a Contender<'a>,
    /// What is executed in place of its executable.
    pub(super) image: Option<&'a std::path::Path>,
    /// What the harness starts a measured process with; the plan's arguments take the place of its own.
    pub(super) spec: &'a CommandSpec,
    pub(super) plan: &'a Plan,
    pub(super) score: &'a Score,
}

/// How one side came out.
pub(super) struct Played {
    /// Absent when it was ended because the other failed.
    pub(super) end: Option<End>,
    /// Whether it played all its slices.
    pub(super) progress: Progress,
    /// Clock reads of threads other than the timing one, while slices were played.
    pub(super) foreign_reads: u32,
    pub(super) taken: Vec<Taken>,
}

/// How both came out, baseline first.
pub(super) struct Bout {
    pub(super) sides: [Played; 2],
    pub(super) started_at: String,
    pub(super) wall: Duration,
}

/// Lets two processes take turns.
///
/// # Errors
/// Outer: the person stopped it. Inner: no shared memory could be had.
pub(super) fn play(
    context: &Context<'_>,
    players: [Player<'_>; 2],
    (library, place): (&Library, Place<'_>),
    lot: Lot,
) -> Result<std::io::Result<Bout>, Stopped> {
    let shared = match Shared::for_duel(library_folder(library).as_path(), lot.starter) {
        Ok(shared) => shared,
        Err(error) => return Ok(Err(error)),
    };
    for (which, player) in Side::BOTH.into_iter().zip(&players) {
        shared.set_score(which, player.score);
        let corner = shared.corner(side::at_turnstile(which));
        corner.counts.store(place.has_counters.into(), Ordering::Relaxed);
        corner.leaves.store(player.plan.is_cut_short.into(), Ordering::Relaxed);
    }
    let specs = [0, 1].map(|at| equip(&players[at], Side::BOTH[at], library, &shared));
    let started_at = Timestamp::now().to_string();
    let began = Instant::now();
    let stops = [AtomicBool::new(false), AtomicBool::new(false)];
    let ends = thread::scope(|scope| {
        let (sender, ended) = mpsc::channel();
        for which in [lot.born_first, lot.born_first.other()] {
            let at = which.index();
            let (sender, spec, stop, player) = (sender.clone(), &specs[at], &stops[at], players[at]);
            let place = Place { padding_bytes: lot.padding_bytes[at], image: player.image, ..place };
            // The thread lives as long as its process: the kernel would kill the process with it.
            scope.spawn(move || {
                let end = context.run(player.contender, spec, place, stop);
                // Nobody listens any more only when the receiving thread panicked.
                let _ = sender.send((which, end));
            });
        }
        drop(sender);
        attend(context, &ended, &shared, &stops)
    });
    if context.is_stopped() {
        return Err(Stopped);
    }
    let wall = began.elapsed();
    let mut ends = ends.into_iter();
    let sides = Side::BOTH.map(|which| {
        let corner = shared.corner(side::at_turnstile(which));
        Played {
            end: ends.next().flatten(),
            progress: corner.progress(),
            foreign_reads: corner.foreign_reads.load(Ordering::Relaxed),
            taken: shared.taken(which),
        }
    });
    Ok(Ok(Bout { sides, started_at, wall }))
}

fn library_folder(library: &Library) -> std::path::PathBuf {
    library.path().parent().map(Into::into).unwrap_or_default()
}

/// The command of one side, with what makes it take part.
pub(super) fn equip(player: &Player<'_>, which: Side, library: &Library, shared: &Shared) -> CommandSpec {
    let mut spec = player.spec.clone();
    spec.arguments.clone_from(&player.plan.arguments);
    let number = which.index().to_string();
    let (library, mapping) = (library.path(), shared.path());
    // Both paths are text: the folders were chosen so.
    let text = |path: std::path::PathBuf| path.to_string_lossy().into_owned();
    spec.environment.extend([
        (PRELOAD.to_owned(), text(library)),
        (MAPPING_VARIABLE.to_owned(), text(mapping)),
        (SIDE_VARIABLE.to_owned(), number),
    ]);
    spec
}

/// Waits for both ends; what one says of itself decides whether the other may go on.
fn attend(
    context: &Context<'_>,
    ended: &mpsc::Receiver<(Side, Result<End, Stopped>)>,
    shared: &Shared,
    stops: &[AtomicBool; 2],
) -> [Option<End>; 2] {
    let mut ends = [None, None];
    loop {
        match ended.recv_timeout(LOOK) {
            Ok((which, end)) => {
                // Whatever it died of, the other must not wait for it.
                shared.leave(which);
                let has_played = shared.corner(side::at_turnstile(which)).progress() == Progress::Finished;
                let exit = |end: &End| end.as_ref().ok().map(|completed| completed.captured.exit);
                let is_over = match end.as_ref().ok().and_then(exit) {
                    Some(Exit::Code(0)) => !has_played,
                    // The other meets the same limit at once, and perhaps it is the one that hung: its output tells.
                    Some(Exit::TimedOut { .. }) => false,
                    _ => true,
                };
                if is_over {
                    stops[which.other().index()].store(true, Ordering::Relaxed);
                }
                ends[which.index()] = end.ok();
            }
            Err(mpsc::RecvTimeoutError::Timeout) if context.is_stopped() => {
                stops.iter().for_each(|stop| stop.store(true, Ordering::Relaxed));
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => return ends,
        }
    }
}
