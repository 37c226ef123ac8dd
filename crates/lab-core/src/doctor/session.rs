//! Who else holds this host, and what an earlier session left behind.
//!
//! It judges the journal by its holder only; what is in it is the tuning engine's business.

use super::catalogue::Check;
use super::criterion::Criterion;
use super::finding::Finding;
use super::reading::Sourced;

/// Readings of the group.
#[derive(Clone, Debug)]
pub struct Session {
    /// The lock of the host.
    pub lock: Sourced<Lock>,
    /// The tuning journal.
    pub journal: Sourced<Journal>,
}

/// Who has the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Nobody else.
    Free,
    /// Another session, in words.
    Held(String),
}

/// What the journal says of its writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Journal {
    /// There is none, or an empty one.
    Empty,
    /// Its writer is alive: the process id.
    Live(u32),
    /// Its writer is gone, or not named: what is known of it.
    Stale(String),
    /// Its writer is gone and meant the settings to stay: what is known of it.
    Kept(String),
    /// Written before the last boot.
    EarlierBoot,
}

pub(super) fn judge(session: &Session) -> Vec<Finding> {
    let lock = session.lock.judge(Check::HostLock, |lock, finding| match lock {
        Lock::Free => finding.value("free"),
        Lock::Held(holder) => finding
            .value(format!("held by {holder}"))
            .when(Criterion::OtherSession, true)
            .remedy("wait for it: bench-lab run --wait 10m", None),
    });
    let journal = session.journal.judge(Check::Journal, |journal, finding| match journal {
        Journal::Empty => finding.value("empty"),
        Journal::Live(pid) => finding
            .value(format!("written by process {pid}, which is alive"))
            .when(Criterion::LiveJournal, true)
            .remedy(format!("wait until process {pid} ends; it puts the host back itself"), None),
        Journal::Stale(writer) => finding
            .value(format!("left behind: {writer}"))
            .when(Criterion::StaleJournal, true)
            .remedy("sudo bench-lab tune restore", None),
        Journal::Kept(writer) => finding
            .value(format!("tuned by hand: {writer}"))
            .when(Criterion::KeptJournal, true)
            .remedy("sudo bench-lab tune restore", None),
        Journal::EarlierBoot => {
            finding.value("left behind before the last boot").when(Criterion::ForeignJournal, true)
        }
    });
    vec![lock, journal]
}
