//! `bench-lab trend`: how benchmarks went over commits, with their steps, from what is stored.
//!
//! It measures nothing, and it never fails a gate: a step is a suspect.

use std::path::{Path, PathBuf};
use std::thread;

use clap::{Args, ValueEnum};
use lab_core::filter::Filter;
use lab_core::history::{Moment, Timeline, Trend, TrendRules, Uncommitted};
use lab_core::model::BenchmarkId;
use lab_core::report::trend::{Course, History, Room, csv, json, overview, steps, text};

use super::error::{CommandError, did_you_mean};
use super::exit::ExitCode;
use super::history::{Past, Request, Told, Whereabouts, benchmark_id};
use super::output;

/// Named benchmarks up to this many get a chart each.
const CHARTS_MAX: usize = 5;

/// Columns of a chart's text where standard output is no terminal.
const PIPED_WIDTH: usize = 112;

#[derive(Args, Debug)]
#[command(after_help = "\
Commits are ordered by first parents where the repository is at hand, else Runs stand by the time of measuring. A step is a
suspect: values of different days tell of the machine too. `bench-lab bisect` measures it again.

Examples:
  bench-lab trend
  bench-lab trend write/bulk --last 60
  bench-lab trend --steps --since v2.0.0
  bench-lab trend 'read.*' --format csv > history.csv")]
pub(super) struct Arguments {
    /// Which benchmarks: an id, a part of one, or a regular expression [default: an overview of all]
    #[arg(value_name = "BENCH")]
    benchmarks: Vec<String>,
    /// Only the newest so many Runs
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    last: Option<u32>,
    /// Only from here on: a commit, a tag, a baseline's name, or a day as 2026-08-01
    #[arg(long, value_name = "POINT")]
    since: Option<String>,
    /// List the steps of all benchmarks, newest first
    #[arg(long)]
    steps: bool,
    /// Which metric [default: the policy's, else wall_ns]
    #[arg(long, value_name = "METRIC")]
    metric: Option<String>,
    /// Which machine [default: that of the newest Run]
    #[arg(long, value_name = "NAME")]
    machine: Option<String>,
    /// The branch or revision whose first parents order the commits [default: HEAD]
    #[arg(long, value_name = "REV")]
    line: Option<String>,
    /// Take in Runs that were measured with uncommitted changes
    #[arg(long)]
    uncommitted: bool,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The policy file [default: bench-lab.toml in the workspace root]
    #[arg(long, value_name = "PATH", help_heading = "How to judge")]
    policy: Option<PathBuf>,
    /// Folder that keeps the baselines [default: baselines in the workspace root]
    #[arg(long, value_name = "DIR", env = "BENCH_LAB_BASELINES", help_heading = "How to judge")]
    baselines: Option<PathBuf>,
}

/// How a history is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal or a log
    Text,
    /// One JSON object
    Json,
    /// A row per benchmark and Run
    Csv,
}

pub(super) fn run(arguments: &Arguments, store: Option<&Path>) -> Result<ExitCode, CommandError> {
    let mut past = Past::open(Whereabouts {
        store,
        policy: arguments.policy.as_deref(),
        baselines: arguments.baselines.as_deref(),
        line: arguments.line.as_deref(),
    })?;
    let metric = past.metric(arguments.metric.as_deref());
    let uncommitted = if arguments.uncommitted { Uncommitted::Included } else { Uncommitted::LeftOut };
    let request =
        Request { metric: &metric, benchmarks: None, machine: arguments.machine.as_deref(), uncommitted };
    let mut told = past.told(&request)?;
    choose(&mut told.timelines, &arguments.benchmarks)?;
    narrow(&past, arguments, &mut told)?;
    let is_named = !arguments.benchmarks.is_empty();
    let history = read(&past, told)?;
    match arguments.format {
        Format::Json => output::text(&(json(&history) + "\n"))?,
        Format::Csv => output::text(&csv(&history))?,
        Format::Text if arguments.steps => output::text(&steps(&history, output::width()))?,
        Format::Text if is_named && history.courses.len() <= CHARTS_MAX => {
            output::text(&text(&history, output::width().min(PIPED_WIDTH)))?;
        }
        Format::Text => output::text(&overview(&history, output::width()))?,
    }
    Ok(ExitCode::Fine)
}

/// Leaves the timelines that are meant.
pub(super) fn choose(timelines: &mut Vec<Timeline>, patterns: &[String]) -> Result<(), CommandError> {
    if patterns.is_empty() {
        return Ok(());
    }
    let ids: Vec<BenchmarkId> = timelines.iter().map(|timeline| benchmark_id(&timeline.benchmark)).collect();
    let chosen: Vec<String> =
        Filter::new(patterns).select(&ids).into_iter().map(ToString::to_string).collect();
    if chosen.is_empty() {
        let message = format!("no benchmark of {} in the history matches {}", ids.len(), patterns.join(", "));
        let paths = ids.iter().map(|id| id.path.as_str());
        let near: Vec<String> =
            lab_core::nearest::nearest(&patterns[0], paths).into_iter().map(str::to_owned).collect();
        let error = CommandError::text(ExitCode::Usage, message);
        return Err(match did_you_mean(&near) {
            Some(hint) => error.hint(hint),
            None => error.hint("bench-lab trend lists what there is"),
        });
    }
    timelines.retain(|timeline| chosen.contains(&timeline.benchmark));
    Ok(())
}

/// Leaves the newest points, and those from a named one on.
fn narrow(past: &Past, arguments: &Arguments, told: &mut Told) -> Result<(), CommandError> {
    let mut first = 0;
    if let Some(since) = &arguments.since {
        first = since_rank(past, told, since)?;
    }
    if let Some(last) = arguments.last {
        first = first.max(told.moments.len().saturating_sub(last as usize));
    }
    let kept: std::collections::HashSet<&str> =
        told.moments[first..].iter().map(|moment| moment.source.reference()).collect();
    for timeline in &mut told.timelines {
        timeline.points.retain(|point| kept.contains(point.moment.source.reference()));
    }
    told.timelines.retain(|timeline| !timeline.points.is_empty());
    told.moments.drain(..first);
    Ok(())
}

/// The first moment that is not older than what was named.
fn since_rank(past: &Past, told: &Told, since: &str) -> Result<usize, CommandError> {
    let is_named = |moment: &Moment| {
        moment.source.reference() == since
            || moment.names.iter().any(|name| name == since || name.ends_with(&format!("/{since}")))
    };
    if let Some(rank) = told.moments.iter().position(|moment| is_named(moment)) {
        return Ok(rank);
    }
    let beyond = |rank: Option<usize>| rank.unwrap_or(told.moments.len());
    if let Ok(day) = since.parse::<lab_core::day::Day>() {
        let day = day.to_string();
        return Ok(beyond(told.moments.iter().position(|moment| moment.day() >= day.as_str())));
    }
    if let Some(place) = past.place(since) {
        let is_later = |moment: &Moment| moment.note.as_ref().is_some_and(|note| note.place >= place);
        return Ok(beyond(told.moments.iter().position(|moment| is_later(moment))));
    }
    let is_commit = |moment: &Moment| {
        since.len() >= 7 && moment.revision.commit.as_deref().is_some_and(|commit| commit.starts_with(since))
    };
    told.moments.iter().position(|moment| is_commit(moment)).ok_or_else(|| {
        CommandError::text(
            ExitCode::Usage,
            format!("{since:?} is no commit of this history, no baseline and no day"),
        )
        .hint("bench-lab baseline list and git log show what there is; a day is written 2026-08-01")
    })
}

/// Reads every timeline, on as many threads as there are CPUs.
pub(super) fn read(past: &Past, told: Told) -> Result<History, CommandError> {
    let Told { machine, ordering, left_out, moments, timelines, remarks } = told;
    let ids: Vec<BenchmarkId> = timelines.iter().map(|timeline| benchmark_id(&timeline.benchmark)).collect();
    let limits = past.rules.policy.limits_of(&ids);
    let mut work: Vec<(Timeline, BenchmarkId, f64)> = timelines
        .into_iter()
        .zip(ids)
        .zip(limits)
        .map(|((one, id), limits)| (one, id, limits.margin))
        .collect();
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let share = work.len().div_ceil(workers).max(1);
    let mut parts = Vec::new();
    while !work.is_empty() {
        let rest = work.split_off(share.min(work.len()));
        parts.push(std::mem::replace(&mut work, rest));
    }
    let courses = thread::scope(|scope| {
        let started: Vec<_> = parts.into_iter().map(|part| scope.spawn(|| courses(past, part))).collect();
        started
            .into_iter()
            .map(|part| part.join().expect("reading a timeline does not panic"))
            .collect::<Result<Vec<_>, _>>()
    })?;
    Ok(History {
        machine,
        ordering,
        left_out,
        moment_count: moments.len(),
        courses: courses.into_iter().flatten().collect(),
        remarks,
    })
}

fn courses(past: &Past, part: Vec<(Timeline, BenchmarkId, f64)>) -> Result<Vec<Course>, CommandError> {
    let of = |(timeline, id, margin): (Timeline, BenchmarkId, f64)| {
        let rules = TrendRules { margin, ..TrendRules::default() };
        let trend = Trend::of(&timeline, rules, &past.accepted).map_err(|error| {
            CommandError::text(ExitCode::Usage, format!("{}: {error}", timeline.benchmark))
        })?;
        let room = Room::of(&past.rules.budgets, &id, &timeline, &trend);
        Ok(Course { timeline, trend, room })
    };
    part.into_iter().map(of).collect()
}
