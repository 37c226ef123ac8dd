//! `bench-lab report`: a comparison, a match or a Run as one HTML file.
//!
//! It reads what is stored, measures nothing, and writes the one file it was asked for.

mod flames;
mod past;
mod subject;

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use lab_core::gate::Gate;
use lab_core::model::MetricId;
use lab_core::report::html::{Material, Profiler, render};
use lab_core::report::number::{counted, quantity};

use self::flames::flames;
use self::past::history;
use self::subject::Found;
use super::compare::PlaceArguments;
use super::error::CommandError;
use super::exit::ExitCode;
use super::rules::{Rules, exit_code, workspace_root};
use super::side::Sources;
use super::{across, output};

#[derive(Args, Debug)]
#[command(after_help = "\
Sides are named as for compare: latest, latest~1, a Run's id or the start of one, a baseline's name, machine/name, or a
branch. Without names it is the latest Run against the default baseline of its machine, or by itself where there is none.
A match (latest-ab or its id) gives the report of the match; one Run named as both sides, or --run, that of the Run.
What bench-lab profile has stored of these benchmarks is shown too, with the revision that it is of.

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
    /// Leave out the flame graphs of stored profiles
    #[arg(long)]
    no_flamegraph: bool,
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

pub(super) fn run(arguments: &Arguments, store: Option<&Path>) -> Result<ExitCode, CommandError> {
    let here = std::env::current_dir().map_err(|error| CommandError::new(ExitCode::Usage, &error))?;
    let root = workspace_root(&here);
    let mut rules = Rules::read(&root, arguments.places.policy.as_deref())?;
    if let Some(metric) = &arguments.metric {
        rules.policy.metric = Some(MetricId(metric.clone()));
    }
    let sources = Sources::open(store, arguments.places.baselines.as_deref())?;
    let across = asked_across(arguments, store)?;
    let found = Found::find(arguments, &sources, &mut rules, &root)?;
    let run = found.run(&rules);
    let gate = arguments.gate.then(|| rules.gate(run.as_ref(), found.comparison()));
    let judged = found.judged();
    let (history, mut warnings) = history(arguments, store, &judged);
    warnings.extend(found.warnings().iter().cloned());
    let flames = flames(arguments, &sources, &found, &mut warnings)?;
    let material = Material {
        subject: found.subject(gate.as_ref()),
        run: run.as_ref(),
        filtered: found.filtered(),
        history: &history,
        across: across.as_ref(),
        flames: &flames,
        warnings: &warnings,
        profiler: profiler(),
    };
    write(arguments, &material, gate.as_ref())
}

fn asked_across(
    arguments: &Arguments,
    store: Option<&Path>,
) -> Result<Option<lab_core::across::Across>, CommandError> {
    let question = across::Question {
        sides: &arguments.across,
        reference: None,
        filters: &arguments.filters,
        lists_all: true,
        baselines: arguments.places.baselines.as_deref(),
    };
    (!arguments.across.is_empty()).then(|| across::read(&question, store)).transpose()
}

/// A page names no command that this program does not have.
fn profiler() -> Profiler {
    match super::command().find_subcommand("profile") {
        Some(_) => Profiler::Here,
        None => Profiler::Absent,
    }
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
