//! The ids of what may have regressed, one a line, to be measured again.
//!
//! It adds no word: each line is a filter that means exactly that benchmark.

use super::ComparedView;
use crate::compare::to_recheck;

/// The suspects, the worst first; empty where there is none.
pub fn render(view: &ComparedView<'_>) -> String {
    let suspects = to_recheck(view.comparison);
    // A line is one id: a harness that allows line breaks in names has a benchmark that only a filter of its parts means.
    let ids = suspects.into_iter().map(ToString::to_string).filter(|id| !id.contains(['\n', '\r']));
    ids.map(|id| id + "\n").collect()
}
