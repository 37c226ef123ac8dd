//! `bench-lab report`: a comparison, a match or a Run as one HTML file.
//!
//! It reads what is stored, measures nothing, and writes the one file it was asked for.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use lab_core::across::Across;
use lab_core::gate::Gate;
use lab_core::history::Uncommitted;
use lab_core::model::{Extract, MetricId, Origin, Run, Side as Entrant, Warning};
use lab_core::report::compared::ComparedView;
use lab_core::report::html::{Flame, History, Material, Profiler, Subject, render};
use lab_core::report::number::{counted, quantity};
use lab_core::report::view::RunView;

use super::compare::{PlaceArguments, judged, narrow};
use super::error::CommandError;
use super::exit::ExitCode;
use super::history::{Past, Request, Whereabouts, explained};
use super::rules::{Rules, exit_code, workspace_root};
use super::side::{Side, Sources, machine_of};
use super::{across, matched, output, store_error, trend};

#[derive(Args, Debug)]
#[command(after_help = "\
Sides are named as for compare: latest, latest~1, a Run's id or the start of one, a baseline's name, machine/name, or a
branch. Without names it is the latest Run against the default baseline of its machine, or by itself where there is none.
A match (latest-ab or its id) gives the report of the match; one Run named as both sides, or --run, that of the Run.

Examples:
  bench-lab report --html report.html
  bench-lab report main latest --html report.html --flamegraph write.svg
  bench-lab report latest-ab --html match.html
  bench-lab report --run latest --html run.html -- 'insert.*'
  bench-lab report --html machines.html --across epyc-7763/main m3-max/main")]
pub(super) struct Arguments {
    /// What to compare against, or a match [default: the default baseline of the candidate's machine]
    #[arg(value_name = "BASELINE")]
    baseline: Option<String>,
    /// What is judged [default: latest]
    #[arg(value_name = "CANDIDATE")]
    candidate: Option<String>,
    /// Which benchmarks [default: all]
    #[arg(value_name = "FILTER", last = true)]
    filters: Vec<String>,
    /// The file to write; one that is there is replaced
    #[arg(long, value_name = "FILE")]
    html: PathBuf,
    /// Report this Run or baseline by itself, compared with nothing
    #[arg(long, value_name = "SIDE", conflicts_with_all = ["baseline", "candidate"])]
    run: Option<String>,
    /// Add these sides beside each other, one per machine
    #[arg(long, value_name = "SIDE", num_args = 2..)]
    across: Vec<String>,
    /// Add this flame graph, an SVG file of inferno or flamegraph.pl (can be repeated)
    #[arg(long, value_name = "FILE")]
    flamegraph: Vec<PathBuf>,
    /// How many older Runs of the same machine to show as history; 0 for none
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    history: usize,
    /// The metric that decides [default: the policy's, else wall_ns]
    #[arg(long, value_name = "METRIC")]
    metric: Option<String>,
    /// Show the gate's answer, and exit with 1 on a regression that the policy does not let pass
    #[arg(long)]
    gate: bool,
    #[command(flatten)]
    places: PlaceArguments,
}

/// What was asked, and where the answer is.
#[derive(Clone, Copy)]
struct Asked<'a> {
    arguments: &'a Arguments,
    store: Option<&'a Path>,
    sources: &'a Sources,
    rules: &'a Rules,
}

/// What all kinds of reports have besides their subject.
struct Extras {
    across: Option<Across>,
    flames: Vec<Flame>,
}

pub(super) fn run(arguments: &Arguments, store: Option<&Path>) -> Result<ExitCode, CommandError> {
    let here = std::env::current_dir().map_err(|error| CommandError::new(ExitCode::Usage, &error))?;
    let root = workspace_root(&here);
    let mut rules = Rules::read(&root, arguments.places.policy.as_deref())?;
    if let Some(metric) = &arguments.metric {
        rules.policy.metric = Some(MetricId(metric.clone()));
    }
    let sources = Sources::open(store, arguments.places.baselines.as_deref())?;
    let extras = extras(arguments, store)?;
    if let Some(reference) = of_match(arguments, &sources) {
        let asked = Asked { arguments, store, sources: &sources, rules: &rules };
        return about_match(asked, reference, extras);
    }
    let judged = arguments.run.as_deref().or(arguments.candidate.as_deref()).unwrap_or("latest");
    let mut candidate = sources.side(judged, None)?;
    let mut baseline = match &arguments.baseline {
        _ if arguments.run.is_some() => None,
        Some(text) => Some(sources.side(text, machine_of(&candidate.extract).as_deref())?),
        None if sources.has_baseline_of(&candidate.extract, &rules.policy) => {
            Some(sources.default_baseline(&candidate.extract, &rules.policy)?)
        }
        None => None,
    };
    // A Run beside itself has nothing to tell but itself.
    if baseline.as_ref().is_some_and(|side| side.extract.origin == candidate.extract.origin) {
        baseline = None;
    }
    let mut none = candidate.extract.clone();
    narrow(
        baseline.as_mut().map_or(&mut none, |side| &mut side.extract),
        &mut candidate.extract,
        &arguments.filters,
    )?;
    let stored = stored_run(&sources, &candidate.extract);
    if let Some(run) = &stored {
        rules.add_budgets(&root, &run.targets)?;
    }
    let asked = Asked { arguments, store, sources: &sources, rules: &rules };
    match baseline {
        Some(baseline) => about_sides(asked, [&baseline, &candidate], stored.as_ref(), extras),
        None => about_one(asked, &candidate, stored.as_ref(), extras),
    }
}

/// The match that is meant, where one is.
fn of_match<'a>(arguments: &'a Arguments, sources: &Sources) -> Option<&'a str> {
    let reference = arguments.baseline.as_deref().or(arguments.run.as_deref())?;
    let is_one =
        arguments.candidate.is_none() && sources.store().is_ok_and(|store| store.is_of_matches(reference));
    is_one.then_some(reference)
}

fn about_match(asked: Asked<'_>, reference: &str, extras: Extras) -> Result<ExitCode, CommandError> {
    let Asked { arguments, store, sources, rules } = asked;
    if !arguments.filters.is_empty() || arguments.metric.is_some() {
        let message = "a match was measured with its filters and its metric, and is reported whole";
        return Err(CommandError::text(ExitCode::Usage, message).hint("leave out --metric and the filters"));
    }
    let content = sources.store()?.load_match(reference).map_err(store_error)?.content;
    let comparison = matched::judged(&content, &matched::stored_policy(&content)?)?;
    let gate = arguments.gate.then(|| rules.gate(None, Some(&comparison)));
    let view = ComparedView { comparison: &comparison, gate: gate.as_ref(), lists_all: true };
    let (history, warnings) = history(arguments, store, &content.extract(Entrant::Candidate));
    let material = Material {
        subject: Subject::Match { view, content: &content },
        run: None,
        history: &history,
        across: extras.across.as_ref(),
        flames: &extras.flames,
        warnings: &warnings,
        profiler: profiler(),
    };
    write(arguments, &material, gate.as_ref())
}

fn about_sides(
    Asked { arguments, store, sources, rules }: Asked<'_>,
    [baseline, candidate]: [&Side; 2],
    stored: Option<&Run>,
    extras: Extras,
) -> Result<ExitCode, CommandError> {
    let mut comparison = judged(baseline, candidate, &rules.policy)?;
    let revisions = [&baseline.extract.revision, &candidate.extract.revision];
    comparison.warnings.extend(explained(&comparison, revisions, &sources.shelf)?);
    let run = stored.map(|run| RunView::new(run).with_budgets(&rules.budgets));
    let gate = arguments.gate.then(|| rules.gate(run.as_ref(), Some(&comparison)));
    let (history, warnings) = history(arguments, store, &candidate.extract);
    let material = Material {
        subject: Subject::Sides {
            view: ComparedView { comparison: &comparison, gate: gate.as_ref(), lists_all: true },
            baseline: &baseline.extract,
            candidate: &candidate.extract,
        },
        run: run.as_ref(),
        history: &history,
        across: extras.across.as_ref(),
        flames: &extras.flames,
        warnings: &warnings,
        profiler: profiler(),
    };
    write(arguments, &material, gate.as_ref())
}

fn about_one(
    Asked { arguments, store, rules, .. }: Asked<'_>,
    side: &Side,
    stored: Option<&Run>,
    extras: Extras,
) -> Result<ExitCode, CommandError> {
    let run = stored.map(|run| RunView::new(run).with_budgets(&rules.budgets));
    let gate = arguments.gate.then(|| rules.gate(run.as_ref(), None));
    let (history, of_history) = history(arguments, store, &side.extract);
    let warnings = [side.warnings.clone(), of_history].concat();
    let material = Material {
        subject: Subject::Alone { name: &side.name, extract: &side.extract, gate: gate.as_ref() },
        run: run.as_ref(),
        history: &history,
        across: extras.across.as_ref(),
        flames: &extras.flames,
        warnings: &warnings,
        profiler: profiler(),
    };
    write(arguments, &material, gate.as_ref())
}

fn extras(arguments: &Arguments, store: Option<&Path>) -> Result<Extras, CommandError> {
    let question = across::Question {
        sides: &arguments.across,
        reference: None,
        filters: &arguments.filters,
        lists_all: true,
        baselines: arguments.places.baselines.as_deref(),
    };
    let is_asked = !arguments.across.is_empty();
    let across = is_asked.then(|| across::read(&question, store)).transpose()?;
    let flames = arguments.flamegraph.iter().map(|path| flame(path)).collect::<Result<_, _>>()?;
    Ok(Extras { across, flames })
}

fn flame(path: &Path) -> Result<Flame, CommandError> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let svg = fs::read_to_string(path).map_err(|error| {
        CommandError::text(ExitCode::Usage, format!("{} could not be read: {error}", path.display()))
    })?;
    Flame::read(&name, &svg).map_err(|error| CommandError::new(ExitCode::Usage, &error))
}

/// A page names no command that this program does not have.
fn profiler() -> Profiler {
    match super::command().find_subcommand("profile") {
        Some(_) => Profiler::Here,
        None => Profiler::Absent,
    }
}

/// The Run that a side was read from; absent for a baseline whose Run is not in the store.
fn stored_run(sources: &Sources, extract: &Extract) -> Option<Run> {
    let Origin::Run(id) = &extract.origin else { return None };
    sources.store().ok()?.load(id).ok().map(|stored| stored.run)
}

/// The newest Runs of the machine, and a warning in the place of those that cannot be had: the report is about another.
fn history(arguments: &Arguments, store: Option<&Path>, shown: &Extract) -> (History, Vec<Warning>) {
    match told(arguments, store, shown) {
        Ok(history) => (history, Vec::new()),
        Err(error) => {
            let text = format!("no history is shown: {}", error.message());
            (History::default(), vec![Warning::new("no_history", "", text)])
        }
    }
}

fn told(arguments: &Arguments, store: Option<&Path>, shown: &Extract) -> Result<History, CommandError> {
    if arguments.history == 0 {
        return Ok(History::default());
    }
    let (policy, baselines) = (arguments.places.policy.as_deref(), arguments.places.baselines.as_deref());
    let mut past = Past::open(Whereabouts { store, policy, baselines, line: None })?;
    let metric = past.metric(arguments.metric.as_deref());
    let ids: Vec<String> = shown.benchmarks.iter().map(|benchmark| benchmark.id.to_string()).collect();
    let machine = machine_of(shown);
    let request = Request {
        metric: &metric,
        benchmarks: Some(&ids),
        machine: machine.as_deref(),
        // What is shown may well be uncommitted itself.
        uncommitted: Uncommitted::Included,
    };
    let mut told = past.told(&request)?;
    let moments = told.moments.split_off(told.moments.len().saturating_sub(arguments.history));
    let kept: BTreeSet<&str> = moments.iter().map(|moment| moment.source.reference()).collect();
    for timeline in &mut told.timelines {
        timeline.points.retain(|point| kept.contains(point.moment.source.reference()));
    }
    let found = trend::read(&past, told)?;
    let courses: Vec<_> = found.courses.into_iter().map(|course| (course.timeline, course.trend)).collect();
    Ok(History::new(&moments, &courses))
}

fn write(
    arguments: &Arguments,
    material: &Material<'_>,
    gate: Option<&Gate>,
) -> Result<ExitCode, CommandError> {
    let text = render(material);
    let path = &arguments.html;
    fs::write(path, &text).map_err(|error| {
        CommandError::text(ExitCode::Usage, format!("{} could not be written: {error}", path.display()))
            .hint("--html takes the path of a file in a folder that is there")
    })?;
    let size = quantity(text.len() as f64, "bytes");
    output::note(&format!(
        "wrote {} ({size}, {})",
        path.display(),
        counted(material.benchmark_count(), "benchmark")
    ));
    Ok(gate.map_or(ExitCode::Fine, exit_code))
}
