//! `bench-lab accept`: a step of a benchmark's history is explained, in a text beside the baselines that git keeps.
//!
//! It lets nothing pass a gate; that is what waivers are for.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Zoned;
use lab_core::history::{AcceptedStep, Step, StepRange, Uncommitted, with_step, without_step};
use lab_core::model::MetricId;
use lab_core::report::number::{change, counted};
use lab_core::report::table;
use lab_core::report::trend::Course;
use serde_json::json;

use super::error::CommandError;
use super::exit::ExitCode;
use super::history::{Past, Request, Whereabouts, accepted_file};
use super::{output, trend};
use crate::store::durable;

#[derive(Args, Debug)]
#[command(after_help = "\
It adds a few lines to accepted.toml beside the baselines; commit that file. `trend` and `compare` show them. What the gate
lets pass is said by waivers, which have an end: see docs/POLICY.md.

Examples:
  bench-lab accept write/bulk --why \"fsync per batch: durability was asked for\"
  bench-lab accept write/bulk --commit 9c44d10 --why \"fsync per batch\"
  bench-lab accept --list
  bench-lab accept --rm write/bulk --commit 9c44d10")]
pub(super) struct Arguments {
    /// Which benchmark: an id, a part of one, or a regular expression
    #[arg(value_name = "BENCH", required_unless_present = "list")]
    benchmark: Option<String>,
    /// The commit that made the step [default: the newest step that nobody accepted]
    #[arg(long, value_name = "COMMIT", conflicts_with = "list")]
    commit: Option<String>,
    /// Why it is fine
    #[arg(long, value_name = "TEXT", required_unless_present_any = ["list", "rm"])]
    why: Option<String>,
    /// Who says so [default: git's user.name]
    #[arg(long, value_name = "NAME")]
    who: Option<String>,
    /// Of which metric [default: the policy's, else wall_ns]
    #[arg(long, value_name = "METRIC")]
    metric: Option<String>,
    /// On this machine alone [default: on all]
    #[arg(long, value_name = "NAME")]
    machine: Option<String>,
    /// List what was accepted
    #[arg(long, conflicts_with_all = ["benchmark", "why", "rm"])]
    list: bool,
    /// With --list: one JSON array on standard output
    #[arg(long, requires = "list")]
    json: bool,
    /// Take back what was accepted of a benchmark
    #[arg(long, conflicts_with = "why")]
    rm: bool,
    /// Folder that keeps the baselines and accepted.toml [default: baselines in the workspace root]
    #[arg(long, value_name = "DIR", env = "BENCH_LAB_BASELINES")]
    baselines: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, store: Option<&Path>) -> Result<ExitCode, CommandError> {
    let places = Whereabouts { store, policy: None, baselines: arguments.baselines.as_deref(), line: None };
    let mut past = if arguments.list || arguments.rm { Past::of_files(places)? } else { Past::open(places)? };
    match (&arguments.benchmark, arguments.list, arguments.rm) {
        (_, true, _) | (None, _, _) => list(&past, arguments.json)?,
        (Some(benchmark), _, true) => remove(&past, benchmark, arguments.commit.as_deref())?,
        (Some(benchmark), _, _) => accept(&mut past, arguments, benchmark)?,
    }
    Ok(ExitCode::Fine)
}

fn accept(past: &mut Past, arguments: &Arguments, benchmark: &str) -> Result<(), CommandError> {
    let why = arguments.why.as_deref().unwrap_or_default().trim();
    if why.is_empty() {
        return Err(CommandError::text(
            ExitCode::Usage,
            "--why is empty: whoever reads this later has nothing else",
        ));
    }
    let who = arguments.who.clone().or_else(|| past.repository.as_ref()?.user()).ok_or_else(|| {
        CommandError::text(ExitCode::Usage, "git does not say who you are").hint("--who NAME says it")
    })?;
    let metric = past.metric(arguments.metric.as_deref());
    let course = course(past, benchmark, (&metric, arguments.machine.as_deref()))?;
    let (commit, step) = meant(past, &course, arguments.commit.as_deref())?;
    let accepted = AcceptedStep {
        benchmark: course.timeline.benchmark.clone(),
        commit: commit.clone(),
        why: why.to_owned(),
        who,
        day: Zoned::now().date().to_string().parse().expect("a date of jiff's calendar is a day"),
        metric: (metric != MetricId::wall_ns()).then_some(metric),
        machine: arguments.machine.clone(),
        change: step.and_then(|step| step.log_ratio).map(|estimate| change(estimate.point)),
        line: 0,
    };
    let path = accepted_file(&past.shelf);
    let text = fs::read_to_string(&path).unwrap_or_default();
    write(&path, &with_step(&text, &accepted))?;
    let size = accepted.change.map_or_else(String::new, |change| format!(" ({change})"));
    output::text(&format!(
        "accepted {} at {}{size}: git add {}\n",
        accepted.benchmark,
        &commit[..commit.len().min(7)],
        path.display()
    ))?;
    if step.is_none() {
        output::note("no step is found there so far; it will be marked when there is one");
    }
    Ok(())
}

/// The one benchmark that is meant.
fn course(
    past: &mut Past,
    benchmark: &str,
    (metric, machine): (&MetricId, Option<&str>),
) -> Result<Course, CommandError> {
    let request = Request { metric, benchmarks: None, machine, uncommitted: Uncommitted::LeftOut };
    let mut told = past.told(&request)?;
    trend::choose(&mut told.timelines, &[benchmark.to_owned()])?;
    let mut history = trend::read(past, told)?;
    if history.courses.len() > 1 {
        let names: Vec<&str> =
            history.courses.iter().map(|one| one.timeline.benchmark.as_str()).take(3).collect();
        let message =
            format!("{benchmark:?} means {} benchmarks: {}", history.courses.len(), names.join(", "));
        return Err(
            CommandError::text(ExitCode::Usage, message).hint("accept them one by one, each with its reason")
        );
    }
    history.courses.pop().ok_or_else(|| {
        CommandError::text(ExitCode::Usage, format!("{benchmark:?} has no value in this history"))
    })
}

/// The commit that is meant, and the step that it made where one is found.
fn meant<'a>(
    past: &Past,
    course: &'a Course,
    commit: Option<&str>,
) -> Result<(String, Option<&'a Step>), CommandError> {
    let Some(typed) = commit else {
        let step = course.trend.open_steps().last().ok_or_else(|| {
            let message = format!("{} has no step that is not accepted", course.timeline.benchmark);
            CommandError::text(ExitCode::Usage, message)
                .hint("--commit COMMIT accepts one that is not seen yet")
        })?;
        return match &step.range {
            StepRange::Commits { bad, .. } => Ok((bad.clone(), Some(step))),
            StepRange::SameCommit(_) | StepRange::Unknown => Err(CommandError::text(
                ExitCode::Usage,
                "the newest step lies between two Runs of one commit, or of unknown ones: it is not the code's",
            )),
        };
    };
    let resolved = past.commit(typed);
    let is_hash = typed.len() >= 7 && typed.bytes().all(|byte| byte.is_ascii_hexdigit());
    let commit = resolved.or_else(|| is_hash.then(|| typed.to_ascii_lowercase())).ok_or_else(|| {
        CommandError::text(ExitCode::Usage, format!("{typed:?} is no commit here"))
            .hint("git log shows them; outside the repository give seven digits or more")
    })?;
    let place = past.place(&commit);
    let points = &course.timeline.points;
    let is_of = |step: &&Step| {
        let own = points[step.between[0]..=step.between[1]]
            .iter()
            .any(|point| point.moment.revision.commit.as_deref().is_some_and(|own| own.starts_with(&commit)));
        let note = |index: usize| points[index].moment.note.as_ref().map(|note| note.place);
        let ends = note(step.between[0] - 1).zip(note(step.between[1]));
        own || ends.zip(place).is_some_and(|((good, bad), place)| good < place && place <= bad)
    };
    Ok((commit.clone(), course.trend.steps.iter().find(is_of)))
}

fn list(past: &Past, is_json: bool) -> Result<(), CommandError> {
    let steps = &past.accepted.steps;
    if is_json {
        let rows = steps.iter().map(|step| {
            json!({
                "benchmark": step.benchmark, "commit": step.commit, "change": step.change, "why": step.why,
                "who": step.who, "day": step.day.to_string(), "metric": step.metric.as_ref().map(|metric| &metric.0),
                "machine": step.machine,
            })
        });
        return output::json(&rows.collect());
    }
    let mut lines = Vec::new();
    if !steps.is_empty() {
        let mut rows =
            vec![["benchmark", "commit", "change", "day", "who", "why"].map(String::from).to_vec()];
        rows.extend(steps.iter().map(|step| {
            let commit = step.commit[..step.commit.len().min(7)].to_owned();
            let size = step.change.clone().unwrap_or_default();
            vec![
                step.benchmark.clone(),
                commit,
                size,
                step.day.to_string(),
                step.who.clone(),
                step.why.clone(),
            ]
        }));
        lines = table::lay_out(&rows, output::width());
    }
    lines.push(format!(
        "{} accepted, in {}",
        counted(steps.len(), "step"),
        accepted_file(&past.shelf).display()
    ));
    output::text(&(lines.join("\n") + "\n"))
}

fn remove(past: &Past, benchmark: &str, commit: Option<&str>) -> Result<(), CommandError> {
    let resolved = commit.map(|typed| past.commit(typed).unwrap_or_else(|| typed.to_ascii_lowercase()));
    let is_meant = |step: &&AcceptedStep| {
        let starts =
            |commit: &String| commit.starts_with(&step.commit) || step.commit.starts_with(commit.as_str());
        (step.benchmark == benchmark || step.benchmark.contains(benchmark))
            && resolved.as_ref().is_none_or(starts)
    };
    let meant: Vec<&AcceptedStep> = past.accepted.steps.iter().filter(is_meant).collect();
    let [step] = meant[..] else {
        let found = counted(meant.len(), "accepted step");
        return Err(CommandError::text(ExitCode::Usage, format!("{found} of {benchmark:?}: one is needed"))
            .hint("bench-lab accept --list shows them; --commit COMMIT tells several apart"));
    };
    let path = accepted_file(&past.shelf);
    let text = fs::read_to_string(&path).map_err(|error| CommandError::new(ExitCode::Usage, &error))?;
    write(&path, &without_step(&text, step.line))?;
    output::text(&format!(
        "no longer accepted: {} at {}\n",
        step.benchmark,
        &step.commit[..step.commit.len().min(7)]
    ))
}

fn write(path: &Path, text: &str) -> Result<(), CommandError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    fs::create_dir_all(folder).map_err(|error| {
        CommandError::text(ExitCode::Usage, format!("could not make {}: {error}", folder.display()))
    })?;
    durable::put(folder, &name, text.as_bytes()).map_err(super::store_error)
}
