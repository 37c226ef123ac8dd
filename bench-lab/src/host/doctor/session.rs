//! The lock of the host, and the journal of whoever tuned it.
//!
//! It reads who wrote the journal; replaying it belongs to the tuning engine.

use lab_core::doctor::{Gap, Journal, Session, Sourced};
use serde_json::Value;

use super::processes;
use super::scene::{Provider, Scene};

/// Where a tuning session keeps what it changed.
pub(super) const JOURNAL: &str = "/run/bench-lab/journal.jsonl";

pub(super) fn read(scene: &Scene<'_>) -> Session {
    let lock = scene.live.lock.clone().map_err(Gap::Unreadable);
    Session { lock: Sourced::new("flock", lock), journal: Sourced::new(JOURNAL, journal(scene)) }
}

fn journal(scene: &Scene<'_>) -> Result<Journal, Gap> {
    let text = match scene.root.read(JOURNAL) {
        Ok(text) => text,
        Err(absence) if absence.starts_with("no ") => return Ok(Journal::Empty),
        Err(absence) => return Err(scene.gap(absence, Provider::Kernel)),
    };
    let Some(first) = text.lines().next() else { return Ok(Journal::Empty) };
    let Ok(header) = serde_json::from_str::<Value>(first) else {
        return Ok(Journal::Stale("its first line cannot be read".into()));
    };
    let boot = scene.root.read("/proc/sys/kernel/random/boot_id").ok();
    let written = find(&header, "boot_id").and_then(Value::as_str);
    if boot.is_some() && written.is_some() && boot.as_deref() != written {
        return Ok(Journal::EarlierBoot);
    }
    let number = |key| find(&header, key).and_then(Value::as_u64);
    let Some(pid) = number("pid").and_then(|pid| u32::try_from(pid).ok()) else {
        return Ok(Journal::Stale("its writer is not named".into()));
    };
    let is_kept = text
        .lines()
        .any(|line| serde_json::from_str::<Value>(line).is_ok_and(|line| line.get("kept").is_some()));
    let word = |key| find(&header, key).and_then(Value::as_str).unwrap_or("unknown").to_owned();
    let writer =
        format!("by process {pid} ({}) of {} since {}", word("command"), word("user"), word("since"));
    // Ids come back: the start time tells the writer from a later process of the same number.
    let start = number("start_ticks");
    let running = processes::read(scene.root).unwrap_or_default();
    let lives = pid == std::process::id()
        || running.iter().any(|one| one.pid == pid && start.is_none_or(|start| one.start_ticks == start));
    Ok(match (lives, is_kept) {
        (true, _) => Journal::Live(pid),
        (false, true) => Journal::Kept(writer),
        (false, false) => Journal::Stale(writer),
    })
}

/// The value of a key at any depth.
fn find<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    let object = value.as_object()?;
    object.get(key).or_else(|| object.values().find_map(|inner| find(inner, key)))
}
