//! A comparison as workflow commands of GitHub Actions: the worst regressions on their lines, one notice with the totals.
//!
//! What the gate fails on is an error; a regression that it lets pass, or that nobody asked it about, is a warning.

use super::{ComparedView, phrase};
use crate::compare::Verdict;
use crate::gate::{Answer, Weight};
use crate::report::github::{Annotation, Level, commands};
use crate::report::place::Places;

/// The worst ten and the notice.
pub fn render(view: &ComparedView<'_>, places: &Places) -> String {
    let mut all: Vec<Annotation> = Vec::new();
    let mut told = Vec::new();
    for reason in view.gate.into_iter().flat_map(|gate| &gate.reasons) {
        let level = match reason.weight {
            Weight::Block | Weight::Fail | Weight::Unasked => Level::Error,
            Weight::Warn => Level::Warning,
            Weight::Waived => continue,
        };
        let change = reason
            .benchmark
            .as_ref()
            .and_then(|id| view.comparison.changes.iter().find(|change| change.benchmark == *id));
        let is_regressed = change.is_some_and(|change| change.verdict == Verdict::Regressed);
        told.extend(change.filter(|_| is_regressed).map(|change| &change.benchmark));
        let title = match &reason.benchmark {
            Some(id) if is_regressed => format!("regressed: {id}"),
            Some(id) => format!("{}: {id}", reason.weight.id()),
            None => reason.weight.id().to_owned(),
        };
        let message = match change.filter(|_| is_regressed) {
            Some(change) => format!("{}\n{}", phrase::sentence(change), reason.text),
            None => reason.text.clone(),
        };
        let place = reason.benchmark.as_ref().and_then(|id| places.of(id));
        all.push(Annotation { level, place, title, message });
    }
    let waived = |change: &crate::compare::Change| {
        view.reasons_of(&change.benchmark).any(|reason| reason.weight == Weight::Waived)
    };
    for change in view.comparison.changes.iter().filter(|change| change.verdict == Verdict::Regressed) {
        if told.contains(&&change.benchmark) || waived(change) {
            continue;
        }
        all.push(Annotation {
            level: Level::Warning,
            place: places.of(&change.benchmark),
            title: format!("regressed: {}", change.benchmark),
            message: phrase::sentence(change),
        });
    }
    commands(&all, &totals(view))
}

fn totals(view: &ComparedView<'_>) -> String {
    let summary = phrase::summary(view.comparison.summary());
    match view.gate.map(|gate| gate.answer) {
        None => summary,
        Some(Answer::Pass) => format!("{summary}; the gate passes"),
        Some(Answer::Fail) => format!("{summary}; the gate FAILS"),
        Some(Answer::NotComparable) => format!("{summary}; the gate cannot answer"),
    }
}
