//! A comparison as comma-separated values: one row per benchmark, with its verdict and what it rests on.
//!
//! Numbers stand at full precision; a ratio is candidate over baseline.

use super::{ComparedView, phrase};
use crate::compare::{Change, EvidenceKind, Verdict};
use crate::model::BenchmarkId;
use crate::report::csv::{Table, number};

/// Every benchmark, whatever the view lists; those that one side alone has stand last, as `added` and `removed`.
pub fn render(view: &ComparedView<'_>) -> String {
    let mut table = Table::new(&[
        "package",
        "target",
        "path",
        "occurrence",
        "metric",
        "unit",
        "verdict",
        "why",
        "evidence",
        "count",
        "baseline",
        "candidate",
        "ratio",
        "lower",
        "upper",
        "level",
        "p",
        "p_adjusted",
        "margin",
        "gate",
    ]);
    for change in &view.comparison.changes {
        table.push(cells(view, change));
    }
    for (word, ids) in [("added", &view.comparison.added), ("removed", &view.comparison.removed)] {
        for id in ids {
            let mut cells = names(id);
            cells.extend([String::new(), String::new(), word.to_owned()]);
            cells.resize(19, String::new());
            cells.push(weight(view, id));
            table.push(cells);
        }
    }
    table.finish()
}

fn cells(view: &ComparedView<'_>, change: &Change) -> Vec<String> {
    let interval = change.ratio.and_then(|ratio| ratio.interval);
    let why = match &change.verdict {
        Verdict::Regressed | Verdict::Improved => String::new(),
        _ => phrase::verdict(change),
    };
    let mut cells = names(&change.benchmark);
    cells.extend([
        change.metric.0.clone(),
        change.unit.clone(),
        change.verdict.id().to_owned(),
        why,
        change.evidence.map(EvidenceKind::id).unwrap_or_default().to_owned(),
        change.count.to_string(),
        number(change.typical.baseline),
        number(change.typical.candidate),
        number(change.ratio.map(|ratio| ratio.point)),
        number(interval.map(|interval| interval.lower())),
        number(interval.map(|interval| interval.upper())),
        number(interval.map(|interval| interval.level().value())),
        number(change.p),
        number(change.p_adjusted),
        number(Some(change.margin.exp_m1())),
        weight(view, &change.benchmark),
    ]);
    cells
}

fn names(id: &BenchmarkId) -> Vec<String> {
    vec![id.target.package.clone(), id.target.name.clone(), id.path.clone(), id.occurrence.to_string()]
}

/// What the gate makes of it; empty where it was not asked or has nothing to say.
fn weight(view: &ComparedView<'_>, id: &BenchmarkId) -> String {
    view.reasons_of(id).map(|reason| reason.weight.id()).next().unwrap_or_default().to_owned()
}
