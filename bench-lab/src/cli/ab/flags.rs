//! What `bench-lab ab` is told, and the plan that it makes of it.
//!
//! It reads flags and nothing else.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use lab_core::cpulist::CpuList;
use lab_core::model::{Aslr, MatchPlan, WitnessSource};

use super::PROCESS_TIME_MS;
use crate::cli::arguments::{BuildArguments, Loudness};
use crate::cli::finish::Shown;
use crate::cli::format::FormatArguments;
use crate::cli::percentage::share;
use crate::cli::tuning::Tune;
use crate::cli::{duration, rematch};
use crate::progress::Display;

/// Fewest and most link orders. Fewer have no exact p of 1 %; every one is a build of each target on each side.
const LAYOUTS: (u32, u32) = (8, 200);

/// Most launches of a benchmark, usually and for a first look. The last look of the sequential design is at 80.
const LAUNCHES: (u32, u32) = (80, 20);

#[derive(Args, Debug)]
#[command(after_help = "\
Without CANDIDATE the files as they are now are judged, uncommitted changes included. Nothing in the
repository is touched: no file, no index, no branch, no worktree.

Examples:
  bench-lab ab main
  bench-lab ab v2.1.0 HEAD -p mycrate -- 'parse.*'
  bench-lab ab main --gate --budget 10m
  bench-lab ab merge-base:main && bench-lab ab --recheck --layouts --gate
  bench-lab ab main --layouts --witness callgrind
  bench-lab ab --resume")]
pub(in crate::cli) struct Arguments {
    /// What is compared against: a branch, a tag, a commit, or merge-base:BRANCH, the commit at which this one left it
    /// [merge-base alone: the remote's default branch]
    #[arg(value_name = "BASELINE", required_unless_present_any = ["resume", "recheck"])]
    pub(super) baseline: Option<String>,
    /// What is judged [default: the files as they are now]
    #[arg(value_name = "CANDIDATE")]
    pub(super) candidate: Option<String>,
    /// Which benchmarks [default: all]
    #[arg(value_name = "FILTER", last = true)]
    pub(super) filters: Vec<String>,
    /// Measure again, on its own, what this match left regressed or suspect, and report both together; a regression that
    /// is none the second time is inconclusive [without MATCH: the newest one]
    #[arg(long, value_name = "MATCH", num_args = 0..=1, default_missing_value = "latest-ab", conflicts_with_all = ["baseline", "candidate", "filters", "resume", "ids"], help_heading = "How to judge")]
    pub(super) recheck: Option<String>,
    /// Only the benchmarks that this file names, an id a line, as --write ids=PATH makes it [-: standard input]
    #[arg(long, value_name = "PATH", conflicts_with = "resume", help_heading = "What to build")]
    pub(super) ids: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) build: BuildArguments,
    /// A file or folder that git ignores and both revisions need (can be repeated)
    #[arg(long, value_name = "PATH", help_heading = "What to build")]
    pub(super) carry: Vec<PathBuf>,
    /// A first look: at most 20 launches of each benchmark
    #[arg(long, help_heading = "How to measure")]
    pub(super) quick: bool,
    /// Most launches of one benchmark; fewer than 10 decide nothing [default: 80]
    #[arg(long, value_name = "MAX", value_parser = clap::value_parser!(u32).range(10..=80), help_heading = "How to measure")]
    pub(super) launches: Option<u32>,
    /// Wall-clock limit of the whole match
    #[arg(long, value_name = "TIME", value_parser = duration::parse, help_heading = "How to measure")]
    pub(super) budget: Option<Duration>,
    /// Kill a process that takes longer
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "60s", help_heading = "How to measure")]
    pub(super) timeout: Duration,
    /// Seed of every draw [default: from the clock, and stored]
    #[arg(long, value_name = "NUMBER", help_heading = "How to measure")]
    pub(super) seed: Option<u64>,
    /// CPUs to measure on, as in 1 or 2-5,8 [default: chosen from the topology]
    #[arg(long, value_name = "LIST", help_heading = "How to measure")]
    pub(super) cpus: Option<CpuList>,
    /// Address layout of the benchmark processes
    #[arg(long, value_enum, default_value_t = Layout::Random, help_heading = "How to measure")]
    pub(super) aslr: Layout,
    /// Set the host for measuring, and put it back at the end
    #[arg(long, value_enum, default_value_t = Tune::Auto, env = "BENCH_LAB_TUNE", help_heading = "How to measure")]
    pub(super) tune: Tune,
    /// Measure also the benchmarks that are ignored by default
    #[arg(long, help_heading = "How to measure")]
    pub(super) include_ignored: bool,
    /// The metric that decides [default: cycles for what only computes, wall time otherwise]
    #[arg(long, value_name = "METRIC", value_parser = ["cycles", "wall_ns", "instructions", "task_clock_ns"], help_heading = "How to judge")]
    pub(super) metric: Option<String>,
    /// The smallest change that matters, in per cent [default: the policy's, else 0.75]
    #[arg(long, value_name = "PERCENT", value_parser = percent, help_heading = "How to judge")]
    pub(super) margin: Option<f64>,
    /// Compare what changed in K link orders too, so that only a change of the code alarms [without K: 12]
    #[arg(long, value_name = "K", num_args = 0..=1, default_missing_value = "12", value_parser = layouts, help_heading = "How to judge")]
    pub(super) layouts: Option<u32>,
    /// What is asked beside the time: instruction counts [auto: of the processor, where it counts]
    #[arg(long, value_enum, default_value_t = Witness::Auto, help_heading = "How to judge")]
    pub(super) witness: Witness,
    /// The policy file [default: bench-lab.toml in the workspace root]
    #[arg(long, value_name = "PATH", help_heading = "How to judge")]
    pub(in crate::cli) policy: Option<PathBuf>,
    /// Exit with 1 on a regression that the policy does not let pass, and with 5 on what is not comparable
    #[arg(long, help_heading = "How to judge")]
    pub(super) gate: bool,
    /// List every benchmark, the equivalent ones too
    #[arg(long)]
    pub(super) all: bool,
    #[command(flatten)]
    pub(super) formats: FormatArguments,
    /// Go on with the open match of this id [default: the latest open one]
    #[arg(long, value_name = "MATCH", num_args = 0..=1, default_missing_value = "", require_equals = false, conflicts_with_all = ["baseline", "candidate", "filters"])]
    pub(super) resume: Option<String>,
    /// Wait so long for another session on this host to end [default: refuse at once]
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    pub(super) wait: Option<Duration>,
    /// Warnings and failures only
    #[arg(long, short, conflicts_with = "json")]
    pub(super) quiet: bool,
    /// Events, then the result, as JSON lines on standard output
    #[arg(long, conflicts_with = "format")]
    pub(super) json: bool,
}

/// Spelling of [`Aslr`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Layout {
    /// Another layout in every process
    Random,
    /// One layout for all processes, for counters and debugging
    Fixed,
}

/// Spelling of [`WitnessSource`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Witness {
    /// The processor's counters, where the host has any
    Auto,
    /// Those, and instructions counted in valgrind, seconds per benchmark
    Callgrind,
    /// No instruction counts
    None,
}

/// A margin as typed.
fn percent(text: &str) -> Result<f64, String> {
    let value = share(text)?;
    if (0.0..=0.5).contains(&value) {
        Ok(value)
    } else {
        Err("a margin lies between 0 and 50 per cent".into())
    }
}

/// A number of link orders as typed.
fn layouts(text: &str) -> Result<u32, String> {
    let no_number = |_| "this is no number of link orders; without one, --layouts stands last".to_owned();
    let count: u32 = text.parse().map_err(no_number)?;
    if (LAYOUTS.0..=LAYOUTS.1).contains(&count) {
        return Ok(count);
    }
    let (least, most) = LAYOUTS;
    Err(format!(
        "from {least} to {most}: fewer than {least} link orders are never sure at 1 %, whatever they show"
    ))
}

impl Arguments {
    pub(in crate::cli) fn plan(&self, manifest: &Path, policy: Option<String>) -> MatchPlan {
        let (usual, quick) = LAUNCHES;
        let mut build_arguments = self.build.stored(manifest);
        for path in &self.carry {
            build_arguments.extend([rematch::CARRY.to_owned(), path.display().to_string()]);
        }
        MatchPlan {
            filters: self.filters.clone(),
            launch_max: self.launches.unwrap_or(if self.quick { quick } else { usual }),
            time_ms: PROCESS_TIME_MS,
            budget_ms: self.budget.map(crate::cli::run::millis),
            timeout_ms: crate::cli::run::millis(self.timeout),
            seed: self.seed.unwrap_or_else(crate::cli::run::seed_from_clock),
            cpus: Vec::new(),
            threaded_cpus: Vec::new(),
            aslr: match self.aslr {
                Layout::Random => Aslr::Random,
                Layout::Fixed => Aslr::Fixed,
            },
            includes_ignored: self.include_ignored,
            build_arguments,
            policy,
            metric: self.metric.clone(),
            margin: self.margin,
            witness: match self.witness {
                Witness::Auto => WitnessSource::Auto,
                Witness::Callgrind => WitnessSource::Callgrind,
                Witness::None => WitnessSource::None,
            },
            layouts: self.layouts,
        }
    }

    pub(super) fn display(&self) -> Display {
        match (self.json, self.quiet) {
            (true, _) => Display::Json,
            (false, true) => Display::Quiet,
            (false, false) => Display::Auto,
        }
    }

    pub(in crate::cli) fn loudness(&self) -> Loudness {
        if self.quiet || self.json { Loudness::Quiet } else { Loudness::Usual }
    }

    /// How the result is shown.
    pub(in crate::cli) fn shown(&self) -> Shown {
        let formats = self.formats.clone();
        Shown { display: self.display(), lists_all: self.all, has_gate: self.gate, formats }
    }
}
