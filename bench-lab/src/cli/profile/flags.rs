//! What `bench-lab profile` is told.
//!
//! It reads flags and nothing else.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use lab_core::cpulist::CpuList;
use lab_core::model::{Aslr, Plan};

use crate::cli::arguments::Loudness;
use crate::cli::duration;
use crate::cli::run::millis;
use crate::cli::source::SourceArguments;
use crate::profile::{Choice, Sampling, Tool};

/// Measuring time of the processes that are counted, in milliseconds: as of a Run.
const COUNTED_MS: u64 = 300;

#[derive(Args, Debug)]
#[command(after_help = "\
Without --flamegraph, --memory or --instructions all parts are taken that the tools at hand allow. Times under a profiler
are no results: nothing is saved as a Run.

Examples:
  bench-lab profile parse/large
  bench-lab profile parse/large --diff main
  bench-lab profile -p mycrate 'insert/1000 keys' --memory
  bench-lab profile --manifest bundle/manifest.json parse/large --instructions")]
pub(in crate::cli) struct Arguments {
    /// Which benchmark: its id, a part of it, or a regular expression that only its id matches
    #[arg(value_name = "BENCH")]
    pub(super) bench: String,
    /// Compare with this branch, tag or commit: both revisions are built, at the same place, and profiled alike
    #[arg(long, value_name = "BASELINE")]
    pub(super) diff: Option<String>,
    /// Sample call stacks, and draw a flame graph
    #[arg(long, help_heading = "What to take")]
    flamegraph: bool,
    /// Count allocations, bytes, the most alive at once, and what is left behind
    #[arg(long, help_heading = "What to take")]
    memory: bool,
    /// Count instructions
    #[arg(long, help_heading = "What to take")]
    instructions: bool,
    /// How long the benchmark runs while it is sampled
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "5s", help_heading = "How to sample")]
    time: Duration,
    /// Samples a second
    #[arg(long, value_name = "HERTZ", value_parser = clap::value_parser!(u32).range(1..=50_000), default_value_t = 997, help_heading = "How to sample")]
    frequency: u32,
    /// What is sampled, in perf's words; cpu-clock is processor time and works in virtual machines
    #[arg(long, value_name = "EVENT", default_value = "cpu-clock", help_heading = "How to sample")]
    event: String,
    /// How stacks are found: dwarf works for every build; fp is cheaper and needs -C force-frame-pointers
    #[arg(long, value_enum, default_value_t = CallGraph::Dwarf, help_heading = "How to sample")]
    call_graph: CallGraph,
    /// Keep perf's own record too, for other viewers; it is large
    #[arg(long, help_heading = "How to sample")]
    pub(super) keep_record: bool,
    /// CPUs to run on, as in 1 or 2-5,8 [default: chosen from the topology]
    #[arg(long, value_name = "LIST", help_heading = "How to sample")]
    pub(super) cpus: Option<CpuList>,
    /// Kill a process that takes longer
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "60s", help_heading = "How to sample")]
    timeout: Duration,
    #[command(flatten)]
    pub(super) source: SourceArguments,
    /// With --diff, a file or folder that git ignores and both revisions need (can be repeated)
    #[arg(long, value_name = "PATH", requires = "diff", help_heading = "What to build")]
    pub(super) carry: Vec<PathBuf>,
    /// Wait so long for another session on this host to end [default: refuse at once]
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    pub(super) wait: Option<Duration>,
    /// Warnings and failures only, besides the profile
    #[arg(long, short, conflicts_with = "json")]
    pub(super) quiet: bool,
    /// One JSON object on standard output
    #[arg(long)]
    pub(super) json: bool,
}

/// perf's ways to find a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CallGraph {
    /// From copies of the stack, by unwind tables
    Dwarf,
    /// By frame pointers
    Fp,
}

/// Bytes of stack that are copied with each sample. Twice perf's default: frames of deep Rust code are lost beyond it.
const DWARF: &str = "dwarf,16384";

impl Arguments {
    /// Which parts are wanted.
    pub(super) fn choice(&self) -> Choice {
        if self.flamegraph || self.memory || self.instructions {
            let (stacks, heap, instructions) = (self.flamegraph, self.memory, self.instructions);
            Choice::These { stacks, heap, instructions }
        } else {
            Choice::All
        }
    }

    /// How stacks are sampled.
    ///
    /// # Errors
    /// perf is missing.
    pub(super) fn sampling(&self) -> Result<Sampling, crate::profile::Missing> {
        Ok(Sampling {
            perf: Tool::Perf.find()?,
            event: self.event.clone(),
            hertz: self.frequency,
            call_graph: match self.call_graph {
                CallGraph::Dwarf => DWARF.into(),
                CallGraph::Fp => "fp".into(),
            },
            time_ms: millis(self.time),
        })
    }

    /// How processes run; the CPUs are chosen by whoever knows the host.
    pub(super) fn plan(&self) -> Plan {
        Plan {
            filters: vec![self.bench.clone()],
            invocation_count: 1,
            time_ms: COUNTED_MS,
            budget_ms: None,
            timeout_ms: millis(self.timeout),
            seed: 0,
            cpus: Vec::new(),
            threaded_cpus: Vec::new(),
            // One layout, so that two sides differ in their code alone.
            aslr: Aslr::Fixed,
            includes_ignored: true,
            build_arguments: Vec::new(),
            looks: None,
        }
    }

    /// How loud cargo is.
    pub(super) fn loudness(&self) -> Loudness {
        if self.quiet || self.json { Loudness::Quiet } else { Loudness::Usual }
    }
}
