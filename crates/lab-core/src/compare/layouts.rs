//! Whether a change between two executables is one of their code: other link orders are asked, the same on both sides.
//!
//! It takes a verdict back or leaves it; it never makes one.

use std::collections::BTreeMap;

use lab_stats::{Observations, OverLayouts, Probability, benjamini_hochberg, layouts_needed, median};

use super::{Change, Doubt, Layouts, Reading, Verdict};
use crate::model::Launch;

/// Whether link orders alone may be what was found: it changed, and no instruction count says that the work did.
pub fn is_suspect(change: &Change) -> bool {
    let is_explained = change
        .witnesses
        .iter()
        .any(|witness| witness.metric.0.starts_with("instructions") && witness.reading == Reading::Agrees);
    matches!(change.verdict, Verdict::Regressed | Verdict::Improved) && !is_explained
}

/// Weighs the verdicts of all suspects by their launches in other link orders. Among many of them some look sure by
/// chance, so that what counts is p after the correction of Benjamini and Hochberg over the suspects.
pub(super) fn weigh(suspects: &mut [&mut Change], launches: &[Launch], planned: usize, alpha: f64) {
    let mut measured: Vec<(&mut Change, OverLayouts)> = Vec::new();
    for change in suspects.iter_mut() {
        let values = values(change, launches);
        let count = values.len();
        let over = Observations::new(values).ok().map(|values| OverLayouts::of(&values));
        match over.filter(|_| count >= planned) {
            Some(over) => measured.push((change, over)),
            None => change.verdict = Verdict::Inconclusive(Doubt::LayoutOpen { count, planned }),
        }
    }
    let p_values: Vec<Probability> = measured.iter().map(|(_, over)| over.p).collect();
    for ((change, over), adjusted) in measured.into_iter().zip(benjamini_hochberg(&p_values)) {
        settle(change, OverLayouts { p: adjusted, ..over }, alpha);
    }
}

/// One value per link order in which a benchmark was launched: the median of the launches in it.
fn values(change: &Change, launches: &[Launch]) -> Vec<f64> {
    let mut by_layout: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for launch in launches.iter().filter(|launch| launch.layout > 0 && launch.benchmark == change.benchmark) {
        by_layout.entry(launch.layout).or_default().extend(launch.log_ratio(&change.metric));
    }
    let medians = by_layout.into_values().filter_map(|logs| Observations::new(logs).ok());
    medians.map(|logs| median(&logs)).collect()
}

fn settle(change: &mut Change, over: OverLayouts, alpha: f64) {
    let effect = change.ratio.map_or(0.0, |ratio| ratio.point.ln());
    // One that goes the other way is no witness of this change.
    let stands = over.is_of_the_code(alpha, change.margin) && over.estimate * effect > 0.0;
    let needed = over.spread.and_then(|spread| layouts_needed(spread, effect));
    change.layouts = Some(Layouts { over, is_sensitive: !stands, needed });
    let percent = |log: f64| format!("{:+.2} %", log.exp_m1() * 100.0);
    let found = format!(
        "{} over {} link orders (p {:.4}), which differ by {:.2} %",
        percent(over.estimate),
        over.count,
        over.p.value(),
        over.spread.unwrap_or(0.0).exp_m1() * 100.0
    );
    if stands {
        change.notes.push(found);
        return;
    }
    change.verdict = Verdict::Inconclusive(Doubt::LayoutNotExcluded);
    let wanted = needed.map_or_else(String::new, |needed| {
        format!("; about {needed} would show a change of the size of {}", percent(effect))
    });
    change.notes.push(format!("layout-sensitive: {found}{wanted}"));
}
