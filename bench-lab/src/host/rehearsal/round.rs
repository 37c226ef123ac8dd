//! One kill: a session sets the host, dies, and the host is looked at again.
//!
//! Between the session's death and the last look nothing but the guard, or the next start, may have put anything back.

use std::thread;
use std::time::{Duration, Instant};

use super::actor::Cue;
use super::fault::{self, Fault};
use super::stage::Actor;
use super::watch::Watch;
use super::{Kill, RehearsalError, Round, Scenery, Step};
use crate::host::lock::{self, HostLock, LockError, Waiting};

/// How long settings are in force before the kill: long enough for another program that sets the same files to show.
const HOLD: Duration = Duration::from_millis(300);

/// How long a guard may take to put everything back, which for one CPU that comes on line is tens of milliseconds.
const PATIENCE: Duration = Duration::from_secs(130);

/// How often the lock is asked for: the step of the times that are told.
const POLL: Duration = Duration::from_millis(1);

/// From here on whoever waits is told.
const SILENCE: Duration = Duration::from_secs(2);

/// What one round is played with.
pub(super) struct Conditions<'a> {
    pub(super) scenery: &'a Scenery<'a>,
    pub(super) watch: &'a Watch,
    pub(super) kill: Kill,
}

/// Kills a session that has set nothing, so that what moves does so by itself.
pub(super) fn control(
    scenery: &Scenery<'_>,
    lock: HostLock,
    tell: &mut impl FnMut(Step),
) -> Result<HostLock, RehearsalError> {
    drop(lock);
    let actor = Actor::start(Some(Vec::new()), scenery.bench_cpus)?;
    thread::sleep(HOLD);
    actor.end(&Cue::Die)?;
    retake(tell)
}

/// Plays one round; gives the lock back that the session had meanwhile.
pub(super) fn play(
    conditions: &Conditions<'_>,
    lock: HostLock,
    tell: &mut impl FnMut(Step),
) -> Result<(Round, HostLock), RehearsalError> {
    let Conditions { scenery, watch, kill } = conditions;
    let root = &scenery.place.root;
    let before = watch.look(root);
    // The session takes it as any session does.
    drop(lock);
    let names = scenery.knobs.iter().map(|knob| knob.id().to_owned()).collect();
    let actor = Actor::start(Some(names), scenery.bench_cpus)?;
    thread::sleep(HOLD);
    let during = watch.look(root);
    let (knobs, group, apply) = (actor.knobs.clone(), actor.group.clone(), actor.apply);
    let mut faults: Vec<Fault> =
        group.iter().filter_map(|group| Fault::of_empty_group(root, group)).collect();
    let (back, lock) = match kill {
        Kill::Runner | Kill::Group => {
            let cue = if *kill == Kill::Group { Cue::DieWithGroup } else { Cue::Die };
            let begin = Instant::now();
            actor.end(&cue)?;
            let lock = retake(tell)?;
            (begin.elapsed(), lock)
        }
        Kill::GuardToo => {
            actor.kill_guard()?;
            actor.end(&Cue::Die)?;
            // Nobody is left who could put anything back; the next start must.
            drop(retake(tell)?);
            faults.extend(Fault::of_lost_journal(scenery.place, &knobs));
            let begin = Instant::now();
            let next = Actor::start(Some(Vec::new()), scenery.bench_cpus)?;
            let back = begin.elapsed();
            faults.extend(Fault::of_silent_start(&next.warnings, &knobs));
            next.end(&Cue::Finish)?;
            (back, retake(tell)?)
        }
    };
    let after = watch.look(root);
    let looks = fault::Looks { before: &before, during: &during, after: &after };
    faults.extend(fault::judge(watch, &knobs, &looks));
    faults.extend(group.iter().filter_map(|group| Fault::of_left_group(root, group)));
    faults.extend(Fault::of_left_journal(scenery.place));
    let moved = fault::moved(watch, &looks);
    Ok((Round { kill: *kill, knobs, group, apply, back, before, during, after, faults, moved }, lock))
}

/// Waits until the host is free: then whoever puts back has done so.
fn retake(tell: &mut impl FnMut(Step)) -> Result<HostLock, RehearsalError> {
    let begin = Instant::now();
    let mut told = Duration::ZERO;
    loop {
        match lock::acquire(Waiting::Refuse) {
            Err(LockError::Held { .. }) if begin.elapsed() < PATIENCE => {}
            ended => return Ok(ended?),
        }
        if begin.elapsed() > told + SILENCE {
            told = begin.elapsed();
            tell(Step::Waiting(told));
        }
        thread::sleep(POLL);
    }
}
