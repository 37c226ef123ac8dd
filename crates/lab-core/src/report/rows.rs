//! How many rows a report may have, so that it stays below a limit on its length.
//!
//! Rows are cut from the bottom and counted; a report is never cut in the middle of a row.

/// Rows that are left to be spent, from the top of the report on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows {
    left: usize,
}

impl Rows {
    /// Every row there is.
    pub(super) fn all() -> Self {
        Self { left: usize::MAX }
    }

    /// At most so many.
    pub(super) fn at_most(left: usize) -> Self {
        Self { left }
    }

    /// Whether there is none left.
    pub(super) fn is_spent(self) -> bool {
        self.left == 0
    }

    /// How many of the wished ones there may be.
    pub(super) fn take(&mut self, wished: usize) -> usize {
        let taken = wished.min(self.left);
        self.left -= taken;
        taken
    }

    /// A folded list in Markdown, of items that are Markdown already; nothing without items.
    pub(super) fn list(&mut self, title: &str, items: impl Iterator<Item = String>) -> Vec<String> {
        let items: Vec<String> = items.collect();
        if items.is_empty() {
            return items;
        }
        let shown = self.take(items.len());
        let more = items.len() - shown;
        let mut lines = vec![
            String::new(),
            format!("<details><summary>{title} ({})</summary>", items.len()),
            String::new(),
        ];
        lines.extend(items.into_iter().take(shown).map(|item| format!("- {item}")));
        if more > 0 {
            lines.push(format!("- and {more} more"));
        }
        lines.extend([String::new(), "</details>".into()]);
        lines
    }
}

/// The longest report of at most `limit` bytes that `render` makes of some number of rows. Bytes are never fewer than
/// the characters that services count.
pub(super) fn fitted(limit: usize, render: impl Fn(Rows) -> String) -> String {
    let whole = render(Rows::all());
    if whole.len() <= limit {
        return whole;
    }
    // No row is shorter than its line's end.
    let (mut fits, mut exceeds) = (0, limit);
    while exceeds - fits > 1 {
        let middle = fits + (exceeds - fits) / 2;
        if render(Rows::at_most(middle)).len() <= limit {
            fits = middle;
        } else {
            exceeds = middle;
        }
    }
    render(Rows::at_most(fits))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn report(mut rows: Rows, lengths: &[usize]) -> String {
        let shown = rows.take(lengths.len());
        let lines: String = lengths[..shown].iter().map(|length| "x".repeat(*length) + "\n").collect();
        format!("head\n{lines}{} more\n", lengths.len() - shown)
    }

    proptest! {
        #[test]
        fn a_report_fits_and_one_row_more_would_not(
            lengths in proptest::collection::vec(0_usize..50, 0..200), limit in 20_usize..2000
        ) {
            let said = fitted(limit, |rows| report(rows, &lengths));
            prop_assert!(said.len() <= limit);
            let shown = said.lines().count() - 2;
            if shown < lengths.len() {
                prop_assert!(report(Rows::at_most(shown + 1), &lengths).len() + 3 > limit);
            }
        }
    }
}
