//! The write-ahead journal: what was in force before it was changed, on the disk before the change.
//!
//! It never records a value over an earlier one of the same file: the first original is the one to go back to. It
//! knows no kernel file.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::cpuset::GroupIntent;
use super::session::Files;
pub use line::{Header, Intent, Line};

mod line;

/// Name of the journal in the folder of the session.
pub const JOURNAL_FILE: &str = "journal.jsonl";

/// A journal that is being written.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    /// Set by the first append that failed: what follows a torn line would be unreadable.
    is_broken: bool,
}

/// What a journal says, its writes joined by file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Who wrote it, when, for what.
    pub header: Header,
    /// Every file that was or may have been written, in the order of the first writes.
    pub entries: Vec<Entry>,
    /// Every control group that was or may have been made.
    pub groups: Vec<GroupIntent>,
    /// Whether applying came to its end, so that another value than ours is somebody else's.
    pub is_applied: bool,
    /// Whether it is to outlive its writer (`tune apply`).
    pub is_kept: bool,
    /// Set when a restore began: the files that it left to others.
    pub left: Option<BTreeSet<String>>,
    /// Bytes before a last line that a crash tore; absent when every line is whole.
    pub torn_at: Option<u64>,
}

/// One file that was or may have been written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The first intent: its original is the one to go back to.
    pub first: Intent,
    /// Every value that is ours: wanted ones, and those that the kernel made of them.
    pub ours: BTreeSet<String>,
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The kernel refused an operation on it.
    #[error("cannot {what} the journal {}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// The journal.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line before the last cannot be read, which no crash can cause.
    #[error("line {line} of the journal {} cannot be read: {why}", path.display())]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// Why.
        why: String,
    },
    /// An earlier append failed.
    #[error("the journal {} broke off", path.display())]
    Broken {
        /// The journal.
        path: PathBuf,
    },
}

impl Journal {
    /// Begins a journal: all that may be written, in that order. It appears under its name whole and synced, or not at
    /// all.
    ///
    /// # Errors
    /// [`JournalError::Io`]; nothing may be written then.
    pub fn begin(
        files: &dyn Files,
        path: &Path,
        header: &Header,
        intents: &[Intent],
    ) -> Result<Self, JournalError> {
        let beside = path.with_extension("jsonl.new");
        let failed = |what| move |source| JournalError::Io { what, path: path.to_owned(), source };
        match files.remove(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed("clear")(error)),
            _ => {}
        }
        let writes = intents.iter().map(|intent| Line::Write(intent.clone()).to_text());
        let text: String = [Line::Begin(header.clone()).to_text()].into_iter().chain(writes).collect();
        files.create(&beside).map_err(failed("create"))?;
        files.append(&beside, &text).map_err(failed("write"))?;
        files.sync(&beside).map_err(failed("sync"))?;
        files.rename(&beside, path).map_err(failed("put in place"))?;
        sync_folder(files, path).map_err(failed("sync the folder of"))?;
        Ok(Self { path: path.to_owned(), is_broken: false })
    }

    /// Goes on with a journal that was read back, to add how it ended; a torn last line is cut off.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn reopen(files: &dyn Files, path: &Path, recorded: &Recorded) -> Result<Self, JournalError> {
        if let Some(bytes) = recorded.torn_at {
            let failed = |source| JournalError::Io { what: "repair", path: path.to_owned(), source };
            files.cut(path, bytes).map_err(failed)?;
        }
        Ok(Self { path: path.to_owned(), is_broken: false })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a line.
    ///
    /// # Errors
    /// [`JournalError::Io`]; [`JournalError::Broken`] ever after.
    pub fn add(&mut self, files: &dyn Files, line: &Line) -> Result<(), JournalError> {
        if self.is_broken {
            return Err(JournalError::Broken { path: self.path.clone() });
        }
        files.append(&self.path, &line.to_text()).map_err(|source| {
            self.is_broken = true;
            JournalError::Io { what: "write", path: self.path.clone(), source }
        })
    }

    /// Waits until all lines are on the disk.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn sync(&mut self, files: &dyn Files) -> Result<(), JournalError> {
        files.sync(&self.path).map_err(|source| {
            self.is_broken = true;
            JournalError::Io { what: "sync", path: self.path.clone(), source }
        })
    }
}

/// Reads a journal; `None` when there is none.
///
/// # Errors
/// [`JournalError::Io`], [`JournalError::Damaged`].
pub fn read(files: &dyn Files, path: &Path) -> Result<Option<Recorded>, JournalError> {
    let text = match files.read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(JournalError::Io { what: "read", path: path.to_owned(), source }),
    };
    // What a crash left of a last line was never acted upon: a line is whole before its write is made.
    let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
    let torn_at = (whole.len() < text.len()).then_some(whole.len() as u64);
    let damaged = |line, why| JournalError::Damaged { path: path.to_owned(), line, why };
    let mut lines = whole.lines().enumerate().map(|(index, line)| {
        serde_json::from_str::<Line>(line).map_err(|error| damaged(index + 1, error.to_string()))
    });
    let header = match lines.next().transpose()? {
        Some(Line::Begin(header)) => header,
        _ => return Err(damaged(1, "it is not the beginning of a journal".into())),
    };
    let mut recorded = Recorded {
        header,
        entries: Vec::new(),
        groups: Vec::new(),
        is_applied: false,
        is_kept: false,
        left: None,
        torn_at,
    };
    for (index, line) in lines.enumerate() {
        recorded.take(line?).map_err(|why| damaged(index + 2, why))?;
    }
    Ok(Some(recorded))
}

impl Recorded {
    fn take(&mut self, line: Line) -> Result<(), String> {
        match line {
            Line::Begin(_) => return Err("a second beginning".into()),
            Line::Applied {} => self.is_applied = true,
            Line::Kept {} => self.is_kept = true,
            Line::Restoring { left } => self.left = Some(left),
            Line::Write(intent) => {
                refuse_strange(&intent.path)?;
                let wanted = intent.wanted.clone();
                let known = self.entries.iter().position(|entry| entry.first.path == intent.path);
                let place = known.unwrap_or(self.entries.len());
                if known.is_none() {
                    self.entries.push(Entry { first: intent, ours: BTreeSet::new() });
                }
                self.entries[place].ours.insert(wanted);
            }
            Line::Group(group) if group.is_plausible() => self.groups.push(group),
            Line::Group(group) => return Err(format!("{:?} is no group that a session makes", group.path)),
            Line::Reached { path, text } => {
                let entry = self.entries.iter_mut().find(|entry| entry.first.path == path);
                entry.ok_or_else(|| format!("{path:?} was not to be written"))?.ours.insert(text);
            }
        }
        Ok(())
    }
}

/// A journal is replayed with the rights of its owner: only the kernel's own files are ever named in one.
fn refuse_strange(path: &str) -> Result<(), String> {
    let is_kernels = ["/sys/", "/proc/"].iter().any(|root| path.starts_with(root));
    if is_kernels && !path.split('/').any(|part| part == "..") {
        Ok(())
    } else {
        Err(format!("{path:?} is no file that a knob writes"))
    }
}

/// Takes a journal away whose files are all as they were.
///
/// # Errors
/// [`JournalError::Io`].
pub fn remove(files: &dyn Files, path: &Path) -> Result<(), JournalError> {
    let failed = |source| JournalError::Io { what: "remove", path: path.to_owned(), source };
    files.remove(path).map_err(failed)?;
    sync_folder(files, path).map_err(failed)
}

/// Puts a journal aside under another name, so that it is never replayed and can still be read; gives the name.
///
/// # Errors
/// [`JournalError::Io`].
pub fn archive(files: &dyn Files, path: &Path, why: &str) -> Result<PathBuf, JournalError> {
    let failed = |source| JournalError::Io { what: "put aside", path: path.to_owned(), source };
    let aside = path.with_file_name(format!("journal-{why}.jsonl"));
    files.rename(path, &aside).map_err(failed)?;
    sync_folder(files, path).map_err(failed)?;
    Ok(aside)
}

fn sync_folder(files: &dyn Files, path: &Path) -> io::Result<()> {
    files.sync(path.parent().unwrap_or(Path::new("/")))
}
