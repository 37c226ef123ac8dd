//! The bench executables of a workspace, as a Run records them.
//!
//! A target that cannot run is recorded with the reason; it is never left out silently.

use std::fmt;

/// One `[[bench]]` target of one package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetId {
    /// Cargo package name; unique within a workspace.
    pub package: String,
    /// Name of the bench target; unique within its package.
    pub name: String,
}

impl TargetId {
    /// Joins the two names.
    pub fn new(package: impl Into<String>, name: impl Into<String>) -> Self {
        Self { package: package.into(), name: name.into() }
    }
}

impl fmt::Display for TargetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.package, self.name)
    }
}

/// Why a bench target of the workspace contributes no benchmark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Skip {
    /// The compiler refused it; holds the first error line.
    BuildFailed(String),
    /// `required-features` that were not enabled.
    NeedsFeatures(Vec<String>),
    /// The file carries the marks of no harness that is supported; holds what is known about it.
    UnknownHarness(String),
    /// Listing its benchmarks failed; holds the reason and the tail of its output.
    ListFailed(String),
    /// The harness answered that it holds no benchmark.
    NoBenchmarks,
    /// Its package does not want it to be measured (`harness = "none"` in `[package.metadata.bench-lab]`).
    Declined,
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuildFailed(error) => write!(f, "did not compile: {error}"),
            Self::NeedsFeatures(features) => write!(f, "needs features {}", features.join(",")),
            Self::UnknownHarness(what) => write!(f, "no known harness: {what}"),
            Self::ListFailed(why) => write!(f, "could not be listed: {why}"),
            Self::NoBenchmarks => write!(f, "holds no benchmark"),
            Self::Declined => write!(f, "its package says harness = \"none\""),
        }
    }
}

/// What a Run keeps about one bench executable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetRecord {
    /// Which target.
    pub id: TargetId,
    /// Name of the harness that claimed it; absent when none did.
    pub harness: Option<String>,
    /// The harness's version as it said itself or as the lock file has it; absent when unknown.
    pub harness_version: Option<String>,
    /// Path of the executable at measuring time; absent when it was not built.
    pub executable: Option<String>,
    /// SHA-256 of the executable, hex; absent when it was not built.
    pub sha256: Option<String>,
    /// GNU build id of the executable, hex; absent when the linker wrote none.
    pub build_id: Option<String>,
    /// Path of the bench's source file, relative to the workspace root.
    pub source: String,
    /// Set when the target contributes no benchmark.
    pub skip: Option<Skip>,
}
