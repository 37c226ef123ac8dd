//! Two revisions of one repository, built one after the other at the same path.
//!
//! It never writes into the user's repository: no ref, no index, no object, no worktree registration, no file.

mod error;
mod git;
mod line;
mod merge_base;
mod repository;

pub use error::RevisionError;
#[cfg(measure)]
pub(crate) use git::MISLEADING;
pub(crate) use merge_base::wanted as wanted_merge_base;
pub use repository::{Named, Repository};

cfg_if::cfg_if! {
    if #[cfg(measure)] {
        mod above;
        pub(crate) mod baked;
        mod carried;
        mod export;
        mod kept;
        mod lfs;
        mod moved;
        mod nearby;
        mod outputs;
        mod relink;
        mod side;
        mod snapshot;
        mod stage;

        pub use carried::Carry;
        pub use nearby::differing_inputs;
        pub use relink::{Orders, Relinked, relink};
        pub use side::{Built, BuiltPair, Telling, Wish, build};
        pub use snapshot::Snapshot;
        pub use stage::{BUILDS_VARIABLE, Stage};
    }
}
