//! What to run, as meant: the flags after defaults, and the order they lead to.
//!
//! A Plan is stored whole, so that a Run can be resumed and repeated.

use super::BenchmarkId;

/// Address space layout of the children.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aslr {
    /// Left on: every process has another layout, and between-process variation shows what layout costs.
    Random,
    /// Turned off per child by `personality(ADDR_NO_RANDOMIZE)`: for counters and debugging.
    Fixed,
}

/// How a Run is to be measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Filters as typed: regular expressions over benchmark ids; empty for all.
    pub filters: Vec<String>,
    /// Invocations of each benchmark.
    pub invocation_count: u32,
    /// Time a benchmark shall measure per invocation, in milliseconds, warm-up not counted.
    pub time_ms: u64,
    /// Wall-clock limit of the whole Run in milliseconds; whole blocks are left out when it is reached.
    pub budget_ms: Option<u64>,
    /// Kills an invocation that lives longer, in milliseconds.
    pub timeout_ms: u64,
    /// Seed of the order and of the padding.
    pub seed: u64,
    /// CPUs for single-threaded benchmarks; empty when nothing is pinned.
    pub cpus: Vec<u32>,
    /// CPUs for benchmarks whose pilot had several threads; empty when nothing is pinned.
    pub threaded_cpus: Vec<u32>,
    /// Layout of the children.
    pub aslr: Aslr,
    /// Benchmarks that a harness ignores by default are measured too.
    pub includes_ignored: bool,
    /// Cargo's flags that decide what was built (`--features x`, `--profile bench`), in their typed order.
    pub build_arguments: Vec<String>,
}

/// One invocation to come: which benchmarks one child process measures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheduled {
    /// Place in the order, from 0.
    pub index: u32,
    /// Which block it belongs to, from 0; every block holds each benchmark once.
    pub block: u32,
    /// The benchmarks of one process, all of one target; several when the target cannot select one. Of a process of the
    /// canaries it is every kernel.
    pub benchmarks: Vec<BenchmarkId>,
    /// Bytes of environment padding, 0 to 4095.
    pub padding_bytes: u32,
}
