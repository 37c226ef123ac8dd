//! `bench-lab baseline`: Runs with names, kept where git keeps the source.
//!
//! It moves what was measured from one form to another and judges nothing.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use lab_core::model::{Baseline, BenchmarkId, Origin};
use lab_core::report::number::counted;
use lab_core::report::{export, table};
use serde_json::{Value, json};

use super::error::CommandError;
use super::exit::ExitCode;
use super::rules::{Rules, workspace_root};
use super::side::{Sources, baseline_error, machine_of};
use super::{output, surroundings};
use crate::baseline::{BaselineError, Kept, Place, criterion_tree};
use crate::host::sysfs::SysRoot;

/// Name Runs, so that later ones can be compared with them
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
        BaselineCommand::List { json } => list(&sources, *json)?,
        BaselineCommand::Show { name } => show(&sources, name)?,
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
            prune(&sources, *keep, machine.as_deref(), *dry_run)?;
        }
        BaselineCommand::Import { path, criterion_baseline, name, machine, force } => {
            let default = if criterion_baseline == "new" { "criterion" } else { criterion_baseline };
            let machine = machine.clone().unwrap_or_else(this_machine);
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

fn list(sources: &Sources, as_json: bool) -> Result<(), CommandError> {
    let places = sources.shelf.list().map_err(|error| baseline_error(&error))?;
    let mut read = Vec::new();
    for place in places {
        let is_default = sources.shelf.default_of(&place.machine).ok().flatten().as_ref() == Some(&place);
        read.push((sources.shelf.load(&place), place, is_default));
    }
    if as_json {
        return output::json(&Value::Array(read.iter().map(entry).collect()));
    }
    let mut rows =
        vec![["baseline", "benchmarks", "commit", "measured", "kept", ""].map(String::from).to_vec()];
    rows.extend(read.iter().map(|(kept, place, is_default)| row(kept, place, *is_default)));
    let lines = table::lay_out(&rows, output::width());
    output::text(&format!(
        "{}\n{} in {}\n",
        lines.join("\n"),
        counted(read.len(), "baseline"),
        sources.shelf.path().display()
    ))
}

fn row(kept: &Result<Kept, BaselineError>, place: &Place, is_default: bool) -> Vec<String> {
    let day = |time: &str| time.split('T').next().unwrap_or_default().to_owned();
    let mark = if is_default { "default" } else { "" };
    match kept {
        Err(error) => {
            vec![place.to_string(), "-".into(), "-".into(), "-".into(), "-".into(), error.to_string()]
        }
        Ok(Kept { baseline, .. }) => {
            let extract = &baseline.extract;
            let commit =
                extract.revision.commit.as_deref().map_or("-", |commit| commit.get(..10).unwrap_or(commit));
            let dirty = if extract.revision.is_dirty == Some(true) { "*" } else { "" };
            vec![
                place.to_string(),
                extract.benchmarks.len().to_string(),
                format!("{commit}{dirty}"),
                day(&extract.created_at),
                day(&baseline.saved_at),
                mark.into(),
            ]
        }
    }
}

fn entry((kept, place, is_default): &(Result<Kept, BaselineError>, Place, bool)) -> Value {
    match kept {
        Err(error) => json!({"machine": place.machine, "name": place.name, "error": error.to_string()}),
        Ok(Kept { baseline, .. }) => json!({
            "machine": place.machine,
            "name": place.name,
            "is_default": is_default,
            "run": baseline.run(),
            "saved_at": baseline.saved_at,
            "created_at": baseline.extract.created_at,
            "commit": baseline.extract.revision.commit,
            "branch": baseline.extract.revision.branch,
            "is_dirty": baseline.extract.revision.is_dirty,
            "benchmark_count": baseline.extract.benchmarks.len(),
            "note": baseline.note,
        }),
    }
}

fn show(sources: &Sources, name: &str) -> Result<(), CommandError> {
    let Kept { place, baseline, warnings } = load(sources, &find(sources, name)?)?;
    let extract = &baseline.extract;
    let origin = match &extract.origin {
        Origin::Run(id) => format!("Run {id}"),
        Origin::Import { program, path } => format!("imported from {program}, {path}"),
    };
    let commit = extract.revision.commit.as_deref().unwrap_or("unknown");
    let mut lines = vec![
        format!("baseline  {place}"),
        format!("of        {origin}, measured {}", extract.created_at),
        format!(
            "commit    {commit}{}",
            if extract.revision.is_dirty == Some(true) { " (uncommitted changes)" } else { "" }
        ),
    ];
    lines.extend(baseline.note.iter().map(|note| format!("note      {note}")));
    lines.push(String::new());
    let mut rows = vec![["benchmark", "median", "n"].map(String::from).to_vec()];
    for benchmark in &extract.benchmarks {
        rows.push(figures(&benchmark.id, benchmark.series.first()));
    }
    lines.extend(table::lay_out(&rows, output::width()));
    lines.extend(warnings.iter().map(|warning| format!("warning  {warning}")));
    output::text(&format!("{}\n", lines.join("\n")))
}

fn figures(id: &BenchmarkId, series: Option<&lab_core::model::Series>) -> Vec<String> {
    let Some(series) = series else { return vec![id.to_string(), "-".into(), "0".into()] };
    let usable: Vec<f64> = series.values.iter().copied().filter(|value| value.is_finite()).collect();
    let count = usable.len();
    let median = lab_stats::Observations::new(usable).map(|values| lab_stats::median(&values));
    let shown =
        median.map_or_else(|_| "-".into(), |median| lab_core::report::number::quantity(median, &series.unit));
    vec![id.to_string(), shown, count.to_string()]
}

fn prune(sources: &Sources, keep: usize, machine: Option<&str>, is_dry: bool) -> Result<(), CommandError> {
    let machine = machine.map_or_else(this_machine, str::to_owned);
    let here = std::env::current_dir().map_err(|error| CommandError::new(ExitCode::Usage, &error))?;
    let policy = Rules::read(&workspace_root(&here), None)?.policy;
    let chosen: Vec<&String> =
        policy.default_baseline.of_branch.values().chain(&policy.default_baseline.any).collect();
    let default = sources.shelf.default_of(&machine).map_err(|error| baseline_error(&error))?;
    let mut others = Vec::new();
    for place in sources.shelf.list().map_err(|error| baseline_error(&error))? {
        let stays = place.machine != machine
            || default.as_ref() == Some(&place)
            || chosen.contains(&&place.name)
            || is_version(&place.name);
        if !stays {
            others.push((load(sources, &place)?.baseline.saved_at, place));
        }
    }
    others.sort();
    let excess = others.len().saturating_sub(keep);
    for (_, place) in &others[..excess] {
        if !is_dry {
            sources.shelf.remove(place).map_err(|error| baseline_error(&error))?;
        }
        output::note(&format!("{place} {}", if is_dry { "would go" } else { "is removed" }));
    }
    output::note(&format!(
        "{} of {machine} removed, {} kept besides the default and versions",
        counted(if is_dry { 0 } else { excess }, "baseline"),
        others.len() - excess
    ));
    Ok(())
}

/// `v2`, `v2.1.0-rc1`, `2.1`: what a release is called is kept for good.
fn is_version(name: &str) -> bool {
    let rest = name.strip_prefix('v').unwrap_or(name);
    let first = rest.split(['.', '-', '+']).next().unwrap_or_default();
    !first.is_empty()
        && first.bytes().all(|byte| byte.is_ascii_digit())
        && (rest.len() < name.len() || rest.contains('.'))
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

fn this_machine() -> String {
    lab_core::machine_name::machine_name(&surroundings::host(&SysRoot::live()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_told_from_other_names() {
        for name in ["v2", "v2.1.0", "2.1.0-rc1", "1.0"] {
            assert!(is_version(name), "{name}");
        }
        for name in ["main", "vendor", "20", "v", "feature-2.0", ""] {
            assert!(!is_version(name), "{name}");
        }
    }
}
