//! A comparison as JUnit XML: a suite per bench target, a failure per regression.
//!
//! Where the gate was asked, its reasons decide what is a failure; without it every regression is one. What has no answer
//! is skipped and never passed.

use super::{ComparedView, phrase, short};
use crate::compare::{Change, Verdict};
use crate::gate::{Reason, Weight};
use crate::model::{BenchmarkId, TargetId};
use crate::report::junit::{Case, End, Suite, Suites, path_of};
use crate::report::place::{Place, Places};

/// The whole comparison.
pub fn render(view: &ComparedView<'_>, places: &Places) -> String {
    let comparison = view.comparison;
    let mut suites: Vec<Suite> = Vec::new();
    let mut add = |target: &TargetId, case: Case| {
        let name = target.to_string();
        match suites.iter_mut().find(|suite| suite.name == name) {
            Some(suite) => suite.cases.push(case),
            None => {
                let file = places.of_target(target).map(|place| place.file);
                suites.push(Suite { cases: vec![case], ..suite(view, name, file) });
            }
        }
    };
    for change in &comparison.changes {
        add(&change.benchmark.target, of_change(view, change, places.of(&change.benchmark)));
    }
    for (ids, side) in [(&comparison.added, "candidate"), (&comparison.removed, "baseline")] {
        for id in ids {
            add(&id.target, of_one_sided(view, id, side));
        }
    }
    let homeless: Vec<Case> = homeless(view).map(of_reason).collect();
    if !homeless.is_empty() {
        suites.push(Suite { cases: homeless, ..suite(view, "gate".into(), None) });
    }
    Suites { suites }.xml()
}

fn suite(view: &ComparedView<'_>, name: String, file: Option<String>) -> Suite {
    let [baseline, candidate] =
        [&view.comparison.baseline, &view.comparison.candidate].map(|head| match &head.revision.commit {
            Some(commit) => format!("{} ({})", head.name, short(commit)),
            None => head.name.clone(),
        });
    let head = &view.comparison.candidate;
    Suite {
        name,
        host: head.machine.clone(),
        created_at: head.created_at.clone(),
        file,
        properties: vec![("baseline", baseline), ("candidate", candidate)],
        cases: Vec::new(),
    }
}

fn of_change(view: &ComparedView<'_>, change: &Change, place: Option<Place>) -> Case {
    let end = end(view, change);
    let verdict = change.verdict.id().replace('_', " ");
    let mut notes = vec![format!("{verdict}: {}", phrase::sentence(change))];
    notes.extend(Some(phrase::witnesses(change)).filter(|text| !text.is_empty()));
    notes.extend(phrase::notes(change));
    notes.extend(view.reasons_of(&change.benchmark).map(told));
    notes.extend(place.map(|place| match place.line {
        Some(line) => format!("{}:{line}", place.file),
        None => place.file,
    }));
    let is_time = change.unit == "ns";
    let seconds = change.typical.candidate.filter(|_| is_time).map(|nanoseconds| nanoseconds / 1e9);
    Case { name: path_of(&change.benchmark), seconds, end, notes }
}

fn end(view: &ComparedView<'_>, change: &Change) -> End {
    let failing: Vec<&Reason> = view.reasons_of(&change.benchmark).filter(|reason| fails(reason)).collect();
    if let Some(first) = failing.first() {
        let texts: Vec<&str> = failing.iter().map(|reason| reason.text.as_str()).collect();
        let kind = if change.verdict == Verdict::Regressed { "regressed" } else { first.weight.id() };
        return End::Failed(kind, format!("{}; {}", phrase::sentence(change), texts.join("; ")));
    }
    match &change.verdict {
        Verdict::Regressed if view.gate.is_none() => End::Failed("regressed", phrase::sentence(change)),
        Verdict::Regressed | Verdict::Improved | Verdict::Equivalent(_) => End::Passed,
        Verdict::Inconclusive(_) => End::Skipped(format!("inconclusive: {}", phrase::verdict(change))),
        Verdict::NotComparable(_) => End::Skipped(format!("not comparable: {}", phrase::verdict(change))),
    }
}

fn of_one_sided(view: &ComparedView<'_>, id: &BenchmarkId, side: &str) -> Case {
    let failing = view.reasons_of(id).find(|reason| fails(reason));
    let end = match failing {
        Some(reason) => End::Failed("removed", reason.text.clone()),
        None => End::Skipped(format!("only in the {side}")),
    };
    Case { name: path_of(id), seconds: None, end, notes: Vec::new() }
}

/// Reasons of the gate that belong to no benchmark that was compared, as a missed budget of another one.
fn homeless<'a>(view: &ComparedView<'a>) -> impl Iterator<Item = &'a Reason> {
    let comparison = view.comparison;
    let is_shown = move |id: &BenchmarkId| {
        comparison.changes.iter().any(|change| change.benchmark == *id) || comparison.removed.contains(id)
    };
    let reasons = view.gate.into_iter().flat_map(|gate| &gate.reasons);
    reasons.filter(move |reason| !reason.benchmark.as_ref().is_some_and(is_shown))
}

fn of_reason(reason: &Reason) -> Case {
    let name = reason.benchmark.as_ref().map_or_else(|| "policy".to_owned(), ToString::to_string);
    let end = if fails(reason) {
        End::Failed(reason.weight.id(), reason.text.clone())
    } else {
        End::Skipped(told(reason))
    };
    Case { name, seconds: None, end, notes: Vec::new() }
}

fn fails(reason: &Reason) -> bool {
    matches!(reason.weight, Weight::Block | Weight::Fail)
}

fn told(reason: &Reason) -> String {
    format!("{}: {}", reason.weight.id(), reason.text)
}
