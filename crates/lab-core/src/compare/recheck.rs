//! What is left of the regressions of a live comparison when they are measured a second time, on their own.
//!
//! A second measurement that gives no answer takes nothing back; one that says otherwise makes both inconclusive.

use super::engine::{geomean, sort};
use super::{Change, Comparison, Doubt, Verdict};
use crate::model::BenchmarkId;

/// Who is to be measured again: what regressed, and what is open and looks worse by more than its margin.
pub fn to_recheck(first: &Comparison) -> Vec<&BenchmarkId> {
    let suspects = first.changes.iter().filter(|change| change.may_be_regressed());
    suspects.map(|change| &change.benchmark).collect()
}

/// The first comparison, with what the second one says of those that it measured again.
pub fn recheck(first: Comparison, again: &Comparison) -> Comparison {
    let mut all = first;
    for change in all.changes.iter_mut().filter(|change| change.may_be_regressed()) {
        let second = again.changes.iter().find(|second| second.benchmark == change.benchmark);
        *change = rechecked(change, second);
    }
    sort(&mut all.changes);
    let warnings = again.warnings.iter().filter(|warning| !all.warnings.contains(warning)).cloned();
    all.warnings.extend(warnings.collect::<Vec<_>>());
    Comparison { geomean: geomean(&all.changes), ..all }
}

fn rechecked(first: &Change, second: Option<&Change>) -> Change {
    let Some(second) = second else {
        return noted(first, "could not be measured again".into());
    };
    match (&first.verdict, &second.verdict) {
        (Verdict::Regressed, Verdict::Regressed) => {
            noted(second, format!("confirmed; at first {}", size(first)))
        }
        (Verdict::Regressed, Verdict::Improved | Verdict::Equivalent(_)) => {
            let verdict = Verdict::Inconclusive(Doubt::NotConfirmed);
            noted(&Change { verdict, ..second.clone() }, format!("at first {}", size(first)))
        }
        // No answer is none: the first one stands.
        (Verdict::Regressed, Verdict::Inconclusive(_) | Verdict::NotComparable(_)) => {
            noted(first, format!("measured again without an answer: {}", size(second)))
        }
        _ => noted(second, format!("at first {}", size(first))),
    }
}

fn noted(change: &Change, note: String) -> Change {
    let mut change = change.clone();
    change.notes.push(note);
    change
}

/// `+16.0 % after 20 launches`
fn size(change: &Change) -> String {
    let percent = change
        .ratio
        .map_or_else(|| "no ratio".to_owned(), |ratio| crate::report::number::change(ratio.point.ln()));
    format!("{percent} over {} launches", change.count)
}

#[cfg(test)]
mod tests {
    use lab_stats::Estimate;

    use super::*;
    use crate::compare::fixture::measured;
    use crate::compare::{Doubt, Equivalence, Material, Subject, compare};
    use crate::policy::Policy;

    /// A comparison of one benchmark with this verdict and ratio.
    fn comparison(verdict: Verdict, ratio: f64) -> Comparison {
        let side = measured("wall_ns", "ns", &[1.0; 12]);
        let subject = Subject { name: "x", extract: &side };
        let material = Material { baseline: subject, candidate: subject, launches: &[], duels: &[] };
        let mut comparison = compare(&material, &Policy::default()).unwrap();
        comparison.changes[0].verdict = verdict;
        comparison.changes[0].ratio = Some(Estimate { point: ratio, interval: None });
        comparison
    }

    #[test]
    fn a_regression_stands_unless_the_second_time_says_otherwise() {
        let open = || Verdict::Inconclusive(Doubt::Undecided { more: None });
        let not_confirmed = Verdict::Inconclusive(Doubt::NotConfirmed);
        for (first, second, wanted, ratio) in [
            ((Verdict::Regressed, 1.1), (Verdict::Regressed, 1.2), Verdict::Regressed, 1.2),
            ((Verdict::Regressed, 1.1), (Verdict::Improved, 0.9), not_confirmed.clone(), 0.9),
            (
                (Verdict::Regressed, 1.1),
                (Verdict::Equivalent(Equivalence::Measured), 1.0),
                not_confirmed,
                1.0,
            ),
            // No answer takes nothing back.
            ((Verdict::Regressed, 1.1), (open(), 1.04), Verdict::Regressed, 1.1),
            // What was open is what it is found to be.
            ((open(), 1.1), (Verdict::Regressed, 1.2), Verdict::Regressed, 1.2),
            (
                (open(), 1.1),
                (Verdict::Equivalent(Equivalence::Measured), 1.0),
                Verdict::Equivalent(Equivalence::Measured),
                1.0,
            ),
            // Nobody asked for these again.
            ((Verdict::Improved, 0.9), (Verdict::Regressed, 1.2), Verdict::Improved, 0.9),
            ((open(), 0.9), (Verdict::Regressed, 1.2), open(), 0.9),
        ] {
            let found =
                recheck(comparison(first.0.clone(), first.1), &comparison(second.0.clone(), second.1));
            let change = &found.changes[0];
            assert_eq!(
                (&change.verdict, change.ratio.unwrap().point),
                (&wanted, ratio),
                "{first:?} {second:?}"
            );
        }
    }

    #[test]
    fn what_was_not_measured_again_stays_and_says_so() {
        let mut again = comparison(Verdict::Regressed, 1.2);
        again.changes.clear();
        let found = recheck(comparison(Verdict::Regressed, 1.1), &again);
        assert_eq!(found.changes[0].verdict, Verdict::Regressed);
        assert_eq!(found.changes[0].notes, ["could not be measured again"]);
    }
}
