//! From one process's table to observations: which row is whose, and why there is none.
//!
//! A requested benchmark always gets an observation; it is never left out because its row is.

use std::collections::BTreeMap;

use lab_core::model::{
    BenchmarkId, BenchmarkRecord, Exit, Measurement, MetricId, Observation, Outcome, Values, Warning,
};

use super::leaf::{Leaf, THREADS};
use super::table::{self, Row};
use super::{allocation, throughput};
use crate::harness::ending::{bad_ending, tail};
use crate::harness::{Answer, Request, Selection};
use crate::runner::command::Captured;

/// Reads a measured process.
pub(super) fn read(request: &Request<'_>, captured: &Captured) -> Answer {
    let text = captured.stdout_text();
    let rows = table::rows(&text);
    let matched = matched(request.benchmarks, &rows);
    let precision = timer_precision(&captured.stderr_text());
    let mut observations: Vec<Observation> = request
        .benchmarks
        .iter()
        .zip(&matched)
        .map(|(record, row)| match row {
            Some(index) => {
                measured(record.id.clone(), &rows[*index], (record, precision.as_deref()), captured)
            }
            None => unmeasured(record, &rows, captured),
        })
        .collect();
    let (unasked, stray_count) = unasked(request, &rows, &matched, captured);
    observations.extend(unasked);
    let ending = bad_ending(captured).filter(|_| !rows.is_empty());
    let mut warnings: Vec<Warning> = ending.map(|ending| late_ending(request, &ending)).into_iter().collect();
    if stray_count > 0 {
        let text = format!(
            "{stray_count} lines of its output look like measurements of benchmarks that it was not asked for; \
             they are not kept"
        );
        warnings.push(Warning::new("stray_rows", &request.target.id, text));
    }
    Answer { observations, warnings }
}

fn late_ending(request: &Request<'_>, ending: &Outcome) -> Warning {
    let what = match ending {
        Outcome::Failed { reason, .. } => reason,
        _ => "ran into its time limit",
    };
    let text = format!("the process {what} after it had printed a measurement, which is kept");
    Warning::new("ended_badly", &request.target.id, text)
}

/// The row of each benchmark, by index. A process that was asked for one benchmark and measured one thing
/// measured that benchmark, whatever its own printing made of the name.
pub(super) fn matched(benchmarks: &[BenchmarkRecord], rows: &[Row<'_>]) -> Vec<Option<usize>> {
    if let ([record], [_]) = (benchmarks, rows) {
        return vec![(record.id.occurrence == 1).then_some(0)];
    }
    benchmarks
        .iter()
        .map(|record| {
            let leaf = Leaf::of(record);
            let is_its = |row: &Row<'_>| row.path.as_deref().is_some_and(|path| leaf.is_row(path));
            let mut own = (0..rows.len()).filter(|index| is_its(&rows[*index]));
            own.nth(record.id.occurrence as usize - 1)
        })
        .collect()
}

fn measured(
    id: BenchmarkId,
    row: &Row<'_>,
    (record, precision): (&BenchmarkRecord, Option<&str>),
    captured: &Captured,
) -> Observation {
    let threads = record.calibration.0.get(THREADS).cloned();
    observation(id, row, settings(row, threads, precision), captured)
}

fn observation(
    benchmark: BenchmarkId,
    row: &Row<'_>,
    settings: BTreeMap<String, String>,
    captured: &Captured,
) -> Observation {
    // A median of zero is no measurement: divan subtracts its loop's cost and cuts at a picosecond.
    if row.time.median.value == 0.0 {
        let reason = "takes less time than divan can measure: its median prints as 0 ns".into();
        let outcome = Outcome::Failed { reason, tail: tail(captured) };
        return Observation { benchmark, outcome, measurements: Vec::new() };
    }
    let mut measurements = vec![Measurement {
        metric: MetricId::wall_ns(),
        unit: "ns".into(),
        values: Values::Summary(row.time.clone()),
        throughput: throughput::throughputs(row),
        settings: settings.clone(),
    }];
    for mut measurement in allocation::measurements(row) {
        measurement.settings = settings.clone();
        measurements.push(measurement);
    }
    Observation { benchmark, outcome: Outcome::Ok, measurements }
}

fn settings(row: &Row<'_>, threads: Option<String>, precision: Option<&str>) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::from([("sample_size".to_owned(), row.sample_size().to_string())]);
    settings.extend(threads.map(|count| (THREADS.to_owned(), count)));
    settings.extend(precision.map(|text| ("timer_precision".to_owned(), text.to_owned())));
    settings
}

fn timer_precision(stderr: &str) -> Option<String> {
    stderr.lines().find_map(|line| line.strip_prefix("Timer precision: ")).map(ToOwned::to_owned)
}

/// Rows that nobody asked for: the twin of a path used twice, the thread counts of one, or a whole target that
/// ignores filters. Any other is a benchmark's own printing, and is only counted.
fn unasked(
    request: &Request<'_>,
    rows: &[Row<'_>],
    matched: &[Option<usize>],
    captured: &Captured,
) -> (Vec<Observation>, usize) {
    let leaves: Vec<Leaf> = request.benchmarks.iter().map(Leaf::of).collect();
    let is_kin = |path: &str| {
        let is_below = |leaf: &Leaf| {
            path.strip_prefix(&leaf.path).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        request.selection == Selection::WholeTarget || leaves.iter().any(is_below)
    };
    let mut occurrences: BTreeMap<&str, u32> = BTreeMap::new();
    let mut found = Vec::new();
    let mut stray_count = 0;
    for (index, row) in rows.iter().enumerate() {
        let Some(path) = row.path.as_deref() else { continue };
        let occurrence = occurrences.entry(path).and_modify(|count| *count += 1).or_insert(1);
        if matched.contains(&Some(index)) {
            continue;
        }
        if is_kin(path) {
            let target = request.target.id.clone();
            let id = BenchmarkId { target, path: path.to_owned(), occurrence: *occurrence };
            found.push(observation(id, row, settings(row, None, None), captured));
        } else {
            stray_count += 1;
        }
    }
    (found, stray_count)
}

fn unmeasured(record: &BenchmarkRecord, rows: &[Row<'_>], captured: &Captured) -> Observation {
    let outcome = bad_ending(captured).unwrap_or_else(|| why_no_row(record, rows, captured));
    Observation { benchmark: record.id.clone(), outcome, measurements: Vec::new() }
}

/// Why a process that ended well shows no row of a benchmark.
fn why_no_row(record: &BenchmarkRecord, rows: &[Row<'_>], captured: &Captured) -> Outcome {
    debug_assert_eq!(captured.exit, Exit::Code(0));
    let leaf = Leaf::of(record);
    let stdout = captured.stdout_text();
    let stem = format!("{}::t=", leaf.path);
    let is_by_thread_count =
        rows.iter().any(|row| row.path.as_deref().is_some_and(|path| path.starts_with(&stem)));
    let reason = if is_by_thread_count {
        "ran once per thread count, which its list did not show; each count is a benchmark of its own"
    } else if captured.stderr_text().contains("No benchmark function registered") {
        "measures nothing: its function never calls a method of `Bencher` that runs it"
    } else if stdout.contains("(ignored)") {
        "was left out by divan, for it is marked #[ignore]"
    } else if rows.iter().any(|row| row.path.as_deref().is_none_or(|path| path.starts_with(&leaf.path))) {
        "its own printing looks like rows of divan's table and hides its row"
    } else if stdout.trim().is_empty() || !rows.is_empty() {
        let reason = "the process ended well without running it; the list and the executable disagree".into();
        return Outcome::Missing { reason };
    } else {
        "printed no row of divan's table that can be read"
    };
    Outcome::Failed { reason: reason.into(), tail: tail(captured) }
}
