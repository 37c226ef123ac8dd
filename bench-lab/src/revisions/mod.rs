//! Two revisions of one repository, built one after the other at the same path.
//!
//! It never writes into the user's repository: no ref, no index, no object, no worktree registration, no file.

mod above;
pub(crate) mod baked;
mod carried;
mod error;
mod export;
mod git;
mod kept;
mod lfs;
mod line;
mod merge_base;
mod moved;
mod nearby;
mod outputs;
mod relink;
mod repository;
mod side;
mod snapshot;
mod stage;

pub use carried::Carry;
pub use error::RevisionError;
pub(crate) use merge_base::wanted as wanted_merge_base;
pub use nearby::differing_inputs;
pub use relink::{Orders, Relinked, relink};
pub use repository::{Named, Repository};
pub use side::{Built, BuiltPair, Telling, Wish, build};
pub use snapshot::Snapshot;
pub use stage::{BUILDS_VARIABLE, Stage};
