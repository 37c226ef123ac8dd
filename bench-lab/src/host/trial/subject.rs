//! What can be tried: each knob that changes something here, nothing at all, and all knobs together.
//!
//! It finds out by setting each once; what a file promises is not taken for a fact.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use lab_core::model::{KnobRecord, SettingOutcome};

use super::{House, Order, Step, TrialError};
use crate::host::guard;
use crate::host::session::{KernelFiles, Request, Session};

/// The subject that sets nothing: what it shows is what chance shows.
const NOTHING: &str = "(nothing)";

/// The subject that sets every knob.
const TOGETHER: &str = "(all knobs)";

/// One thing that is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// A knob's name, or what it is instead in brackets.
    pub name: String,
    /// The knobs that are in force in its slices.
    pub knobs: Vec<String>,
    /// How many settings they change.
    pub set_count: usize,
    /// What a session with them costs besides the slice.
    pub(super) session: Duration,
}

/// A knob that cannot be tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Untried {
    pub(super) knob: String,
    pub(super) why: String,
}

/// What a session set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Given {
    /// Settings that read as wanted now and did not before.
    pub(crate) set_count: usize,
    /// Why there are none; absent when there are some.
    pub(crate) why_none: Option<String>,
}

/// A name that no knob has is an error before anything is set.
pub(super) fn refuse_unknown(order: &Order<'_>) -> Result<(), TrialError> {
    let is_known = |name: &String| order.knobs.iter().any(|knob| knob.id() == *name);
    match order.named.unwrap_or_default().iter().find(|name| !is_known(name)) {
        None => Ok(()),
        Some(name) => {
            let known: Vec<&str> = order.knobs.iter().map(|knob| knob.id()).collect();
            Err(TrialError::UnknownKnob { name: name.clone(), known: known.join(", ") })
        }
    }
}

type Found = (Vec<Subject>, Vec<(String, String)>);

/// Sets each knob once.
pub(super) fn find(house: &House<'_>, tell: &mut impl FnMut(Step<'_>)) -> Result<Found, TrialError> {
    let order = house.order;
    let is_meant = |name: &str| order.named.is_none_or(|named| named.iter().any(|other| other == name));
    let mut subjects = vec![house.tried(NOTHING, Vec::new())?.0];
    let mut untried = Vec::new();
    for knob in order.knobs.iter().filter(|knob| is_meant(knob.id())) {
        tell(Step::Tried(knob.id()));
        let (subject, given) = house.tried(knob.id(), vec![knob.id().to_owned()])?;
        match given.why_none {
            None => subjects.push(subject),
            Some(why) => untried.push(Untried { knob: subject.name, why }),
        }
    }
    if subjects.len() == 1 {
        let why = untried.iter().map(|one| format!("{}: {}", one.knob, one.why)).collect::<Vec<_>>();
        return Err(TrialError::NothingToTry { why: why.join("; ") });
    }
    if order.named.is_none() && subjects.len() > 2 {
        let names = subjects.iter().flat_map(|subject| subject.knobs.clone()).collect();
        subjects.push(house.tried(TOGETHER, names)?.0);
    }
    Ok((subjects, untried.iter().map(Into::into).collect()))
}

impl House<'_> {
    /// A session that sets and does nothing else, with what it cost.
    fn tried(&self, name: &str, knobs: Vec<String>) -> Result<(Subject, Given), TrialError> {
        let begin = Instant::now();
        let ((), given) = self.with_knobs(name, &knobs, || Ok(()))?;
        let set_count = given.set_count;
        let subject = Subject { name: name.to_owned(), knobs, set_count, session: begin.elapsed() };
        Ok((subject, given))
    }

    /// Does something while knobs are in force, and has everything put back: by the guard, or without it if it is lost.
    pub(super) fn with_knobs<T>(
        &self,
        subject: &str,
        knobs: &[String],
        work: impl FnOnce() -> Result<T, TrialError>,
    ) -> Result<(T, Given), TrialError> {
        self.hold(subject, knobs, work).map_err(|error| match error {
            TrialError::Session(why) => {
                match guard::restore_by_hand(&KernelFiles, self.order.place, guard::Reach::Crashed) {
                    Ok(_) => TrialError::GuardLost { why },
                    Err(left) => TrialError::NotRestored { why, left },
                }
            }
            error => error,
        })
    }

    fn hold<T>(
        &self,
        subject: &str,
        knobs: &[String],
        work: impl FnOnce() -> Result<T, TrialError>,
    ) -> Result<(T, Given), TrialError> {
        let mut session = Session::start(self.order.guard, Some(self.lock))?;
        let report = session.apply(&Request::Apply {
            knobs: Some(knobs.to_vec()),
            wishes: BTreeMap::new(),
            bench_cpus: self.order.bench_cpus.to_string(),
            command: "bench-lab tune measure".into(),
            user: format!("uid {}", rustix::process::getuid().as_raw()),
        })?;
        // Where the work fails, dropping the session puts everything back.
        let done = work()?;
        let end = session.finish()?;
        let stays = end.restoration.iter().flat_map(|restoration| restoration.not_back()).next();
        match stays {
            Some(file) => Err(TrialError::NotBack {
                subject: subject.to_owned(),
                path: file.path.clone(),
                expected: file.original.clone(),
                found: file.now.clone().unwrap_or_else(|| "unknown".into()),
            }),
            None => Ok((done, given(&report.knobs))),
        }
    }
}

fn given(knobs: &[KnobRecord]) -> Given {
    let settings = || knobs.iter().flat_map(|knob| &knob.settings);
    let set_count = settings().filter(|setting| setting.outcome == SettingOutcome::Set).count();
    let nothing_here = || knobs.iter().find_map(|knob| knob.nothing_here.clone());
    let refused = || {
        let failed = settings().find(|setting| !setting.outcome.is_in_force())?;
        let reason = failed.reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        Some(format!("{} {}{reason}", failed.path, failed.outcome.id().replace('_', " ")))
    };
    let why_none = (set_count == 0).then(|| {
        nothing_here().or_else(refused).unwrap_or_else(|| "it is as wanted without being set".into())
    });
    Given { set_count, why_none }
}
