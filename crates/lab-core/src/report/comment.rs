//! A report as a comment on a pull request: found again by a hidden marker, and never longer than a comment may be.
//!
//! It posts nothing: what it makes is text, and `docs/CI.md` has the step that edits the comment in place.

use super::compared::{self, ComparedView};
use super::md;
use super::rows::fitted;
use super::view::RunView;

/// Longest body of a comment that GitHub takes, in characters.
pub const LENGTH_MAX: usize = 65_536;

/// Longest summary of one step that GitHub takes, in bytes.
pub const SUMMARY_LENGTH_MAX: usize = 1 << 20;

/// Longest name of a machine in a marker.
const NAME_LENGTH_MAX: usize = 100;

/// A Run as a comment.
pub fn of_run(view: &RunView<'_>) -> String {
    let machine = view.run.sessions.first().and_then(|session| session.environment.text("machine.name"));
    of(machine, LENGTH_MAX, |rows| md::with_rows(view, &mut { rows }))
}

/// A comparison as a comment.
pub fn of_comparison(view: &ComparedView<'_>) -> String {
    let machine = view.comparison.candidate.machine.as_deref();
    of(machine, LENGTH_MAX, |rows| compared::md::with_rows(view, &mut { rows }))
}

/// A Run as the summary of a step.
pub fn summary_of_run(view: &RunView<'_>) -> String {
    fitted(SUMMARY_LENGTH_MAX, |mut rows| md::with_rows(view, &mut rows))
}

/// A comparison as the summary of a step.
pub fn summary_of_comparison(view: &ComparedView<'_>) -> String {
    fitted(SUMMARY_LENGTH_MAX, |mut rows| compared::md::with_rows(view, &mut rows))
}

fn of(machine: Option<&str>, limit: usize, body: impl Fn(super::rows::Rows) -> String) -> String {
    let marker = marker(machine);
    fitted(limit, |rows| format!("{marker}\n{}", body(rows)))
}

/// The first line of a comment, which readers do not see: one comment per machine.
fn marker(machine: Option<&str>) -> String {
    let is_plain = |character: &char| character.is_ascii_alphanumeric() || "-_.".contains(*character);
    let name: String = machine.unwrap_or("unknown").chars().filter(is_plain).take(NAME_LENGTH_MAX).collect();
    // Two hyphens in a row would end an HTML comment early.
    let parts: Vec<&str> = name.split('-').filter(|part| !part.is_empty()).collect();
    format!("<!-- bench-lab comment {} -->", parts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::marker;

    #[test]
    fn a_marker_is_one_line_that_no_name_can_end() {
        assert_eq!(marker(Some("amd-epyc-2c")), "<!-- bench-lab comment amd-epyc-2c -->");
        assert_eq!(marker(Some("a ---> b\n")), "<!-- bench-lab comment a-b -->");
        assert_eq!(marker(None), "<!-- bench-lab comment unknown -->");
    }
}
