//! Puts back what the journal says, compares before it does, and reads back after.
//!
//! It never overwrites what somebody else has set, and the journal goes only when nothing is left to put back.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::apply::{is_cpu_switch, is_gone};
use super::cpuset;
use super::journal::{self, Entry, Journal, JournalError, Line, Recorded};
use super::knob::Shape;
use super::session::{Files, shape};
use super::sysfs::SysRoot;

/// How often everything is gone through: one restored file may change another (a governor resets the energy
/// preference), and some are refused until another is restored.
const PASSES: usize = 4;

/// What a restore did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restoration {
    /// File by file, in the order of the journal; then the groups.
    pub files: Vec<FileEnd>,
    /// What became of the journal.
    pub journal: JournalEnd,
}

/// How one file ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEnd {
    /// Which knob wrote it.
    pub knob: String,
    /// The file.
    pub path: String,
    /// What was to be in force again.
    pub original: String,
    /// What is in force; absent when it cannot be read.
    pub now: Option<String>,
    /// How it ended.
    pub ending: Ending,
    /// The kernel's error; absent when the ending says all.
    pub reason: Option<String>,
}

/// How a file ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It reads back its original.
    Back,
    /// Somebody else had changed it: left.
    Foreign,
    /// Its name belongs to something else now: left.
    OwnerChanged,
    /// It is not there any more.
    Vanished,
    /// It could not be put back; the journal stays.
    Failed,
}

/// What became of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JournalEnd {
    /// Everything is back, so it is gone.
    Removed,
    /// What could be put back is; it was put aside for the rest.
    Archived(PathBuf),
    /// Something is still to be put back.
    Stays,
}

impl Restoration {
    /// The files that are not as they were.
    pub fn not_back(&self) -> impl Iterator<Item = &FileEnd> {
        self.files.iter().filter(|file| file.ending != Ending::Back)
    }
}

/// Puts everything back that the journal at `path` records; `None` when there is none.
///
/// # Errors
/// A journal that cannot be read, or not be taken away when all is done.
pub fn restore(files: &dyn Files, root: &SysRoot, path: &Path) -> Result<Option<Restoration>, JournalError> {
    let Some(recorded) = journal::read(files, path)? else { return Ok(None) };
    // First of all: a partition keeps its CPUs from everybody else until it is gone.
    let groups: Vec<FileEnd> =
        recorded.groups.iter().rev().flat_map(|group| cpuset::take_away(files, root, group)).collect();
    let mut work = Work { files, root, states: recorded.entries.iter().map(|_| State::Open).collect() };
    work.leave_others(&recorded);
    work.put_back_cpus(&recorded);
    // Files of CPUs that were away can be judged only now.
    let mut log = Journal::reopen(files, path, &recorded)?;
    let left = work.judge(&recorded);
    if recorded.left.is_none() {
        log.add(files, &Line::Restoring { left })?;
        log.sync(files)?;
    }
    work.put_back(&recorded);
    let of_files = recorded.entries.iter().zip(&work.states).map(|(entry, state)| work.end(entry, state));
    let ends: Vec<FileEnd> = of_files.chain(groups).collect();
    let end = if ends.iter().any(|end| end.ending == Ending::Failed) {
        JournalEnd::Stays
    } else if ends.iter().all(|end| end.ending == Ending::Back) {
        journal::remove(files, path)?;
        JournalEnd::Removed
    } else {
        let name = format!("left-{}", recorded.header.since.replace(':', ""));
        JournalEnd::Archived(journal::archive(files, path, &name)?)
    };
    Ok(Some(Restoration { files: ends, journal: end }))
}

struct Work<'a> {
    files: &'a dyn Files,
    root: &'a SysRoot,
    states: Vec<State>,
}

/// How far one file is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// To be put back.
    Open,
    /// Tried, with the kernel's last answer.
    Tried(String),
    /// Written; a value that drifts need not read back.
    Drifted,
    Foreign,
    OwnerChanged,
}

/// What a file says now.
enum Now {
    Value(String),
    Gone,
    Unreadable(String),
}

impl Work<'_> {
    /// An interrupted restore has judged already: what it left stays left.
    fn leave_others(&mut self, recorded: &Recorded) {
        let Some(left) = &recorded.left else { return };
        for (entry, state) in recorded.entries.iter().zip(&mut self.states) {
            if left.contains(&entry.first.path) {
                *state = State::Foreign;
            }
        }
    }

    /// CPUs come back before all else: a CPU that is away has no files to be put back.
    fn put_back_cpus(&mut self, recorded: &Recorded) {
        for index in (0..recorded.entries.len()).rev() {
            let entry = &recorded.entries[index];
            if is_cpu_switch(&entry.first.path) && self.states[index] == State::Open {
                if self.is_foreign(entry, recorded) {
                    self.states[index] = State::Foreign;
                } else if !self.is_back(entry) {
                    self.write(index, entry);
                }
            }
        }
    }

    /// Looks at every file before one is written, for writing one may change another. Gives what is left to others.
    fn judge(&mut self, recorded: &Recorded) -> BTreeSet<String> {
        for (index, entry) in recorded.entries.iter().enumerate() {
            if self.states[index] == State::Open {
                if !self.has_same_owner(entry) {
                    self.states[index] = State::OwnerChanged;
                } else if !is_cpu_switch(&entry.first.path) && self.is_foreign(entry, recorded) {
                    self.states[index] = State::Foreign;
                }
            }
        }
        let left = recorded.entries.iter().zip(&self.states).filter(|(_, state)| **state == State::Foreign);
        left.map(|(entry, _)| entry.first.path.clone()).collect()
    }

    /// Backwards first, as what was set last depends on what was set before; then forwards, and again, until nothing
    /// moves any more.
    fn put_back(&mut self, recorded: &Recorded) {
        for pass in 0..PASSES {
            let mut order: Vec<usize> = (0..recorded.entries.len()).collect();
            if pass % 2 == 0 {
                order.reverse();
            }
            let mut has_written = false;
            for index in order {
                let entry = &recorded.entries[index];
                if matches!(self.states[index], State::Open | State::Tried(_)) && !self.is_back(entry) {
                    has_written = true;
                    self.write(index, entry);
                }
            }
            if !has_written {
                return;
            }
        }
    }

    fn write(&mut self, index: usize, entry: &Entry) {
        let written = self.files.write(&self.root.path(&entry.first.path), &entry.first.original);
        self.states[index] = match written {
            Ok(()) if entry.first.shape == Shape::Drifting => State::Drifted,
            Ok(()) => State::Tried("the write was taken, and another value is in force".into()),
            Err(error) => State::Tried(error.to_string()),
        };
    }

    /// Whether a value is neither the original nor one of ours. Before applying was complete a knob may have moved the
    /// file of another, and once a restore began the restore may have: then everything counts as ours.
    fn is_foreign(&self, entry: &Entry, recorded: &Recorded) -> bool {
        if !recorded.is_applied || recorded.left.is_some() || entry.first.shape == Shape::Drifting {
            return false;
        }
        let Now::Value(now) = self.now(entry) else { return false };
        let same = |value: &str| shape::is_same(entry.first.shape, value, &now);
        !same(&entry.first.original) && !entry.ours.iter().any(|ours| same(ours))
    }

    fn is_back(&self, entry: &Entry) -> bool {
        match self.now(entry) {
            Now::Value(now) => shape::is_same(entry.first.shape, &now, &entry.first.original),
            // Nothing to write to; it is told apart at the end.
            Now::Gone => true,
            Now::Unreadable(_) => false,
        }
    }

    fn has_same_owner(&self, entry: &Entry) -> bool {
        entry.first.owner.as_ref().is_none_or(|owner| {
            let text = self.files.read(&self.root.path(&owner.path));
            text.is_ok_and(|text| text.trim() == owner.text.trim())
        })
    }

    fn now(&self, entry: &Entry) -> Now {
        match self.files.read(&self.root.path(&entry.first.path)) {
            Ok(text) => shape::in_force(entry.first.shape, &text).map_or_else(Now::Unreadable, Now::Value),
            Err(error) if is_gone(&error) => Now::Gone,
            Err(error) => Now::Unreadable(error.to_string()),
        }
    }

    fn end(&self, entry: &Entry, state: &State) -> FileEnd {
        let (now, unread) = match self.now(entry) {
            Now::Value(now) => (Some(now), None),
            Now::Gone => (None, None),
            Now::Unreadable(why) => (None, Some(why)),
        };
        let is_back =
            now.as_deref().is_some_and(|now| shape::is_same(entry.first.shape, now, &entry.first.original));
        let (ending, reason) = match state {
            State::Foreign => (Ending::Foreign, None),
            State::OwnerChanged => (Ending::OwnerChanged, None),
            State::Drifted => (Ending::Back, None),
            _ if is_back => (Ending::Back, None),
            _ if now.is_none() && unread.is_none() => (Ending::Vanished, None),
            State::Tried(why) => (Ending::Failed, Some(why.clone())),
            State::Open => (Ending::Failed, unread),
        };
        let journal::Intent { knob, path, original, .. } = entry.first.clone();
        FileEnd { knob, path, original, now, ending, reason }
    }
}
