//! A versioned table store whose tables are CSV files: rows by key, durable writes from many threads and
//! processes, versions that can be read and gone back to, and a file that other programs can read and edit.
//!
//! It must never return a row that was not written, nor lose one whose write returned.
//!
//! # A table on disk
//! A table is a directory of
//! - `current.csv`: an ordinary CSV file (RFC 4180; the delimiter is an option). The first row names the
//!   columns, the first column is the key: unique and not empty. Values are kept to the byte; nothing is
//!   trimmed. The store writes line feeds at line ends and reads carriage returns before them as well; a
//!   byte order mark is read over and not written again.
//! - `journal/`: changes since `current.csv` was written, as a [`seglog`]: one record a batch. A write is an
//!   append to it, never a rewrite of the table. The rows of the table are both together.
//! - `version.log`: one line a version; `deltas/`: what each version differs in from the one before, as a
//!   compressed bsdiff patch ([`delta`]), and every seventeenth version whole.
//! - `lock` and `version.lock`: held while something is written or a version made, and say by which process.
//!
//! A *fold* writes the CSV file anew with the journal's changes in it: when the journal has reached
//! [`Options::fold_at_bytes`], at [`Table::close`] and on demand ([`Table::fold`]).
//!
//! # The API in short
//! | to | call |
//! |---|---|
//! | make, open, let go | [`Table::create`], [`Table::open`], [`Table::close`]; [`Options`] |
//! | read | [`Table::read`], [`read_many`](Table::read_many), [`contains`](Table::contains), [`scan`](Table::scan); [`Table::snapshot`] for several reads of one moment |
//! | write | [`Table::insert`], [`update`](Table::update), [`delete`](Table::delete), [`write_batch`](Table::write_batch) |
//! | ask | [`Table::query`], [`count`](Table::count), [`aggregate`](Table::aggregate); [`index_column`](Table::index_column) makes equality, ranges and prefixes of a column fast |
//! | merge | [`Table::write_merged`] onto what others wrote; [`merge`](merge()) and [`conflicts`] of two batches; [`Policy`] |
//! | keep versions | [`Table::commit_version`], [`list_versions`](Table::list_versions), [`read_version`](Table::read_version), [`rollback`](Table::rollback), [`compact`](Table::compact) |
//! | make sure | [`Table::verify`], [`refresh`](Table::refresh) |
//! | remember | [`FunctionCache`], with [`Snapshot::sequence`] in each [`Call`] |
//! | make deltas by hand | [`delta::diff`], [`delta::patch`], [`delta::compress`], [`delta::Delta`] |
//!
//! # What is promised
//! - **A write that returned is on disk.** Every write waits for an `fdatasync` of the journal before it
//!   returns; writes that wait at the same time share one. New files are synced before they get their name,
//!   and the directory after. Only [`Sync::Never`] weakens this.
//! - **After a crash at any byte** the table opens with every write that returned, and of each that had not,
//!   all or nothing. The same goes for versions.
//! - **Readers never wait and see one moment**: a [`Snapshot`] does not change under its reader, and every
//!   write that returned before it was taken is in it, by whichever process. While another thread is adopting
//!   what another process wrote, the snapshot is the one before that.
//! - **Writers of all processes take turns** by an advisory lock, which a group of writers takes once. Who has
//!   waited for [`Options::lock_timeout`] is told who holds it; the kernel lets go of the lock of a process
//!   that ends.
//! - **A failed write or sync poisons the table**: it takes no more writes, because Linux does not say which
//!   pages were lost. Reads go on; opening the table again finds out what is there.
//! - **Damage is named**, with file and place, and nothing is changed: in the journal and `version.log` by
//!   [`Error::Corrupt`], in deltas by [`Error::Delta`]. There is one exception that no format of this kind
//!   escapes: damage to the very last record looks like a write that a crash cut short, and is cut off as one;
//!   [`Opening::cut_bytes`] says so.
//! - **An edit of `current.csv` from outside** is noticed by every write and fold, at open, and by readers
//!   within a tenth of a second; all indexes are made anew then. It becomes the table if the journal holds
//!   nothing that it lacks. Otherwise the rows stay in the journal, and folds and the next open return
//!   [`Error::EditedOutside`] until the caller chooses ([`OutsideEdit`]). One that comes in the very moment of a
//!   fold is put aside under a name of its own ([`Error::EditSetAside`]), where the file system can exchange two
//!   files in one step. Damage to `current.csv` cannot be
//!   told from an edit; tables that nobody edits can have both refused ([`OutsideEdit::Refuse`]).
//!
//! ```
//! use reedbase::{Options, Row, Table};
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("stock");
//! let table = Table::create(&path, &["article", "place"], Options::default())?;
//! table.insert(Row::new(["A-1", "shelf 3, \"left\""]))?;
//! let first = table.commit_version("the first article")?;
//! table.update(Row::new(["A-1", "sold"]))?;
//! assert_eq!(table.read("A-1")?.value(1), Some("sold"));
//! assert_eq!(table.read_version(first.number)?.read("A-1")?.value(1), Some("shelf 3, \"left\""));
//! table.rollback(first.number)?;
//! assert_eq!(std::fs::read_to_string(path.join("current.csv"))?, "article,place\nA-1,\"shelf 3, \"\"left\"\"\"\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod base;
mod cache;
mod chain;
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
