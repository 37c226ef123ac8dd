//! What a session and its guard say to each other: one JSON object a line.
//!
//! The guard may have more rights than the one who speaks to it, so a request holds names and numbers, never a path.

use std::collections::BTreeMap;

use lab_core::cpulist::CpuList;
use lab_core::format::{tuning_of_value, tuning_value};
use lab_core::machine::KnobWish;
use lab_core::model::{KnobRecord, Warning};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::host::restore::Restoration;

/// Longest line that is listened to.
pub const LINE_BYTES_MAX: u64 = 4 << 20;

/// What a session asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Apply knobs. The end of the line puts everything back.
    Apply {
        /// Names; absent for every knob.
        #[serde(default)]
        knobs: Option<Vec<String>>,
        /// What a machine's definition wants of knobs in place of their own values.
        #[serde(default)]
        wishes: BTreeMap<String, Wanted>,
        /// CPUs that benchmarks run on, as the kernel writes lists.
        bench_cpus: String,
        /// Command line of the session, for people.
        command: String,
        /// Who, for people.
        user: String,
    },
    /// Make a group for benchmarks that keeps others off these CPUs, as far as the host can.
    SetApart {
        /// CPUs of benchmarks with one thread, as the kernel writes lists.
        bench_cpus: String,
        /// CPUs of benchmarks with several; absent when there are none such.
        #[serde(default)]
        threaded_cpus: Option<String>,
    },
    /// Move a child of the session into the group.
    Admit {
        /// Its process id.
        pid: u32,
    },
    /// Let the settings outlive the session.
    Keep,
    /// Put everything back.
    Finish,
}

/// The value of a wish on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Wanted {
    /// On or off.
    Switch(bool),
    /// A number in the knob's own unit.
    Number(i64),
    /// One of the knob's own words.
    Word(String),
}

/// What a guard answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is in a session of its own and deaf to signals.
    Ready {
        /// Its version; another one may mean other words.
        version: String,
    },
    /// What was applied.
    Applied {
        /// As a session file keeps it.
        knobs: Value,
        /// What a reader must know.
        notes: Vec<Note>,
    },
    /// What came of the group.
    SetApart {
        /// As a session file keeps it.
        knobs: Value,
        /// What a reader must know.
        notes: Vec<Note>,
        /// The group; absent when there is none.
        group: Option<GroupNote>,
    },
    /// The child is in the group.
    Admitted,
    /// The settings stay.
    Kept,
    /// Everything that could be put back is.
    Restored {
        /// What was changed meanwhile, and what could not be put back.
        notes: Vec<Note>,
        /// File by file; absent when nothing had been written.
        restoration: Option<Restoration>,
    },
    /// The request cannot be done; nothing was changed.
    Refused {
        /// Why.
        why: String,
    },
}

/// A group that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupNote {
    /// The folder.
    pub path: String,
    /// What it is, in a word: a kind of partition, or the version without partitions.
    pub kind: String,
    /// Its CPUs, as the kernel writes lists.
    pub cpus: String,
}

/// A warning on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    kind: String,
    subject: String,
    text: String,
}

/// What was applied, as the session gets it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Knob by knob.
    pub knobs: Vec<KnobRecord>,
    /// What a reader must know.
    pub warnings: Vec<Warning>,
}

impl Request {
    /// The CPUs of a request.
    ///
    /// # Errors
    /// What is wrong with the list.
    pub fn cpus(text: &str) -> Result<CpuList, String> {
        match text.parse::<CpuList>() {
            Ok(cpus) if cpus.is_empty() => Err("no bench CPU is named".into()),
            Ok(cpus) => Ok(cpus),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Answer {
    /// The answer to [`Request::Apply`].
    pub fn applied(knobs: &[KnobRecord], warnings: &[Warning]) -> Self {
        Self::Applied { knobs: tuning_value(knobs), notes: warnings.iter().map(Note::from).collect() }
    }

    /// The answer to [`Request::SetApart`].
    pub fn set_apart(record: KnobRecord, warnings: &[Warning], group: Option<GroupNote>) -> Self {
        let notes = warnings.iter().map(Note::from).collect();
        Self::SetApart { knobs: tuning_value(&[record]), notes, group }
    }
}

impl Report {
    /// Reads the parts of [`Answer::Applied`] or [`Answer::SetApart`].
    ///
    /// # Errors
    /// What does not fit.
    pub fn of(knobs: &Value, notes: Vec<Note>) -> Result<Self, serde_json::Error> {
        Ok(Self { knobs: tuning_of_value(knobs)?, warnings: notes.into_iter().map(Warning::from).collect() })
    }
}

impl From<&KnobWish> for Wanted {
    fn from(wish: &KnobWish) -> Self {
        match wish.clone() {
            KnobWish::Switch(is_on) => Self::Switch(is_on),
            KnobWish::Number(number) => Self::Number(number),
            KnobWish::Word(word) => Self::Word(word),
        }
    }
}

impl From<Wanted> for KnobWish {
    fn from(wanted: Wanted) -> Self {
        match wanted {
            Wanted::Switch(is_on) => Self::Switch(is_on),
            Wanted::Number(number) => Self::Number(number),
            Wanted::Word(word) => Self::Word(word),
        }
    }
}

impl From<&Warning> for Note {
    fn from(warning: &Warning) -> Self {
        let Warning { kind, subject, text } = warning.clone();
        Self { kind, subject, text }
    }
}

impl From<Note> for Warning {
    fn from(note: Note) -> Self {
        let Note { kind, subject, text } = note;
        Self { kind, subject, text }
    }
}
