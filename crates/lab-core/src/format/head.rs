//! What a list of Runs shows about one of them.
//!
//! Cheap by design: no invocation is looked at.

use super::decode::{UnknownFields, decode};
use super::{FormatError, Place, RUN_FILE, SEAL_FILE, v1};
use crate::model::{Revision, Seal};

/// The head of a stored Run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunHead {
    /// Version of the bench-lab that wrote it.
    pub lab_version: String,
    /// RFC 3339 in UTC.
    pub created_at: String,
    /// Absolute path of the workspace that was measured.
    pub workspace: String,
    /// The source that was measured.
    pub revision: Revision,
    /// Bench targets of the selection.
    pub target_count: usize,
    /// Selected benchmarks.
    pub benchmark_count: usize,
    /// Invocations that the schedule asks for, the canaries' left out.
    pub scheduled_count: usize,
}

/// Reads the head out of the text of `run.json`.
///
/// # Errors
/// [`FormatError`] when it is of a newer version or not the text of a Run.
pub fn read_head(bytes: &[u8]) -> Result<RunHead, FormatError> {
    let head: v1::head::Head = decode(Place::file(RUN_FILE), bytes, &mut UnknownFields::default())?;
    Ok(RunHead {
        lab_version: head.lab_version,
        created_at: head.created_at,
        workspace: head.workspace,
        revision: head.revision.into(),
        target_count: head.targets.0,
        benchmark_count: head.benchmarks.0,
        scheduled_count: head.schedule.0,
    })
}

/// Reads `seal.json` alone; whether it holds for the invocations only a whole reading tells.
///
/// # Errors
/// [`FormatError`] when it is of a newer version or not the text of a seal.
pub fn read_seal(bytes: &[u8]) -> Result<Seal, FormatError> {
    let seal: v1::seal::Seal = decode(Place::file(SEAL_FILE), bytes, &mut UnknownFields::default())?;
    Ok(seal.into())
}

/// How many invocations a line of `looks.jsonl` adds to the order, the canaries' left out. A line that cannot be read adds
/// none.
pub fn added_by_look(line: &[u8]) -> usize {
    serde_json::from_slice::<v1::head::LookHead>(line).map_or(0, |head| head.schedule.0)
}

/// Whether a line of `invocations.jsonl` is of the canaries. A line that cannot be read is not.
pub fn is_canary_line(line: &[u8]) -> bool {
    serde_json::from_slice::<v1::head::LineHead>(line).is_ok_and(|head| head.target_id().is_canary())
}
