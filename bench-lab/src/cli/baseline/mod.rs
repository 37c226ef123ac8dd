//! `bench-lab baseline`: Runs with names, kept where git keeps the source.
//!
//! It moves what was measured from one form to another and judges nothing.

mod prune;
mod shown;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use lab_core::model::{Baseline, BenchmarkId};
use lab_core::report::export;
use lab_core::report::number::counted;

use super::error::CommandError;
use super::exit::ExitCode;
use super::side::{Sources, baseline_error, machine_of};
use super::{output, surroundings};
use crate::baseline::{Kept, Place, criterion_tree};

#[derive(Args, Debug)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: BaselineCommand,
    /// Folder that keeps the baselines [default: baselines in the workspace root]
    #[arg(long, global = true, value_name = "DIR", env = "BENCH_LAB_BASELINES")]
    baselines: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum BaselineCommand {
    /// Keep a Run under a name
    Save {
        /// The name, unique on the Run's machine
        #[arg(value_name = "NAME")]
        name: String,
        /// Which Run: latest, latest~2, an id or the start of one
        #[arg(value_name = "RUN", default_value = "latest")]
        run: String,
        /// What is worth saying about it, in one line
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
        /// Replace a baseline of this name
        #[arg(long)]
        force: bool,
    },
    /// List the baselines of every machine
    List {
        /// One JSON array on standard output
        #[arg(long)]
        json: bool,
    },
    /// Show what a baseline holds
    Show {
        /// Its name, or machine/name
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Remove a baseline
    Rm {
        /// Its name, or machine/name
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Make a baseline the default of its machine
    Promote {
        /// Its name, or machine/name
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Remove the oldest baselines of a machine; its default, the policy's choices and versions (v1.2) stay
    Prune {
        /// How many of the others stay
        #[arg(long, value_name = "COUNT", default_value_t = 10)]
        keep: usize,
        /// Which machine [default: this one]
        #[arg(long, value_name = "NAME")]
        machine: Option<String>,
        /// Only say what would go
        #[arg(long)]
        dry_run: bool,
    },
    /// Keep what Criterion left in target/criterion; its one process shows a ratio and carries no verdict
    Import {
        /// Criterion's folder
        #[arg(value_name = "PATH")]
        path: PathBuf,
        /// The name that Criterion has it under: new, base, or that of --save-baseline
        #[arg(long, value_name = "NAME", default_value = "new")]
        criterion_baseline: String,
        /// The name to keep it under [default: criterion, or Criterion's own name for it]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// The machine it was measured on [default: this one]
        #[arg(long, value_name = "NAME")]
        machine: Option<String>,
        /// Replace a baseline of this name
        #[arg(long)]
        force: bool,
    },
    /// Print a baseline for other programs
    Export {
        /// Its name, or machine/name
        #[arg(value_name = "NAME")]
        name: String,
        /// The form
        #[arg(long, value_enum, default_value_t = Form::Csv)]
        format: Form,
    },
}

/// Forms for other programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// One row per benchmark, metric and invocation
    Csv,
    /// The file that critcmp reads and writes
    Critcmp,
}

pub(super) fn run(arguments: &Arguments, store: Option<&Path>) -> Result<ExitCode, CommandError> {
    let sources = Sources::open(store, arguments.baselines.as_deref())?;
    match &arguments.command {
        BaselineCommand::Save { name, run, note, force } => {
            save(&sources, (name, run), note.clone(), *force)?
        }
        BaselineCommand::List { json } => shown::list(&sources, *json)?,
        BaselineCommand::Show { name } => shown::show(&sources, name)?,
        BaselineCommand::Rm { name } => {
            let place = find(&sources, name)?;
            sources.shelf.remove(&place).map_err(|error| baseline_error(&error))?;
            output::note(&format!("{place} is removed"));
        }
        BaselineCommand::Promote { name } => {
            let place = find(&sources, name)?;
            sources.shelf.promote(&place).map_err(|error| baseline_error(&error))?;
            output::note(&format!("{} is what Runs on {} are compared with", place.name, place.machine));
        }
        BaselineCommand::Prune { keep, machine, dry_run } => {
            prune::prune(&sources, *keep, machine.as_deref(), *dry_run)?;
        }
        BaselineCommand::Import { path, criterion_baseline, name, machine, force } => {
            let default = if criterion_baseline == "new" { "criterion" } else { criterion_baseline };
            let machine = or_this_one(machine.as_deref())?;
            let place = place(&machine, name.as_deref().unwrap_or(default))?;
            import(&sources, path, criterion_baseline, &place, *force)?;
        }
        BaselineCommand::Export { name, format } => {
            let kept = load(&sources, &find(&sources, name)?)?;
            let extract = &kept.baseline.extract;
            match format {
                Form::Csv => output::text(&export::csv(extract))?,
                Form::Critcmp => output::json(&export::critcmp(extract, &kept.place.name))?,
            }
        }
    }
    Ok(ExitCode::Fine)
}

fn save(
    sources: &Sources,
    (name, run): (&str, &str),
    note: Option<String>,
    force: bool,
) -> Result<(), CommandError> {
    let side = sources.run(run)?;
    let machine = machine_of(&side.extract).unwrap_or_else(|| "unknown".into());
    let place = place(&machine, name)?;
    if side.extract.benchmarks.iter().all(|benchmark| benchmark.series.is_empty()) {
        return Err(CommandError::text(
            ExitCode::Usage,
            format!("Run {run} measured nothing that could be kept"),
        ));
    }
    for warning in &side.warnings {
        output::note(&format!("warning: {warning}"));
    }
    if side.extract.revision.is_dirty == Some(true) {
        output::note(
            "warning: it was measured with uncommitted changes, so it cannot be built again for a live comparison",
        );
    }
    let baseline = Baseline::new(side.extract, Timestamp::now().to_string(), note);
    let folder = sources.shelf.save(&place, &baseline, force).map_err(|error| baseline_error(&error))?;
    let count = counted(baseline.extract.benchmarks.len(), "benchmark");
    output::note(&format!(
        "{place}: {count} of Run {}, kept in {}",
        baseline.run().unwrap_or_default(),
        folder.display()
    ));
    Ok(())
}

fn import(
    sources: &Sources,
    path: &Path,
    name: &str,
    place: &Place,
    force: bool,
) -> Result<(), CommandError> {
    // Packages and targets are not in Criterion's tree; the latest Run knows them, where there is one.
    let known: Vec<BenchmarkId> = sources.run("latest").map_or_else(
        |_| Vec::new(),
        |side| side.extract.benchmarks.into_iter().map(|benchmark| benchmark.id).collect(),
    );
    let imported = criterion_tree::read(path, name, &known).map_err(|error| baseline_error(&error))?;
    for warning in &imported.warnings {
        output::note(&format!("warning: {warning}"));
    }
    let count = counted(imported.extract.benchmarks.len(), "benchmark");
    let baseline = Baseline::new(imported.extract, Timestamp::now().to_string(), None);
    let folder = sources.shelf.save(place, &baseline, force).map_err(|error| baseline_error(&error))?;
    output::note(&format!("{place}: {count}, one process each, kept in {}", folder.display()));
    Ok(())
}

fn find(sources: &Sources, name: &str) -> Result<Place, CommandError> {
    let here = sources.run("latest").ok().and_then(|side| machine_of(&side.extract));
    sources.shelf.find(name, here.as_deref()).map_err(|error| baseline_error(&error))
}

fn load(sources: &Sources, place: &Place) -> Result<Kept, CommandError> {
    sources.shelf.load(place).map_err(|error| baseline_error(&error))
}

fn place(machine: &str, name: &str) -> Result<Place, CommandError> {
    Place::new(machine, name).map_err(|error| baseline_error(&error))
}

/// The machine that is named, else this one.
fn or_this_one(named: Option<&str>) -> Result<String, CommandError> {
    named.map_or_else(surroundings::this_machine, |name| Ok(name.to_owned()))
}
