//! `bench-lab run`: build, measure, keep, show.
//!
//! It turns flags into a Plan and stages into a Run; how each stage works is the runner's business.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::FalseyValueParser;
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use lab_core::compare::look_counts;
use lab_core::cpulist::CpuList;
use lab_core::model::{Aslr, Plan};
use lab_core::report::format::Topic;

use super::arguments::Loudness;
use super::compare::PlaceArguments;
use super::duration;
use super::error::CommandError;
use super::exit::ExitCode;
use super::format::FormatArguments;
use super::judgement::Asked;
use super::lab::{Lab, Opening};
use super::origin::ProvenanceArguments;
use super::pinned::OnMismatch;
use super::source::SourceArguments;
use super::tuning::Tune;
use super::{check, fresh, resume};
use crate::progress::Display;

#[derive(Args, Debug)]
#[command(after_help = "\
A filter is a benchmark id as any output shows it, a part of one, or a regular expression over ids.

With --compare, what more invocations may decide is measured on. A second, independent look at suspects needs both sides'
executables, which a stored baseline does not have: --write ids=FILE names the suspects, and bench-lab ab BASE --ids FILE
measures them beside each other (docs/CI.md).

Examples:
  bench-lab run --quick
  bench-lab run -p hashbrown --bench insert_unique_unchecked -- 'insert.*'
  bench-lab run --manifest-path ../their/Cargo.toml --budget 10m
  bench-lab run --manifest bundle/manifest.json --quick
  bench-lab run --compare main --invocations-max 80 --budget 30m
  bench-lab run --resume")]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) source: SourceArguments,
    #[command(flatten)]
    pub(super) origin: ProvenanceArguments,
    /// Which benchmarks [default: all]
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
    /// Fewer and shorter invocations, for a first look: 6 of 100 ms
    #[arg(long, help_heading = "How to measure")]
    quick: bool,
    /// Processes per benchmark; each is one observation [default: 10]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=10_000), help_heading = "How to measure")]
    invocations: Option<u32>,
    /// Measuring time per benchmark and invocation [default: 300ms]
    #[arg(long, value_name = "TIME", value_parser = duration::parse, help_heading = "How to measure")]
    time: Option<Duration>,
    /// Wall-clock limit of the whole Run; blocks that are not expected to fit are left out
    #[arg(long, value_name = "TIME", value_parser = duration::parse, help_heading = "How to measure")]
    budget: Option<Duration>,
    /// Kill an invocation that takes longer, per benchmark in it
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "60s", help_heading = "How to measure")]
    timeout: Duration,
    /// Seed of the order [default: from the clock, and stored]
    #[arg(long, value_name = "NUMBER", help_heading = "How to measure")]
    seed: Option<u64>,
    /// CPUs to measure on, as in 1 or 2-5,8 [default: chosen from the topology]
    #[arg(long, value_name = "LIST", help_heading = "How to measure")]
    cpus: Option<CpuList>,
    /// Measure on the machine of this definition only, on its CPUs and by its thresholds
    #[arg(long, value_name = "PATH", help_heading = "How to measure")]
    machine: Option<PathBuf>,
    /// What to do when this is not the machine of the definition
    #[arg(long, value_enum, default_value_t = OnMismatch::Refuse, requires = "machine", help_heading = "How to measure")]
    machine_mismatch: OnMismatch,
    /// Address layout of the benchmark processes
    #[arg(long, value_enum, default_value_t = Layout::Random, help_heading = "How to measure")]
    aslr: Layout,
    /// Set the host for measuring, and put it back at the end
    #[arg(long, value_enum, default_value_t = Tune::Auto, env = "BENCH_LAB_TUNE", help_heading = "How to measure")]
    tune: Tune,
    /// Measure also the benchmarks that are ignored by default
    #[arg(long, help_heading = "How to measure")]
    include_ignored: bool,
    /// Leave out the canaries: bench-lab's own kernels, which show once a block whether the machine itself moved
    #[arg(long, env = "BENCH_LAB_NO_CANARY", value_parser = FalseyValueParser::new(), help_heading = "How to measure")]
    no_canary: bool,
    /// Only find out whether every benchmark works; nothing is kept
    #[arg(long, conflicts_with_all = ["resume", "budget", "format", "write", "step_summary"])]
    check: bool,
    /// Go on with the open Run of this id [default: the latest open one]
    #[arg(long, value_name = "RUN", num_args = 0..=1, default_missing_value = "", require_equals = false)]
    resume: Option<String>,
    /// Wait so long for another session on this host to end [default: refuse at once]
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    wait: Option<Duration>,
    /// Compare with this baseline, Run or branch, and measure on where more invocations may decide
    #[arg(long, value_name = "BASELINE", conflicts_with = "check", help_heading = "How to judge")]
    compare: Option<String>,
    /// With --compare, most processes per benchmark; those whose verdict stands stop earlier, at looks some 1.4 times apart
    /// from --invocations on [default: four times --invocations; as many as --invocations for one look, at the end]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=10_000), requires = "compare", help_heading = "How to judge")]
    invocations_max: Option<u32>,
    /// Refused with the way that there is: a stored baseline has no executables to measure suspects beside
    #[arg(long, hide = true)]
    recheck: bool,
    /// Exit with 1 on a missed budget, or on a regression that the policy does not let pass
    #[arg(long, conflicts_with = "check", help_heading = "How to judge")]
    gate: bool,
    #[command(flatten)]
    places: PlaceArguments,
    #[command(flatten)]
    pub(super) formats: FormatArguments,
    /// Warnings and failures only
    #[arg(long, short, conflicts_with = "json")]
    quiet: bool,
    /// Events, then the result, as JSON lines on standard output
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

/// Spelling of [`Aslr`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Layout {
    /// Another layout in every process: what layout costs shows as spread
    Random,
    /// One layout for all processes, for counters and debugging
    Fixed,
}

/// How many times as many invocations as planned a comparison may take. Against a baseline of as many as planned, which
/// is complete, four times as many narrow an interval by a fifth and endless ones by three tenths.
const GROWTH: u32 = 4;

/// Measuring defaults of the two speeds: processes and milliseconds. Ten give a 95 % interval that leaves out the
/// lowest and the highest one; six are the fewest that give one at all (order statistics of the median).
const USUAL: (u32, u64) = (10, 300);
const QUICK: (u32, u64) = (6, 100);

pub(super) fn run(arguments: &Arguments, store: Option<&Path>) -> Result<ExitCode, CommandError> {
    arguments.check_formats()?;
    let opening = Opening {
        display: arguments.display(),
        waiting: arguments.wait,
        store: store.map(PathBuf::from),
        tune: arguments.tune(),
    };
    let mut lab = Lab::open(opening)?;
    match &arguments.resume {
        Some(reference) => resume::run(&mut lab, arguments, reference),
        None if arguments.check => check::run(&mut lab, arguments),
        None => fresh::run(&mut lab, arguments),
    }
}

impl Arguments {
    /// How to measure, but for the CPUs, which the host decides.
    pub(super) fn plan(&self) -> Plan {
        let (invocation_count, time_ms) = if self.quick { QUICK } else { USUAL };
        Plan {
            filters: self.filters.clone(),
            invocation_count: self.invocations.unwrap_or(invocation_count),
            time_ms: self.time.map_or(time_ms, millis),
            budget_ms: self.budget.map(millis),
            timeout_ms: millis(self.timeout),
            seed: self.seed.unwrap_or_else(seed_from_clock),
            cpus: Vec::new(),
            threaded_cpus: Vec::new(),
            aslr: match self.aslr {
                Layout::Random => Aslr::Random,
                Layout::Fixed => Aslr::Fixed,
            },
            includes_ignored: self.include_ignored,
            build_arguments: Vec::new(),
            looks: None,
        }
    }

    /// When a Run of this plan is held against a baseline.
    pub(super) fn look_counts(&self, plan: &Plan) -> Result<Vec<u32>, CommandError> {
        let first = plan.invocation_count;
        let max = self.invocations_max.unwrap_or(first.saturating_mul(GROWTH));
        if max < first {
            let message =
                format!("--invocations-max {max} is less than the {first} invocations of the first look");
            return Err(CommandError::text(ExitCode::Usage, message)
                .hint("give more, or fewer --invocations; equal numbers make it one look at the end"));
        }
        Ok(look_counts(first, max))
    }

    /// Whether to tune; finding out what works needs no tuned host.
    fn tune(&self) -> Tune {
        if self.check { Tune::Off } else { self.tune }
    }

    /// Whether the machine is measured beside the benchmarks.
    pub(super) fn has_canaries(&self) -> bool {
        !self.no_canary
    }

    /// The CPUs as typed.
    pub(super) fn cpus(&self) -> Option<&CpuList> {
        self.cpus.as_ref()
    }

    /// The machine definition as typed, and what to do on another machine.
    pub(super) fn machine(&self) -> (Option<&Path>, OnMismatch) {
        (self.machine.as_deref(), self.machine_mismatch)
    }

    /// Refuses a format that could not show what will be there to be shown.
    fn check_formats(&self) -> Result<(), CommandError> {
        if self.recheck {
            let message = "run has no --recheck: a stored baseline has numbers and no executables to measure suspects beside";
            return Err(CommandError::text(ExitCode::Usage, message).hint(
                "run --compare BASELINE --write ids=suspects, then bench-lab ab merge-base --ids suspects --gate, measures \
                 the suspects of both sides again; bench-lab ab --recheck does it for a match",
            ));
        }
        // A resumed Run may have been begun against a baseline.
        let is_compared = self.compare.is_some() || self.resume.is_some();
        let topics = [Topic::Comparison, Topic::Run];
        self.formats.check(if is_compared { &topics } else { &topics[1..] })
    }

    /// How the Run is to be judged.
    pub(super) fn asked(&self) -> Asked<'_> {
        Asked { baseline: self.compare.as_deref(), gates: self.gate, places: &self.places }
    }

    pub(super) fn display(&self) -> Display {
        match (self.json, self.quiet) {
            (true, _) => Display::Json,
            (false, true) => Display::Quiet,
            (false, false) => Display::Auto,
        }
    }

    pub(super) fn loudness(&self) -> Loudness {
        if self.quiet || self.json { Loudness::Quiet } else { Loudness::Usual }
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).max(1)
}

/// A seed that is short enough to be typed; it needs to differ, not to be secret.
pub(super) fn seed_from_clock() -> u64 {
    Timestamp::now().as_nanosecond().unsigned_abs() as u64 % 1_000_000_000
}
