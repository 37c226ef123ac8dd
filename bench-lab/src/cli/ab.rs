//! `bench-lab ab`: build two revisions, let them take turns, judge, keep, show.
//!
//! It turns flags into a plan and stages into a match; how each stage works is decided elsewhere.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use lab_core::agenda::Agenda;
use lab_core::compare::{live_design, policy_of_match};
use lab_core::cpulist::CpuList;
use lab_core::filter::Filter;
use lab_core::model::{
    Aslr, DuelRecord, Entrant, Footing, Match, MatchPlan, MatchState, Plan, SessionRecord, Side, Warning,
    WitnessSource,
};

use super::arguments::{BuildArguments, Loudness};
use super::error::{CommandError, did_you_mean};
use super::exit::ExitCode;
use super::keeper::Tune;
use super::lab::{Lab, Opening};
use super::matched::{Finish, Shown};
use super::rules::{Rules, workspace_root};
use super::{duration, entrants, matched, rematch, store_error, surroundings};
use crate::duel::{Callgrind, Settings};
use crate::host::revision::Source;
use crate::matches::{Entrants, Field, Pairing, pair_up, play};
use crate::progress::Display;
use crate::runner::event::Event;

/// Compare two revisions live: both are built, and their benchmarks take turns on one CPU
#[derive(Args, Debug)]
#[command(after_help = "\
Without CANDIDATE the files as they are now are judged, uncommitted changes included. Nothing in the
repository is touched: no file, no index, no branch, no worktree.

Examples:
  bench-lab ab main
  bench-lab ab v2.1.0 HEAD -p mycrate -- 'parse.*'
  bench-lab ab main --gate --budget 10m
  bench-lab ab --resume")]
pub(super) struct Arguments {
    /// What is compared against: a branch, a tag, a commit
    #[arg(value_name = "BASELINE", required_unless_present = "resume")]
    baseline: Option<String>,
    /// What is judged [default: the files as they are now]
    #[arg(value_name = "CANDIDATE")]
    candidate: Option<String>,
    /// Which benchmarks [default: all]
    #[arg(value_name = "FILTER", last = true)]
    filters: Vec<String>,
    #[command(flatten)]
    pub(super) build: BuildArguments,
    /// A file or folder that git ignores and both revisions need (can be repeated)
    #[arg(long, value_name = "PATH", help_heading = "What to build")]
    carry: Vec<PathBuf>,
    /// A first look: at most 20 launches of each benchmark
    #[arg(long, help_heading = "How to measure")]
    quick: bool,
    /// Most launches of one benchmark; fewer than 10 decide nothing [default: 80]
    #[arg(long, value_name = "MAX", value_parser = clap::value_parser!(u32).range(10..=80), help_heading = "How to measure")]
    launches: Option<u32>,
    /// Wall-clock limit of the whole match
    #[arg(long, value_name = "TIME", value_parser = duration::parse, help_heading = "How to measure")]
    budget: Option<Duration>,
    /// Kill a process that takes longer
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "60s", help_heading = "How to measure")]
    timeout: Duration,
    /// Seed of every draw [default: from the clock, and stored]
    #[arg(long, value_name = "NUMBER", help_heading = "How to measure")]
    seed: Option<u64>,
    /// CPUs to measure on, as in 1 or 2-5,8 [default: chosen from the topology]
    #[arg(long, value_name = "LIST", help_heading = "How to measure")]
    cpus: Option<CpuList>,
    /// Address layout of the benchmark processes
    #[arg(long, value_enum, default_value_t = Layout::Random, help_heading = "How to measure")]
    aslr: Layout,
    /// Set the host for measuring, and put it back at the end
    #[arg(long, value_enum, default_value_t = Tune::Auto, env = "BENCH_LAB_TUNE", help_heading = "How to measure")]
    tune: Tune,
    /// Measure also the benchmarks that are ignored by default
    #[arg(long, help_heading = "How to measure")]
    include_ignored: bool,
    /// The metric that decides [default: cycles for what only computes, wall time otherwise]
    #[arg(long, value_name = "METRIC", value_parser = ["cycles", "wall_ns", "instructions", "task_clock_ns"], help_heading = "How to judge")]
    metric: Option<String>,
    /// The smallest change that matters, in per cent [default: the policy's, else 0.75]
    #[arg(long, value_name = "PERCENT", value_parser = percent, help_heading = "How to judge")]
    margin: Option<f64>,
    /// What is asked beside the time: instruction counts [auto: of the processor, where it counts]
    #[arg(long, value_enum, default_value_t = Witness::Auto, help_heading = "How to judge")]
    witness: Witness,
    /// The policy file [default: bench-lab.toml in the workspace root]
    #[arg(long, value_name = "PATH", help_heading = "How to judge")]
    policy: Option<PathBuf>,
    /// Exit with 1 on a regression that the policy does not let pass, and with 5 on what is not comparable
    #[arg(long, help_heading = "How to judge")]
    gate: bool,
    /// List every benchmark, the equivalent ones too
    #[arg(long)]
    all: bool,
    /// Go on with the open match of this id [default: the latest open one]
    #[arg(long, value_name = "MATCH", num_args = 0..=1, default_missing_value = "", require_equals = false, conflicts_with_all = ["baseline", "candidate", "filters"])]
    resume: Option<String>,
    /// Wait so long for another session on this host to end [default: refuse at once]
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    wait: Option<Duration>,
    /// Warnings and failures only
    #[arg(long, short, conflicts_with = "json")]
    quiet: bool,
    /// Events, then the result, as JSON lines on standard output
    #[arg(long)]
    json: bool,
}

/// Spelling of [`Aslr`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Layout {
    /// Another layout in every process
    Random,
    /// One layout for all processes, for counters and debugging
    Fixed,
}

/// Spelling of [`WitnessSource`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Witness {
    /// The processor's counters, where the host has any
    Auto,
    /// Those, and instructions counted in valgrind, seconds per benchmark
    Callgrind,
    /// No instruction counts
    None,
}

/// Most launches of a benchmark, usually and for a first look. The last look of the sequential design is at 80.
const LAUNCHES: (u32, u32) = (80, 20);

/// Measuring time of a process where whole processes are compared, in milliseconds.
pub(super) const PROCESS_TIME_MS: u64 = 100;

pub(super) fn run(arguments: &Arguments, store: Option<&Path>) -> Result<ExitCode, CommandError> {
    let opening = Opening {
        display: arguments.display(),
        waiting: arguments.wait,
        store: store.map(PathBuf::from),
        tune: arguments.tune,
    };
    let mut lab = Lab::open(opening)?;
    match &arguments.resume {
        Some(reference) => rematch::run(&mut lab, arguments, reference),
        None => fresh(&mut lab, arguments),
    }
}

fn fresh(lab: &mut Lab, arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let manifest = entrants::manifest_folder(arguments.build.manifest_path())?;
    let rules = Rules::read(&workspace_root(&manifest), arguments.policy.as_deref())?;
    let mut plan = arguments.plan(&manifest, rules.text.clone());
    // Before anything is built.
    counter(plan.witness)?;
    let names = [arguments.baseline.as_deref(), arguments.candidate.as_deref()];
    let pair =
        entrants::build(lab, &manifest, (&arguments.build, &arguments.carry), names, arguments.loudness())?;
    let mut warnings = lab.place_match(&mut plan, arguments.cpus.as_ref())?;
    let candidate = &pair.sides[1];
    let store =
        lab.create_store(&entrants::top_of(&manifest)?.join(candidate.inside(&candidate.workspace.root)))?;
    let mut differing =
        pair.differing_inputs.iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
    differing.sort();
    warnings.extend(pair.warnings.iter().cloned());
    let Some(mut entrants) = entrants::prepare(lab, pair, plan.includes_ignored)? else {
        return Ok(lab.stopped_before());
    };
    let pairing = chosen(&mut entrants, &plan.filters, &rules)?;
    warnings.extend(skipped(&entrants));
    let (session, more) = lab.begin_match(&mut plan, &entrants, 1)?;
    warnings.extend(more);
    let mut content = Match {
        // The store names it when it finds a free name.
        id: String::new(),
        lab_version: env!("CARGO_PKG_VERSION").into(),
        created_at: session.started_at.clone(),
        workspace: manifest.display().to_string(),
        sides: Side::BOTH.map(|side| entrant(&entrants, side)),
        plan,
        differing_inputs: differing,
        sessions: vec![session],
        duels: Vec::new(),
        launches: Vec::new(),
        warnings,
        state: MatchState::Open,
    };
    let mut open = store.create_match(&content).map_err(store_error)?;
    content.id = open.id().to_owned();
    for place in &pairing.identical {
        let duel = DuelRecord { footing: Footing::Identical, ..pairing.duels[*place].clone() };
        open.add_duel(&duel).map_err(store_error)?;
        content.duels.push(duel);
    }
    let ending = contend(lab, &entrants, &pairing, &rules, (&mut open, &mut content))?;
    matched::finish(lab, Finish { store: &store, open, content, ending }, rules, &arguments.shown())
}

/// Plays what is open of a match.
pub(super) fn contend(
    lab: &mut Lab,
    entrants: &Entrants,
    pairing: &Pairing,
    rules: &Rules,
    (open, content): (&mut crate::store::OpenMatch, &mut Match),
) -> Result<crate::matches::Ending, CommandError> {
    let policy = policy_of_match(&rules.policy, &content.plan);
    let plan = &content.plan;
    let agenda = live_design(policy.alpha, policy.limits.margin.ln_1p())
        .and_then(|design| Agenda::new(design.looks().map(|look| look.count), plan.launch_max, plan.seed))
        .ok_or_else(|| {
            let message = format!(
                "no verdict at a level of {} is possible within {} launches",
                policy.alpha, plan.launch_max
            );
            CommandError::text(ExitCode::Usage, message).hint("allow more launches, or a larger alpha")
        })?;
    let settings = Settings {
        cpus: plan.cpus.clone(),
        threaded_cpus: plan.threaded_cpus.clone(),
        aslr: plan.aslr,
        time_ms: plan.time_ms,
        timeout: Duration::from_millis(plan.timeout_ms),
    };
    let counter = counter(plan.witness)?;
    let deadline = plan.budget_ms.map(|budget| Instant::now() + Duration::from_millis(budget));
    lab.tell(&Event::MatchBegun {
        id: open.id(),
        sides: [&content.sides[0].name, &content.sides[1].name],
        duel_count: pairing.duels.len(),
        identical_count: pairing.identical.len(),
    });
    lab.with_ring(|context, observer| {
        let field = Field { entrants, context, settings, agenda, policy: &policy, deadline, counter };
        play(&field, open, content, &pairing.duels, observer)
    })
    .map_err(store_error)
}

/// Who counts instructions, where somebody is asked to.
fn counter(witness: WitnessSource) -> Result<Option<Callgrind>, CommandError> {
    if witness != WitnessSource::Callgrind {
        return Ok(None);
    }
    let found = Callgrind::find().map_err(|error| {
        CommandError::new(ExitCode::Usage, &error).hint(
            "apt install valgrind, dnf install valgrind, or nix shell nixpkgs#valgrind; without it leave out --witness",
        )
    });
    found.map(Some)
}

/// The pairs that are meant; an error when there is none.
pub(super) fn chosen(
    entrants: &mut Entrants,
    filters: &[String],
    rules: &Rules,
) -> Result<Pairing, CommandError> {
    let listed: Vec<_> =
        Side::BOTH.into_iter().flat_map(|side| entrants.benchmarks(side)).map(|record| record.id).collect();
    let pairing = pair_up(entrants, &Filter::new(filters), &rules.policy.renamed);
    if !pairing.duels.is_empty() {
        return Ok(pairing);
    }
    let [baseline, candidate] = Side::BOTH.map(|side| entrants.benchmarks(side).len());
    if filters.is_empty() || baseline + candidate > 0 {
        let message = format!(
            "the two revisions have no benchmark in common: {baseline} in the baseline, {candidate} in the candidate"
        );
        return Err(CommandError::text(ExitCode::NotComparable, message)
            .hint("a benchmark that was renamed is declared in bench-lab.toml, under [renamed]"));
    }
    let near = super::fresh::nearest_ids(&listed, &filters[0]);
    let message = format!("no benchmark of either revision matches {}", filters.join(", "));
    let hint = did_you_mean(&near).unwrap_or_else(|| "bench-lab list shows every id".into());
    Err(CommandError::text(ExitCode::Usage, message).hint(hint))
}

/// Targets that were meant to be measured and could not be, by side.
fn skipped(entrants: &Entrants) -> Vec<Warning> {
    let sides = ["baseline", "candidate"].into_iter().zip(&entrants.prepared);
    sides
        .flat_map(|(side, preparation)| preparation.records.iter().map(move |record| (side, record)))
        .filter_map(|(side, record)| {
            let skip = record.skip.as_ref().filter(|skip| super::lab::is_failure(skip))?;
            Some(Warning::new(matched::TARGET_FAILED, format!("{side} {}", record.id), skip.to_string()))
        })
        .collect()
}

fn entrant(entrants: &Entrants, side: Side) -> Entrant {
    let place = if side == Side::Baseline { 0 } else { 1 };
    let built = &entrants.built[place];
    let source = Source { revision: built.named.revision.clone(), absence: None };
    Entrant {
        name: built.named.typed.clone(),
        revision: built.named.revision.clone(),
        files_sha256: built.digest.clone(),
        environment: surroundings::of_build(&built.workspace, &source),
        targets: entrants.prepared[place].records.clone(),
        benchmarks: entrants.benchmarks(side),
    }
}

/// A margin as typed.
fn percent(text: &str) -> Result<f64, String> {
    let value: f64 = text.trim_end_matches('%').trim().parse().map_err(|_| "this is no number".to_owned())?;
    if (0.0..=50.0).contains(&value) {
        Ok(value / 100.0)
    } else {
        Err("a margin lies between 0 and 50 per cent".into())
    }
}

impl Arguments {
    fn plan(&self, manifest: &Path, policy: Option<String>) -> MatchPlan {
        let (usual, quick) = LAUNCHES;
        let mut build_arguments = self.build.stored(manifest);
        for path in &self.carry {
            build_arguments.extend([rematch::CARRY.to_owned(), path.display().to_string()]);
        }
        MatchPlan {
            filters: self.filters.clone(),
            launch_max: self.launches.unwrap_or(if self.quick { quick } else { usual }),
            time_ms: PROCESS_TIME_MS,
            budget_ms: self.budget.map(super::run::millis),
            timeout_ms: super::run::millis(self.timeout),
            seed: self.seed.unwrap_or_else(super::run::seed_from_clock),
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
        }
    }

    fn display(&self) -> Display {
        match (self.json, self.quiet) {
            (true, _) => Display::Json,
            (false, true) => Display::Quiet,
            (false, false) => Display::Auto,
        }
    }

    pub(super) fn loudness(&self) -> Loudness {
        if self.quiet || self.json { Loudness::Quiet } else { Loudness::Usual }
    }

    /// How the result is shown.
    pub(super) fn shown(&self) -> Shown {
        Shown { display: self.display(), lists_all: self.all, has_gate: self.gate }
    }
}

impl Lab {
    /// Chooses the CPUs of a match, and leaves them to the benchmarks.
    fn place_match(
        &mut self,
        plan: &mut MatchPlan,
        asked: Option<&CpuList>,
    ) -> Result<Vec<Warning>, CommandError> {
        let mut of_run = run_plan(plan);
        let warnings = self.place(&mut of_run, asked, None)?;
        (plan.cpus, plan.threaded_cpus) = (of_run.cpus, of_run.threaded_cpus);
        Ok(warnings)
    }

    /// Sets the host and reads it: the session, and what is to be told of it.
    pub(super) fn begin_match(
        &mut self,
        plan: &mut MatchPlan,
        entrants: &Entrants,
        number: u32,
    ) -> Result<(SessionRecord, Vec<Warning>), CommandError> {
        let mut of_run = run_plan(plan);
        let mut tuning = self.tune(&mut of_run, None)?;
        let apart = self.set_apart(&of_run, &entrants.prepared[1], None, &mut tuning)?;
        plan.threaded_cpus = of_run.threaded_cpus;
        let mut environment = surroundings::without_build(self.root());
        apart.insert(&mut environment);
        let started_at = Timestamp::now().to_string();
        Ok((SessionRecord { number, started_at, environment, tuning: tuning.knobs }, tuning.warnings))
    }
}

/// The part of a plan that the host is set for.
pub(super) fn run_plan(plan: &MatchPlan) -> Plan {
    Plan {
        filters: Vec::new(),
        invocation_count: plan.launch_max,
        time_ms: plan.time_ms,
        budget_ms: plan.budget_ms,
        timeout_ms: plan.timeout_ms,
        seed: plan.seed,
        cpus: plan.cpus.clone(),
        threaded_cpus: plan.threaded_cpus.clone(),
        aslr: plan.aslr,
        includes_ignored: plan.includes_ignored,
        build_arguments: Vec::new(),
    }
}
