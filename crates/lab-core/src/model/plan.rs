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
    /// What the Run is compared with while it is measured, and when; absent where its size was fixed beforehand.
    pub looks: Option<LookPlan>,
}

/// When a Run that grows is compared with its baseline, and so how large it may become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookPlan {
    /// What it is compared with, by a name that means the same later: a Run's id, or machine/name.
    pub baseline: String,
    /// The Run that the baseline was made of; absent for an import.
    pub baseline_run: Option<String>,
    /// Invocations of a benchmark at which it may stop, rising, [`Plan::invocation_count`] first; never empty.
    pub counts: Vec<u32>,
}

/// Where the invocations of one benchmark ended among the looks of its Run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LookTaken {
    /// From 1.
    pub number: u32,
    /// Looks there could have been.
    pub of: u32,
    /// Share of every error rate that this look may spend.
    pub share: f64,
}

impl LookPlan {
    /// The look that so many invocations belong to: the one they reach, or were on the way to when something else ended
    /// the Run. A count that was chosen by looking is judged by what its look may spend, whatever it is compared with:
    /// the shares of all looks add up to one, so the sum of their errors bounds that of any rule for stopping.
    pub fn look_of(&self, invocation_count: usize) -> LookTaken {
        let counts: Vec<usize> = self.counts.iter().map(|count| *count as usize).collect();
        let place = counts.iter().position(|count| *count >= invocation_count);
        let place = place.unwrap_or(counts.len().saturating_sub(1));
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        LookTaken {
            number: number(place + 1),
            of: number(counts.len()),
            share: lab_stats::shares(&counts).get(place).copied().unwrap_or(1.0),
        }
    }
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
