//! A rehearsal of the worst: a real session sets the host and is killed, and every file is read before, while and after.
//!
//! It writes no kernel file itself and takes nobody's word: what came back is what reads as it did before.

mod actor;
mod fault;
mod round;
mod rows;
mod stage;
mod watch;

use std::time::Duration;

use lab_core::cpulist::CpuList;
use lab_core::model::KnobRecord;

use super::knob::Knob;
use super::lock::{self, HostLock, LockError, Waiting};
use super::session::{self, GroupNote, Place, WayError};

pub use actor::{is_actor, main};
pub use fault::{Fault, FaultKind, Moved};
pub use rows::{Row, Sum};
pub use watch::Look;

use round::Conditions;
use watch::Watch;

/// Whom the signal SIGKILL ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kill {
    /// The process that runs a session; its guard puts back.
    Runner,
    /// The same with every process of its group, as a terminal or a shell would; the guard is in none of them.
    Group,
    /// The guard and then the runner: the next start puts back, from the journal.
    GuardToo,
}

impl Kill {
    /// Every way, in the order of the rehearsal.
    pub const ALL: [Self; 3] = [Self::Runner, Self::Group, Self::GuardToo];

    /// Name in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Runner => "runner",
            Self::Group => "group",
            Self::GuardToo => "guard_too",
        }
    }

    /// Who is killed, for people.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Runner => "the runner",
            Self::Group => "the runner's process group",
            Self::GuardToo => "guard and runner",
        }
    }
}

/// What is rehearsed, and where.
#[derive(Clone, Copy)]
pub struct Scenery<'a> {
    /// Files, journal and lock.
    pub place: &'a Place,
    /// The knobs of a session.
    pub knobs: &'a [&'a dyn Knob],
    /// CPUs that benchmarks would run on.
    pub bench_cpus: &'a CpuList,
}

/// What is about to be done, for whoever waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// All files were read once.
    Looked {
        /// Files that knobs would set.
        setting_count: usize,
        /// Other files of the same folders.
        neighbour_count: usize,
    },
    /// A session that sets nothing is killed, to see which neighbours move without it.
    Control,
    /// A session that sets everything is killed.
    Round(Kill),
    /// The host's lock is not free yet, after so long.
    Waiting(Duration),
}

/// One kill.
#[derive(Clone, Debug)]
pub struct Round {
    /// Who was killed.
    pub kill: Kill,
    /// What the session said that it had set.
    pub knobs: Vec<KnobRecord>,
    /// The control group that was made for benchmarks; absent where there was none.
    pub group: Option<GroupNote>,
    /// From the wish to the last read-back.
    pub apply: Duration,
    /// From the kill until the host was free again; with the guard dead from the next start until it had replayed.
    pub back: Duration,
    /// All files before.
    pub before: Look,
    /// While the settings were in force.
    pub during: Look,
    /// After.
    pub after: Look,
    /// What was not as it should be; empty when all was.
    pub faults: Vec<Fault>,
    /// What moved besides and is nobody's setting.
    pub moved: Vec<Moved>,
}

/// All kills and what they proved.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    /// In order; ends with the first one that had a fault, as the next one would start from a wrong original.
    pub rounds: Vec<Round>,
    /// Files beside the knobs' that were watched.
    pub neighbour_count: usize,
    /// What an earlier session had left was put back first: so many files.
    pub recovered_count: usize,
    /// File by file, in the order of the knobs.
    pub rows: Vec<Row>,
}

/// Why nothing, or not everything, was rehearsed.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// The host is another session's.
    #[error(transparent)]
    Locked(#[from] LockError),
    /// No session can set anything now.
    #[error(transparent)]
    Way(#[from] WayError),
    /// No knob of this host has a file to set.
    #[error("no knob has anything to set on this host")]
    NothingHere,
    /// The session of a rehearsal could not be started, or broke off.
    #[error("the session to be killed {what}")]
    Actor {
        /// What went wrong with it.
        what: String,
    },
}

/// Rehearses every kill.
///
/// # Errors
/// [`RehearsalError`]: the host is as its guard or its journal leaves it, which the next start puts right.
pub fn rehearse(scenery: &Scenery<'_>, mut tell: impl FnMut(Step)) -> Result<Rehearsal, RehearsalError> {
    // Rights first: without them the lock is nobody's business.
    drop(scenery.place.lock().map_err(WayError::from)?);
    let mut lock = lock::acquire(Waiting::Refuse)?;
    let recovered_count = session::clear(scenery.place)?;
    let mut watch = Watch::of(scenery);
    if watch.targets.is_empty() {
        return Err(RehearsalError::NothingHere);
    }
    let counts = (watch.targets.len(), watch.neighbours.len());
    tell(Step::Looked { setting_count: counts.0, neighbour_count: counts.1 });
    tell(Step::Control);
    let before = watch.look(&scenery.place.root);
    lock = round::control(scenery, lock, &mut tell)?;
    watch.forget_restless(&before, &watch.look(&scenery.place.root));
    let mut rounds: Vec<Round> = Vec::new();
    for kill in Kill::ALL {
        tell(Step::Round(kill));
        let (round, again) = round::play(&Conditions { scenery, watch: &watch, kill }, lock, &mut tell)?;
        lock = again;
        let is_faulty = !round.faults.is_empty();
        rounds.push(round);
        if is_faulty {
            break;
        }
    }
    drop::<HostLock>(lock);
    let rows = rows::of(&watch, &rounds);
    Ok(Rehearsal { rounds, neighbour_count: counts.1, recovered_count, rows })
}
