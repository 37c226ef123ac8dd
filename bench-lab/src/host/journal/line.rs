//! The lines of the journal.
//!
//! Typed text and nothing that could be executed: whoever replays it has all rights.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::host::cpuset::GroupIntent;
use crate::host::knob::{Owner, Shape};
use crate::host::process::Process;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The first line, and only that.
    Begin(Header),
    /// A file that may be written; on the disk before any is.
    Write(Intent),
    /// A control group that may be made; on the disk before it is.
    Group(GroupIntent),
    /// What was in force after a write or at the end of applying, where it is not what was wanted.
    Reached {
        /// The file.
        path: String,
        /// The value.
        text: String,
    },
    /// Everything was applied and read again: from now on another value is somebody else's.
    Applied {},
    /// The settings are to outlive their writer, until they are restored by hand.
    Kept {},
    /// A restore began. A later one leaves the same files and asks no more who changed the others, for it may have
    /// been the first.
    Restoring {
        /// Files that others had changed by then.
        left: BTreeSet<String>,
    },
}

/// Who tunes, since when, for what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Version of these lines.
    pub journal: u32,
    /// The boot whose settings these are; void in another.
    pub boot_id: String,
    /// The process that restores when its session ends.
    pub owner: Process,
    /// Name or id of the user who asked for it.
    pub user: String,
    /// RFC 3339 in UTC.
    pub since: String,
    /// Command line of the session.
    pub command: String,
    /// The CPUs that it was tuned for.
    pub bench_cpus: String,
}

/// One file that may be written. Files that already read as wanted are among them, for a knob may move the file of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Which knob wants it.
    pub knob: String,
    /// The file.
    pub path: String,
    /// What was in force before.
    pub original: String,
    /// What is written.
    pub wanted: String,
    /// How the file is read.
    #[serde(with = "ShapeName")]
    pub shape: Shape,
    /// What the file must still belong to.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "owner")]
    pub owner: Option<Owner>,
}

impl Header {
    /// The version that is written.
    pub const VERSION: u32 = 1;
}

impl Line {
    /// JSON with its line end.
    pub fn to_text(&self) -> String {
        let json = serde_json::to_string(self).expect("texts and numbers have a JSON form");
        json + "\n"
    }
}

/// The stored names of [`Shape`].
#[derive(Serialize, Deserialize)]
#[serde(remote = "Shape", rename_all = "snake_case")]
enum ShapeName {
    Plain,
    Bracketed,
    CpuList,
    CpuMask,
    Drifting,
    Held,
}

/// The stored form of an owner that may be absent.
mod owner {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Owner;

    #[derive(Serialize, Deserialize)]
    struct Stored {
        path: String,
        text: String,
    }

    pub(super) fn serialize<S: Serializer>(owner: &Option<Owner>, to: S) -> Result<S::Ok, S::Error> {
        owner.clone().map(|Owner { path, text }| Stored { path, text }).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Owner>, D::Error> {
        let stored = Option::<Stored>::deserialize(from)?;
        Ok(stored.map(|Stored { path, text }| Owner { path, text }))
    }
}
