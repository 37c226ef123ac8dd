//! divan 0.1, unmodified: lists by cargo-nextest's protocol, measures one leaf a process, reads the table.
//!
//! divan keeps its samples to itself and prints at most four digits, cut and not rounded; nothing here pretends
//! to know more. A richer reader (a divan patched in vendored sources, a shim below its clock) would give
//! [`Values::Samples`](lab_core::model::Values::Samples) from its own file in [`CommandSpec`]'s scratch directory,
//! read in `reading`; listing, calibration and command stay as they are.
//!
//! Runtime flags beat what the code says, so the samples are those that were calibrated; `--max-time` ends a
//! process that turns out slower than its pilot, and the row then shows the samples it took.

mod allocation;
mod calibration;
mod cells;
mod count;
mod duel;
mod leaf;
mod listing;
mod number;
mod reading;
mod table;
mod throughput;
mod tree;

use lab_core::model::{BenchmarkRecord, Calibration, TargetId};

use self::calibration::{PILOT_MS_MAX, PILOT_MS_MIN, PILOT_SAMPLES, PROOF_SAMPLES};
use self::leaf::{Leaf, SAMPLE_COUNT, SAMPLE_SIZE};
use self::listing::Ignored;
use self::table::Row;
use super::ending::unreadable;
use super::{Answer, Countable, Duelist, Harness, Listing, ReadError, Request, Selection};
use crate::runner::command::{Captured, CommandSpec};
use crate::workspace::BenchTarget;

/// The divan harness.
#[derive(Clone, Copy, Debug)]
pub struct Divan;

/// Which of the list commands answered.
const TERSE: usize = 0;

impl Harness for Divan {
    fn id(&self) -> &'static str {
        "divan"
    }

    fn markers(&self) -> &'static [&'static str] {
        &["DIVAN_SAMPLE_COUNT"]
    }

    fn crate_names(&self) -> &'static [&'static str] {
        &["divan", "codspeed-divan-compat"]
    }

    fn list_commands(&self, _target: &BenchTarget) -> Vec<CommandSpec> {
        vec![listing::terse_command(Ignored::Included), listing::tree_command(Ignored::Included)]
    }

    fn read_list(
        &self,
        target: &TargetId,
        attempt: usize,
        captured: &Captured,
    ) -> Result<Listing, ReadError> {
        match attempt {
            TERSE => listing::read_terse(target, captured),
            _ => listing::read_tree(target, captured),
        }
    }

    fn detail_commands(&self, _target: &BenchTarget, attempt: usize) -> Vec<CommandSpec> {
        match attempt {
            TERSE => vec![listing::terse_command(Ignored::LeftOut), listing::tree_command(Ignored::Included)],
            _ => vec![listing::tree_command(Ignored::LeftOut)],
        }
    }

    fn complete(&self, target: &TargetId, attempt: usize, listing: Listing, details: &[Captured]) -> Listing {
        let mut listing = listing;
        match (attempt, details) {
            (TERSE, [by_default, tree]) => {
                listing::mark_ignored_by_terse(target, &mut listing, by_default);
                listing::split_by_tree(target, listing, tree)
            }
            (_, [tree_by_default]) => {
                listing::mark_ignored_by_tree(target, &mut listing, tree_by_default);
                listing
            }
            _ => listing,
        }
    }

    fn pilot_command(&self, request: &Request<'_>) -> CommandSpec {
        let count = PILOT_SAMPLES.to_string();
        let (least, most) = (seconds(PILOT_MS_MIN), seconds(PILOT_MS_MAX));
        let bounds = ["--sample-count", &count, "--min-time", &least, "--max-time", &most];
        run_command(request, bounds.map(str::to_owned).to_vec(), ExternalTime::Counted)
    }

    fn repeated_pilot(&self, request: &Request<'_>, pilot: &Captured) -> Option<CommandSpec> {
        let text = pilot.stdout_text();
        let row = only_row(request, &text)?;
        let size = calibration::size_to_see(&row, pilot)?.to_string();
        let mut again = self.pilot_command(request);
        again.arguments.splice(0..0, ["--sample-size".to_owned(), size]);
        Some(again)
    }

    fn calibrate(&self, request: &Request<'_>, captured: &Captured) -> Result<Vec<Calibration>, ReadError> {
        let text = captured.stdout_text();
        let rows = table::rows(&text);
        let matched = reading::matched(request.benchmarks, &rows);
        if matched.iter().all(Option::is_none) {
            return Err(unreadable("the pilot printed no row of divan's table that can be read", captured));
        }
        let calibrated = request.benchmarks.iter().zip(matched).map(|(record, row)| {
            let leaf = Leaf::of(record);
            match row {
                Some(index) => calibration::calibrate(&leaf, &rows[index], captured, request.time_ms),
                None => Calibration(leaf.settings()),
            }
        });
        Ok(calibrated.collect())
    }

    fn proof_command(&self, request: &Request<'_>, pilot: &Captured) -> Option<CommandSpec> {
        let [record] = request.benchmarks else { return None };
        let chosen = record.calibration.0.get(SAMPLE_SIZE)?;
        let text = pilot.stdout_text();
        let row = only_row(request, &text)?;
        if chosen.parse() == Ok(row.sample_size()) {
            return None;
        }
        let (count, most) = (PROOF_SAMPLES.to_string(), seconds(PILOT_MS_MAX));
        let bounds =
            ["--sample-size", chosen, "--sample-count", &count, "--min-time", "0", "--max-time", &most];
        Some(run_command(request, bounds.map(str::to_owned).to_vec(), ExternalTime::Counted))
    }

    fn settle(&self, request: &Request<'_>, pilot: &Captured, proof: &Captured) -> Vec<Calibration> {
        let (pilot_text, proof_text) = (pilot.stdout_text(), proof.stdout_text());
        let (pilot_rows, proof_rows) = (table::rows(&pilot_text), table::rows(&proof_text));
        let pilot_rows_of = reading::matched(request.benchmarks, &pilot_rows);
        let proof_rows_of = reading::matched(request.benchmarks, &proof_rows);
        let settled = request.benchmarks.iter().zip(pilot_rows_of).zip(proof_rows_of);
        let settled = settled.map(|((record, before), after)| {
            let Some(before) = before.map(|index| &pilot_rows[index]) else {
                return record.calibration.clone();
            };
            let is_same = after.is_some_and(|index| calibration::is_same_work(before, &proof_rows[index]));
            if is_same {
                record.calibration.clone()
            } else {
                calibration::with_divans_own_size(&Leaf::of(record), before, pilot, request.time_ms)
            }
        });
        settled.collect()
    }

    fn command(&self, request: &Request<'_>) -> CommandSpec {
        let mut bounds: Vec<String> = Vec::new();
        let settings = match request.benchmarks {
            [record] => [("--sample-size", SAMPLE_SIZE), ("--sample-count", SAMPLE_COUNT)]
                .map(|(flag, key)| Some((flag, record.calibration.0.get(key)?))),
            // One size holds for the whole process, so that each benchmark of several keeps divan's own.
            _ => [None; 2],
        };
        for (flag, value) in settings.iter().flatten() {
            bounds.extend([(*flag).to_owned(), (*value).clone()]);
        }
        let is_calibrated = settings.iter().all(Option::is_some);
        let least = seconds(if is_calibrated { 0 } else { request.time_ms });
        let most = seconds(calibration::limit_ms(request.time_ms));
        bounds.extend(["--min-time", &least, "--max-time", &most].map(str::to_owned));
        run_command(request, bounds, ExternalTime::Counted)
    }

    fn read(&self, request: &Request<'_>, captured: &Captured) -> Answer {
        reading::read(request, captured)
    }

    /// Those of the side with the smaller samples: each pilot showed that its own size does not change what is
    /// measured, and that a smaller one does not either.
    fn common(&self, baseline: &Calibration, candidate: &Calibration) -> Calibration {
        let size = |one: &Calibration| one.0.get(SAMPLE_SIZE).and_then(|size| size.parse::<u64>().ok());
        match (size(baseline), size(candidate)) {
            (Some(of), Some(or)) if or < of => candidate.clone(),
            _ => baseline.clone(),
        }
    }

    fn duelist(&self) -> Option<&dyn Duelist> {
        Some(&duel::InTurns)
    }

    fn countable(&self) -> Option<&dyn Countable> {
        Some(&count::ByFlags)
    }
}

/// The row of the one benchmark that was asked for; absent of several, and where it printed none.
fn only_row<'t>(request: &Request<'_>, text: &'t str) -> Option<Row<'t>> {
    let [_] = request.benchmarks else { return None };
    let mut rows = table::rows(text);
    let place = (*reading::matched(request.benchmarks, &rows).first()?)?;
    Some(rows.swap_remove(place))
}

/// Whether what is not timed counts against divan's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ExternalTime {
    /// Set-up too, whatever the bench's code says: only so do the limits bound the process.
    Counted,
    /// Timed work only; divan then reads the clock for samples alone.
    Skipped,
}

fn run_command(request: &Request<'_>, bounds: Vec<String>, external: ExternalTime) -> CommandSpec {
    let mut arguments: Vec<String> = ["--bench", "--color", "never"].map(str::to_owned).to_vec();
    arguments.extend(bounds);
    arguments.push(format!("--skip-ext-time={}", external == ExternalTime::Skipped));
    if request.benchmarks.iter().any(|record| record.is_ignored) {
        arguments.push("--include-ignored".into());
    }
    if request.selection == Selection::Each {
        arguments.extend(selection(request.benchmarks));
    }
    CommandSpec { arguments, ..CommandSpec::default() }
}

fn selection(benchmarks: &[BenchmarkRecord]) -> Vec<String> {
    let leaves: Vec<Leaf> = benchmarks.iter().map(Leaf::of).collect();
    let mut arguments = Vec::new();
    // One thread count holds for the whole process.
    if let [Leaf { threads: Some(count), .. }] = leaves.as_slice() {
        arguments.extend(["--threads".to_owned(), count.to_string()]);
    }
    arguments.push("--exact".into());
    arguments.extend(leaves.into_iter().map(|leaf| leaf.path));
    arguments
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}
