//! The rows of divan's allocation profiler below a measured row.
//!
//! They belong to the fastest, slowest and median *sample by time*; they are no order statistics of their own.

use lab_core::model::{Measurement, MetricId, Printed, Summary, Values};

use super::cells::Cells;
use super::number;
use super::table::Row;

/// A block of three rows: its head, and the metrics of the two below it.
struct Block {
    head: &'static str,
    count: &'static str,
    bytes: &'static str,
    /// divan divides all by the sample size. That gives what one iteration allocates, but a share of what was
    /// alive at once, which is multiplied back.
    scale: ScaledBy,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ScaledBy {
    One,
    SampleSize,
}

const BLOCKS: &[Block] = &[
    Block {
        head: "max alloc:",
        count: "live_count_max",
        bytes: "live_bytes_max",
        scale: ScaledBy::SampleSize,
    },
    Block { head: "alloc:", count: "alloc_count", bytes: "alloc_bytes", scale: ScaledBy::One },
    Block { head: "dealloc:", count: "dealloc_count", bytes: "dealloc_bytes", scale: ScaledBy::One },
    Block { head: "grow:", count: "grow_count", bytes: "grow_bytes", scale: ScaledBy::One },
    Block { head: "shrink:", count: "shrink_count", bytes: "shrink_bytes", scale: ScaledBy::One },
];

/// Two measurements per block. A block that divan leaves out did not occur, or the profiler is not installed:
/// the table does not say which, so nothing is measured then.
pub(super) fn measurements(row: &Row<'_>) -> Vec<Measurement> {
    let mut found = Vec::new();
    for (index, cells) in row.extras.iter().enumerate() {
        let Some(block) = BLOCKS.iter().find(|block| block.head == cells.first_extra()) else { continue };
        let below = |offset: usize| row.extras.get(index + offset);
        found.extend(
            below(1).and_then(|cells| measurement(block.count, "count", number::count, (cells, block, row))),
        );
        found.extend(
            below(2).and_then(|cells| measurement(block.bytes, "bytes", number::size, (cells, block, row))),
        );
    }
    found
}

fn measurement(
    metric: &str,
    unit: &str,
    read: fn(&str) -> Option<Printed>,
    (cells, block, row): (&Cells<'_>, &Block, &Row<'_>),
) -> Option<Measurement> {
    let scale = match block.scale {
        ScaledBy::One => 1.0,
        ScaledBy::SampleSize => row.sample_size() as f64,
    };
    let scaled = |text: &str| {
        let printed = read(text)?;
        Some(Printed { text: printed.text, value: printed.value * scale, step: printed.step * scale })
    };
    let [slowest, median, mean, ..] = cells.columns;
    let summary = Summary {
        fastest: scaled(cells.first_extra())?,
        slowest: scaled(slowest)?,
        median: scaled(median)?,
        mean: scaled(mean)?,
        sample_count: row.time.sample_count,
        iteration_count: row.time.iteration_count,
    };
    // A share below divan's last digit prints as 0, which would read as "nothing was alive".
    let is_lost = block.scale == ScaledBy::SampleSize && summary.median.value == 0.0;
    (!is_lost).then(|| Measurement {
        metric: MetricId(metric.into()),
        unit: unit.into(),
        values: Values::Summary(summary),
        throughput: Vec::new(),
        settings: std::collections::BTreeMap::new(),
    })
}
