//! What a caller may choose about a table.
//!
//! It must never hold a choice that changes what a returned write promises without saying so: that is
//! [`Sync`] alone.

use std::time::Duration;

use crate::delta::Codec;

/// The character between two values of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Delimiter {
    /// `,`, as RFC 4180 has it.
    #[default]
    Comma,
    /// `|`
    Pipe,
    /// `;`, what spreadsheets write where the comma is the decimal sign.
    Semicolon,
    /// A tab.
    Tab,
}

impl Delimiter {
    pub(crate) const ALL: [Self; 4] = [Self::Comma, Self::Pipe, Self::Semicolon, Self::Tab];

    pub(crate) fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Pipe => b'|',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }

    /// The delimiter as it is written.
    pub fn character(self) -> char {
        char::from(self.byte())
    }
}

/// What to do at open when `current.csv` is not the file that the table last wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OutsideEdit {
    /// Take the edited file as the table, unless the journal holds rows that it lacks: then
    /// [`Error::EditedOutside`](crate::Error::EditedOutside).
    #[default]
    Accept,
    /// Put the journal's rows over the edited file: for a key that both touched, the journal wins.
    Replay,
    /// Always [`Error::EditedOutside`](crate::Error::EditedOutside): for tables that nothing else may touch,
    /// where a difference can only be damage.
    Refuse,
}

/// When a write is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sync {
    /// Before it returns; writes that wait at the same time share one sync.
    #[default]
    Group,
    /// Before it returns, each with a sync of its own.
    Each,
    /// When the system likes. A write that returned outlives the end of the process, not that of the system:
    /// then the table opens as it was at some earlier moment. Folds and versions are synced all the same.
    Never,
}

/// How a table is created or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// At open it has to be the one that the table was created with.
    pub delimiter: Delimiter,
    /// Looked at whenever the file is found to be another than before.
    pub outside_edit: OutsideEdit,
    /// How long to wait for another process that writes.
    pub lock_timeout: Duration,
    /// A write that finds a journal of this size folds it first. A fold rewrites the whole table, so a large
    /// table wants a large limit; opening replays up to this much.
    pub fold_at_bytes: u64,
    /// What a returned write promises.
    pub sync: Sync,
    /// Size of a segment of the journal. Two of them are on disk as a rule.
    pub segment_bytes: u64,
    /// How the deltas of new versions are compressed. Any can be read.
    pub codec: Codec,
    /// A CSV file, a version or a delta that needs more memory is refused with
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub memory_limit_bytes: u64,
}

impl Default for Options {
    /// Comma, edits accepted, one second for the lock, a fold each MiB of journal, synced in groups, versions
    /// by XZ, 4 GiB of memory.
    fn default() -> Self {
        Self {
            delimiter: Delimiter::default(),
            outside_edit: OutsideEdit::default(),
            lock_timeout: Duration::from_secs(1),
            fold_at_bytes: 1 << 20,
            sync: Sync::default(),
            segment_bytes: 1 << 20,
            codec: Codec::default(),
            memory_limit_bytes: 4 << 30,
        }
    }
}
