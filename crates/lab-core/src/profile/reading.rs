//! One profile: what each tool read of a benchmark on one side or two, and what could not be had.
//!
//! Amounts are of one iteration unless they say otherwise. Times were taken under a profiler.

use std::collections::BTreeMap;

use crate::model::{BenchmarkId, Counted, Revision};

use super::stacks::Stacks;

/// A profile of one benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Name of its folder; empty before it has one.
    pub id: String,
    /// RFC 3339 in UTC.
    pub created_at: String,
    /// Version of the bench-lab that took it.
    pub lab_version: String,
    /// Of what.
    pub benchmark: BenchmarkId,
    /// Who drives it.
    pub harness: String,
    /// CPUs it was pinned to; empty when it was not.
    pub cpus: Vec<u32>,
    /// The one side, or baseline and candidate.
    pub readings: Vec<Reading>,
    /// What could not be had.
    pub gaps: Vec<Gap>,
    /// Files beside the index, by name.
    pub files: Vec<String>,
}

/// What was read of one side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// As it was called; `working tree` for the files as they are.
    pub name: String,
    /// The source.
    pub revision: Revision,
    /// SHA-256 of the executable, hex.
    pub sha256: Option<String>,
    /// Wall time of one iteration while it was sampled, by its harness, in nanoseconds: the mean over all of them.
    pub iteration_ns: Option<f64>,
    /// The samples.
    pub stacks: Option<Stacks>,
    /// Instructions of one iteration with its set-up.
    pub instructions: Option<Counted>,
    /// Page faults and system calls.
    pub counts: Counts,
    /// The heap.
    pub heap: Option<Heap>,
}

/// What one iteration asks of the kernel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    /// Page faults; absent when they could not be counted.
    pub page_faults: Option<f64>,
    /// System calls by name, those that an iteration makes; absent when they could not be counted.
    pub calls: Option<BTreeMap<String, f64>>,
}

/// What one iteration asks of the heap.
#[derive(Clone, Debug, PartialEq)]
pub struct Heap {
    /// Who counted: `divan`, `dhat`, `heaptrack`.
    pub source: String,
    /// Allocations.
    pub allocation_count: f64,
    /// Bytes allocated; absent where the source does not add them up.
    pub allocated_bytes: Option<f64>,
    /// Bytes that it leaves behind; absent where the source does not see them.
    pub grown_bytes: Option<f64>,
    /// Most bytes alive at once: of the process, or for divan of its sample.
    pub peak_bytes: Option<f64>,
}

/// A part of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Call stacks, sampled.
    Stacks,
    /// Page faults.
    PageFaults,
    /// System calls.
    Calls,
    /// The heap.
    Heap,
    /// Instructions.
    Instructions,
}

/// A part that could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Which.
    pub part: Part,
    /// Why not, as a clause.
    pub reason: String,
    /// What to do about it, or what to use instead; absent when nothing helps.
    pub advice: Option<String>,
}

impl Part {
    /// Stable name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Stacks => "stacks",
            Self::PageFaults => "page_faults",
            Self::Calls => "calls",
            Self::Heap => "heap",
            Self::Instructions => "instructions",
        }
    }

    /// What people call it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Stacks => "no flame graph and no hot functions",
            Self::PageFaults => "no page faults",
            Self::Calls => "no system calls",
            Self::Heap => "no allocations",
            Self::Instructions => "no instruction count",
        }
    }
}

impl Reading {
    /// Share of the sampled time in which it ran; absent where samples are not of time.
    pub fn busy_share(&self) -> Option<f64> {
        let stacks = self.stacks.as_ref()?;
        // Fewer samples say nothing about a share of time.
        let is_enough = stacks.sample_count() >= 100 && stacks.span_ns > 0.0;
        is_enough.then_some((stacks.cpu_ns()? / stacks.span_ns).min(1.0))
    }

    /// Processor time of one iteration in nanoseconds; its wall time where nobody can tell them apart.
    pub fn cpu_iteration_ns(&self) -> Option<f64> {
        Some(self.iteration_ns? * self.busy_share().unwrap_or(1.0))
    }

    /// System calls of one iteration.
    pub fn call_count(&self) -> Option<f64> {
        // The sum of no number is a negative zero.
        Some(self.counts.calls.as_ref()?.values().sum::<f64>() + 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_told_from_running() {
        let mut stacks = Stacks::new("cpu-clock", Some(1_000_000));
        (0..250).for_each(|_| stacks.add(vec!["main".into()]));
        stacks.span_ns = 1e9;
        let reading = Reading { iteration_ns: Some(8000.0), stacks: Some(stacks), ..Reading::default() };
        assert_eq!(reading.busy_share(), Some(0.25));
        assert_eq!(reading.cpu_iteration_ns(), Some(2000.0));
        let of_cycles = Reading { stacks: Some(Stacks::new("cycles", None)), ..reading };
        assert_eq!((of_cycles.busy_share(), of_cycles.cpu_iteration_ns()), (None, Some(8000.0)));
    }
}
