//! What each knob buys on this host: sessions that set one knob and sessions that set nothing, in turns, probed alike.
//!
//! All that is set is set by sessions with their guard and journal: a trial that is killed leaves the host as it was.

mod probe;
mod subject;

use std::thread;
use std::time::{Duration, Instant};

use lab_core::cpulist::CpuList;
use lab_core::trial::{Arm, Slice, Stop, Visit, lay_out};

use super::knob::Knob;
use super::lock::{self, HostLock, LockError, Waiting};
use super::session::{self, Place, Program, SessionError, WayError};
use crate::canary::Kernel;
use crate::host::sysfs::Absence;
use crate::runner::affinity;

use probe::Probe;
pub use subject::Subject;
use subject::{Given, Untried};

/// A slice is not shorter than this: the timer's tick, some hundred a second, must come several times.
pub const SLICE_MIN: Duration = Duration::from_millis(60);

/// Nor longer: what the host does meanwhile should be the same in both arms.
const SLICE_MAX: Duration = Duration::from_secs(1);

/// After a setting was written, before it is measured: what the writes and the journal set off ends.
const SETTLE: Duration = Duration::from_millis(20);

/// How often whoever waits is told.
const TOLD_EVERY: Duration = Duration::from_secs(2);

/// What is to be tried.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    /// Files, journal and lock.
    pub place: &'a Place,
    /// The program that is started as guard.
    pub guard: &'a Program,
    /// Every knob.
    pub knobs: &'a [&'a dyn Knob],
    /// Names of those to try; absent for all, which also tries all of them together.
    pub named: Option<&'a [String]>,
    /// CPUs that benchmarks would run on; the first one is probed.
    pub bench_cpus: &'a CpuList,
    /// The work that is timed in each slice.
    pub canary: &'static Kernel,
    /// Turns of each subject.
    pub repetition_count: u32,
    /// How long it may take altogether.
    pub budget: Duration,
    /// Length of a slice; absent for what the budget leaves.
    pub slice: Option<Duration>,
    /// Of the order.
    pub seed: u64,
}

/// What is being done, for whoever waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// A knob is set once, to see whether it can be.
    Tried(&'a str),
    /// The turns begin.
    Begun {
        /// Knobs, and what they are held against.
        subject_count: usize,
        /// All slices.
        slice_count: usize,
        /// Of one.
        slice: Duration,
    },
    /// So many turns are over.
    Turn {
        /// Over.
        done: usize,
        /// All of them.
        all: usize,
        /// Expected.
        left: Duration,
    },
}

/// What was seen.
#[derive(Clone, Debug)]
pub struct Trials {
    /// What was tried: nothing at all first, then the knobs, then all together; each with its visits.
    pub subjects: Vec<(Subject, Vec<Visit>)>,
    /// Knobs that were not, and why.
    pub untried: Vec<(String, String)>,
    /// The CPU that was probed.
    pub cpu: u32,
    /// Length of a slice.
    pub slice: Duration,
    /// All of it.
    pub took: Duration,
}

/// Why nothing was measured, or not to the end.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The host is another session's.
    #[error(transparent)]
    Locked(#[from] LockError),
    /// No session can set anything now.
    #[error(transparent)]
    Way(#[from] WayError),
    /// A name that no knob has.
    #[error("no knob is named {name:?}; there are: {known}")]
    UnknownKnob {
        /// As typed.
        name: String,
        /// All names.
        known: String,
    },
    /// None of the knobs that were meant can be tried.
    #[error("no knob can be tried on this host: {why}")]
    NothingToTry {
        /// Each with its reason.
        why: String,
    },
    /// The budget is too short for the slices.
    #[error(
        "{slice_count} slices do not fit into the budget: they need {:.0} s at least", needed.as_secs_f64().ceil()
    )]
    BudgetTooShort {
        /// All slices.
        slice_count: usize,
        /// For slices of the least length.
        needed: Duration,
    },
    /// A guard is of no use.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The same, and everything was put back without it.
    #[error("{why}; everything was put back without it")]
    GuardLost {
        /// What became of it.
        why: SessionError,
    },
    /// The same, and not everything could be.
    #[error("{why}; {left}")]
    NotRestored {
        /// What became of it.
        why: SessionError,
        /// Why not.
        left: String,
    },
    /// A knob that could be set before cannot be any more.
    #[error("{subject} was set before, and is not in force in repetition {repetition}")]
    NotInForce {
        /// Its name.
        subject: String,
        /// From 1.
        repetition: u32,
    },
    /// A slice did not leave the host as it was.
    #[error("{path} did not come back after {subject}: it was {expected}, and is {found}")]
    NotBack {
        /// What was tried.
        subject: String,
        /// The file.
        path: String,
        /// Before.
        expected: String,
        /// After.
        found: String,
    },
    /// The bench CPU cannot be probed.
    #[error("the bench CPU cannot be probed: {0}")]
    Probe(Absence),
}

/// Tries every knob that can be tried.
///
/// # Errors
/// [`TrialError`]; the host is as it was, or its journal says what is not.
pub fn measure(order: &Order<'_>, mut tell: impl FnMut(Step<'_>)) -> Result<Trials, TrialError> {
    let begin = Instant::now();
    subject::refuse_unknown(order)?;
    // Rights first: without them the lock is nobody's business.
    drop(order.place.lock().map_err(WayError::from)?);
    let lock = lock::acquire(Waiting::Refuse)?;
    session::clear(order.place)?;
    let cpu = order.bench_cpus.first().unwrap_or(0);
    let bench_cpus: Vec<u32> = order.bench_cpus.iter().collect();
    affinity::keep_off(&bench_cpus, None).map_err(|error| TrialError::Probe(error.to_string()))?;
    let probe = Probe { cpu, kernel: order.canary };
    let house = House { order, lock: &lock, probe };
    let (subjects, untried) = subject::find(&house, &mut tell)?;
    let stops = lay_out(subjects.len(), order.repetition_count, order.seed);
    let slice = house.slice_length(&subjects, stops.len(), begin.elapsed())?;
    tell(Step::Begun { subject_count: subjects.len(), slice_count: stops.len() * 4, slice });
    let mut visits: Vec<Vec<Visit>> = subjects.iter().map(|_| Vec::new()).collect();
    let (began, mut told) = (Instant::now(), Instant::now());
    for (done, stop) in stops.iter().enumerate() {
        visits[stop.subject].push(house.visit(&subjects[stop.subject], stop, slice)?);
        if told.elapsed() > TOLD_EVERY {
            told = Instant::now();
            let left = began.elapsed().mul_f64((stops.len() - done - 1) as f64 / (done + 1) as f64);
            tell(Step::Turn { done: done + 1, all: stops.len(), left });
        }
    }
    Ok(Trials {
        subjects: subjects.into_iter().zip(visits).collect(),
        untried,
        cpu,
        slice,
        took: begin.elapsed(),
    })
}

/// Where sessions are held.
pub(crate) struct House<'a> {
    order: &'a Order<'a>,
    lock: &'a HostLock,
    probe: Probe,
}

impl House<'_> {
    /// One turn: its four slices.
    fn visit(&self, subject: &Subject, stop: &Stop, length: Duration) -> Result<Visit, TrialError> {
        let (mut on, mut off) = (Vec::new(), Vec::new());
        for arm in stop.arms {
            let (slice, given) = self.slice(subject, arm, length)?;
            match arm {
                Arm::On if given.set_count < subject.set_count.min(1) => {
                    return Err(TrialError::NotInForce {
                        subject: subject.name.clone(),
                        repetition: stop.repetition + 1,
                    });
                }
                Arm::On => on.push(slice),
                Arm::Off => off.push(slice),
            }
        }
        let pair = |slices: Vec<Slice>| {
            <[Slice; 2]>::try_from(slices).expect("each arm has two of the four slices of a stop")
        };
        Ok(Visit { on: pair(on), off: pair(off) })
    }

    /// Both arms begin with the same writes and the same journal on the disk, and are probed within a session with a
    /// guard: only what is in force meanwhile differs.
    fn slice(&self, subject: &Subject, arm: Arm, length: Duration) -> Result<(Slice, Given), TrialError> {
        let names: &[String] = match arm {
            Arm::On => &subject.knobs,
            Arm::Off => {
                self.with_knobs(&subject.name, &subject.knobs, || Ok(()))?;
                &[]
            }
        };
        self.with_knobs(&subject.name, names, || {
            thread::sleep(SETTLE);
            self.probe.take(length).map_err(TrialError::Probe)
        })
    }

    /// The budget less what sessions cost, shared among the slices.
    fn slice_length(
        &self,
        subjects: &[Subject],
        stop_count: usize,
        spent: Duration,
    ) -> Result<Duration, TrialError> {
        let slice_count = stop_count * 4;
        // One session for each slice in force, two for each that is not.
        let session = |subject: &Subject| (subject.session * 6 + SETTLE * 4) * self.order.repetition_count;
        let sessions: Duration = subjects.iter().map(session).sum();
        let least = self.order.slice.unwrap_or(SLICE_MIN);
        let needed = spent + sessions + least * u32::try_from(slice_count).unwrap_or(u32::MAX);
        if needed > self.order.budget {
            return Err(TrialError::BudgetTooShort { slice_count, needed });
        }
        let left = self.order.budget.saturating_sub(spent + sessions);
        let fitting = left.div_f64(slice_count.max(1) as f64).clamp(SLICE_MIN, SLICE_MAX);
        Ok(self.order.slice.unwrap_or(fitting))
    }
}

impl From<&Untried> for (String, String) {
    fn from(untried: &Untried) -> Self {
        (untried.knob.clone(), untried.why.clone())
    }
}
