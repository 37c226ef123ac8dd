//! One built bench executable.
//!
//! It holds facts from cargo only; which harness it belongs to is decided by [`crate::harness`].

use std::ffi::OsString;
use std::path::PathBuf;

use lab_core::model::TargetId;
use serde::{Deserialize, Serialize};

/// A crate that the package of a target depends on, as resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    /// The crate's own name on the registry (`codspeed-criterion-compat`), not its local alias.
    pub name: String,
    /// The name the code uses for it (`criterion`).
    pub alias: String,
    /// Resolved version.
    pub version: String,
}

/// One built `[[bench]]` executable with what cargo would start it with.
#[derive(Clone, Debug)]
pub struct BenchTarget {
    /// Package and target.
    pub id: TargetId,
    /// The executable.
    pub executable: PathBuf,
    /// The directory of the package's Cargo.toml: the working directory that cargo gives to benches.
    pub package_root: PathBuf,
    /// The bench's main source file.
    pub source: PathBuf,
    /// The variables that cargo sets for it (`CARGO_MANIFEST_DIR`, `CARGO_PKG_*`, `LD_LIBRARY_PATH`, …).
    pub environment: Vec<(String, OsString)>,
    /// Direct dependencies of the package, dev-dependencies included.
    pub dependencies: Vec<Dependency>,
    /// The harness named by `[package.metadata.bench-lab]`; beats detection.
    pub harness_override: Option<String>,
}
