//! A Cargo workspace as the lab sees it: its bench executables and what each needs to run.
//!
//! It asks cargo and reads its answers; it never edits a file of the workspace, starts no bench and prints nothing.

mod error;
mod selection;
mod stop;

use std::path::PathBuf;

use lab_core::model::{Skip, TargetId};

pub use error::WorkspaceError;
pub use selection::{Access, FeatureBase, Features, Packages, Progress, Selection};
pub use stop::Stop;

cfg_if::cfg_if! {
    if #[cfg(measure)] {
        mod at_hand;
        mod build;
        mod choice;
        mod complaint;
        mod config;
        mod discover;
        mod environment;
        mod inherited;
        mod listen;
        mod message;
        mod metadata;
        mod record;
        mod rustflags;
        mod settings;
        mod target;
        mod toolchain;

        use std::collections::BTreeMap;

        use lab_core::model::Warning;

        pub use at_hand::{Outline, OutlineProfile, manifest_folders, outline};
        pub(crate) use choice::glob;
        pub use discover::discover;
        pub use message::Compiled;
        pub use record::{BuildRecord, ProfileRecord};
        pub use rustflags::Rustflags;
        pub use settings::Settings;
        pub use target::{BenchTarget, Dependency};
        pub use toolchain::{compiler, directory_override};
    }
}

/// The bench targets of a selection, built.
#[cfg(measure)]
#[derive(Clone, Debug)]
pub struct Workspace {
    /// Directory of the workspace's own manifest.
    pub root: PathBuf,
    /// Where cargo puts what it builds.
    pub target_directory: PathBuf,
    /// Names of the selected packages, in cargo's order.
    pub packages: Vec<String>,
    /// The targets that can run, in cargo's order.
    pub targets: Vec<BenchTarget>,
    /// The targets that cannot.
    pub skipped: Vec<SkippedTarget>,
    /// What the owners of the packages set, for every selected target.
    pub settings: BTreeMap<TargetId, Settings>,
    /// What a reader of the Run must know.
    pub warnings: Vec<Warning>,
    /// How it was built.
    pub build: BuildRecord,
}

/// A bench target that was asked for and has no executable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedTarget {
    /// Which one.
    pub id: TargetId,
    /// Why.
    pub skip: Skip,
    /// The bench's main source file.
    pub source: PathBuf,
}

/// What is said while a workspace is discovered, to be shown on standard error as it is.
#[derive(Clone, Copy, Debug)]
pub enum Said<'a> {
    /// Cargo's progress and its own messages: a piece, not always whole lines.
    Cargo(&'a [u8]),
    /// One rendered message of the compiler.
    Compiler(&'a str),
}
