//! A table store whose tables are CSV files: rows by key, durable writes, and a file that other programs can
//! read and edit.
//!
//! It must never return a row that was not written, nor lose one whose write returned.
//!
//! # A table on disk
//! A table is a directory of
//! - `current.csv`: an ordinary CSV file (RFC 4180; the delimiter is an option). The first row names the
//!   columns, the first column is the key: unique and not empty. Values are kept to the byte; nothing is
//!   trimmed. The store writes line feeds at line ends and reads carriage returns before them as well; a
//!   byte order mark is read over and not written again.
//! - `current.jnl`: changes since `current.csv` was written, in checksummed records, one a batch. A write is
//!   an append to it, never a rewrite of the table. The rows of the table are both files together.
//! - `lock`: held by the one process that has the table open; says which.
//!
//! A *fold* writes the CSV file anew with the journal's changes in it and begins a new journal: when the
//! journal has reached [`Options::fold_at_bytes`], at [`Table::close`] and on demand ([`Table::fold`]).
//!
//! # What is promised
//! - **A write that returned is on disk.** Every write ends in `fdatasync` before it returns; new files are
//!   synced before they get their name, and the directory after. There is no option to weaken this.
//! - **After a crash at any byte** the table opens with every write that returned, and of the one that had
//!   not, all or nothing.
//! - **A failed write or sync poisons the table**: it takes no more writes, because Linux does not say which
//!   pages were lost. Reads go on; opening the table again finds out what is there.
//! - **Damage to the journal is named** ([`Error::Corrupt`], with the offset) and nothing is changed. There is
//!   one exception that no format of this kind escapes: damage to the very last record looks like a write
//!   that a crash cut short, and is cut off as one; [`Opening::cut_bytes`] says so.
//! - **An edit of `current.csv` from outside** is noticed at open by its length and SHA-256, and before each
//!   fold. It becomes the table if the journal holds nothing that it lacks; otherwise the table does not open
//!   ([`Error::EditedOutside`]) until the caller chooses ([`OutsideEdit`]). Damage to `current.csv` cannot be
//!   told from an edit; tables that nobody edits can have both refused ([`OutsideEdit::Refuse`]).
//!
//! ```
//! use reedbase::{Options, Row, Table};
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("stock");
//! let mut table = Table::create(&path, &["article", "place"], Options::default())?;
//! table.insert(Row::new(["A-1", "shelf 3, \"left\""]))?;
//! assert_eq!(table.read("A-1")?.value(1), Some("shelf 3, \"left\""));
//! table.close()?;
//! assert_eq!(std::fs::read_to_string(path.join("current.csv"))?, "article,place\nA-1,\"shelf 3, \"\"left\"\"\"\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod base;
mod cache;
mod change;
mod column_index;
mod csv;
pub mod delta;
mod edits;
mod entry;
mod error;
mod files;
mod fold;
mod group;
mod identity;
mod lock;
mod merge;
mod open;
mod options;
mod overlay;
mod query;
mod row;
mod snapshot;
mod table;
mod version_log;
mod versions;
mod writer;

pub use cache::{Call, FunctionCache};
pub use change::Change;
pub use csv::FormatProblem;
pub use delta::{Codec, DeltaProblem};
pub use error::Error;
pub use merge::{Batch, Conflict, Merged, Policy, conflicts, merge};
pub use open::{CsvState, Opening};
pub use options::{Delimiter, Options, OutsideEdit, Sync};
pub use query::{Aggregate, Comparison, Direction, Filter, Order, Query, Sorting, Value};
pub use row::Row;
pub use seglog::Storage;
pub use snapshot::Snapshot;
pub use table::Table;
pub use version_log::{Stored, Version};
pub use versions::Verification;
