//! Baselines as a person or a script is shown them.
//!
//! One that cannot be read is a row with the reason.

use lab_core::model::{BenchmarkId, Origin, Series};
use lab_core::report::number::{counted, quantity};
use lab_core::report::table;
use lab_stats::{Observations, median};
use serde_json::{Value, json};

use crate::baseline::{BaselineError, Kept, Place};
use crate::cli::error::CommandError;
use crate::cli::output;
use crate::cli::side::{Sources, baseline_error};

pub(super) fn list(sources: &Sources, as_json: bool) -> Result<(), CommandError> {
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

pub(super) fn show(sources: &Sources, name: &str) -> Result<(), CommandError> {
    let Kept { place, baseline, warnings } = super::load(sources, &super::find(sources, name)?)?;
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

fn figures(id: &BenchmarkId, series: Option<&Series>) -> Vec<String> {
    let Some(series) = series else { return vec![id.to_string(), "-".into(), "0".into()] };
    let usable: Vec<f64> = series.values.iter().copied().filter(|value| value.is_finite()).collect();
    let count = usable.len();
    let median = Observations::new(usable).map(|values| median(&values));
    let shown = median.map_or_else(|_| "-".into(), |median| quantity(median, &series.unit));
    vec![id.to_string(), shown, count.to_string()]
}
