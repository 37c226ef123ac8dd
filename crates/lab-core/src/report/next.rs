//! Commands that a reader may want next, ready to be pasted.
//!
//! It offers only what there is: each of them parses, and a test holds it to that.

use unicode_width::UnicodeWidthStr;

use super::compared::{ComparedView, short};
use super::shell::quoted;
use super::tone::{Line, Tone};
use super::view::RunView;
use crate::compare::{Change, EvidenceKind, Verdict};
use crate::model::{Revision, State};

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

/// Commands that are offered for a comparison at most; one that accepts a step stands beside them.
const COMMANDS_MAX: usize = 3;

/// What to do with a comparison, the most useful first: whether the first regression is one, who made it, why, and how to
/// live with it.
pub fn of_comparison(view: &ComparedView<'_>) -> Vec<String> {
    let changes = &view.comparison.changes;
    let mut commands = Vec::new();
    let is_live = changes.iter().any(|change| change.evidence == Some(EvidenceKind::Duel));
    if is_live && changes.iter().any(Change::may_be_regressed) {
        commands.push("bench-lab ab --recheck --layouts".to_owned());
    }
    let Some(first) = changes.iter().find(|change| change.verdict == Verdict::Regressed) else {
        return commands;
    };
    if let Some(Ok(command)) = view.live(&[first]).filter(|_| !is_live) {
        commands.push(command);
    }
    let name = quoted(&named(changes, first));
    let sides = [&view.comparison.baseline.revision, &view.comparison.candidate.revision];
    let [good, bad] = sides.map(clean_commit);
    if let (Some(good), Some(bad), Some(2..)) = (good, bad, view.comparison.lineage.commit_count) {
        commands.push(format!("bench-lab bisect {name} {good}..{bad}"));
    }
    if let Some(good) = good.filter(|good| Some(*good) != bad) {
        commands.push(format!("bench-lab profile {name} --diff {good}"));
    }
    if !is_live {
        commands.push(format!("bench-lab trend {name}"));
    }
    commands.truncate(COMMANDS_MAX);
    let step = view.comparison.lineage.steps.get(&first.benchmark);
    commands.extend(
        step.map(|commit| format!("bench-lab accept {name} --commit {} --why 'REASON'", short(commit))),
    );
    commands
}

/// A commit that git finds again, and that is all of what was measured.
fn clean_commit(revision: &Revision) -> Option<&str> {
    revision.commit.as_deref().filter(|_| revision.is_dirty == Some(false)).map(short)
}

/// The path, or the whole id where another benchmark's id holds the path too.
fn named(changes: &[Change], wanted: &Change) -> String {
    let (id, path) = (wanted.benchmark.to_string(), &wanted.benchmark.path);
    let is_alone = changes
        .iter()
        .filter(|change| change.benchmark != wanted.benchmark)
        .all(|change| !change.benchmark.to_string().contains(path.as_str()));
    if is_alone && wanted.benchmark.occurrence == 1 { path.clone() } else { id }
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
