//! The kernels that measure the machine beside the benchmarks of a Run, and what they gave.
//!
//! They stand apart from the benchmarks, so that nothing which counts or compares those meets one by accident.

use super::{BenchmarkId, Invocation, Scheduled, TargetId};

/// Package of the canaries. Cargo allows no parentheses in a name, so no workspace can hold it.
const PACKAGE: &str = "(bench-lab)";

/// What a Run keeps about its canaries.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CanaryRecord {
    /// SHA-256 of the bench-lab that holds the kernels, hex; absent when its file could not be read. Another compiler
    /// may have made other machine code of the same kernel.
    pub sha256: Option<String>,
    /// Whether the kernels were compiled with optimisations; their figures are another matter without.
    pub is_optimised: bool,
    /// In the order in which each process runs them; empty for a Run without canaries.
    pub kernels: Vec<KernelRecord>,
    /// One per process, like those of the benchmarks; each observes every kernel.
    pub invocations: Vec<Invocation>,
}

/// One kernel as a Run measured it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelRecord {
    /// Its name with the version of its work (`integer_v1`): equal ids did the same work.
    pub id: String,
    /// Units of work in one pass, so in one iteration of a sample.
    pub units: u64,
}

impl CanaryRecord {
    /// The kernels as what one process measures.
    pub fn benchmark_ids(&self) -> Vec<BenchmarkId> {
        self.kernels.iter().map(|kernel| BenchmarkId::new(TargetId::canary(), kernel.id.clone())).collect()
    }
}

impl TargetId {
    /// The target that stands for all kernels.
    pub fn canary() -> Self {
        Self::new(PACKAGE, "canary")
    }

    /// Whether it is that one, and so none of the workspace.
    pub fn is_canary(&self) -> bool {
        self.package == PACKAGE
    }
}

impl Scheduled {
    /// Whether the process runs the canaries, and no benchmark.
    pub fn is_canary(&self) -> bool {
        self.benchmarks.first().is_some_and(|first| first.target.is_canary())
    }
}
