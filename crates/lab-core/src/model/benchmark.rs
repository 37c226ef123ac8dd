//! What one measured case is called, and what is known about it before it is measured.
//!
//! The harness's own path is opaque text: it is never split, trimmed or rebuilt.

use std::collections::BTreeMap;
use std::fmt;

use super::TargetId;

/// Identity of one measured case: package, bench target and the harness's own path verbatim.
///
/// The path may hold spaces, `/`, `::`, newlines and any length (harness authors allow all of it), and a
/// harness may use one path twice, which `occurrence` tells apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BenchmarkId {
    /// Package and bench target that hold the benchmark.
    pub target: TargetId,
    /// The harness's name for it, as it accepts it back as a filter. divan's rows of several thread counts
    /// share one name and have ` t=N` behind it.
    pub path: String,
    /// 1 for the first benchmark of this path in its target, 2 for the second, in the harness's order.
    pub occurrence: u32,
}

impl BenchmarkId {
    /// The first (nearly always the only) benchmark of that path.
    pub fn new(target: TargetId, path: impl Into<String>) -> Self {
        Self { target, path: path.into(), occurrence: 1 }
    }
}

impl fmt::Display for BenchmarkId {
    /// `package/target/path`, with ` #2` behind a path that its harness uses a second time.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.target, self.path)?;
        if self.occurrence > 1 {
            write!(f, " #{}", self.occurrence)?;
        }
        Ok(())
    }
}

/// Settings a harness fixes once per benchmark, so that every invocation of it does equal work.
///
/// divan: `sample_size`, `sample_count`, and `threads` where one path has several thread counts. Empty for a
/// harness that plans each process by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calibration(pub BTreeMap<String, String>);

/// A benchmark as listed, before any measurement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BenchmarkRecord {
    /// Which benchmark.
    pub id: BenchmarkId,
    /// True when the harness lists it but leaves it out by default (`#[ignore]`).
    pub is_ignored: bool,
    /// Filled by the runner's pilot; until then it holds only what the list itself tells.
    pub calibration: Calibration,
    /// Most threads its process had at once in the pilot, or has by its list; absent when neither is known. More than one means it
    /// is measured on the set of CPUs for threaded benchmarks.
    pub thread_count_max: Option<u32>,
}
