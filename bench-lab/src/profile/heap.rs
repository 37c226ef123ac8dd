//! What one iteration asks of the heap: as divan's own profiler says, else by DHAT, else by heaptrack.
//!
//! A simulated process allocates what the native one does.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use lab_core::model::Measurement;
use lab_core::profile::{Heap, HeapTotals, read_dhat, read_heaptrack};

use super::kernel::twice;
use super::tool::Tool;
use crate::duel::{Context, Done, Sitting, Stopped, Through};

/// Who follows the heap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Follower {
    /// Valgrind's DHAT.
    Dhat(PathBuf),
    /// heaptrack.
    Heaptrack(PathBuf),
}

impl Follower {
    /// The one that is there: DHAT first, which counts bytes as well.
    pub(super) fn find() -> Option<Self> {
        let dhat = Tool::Valgrind.find().ok().map(Self::Dhat);
        dhat.or_else(|| Tool::Heaptrack.find().ok().map(Self::Heaptrack))
    }
}

/// What divan's `AllocProfiler` measured, where the target installs it.
pub(super) fn of_divan(measurements: &[Measurement]) -> Option<Heap> {
    let figure = |metric: &str| {
        measurements.iter().find(|one| one.metric.0 == metric).and_then(Measurement::representative)
    };
    let allocation_count = figure("alloc_count")?;
    let grown = figure("alloc_bytes").map(|bytes| bytes + figure("grow_bytes").unwrap_or(0.0));
    let freed = figure("dealloc_bytes").unwrap_or(0.0) + figure("shrink_bytes").unwrap_or(0.0);
    Some(Heap {
        source: "divan".into(),
        allocation_count: allocation_count + figure("grow_count").unwrap_or(0.0),
        allocated_bytes: grown,
        grown_bytes: grown.map(|grown| grown - freed),
        peak_bytes: figure("live_bytes_max"),
    })
}

/// Follows the heap of one benchmark. The inner error is the second half of a sentence about it.
///
/// # Errors
/// [`Stopped`].
pub(super) fn follow(
    context: &Context<'_>,
    sitting: &Sitting<'_>,
    follower: &Follower,
    folder: &Path,
) -> Result<Result<Heap, String>, Stopped> {
    let record = folder.join("heap");
    let (program, name, arguments) = match follower {
        Follower::Dhat(valgrind) => {
            (valgrind, "dhat", vec!["--tool=dhat".to_owned(), "--dhat-out-file=/dev/null".to_owned()])
        }
        Follower::Heaptrack(heaptrack) => {
            (heaptrack, "heaptrack", vec!["--output".into(), record.to_string_lossy().into_owned()])
        }
    };
    let through = Through { program, name, arguments, is_simulated: true };
    let (peak, has_bytes) = (Cell::new(0_u64), Cell::new(true));
    let read = |done: &Done| {
        let totals = match follower {
            Follower::Dhat(_) => read_dhat(&done.completed.captured.stderr_text()),
            Follower::Heaptrack(_) => printed(&record)?,
        };
        let totals: HeapTotals = totals.ok_or_else(|| format!("ran, and {name} printed no summary"))?;
        peak.set(peak.get().max(totals.peak_bytes));
        has_bytes.set(totals.allocated_bytes.is_some());
        let figures = [
            ("count", totals.allocation_count as f64),
            ("bytes", totals.allocated_bytes.unwrap_or(0) as f64),
            ("left", totals.left_bytes as f64),
        ];
        Ok(figures.map(|(name, value)| (name.to_owned(), value)).into())
    };
    let each: Result<BTreeMap<String, f64>, String> = twice(context, sitting, &through, &read)?;
    Ok(each.map(|each| Heap {
        source: name.into(),
        allocation_count: each["count"],
        allocated_bytes: has_bytes.get().then_some(each["bytes"]),
        grown_bytes: Some(each["left"]),
        peak_bytes: Some(peak.get() as f64),
    }))
}

/// heaptrack's file, whose ending depends on how it was built, as `heaptrack_print` sums it up.
fn printed(record: &Path) -> Result<Option<HeapTotals>, String> {
    let file =
        ["zst", "gz"].into_iter().map(|ending| record.with_extension(ending)).find(|file| file.is_file());
    let file = file.ok_or("ran, and heaptrack wrote no file")?;
    let output = Command::new("heaptrack_print").arg(&file).output();
    let _ = std::fs::remove_file(&file);
    let output = output.map_err(|error| format!("ran, and heaptrack_print could not be started: {error}"))?;
    Ok(read_heaptrack(&String::from_utf8_lossy(&output.stdout)))
}

#[cfg(test)]
mod tests {
    use lab_core::model::{MetricId, Printed, Summary, Values};

    use super::*;

    fn measured(metric: &str, value: f64) -> Measurement {
        let printed = Printed { text: value.to_string(), value, step: 1.0 };
        let summary = Summary {
            fastest: printed.clone(),
            slowest: printed.clone(),
            median: printed.clone(),
            mean: printed,
            sample_count: 1,
            iteration_count: 1,
        };
        Measurement {
            metric: MetricId(metric.into()),
            unit: "count".into(),
            values: Values::Summary(summary),
            throughput: Vec::new(),
            settings: BTreeMap::new(),
        }
    }

    #[test]
    fn divan_says_what_is_allocated_and_what_stays() {
        let figures = [
            ("alloc_count", 3.0),
            ("alloc_bytes", 96.0),
            ("grow_count", 1.0),
            ("grow_bytes", 32.0),
            ("dealloc_bytes", 100.0),
            ("live_bytes_max", 64.0),
        ];
        let heap = of_divan(&figures.map(|(metric, value)| measured(metric, value))).unwrap();
        assert_eq!((heap.allocation_count, heap.allocated_bytes), (4.0, Some(128.0)));
        assert_eq!((heap.grown_bytes, heap.peak_bytes), (Some(28.0), Some(64.0)));
        assert_eq!(of_divan(&[measured("wall_ns", 1.0)]), None);
    }
}
