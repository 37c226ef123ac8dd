//! One line of divan's table, split at its column bars.
//!
//! It splits from the right, for a benchmark's name may hold ` │ ` itself.

/// A line with all six columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cells<'a> {
    /// Tree branches, name, padding and the first column, which no bar sets apart.
    pub(super) head: &'a str,
    /// The columns slowest, median, mean, samples, iters; trimmed.
    pub(super) columns: [&'a str; 5],
}

/// The six columns of a line; `None` for a line with fewer bars.
pub(super) fn split(line: &str) -> Option<Cells<'_>> {
    // The last column is not padded, so that a blank one leaves its bar without the space behind it.
    let mut parts = line.rsplitn(6, " │");
    let mut column = || parts.next().map(str::trim);
    let (iters, samples, mean, median, slowest) = (column()?, column()?, column()?, column()?, column()?);
    Some(Cells { head: parts.next()?, columns: [slowest, median, mean, samples, iters] })
}

impl<'a> Cells<'a> {
    /// True for the row of a module, function or argument list, which holds no values.
    pub(super) fn is_blank(&self) -> bool {
        self.columns.iter().all(|column| column.is_empty())
    }

    /// The first column of a row of times: the last two words of the head, and where they begin.
    pub(super) fn first_time(&self) -> Option<(&'a str, usize)> {
        let head = self.head.trim_end();
        let unit_start = head.rfind(' ')?;
        let number_start = head[..unit_start].rfind(' ').map_or(0, |space| space + 1);
        Some((&head[number_start..], number_start))
    }

    /// The first column of a row below a leaf, where only the tree's own bars may stand before it.
    pub(super) fn first_extra(&self) -> &'a str {
        self.head.trim_start_matches([' ', '│']).trim_end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_split_from_the_right() {
        let line =
            "   ╰─ 1 │ 2  0.351 ns      │ 0.833 ns      │ 0.352 ns      │ 0.401 ns      │ 11      │ 11000";
        let cells = split(line).unwrap();
        assert_eq!(cells.columns, ["0.833 ns", "0.352 ns", "0.401 ns", "11", "11000"]);
        assert_eq!(cells.first_time(), Some(("0.351 ns", "   ╰─ 1 │ 2  ".len())));
    }

    #[test]
    fn a_row_below_a_leaf_has_blank_last_columns() {
        let cells = split("│      17.9 GB/s     │ 2.756 GB/s    │ 17.31 GB/s    │ 11.14 GB/s    │         │")
            .unwrap();
        assert_eq!(cells.columns, ["2.756 GB/s", "17.31 GB/s", "11.14 GB/s", "", ""]);
        assert_eq!(cells.first_extra(), "17.9 GB/s");
    }

    #[test]
    fn a_line_of_a_benchmark_has_too_few_bars() {
        assert_eq!(split("hello │ with a bar"), None);
    }
}
