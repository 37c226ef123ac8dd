//! The lock of the host, and the journal of whoever tuned it.
//!
//! It reads the journal as the tuning engine does, so that both mean the same by it; replaying it is the engine's part.

use lab_core::doctor::{Gap, Journal, Session, Sourced};

use super::scene::Scene;
use crate::host::journal::{self, Header, JournalError};
use crate::host::session::{KernelFiles, boot_id};

/// Where a tuning session keeps what it changed.
pub(super) const JOURNAL: &str = "/run/bench-lab/journal.jsonl";

pub(super) fn read(scene: &Scene<'_>) -> Session {
    let lock = scene.live.lock.clone().map_err(Gap::Unreadable);
    Session { lock: Sourced::new("flock", lock), journal: Sourced::new(JOURNAL, journal(scene)) }
}

fn journal(scene: &Scene<'_>) -> Result<Journal, Gap> {
    let recorded = match journal::read(&KernelFiles, &scene.root.path(JOURNAL)) {
        Ok(Some(recorded)) => recorded,
        Ok(None) => return Ok(Journal::Empty),
        Err(JournalError::Io { source, .. }) => {
            return Err(Gap::Unreadable(format!("{JOURNAL}: {source}")));
        }
        // The next session refuses it as well, and names the line.
        Err(error) => return Ok(Journal::Stale(error.to_string())),
    };
    let header = &recorded.header;
    if boot_id(&KernelFiles, scene.root).is_ok_and(|boot| boot != header.boot_id) {
        return Ok(Journal::EarlierBoot);
    }
    Ok(match (recorded.is_kept && recorded.left.is_none(), header.owner.is_alive_in(scene.root)) {
        (true, _) => Journal::Kept(writer(header)),
        (false, true) => Journal::Live(header.owner.pid),
        (false, false) => Journal::Stale(writer(header)),
    })
}

fn writer(header: &Header) -> String {
    let Header { owner, command, user, since, .. } = header;
    format!("by process {} ({command}) of {user} since {since}", owner.pid)
}
