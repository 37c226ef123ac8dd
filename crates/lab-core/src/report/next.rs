//! Commands that a reader may want next, ready to be pasted.
//!
//! It offers only what there is: each of them parses, and a test holds it to that.

use unicode_width::UnicodeWidthStr;

use super::compared::ComparedView;
use super::shell::quoted;
use super::tone::{Line, Tone};
use super::view::RunView;
use crate::compare::{EvidenceKind, Verdict};
use crate::model::State;

/// What to do with a Run.
pub fn of_run(view: &RunView<'_>) -> Vec<String> {
    if view.run.state == State::Open {
        return vec![format!("bench-lab run --resume {}", view.run.id)];
    }
    let mut commands = Vec::new();
    if view.failed_count() > 0 {
        commands.push("bench-lab run --check".to_owned());
    }
    if view.measured_count() > 0 {
        commands.extend(["bench-lab compare".to_owned(), "bench-lab baseline save NAME".to_owned()]);
    }
    commands
}

/// What to do with a comparison.
pub fn of_comparison(view: &ComparedView<'_>) -> Vec<String> {
    let changes = &view.comparison.changes;
    let mut commands = Vec::new();
    let is_live = changes.iter().any(|change| change.evidence == Some(EvidenceKind::Duel));
    if is_live && changes.iter().any(crate::compare::Change::may_be_regressed) {
        commands.push("bench-lab ab --recheck --layouts".to_owned());
    }
    let first = changes.iter().find(|change| change.verdict == Verdict::Regressed && !is_live);
    if let Some(Ok(command)) = first.and_then(|first| view.live(&[first])) {
        commands.push(command);
    }
    commands.extend(first.map(|first| format!("bench-lab trend {}", quoted(&first.benchmark.path))));
    commands
}

/// Lines that show them: one where they fit, else one each. A command is never broken.
pub(super) fn lines(commands: &[String], width: usize) -> Vec<Line> {
    const LABEL: &str = "next     ";
    let one = format!("{LABEL}{}", commands.join("  |  "));
    let lines: Vec<String> = match commands {
        [] => Vec::new(),
        _ if one.width() <= width => vec![one],
        [first, others @ ..] => {
            let others =
                others.iter().map(|command| format!("{:indent$}{command}", "", indent = LABEL.len()));
            std::iter::once(format!("{LABEL}{first}")).chain(others).collect()
        }
    };
    lines.into_iter().map(|line| Line::new(Tone::Next, line)).collect()
}
