//! The rows of divan's table that hold measurements.
//!
//! Anything else on standard output is the benchmarks' own printing, and is passed over.

use lab_core::model::{Printed, Summary};

use super::cells::{self, Cells};
use super::{number, tree};

/// One measured row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row<'a> {
    /// Path of its name; `None` when the benchmark printed a newline between name and values.
    pub(super) path: Option<String>,
    /// Times of one iteration.
    pub(super) time: Summary,
    /// The lines below it: rates and allocations.
    pub(super) extras: Vec<Cells<'a>>,
}

impl Row<'_> {
    /// Iterations of each sample; every sample of a row has the same.
    pub(super) fn sample_size(&self) -> u64 {
        self.time.iteration_count / self.time.sample_count
    }
}

/// Every measured row, in order.
pub(super) fn rows(text: &str) -> Vec<Row<'_>> {
    let nodes = tree::parse(text);
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut is_below_row = false;
    for (line_index, line) in text.lines().enumerate() {
        let Some(cells) = cells::split(line) else {
            is_below_row = false;
            continue;
        };
        let node = nodes.iter().find(|node| node.line_index == line_index);
        if let Some(time) = times(&cells) {
            rows.push(Row { path: node.map(|node| node.path.clone()), time, extras: Vec::new() });
            is_below_row = true;
        } else if node.is_some() {
            is_below_row = false;
        } else if let Some(row) = rows.last_mut().filter(|_| is_below_row) {
            row.extras.push(cells);
        }
    }
    rows
}

/// The six values of a row; `None` for any other line.
///
/// What a benchmark prints without a newline stands right before the first value. A digit there would make
/// another number of it, so a row whose values contradict each other is not read.
fn times(cells: &Cells<'_>) -> Option<Summary> {
    let [slowest, median, mean, samples, iters] = cells.columns;
    let fastest = number::time(cells.first_time()?.0)?;
    let [slowest, median, mean] = [slowest, median, mean].map(number::time);
    let summary = Summary {
        fastest,
        slowest: slowest?,
        median: median?,
        mean: mean?,
        sample_count: number::whole(samples)?,
        iteration_count: number::whole(iters)?,
    };
    is_consistent(&summary).then_some(summary)
}

fn is_consistent(summary: &Summary) -> bool {
    let lies_between =
        |middle: &Printed| summary.fastest.value <= middle.value && middle.value <= summary.slowest.value;
    lies_between(&summary.median)
        && lies_between(&summary.mean)
        && summary.sample_count > 0
        && summary.iteration_count >= summary.sample_count
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ROW: &str = "╰─ a  1 ns  │ 3 ns │ 2 ns │ 2 ns │ 10 │ 1000";

    #[test]
    fn a_row_keeps_texts_and_counts() {
        let rows = rows(ROW);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].time.median.text, "2 ns");
        assert_eq!(rows[0].sample_size(), 100);
    }

    #[test]
    fn a_digit_printed_before_the_first_value_spoils_the_row() {
        assert!(rows("╰─ a  71 ns  │ 3 ns │ 2 ns │ 2 ns │ 10 │ 1000").is_empty());
        assert!(rows("╰─ a  step 71 ns  │ 3 ns │ 2 ns │ 2 ns │ 10 │ 1000").is_empty());
    }

    #[test]
    fn a_row_without_samples_is_no_measurement() {
        assert!(rows("╰─ a  0 ns  │ 0 ns │ 0 ns │ 0 ns │ 0 │ 0").is_empty());
    }

    proptest! {
        #[test]
        fn printing_around_a_row_changes_nothing(before in "[a-z │\n]{0,60}", after in "[a-z │\n]{0,60}") {
            let text = format!("{before}\n{ROW}\n{after}\n");
            let found = rows(&text);
            prop_assert_eq!(found.len(), 1);
            prop_assert_eq!(&found[0].time, &rows(ROW)[0].time);
        }

        #[test]
        fn any_text_gives_rows_and_never_a_panic(text in "([│├╰─ a-z0-9nµs.\n]|\\PC){0,300}") {
            let _ = rows(&text);
        }
    }
}
