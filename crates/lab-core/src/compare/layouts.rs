//! Whether a change between two executables is one of their code: other link orders are asked, the same on both sides.
//!
//! It takes a verdict back or leaves it; it never makes one.

use std::collections::BTreeMap;

use lab_stats::{Observations, OverLayouts, layouts_needed, median};

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

/// Weighs a suspect's verdict by its launches in other link orders.
pub(super) fn weigh(change: &mut Change, launches: &[Launch], planned: usize, alpha: f64) {
    let mut by_layout: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for launch in launches.iter().filter(|launch| launch.layout > 0 && launch.benchmark == change.benchmark) {
        by_layout.entry(launch.layout).or_default().extend(launch.log_ratio(&change.metric));
    }
    let values: Vec<f64> = by_layout
        .into_values()
        .filter_map(|logs| Observations::new(logs).ok().map(|logs| median(&logs)))
        .collect();
    let count = values.len();
    let over = Observations::new(values).ok().map(|values| OverLayouts::of(&values));
    let Some(over) = over.filter(|_| count >= planned) else {
        change.verdict = Verdict::Inconclusive(Doubt::LayoutOpen { count, planned });
        return;
    };
    // One that goes the other way is no witness of this change.
    let stands = over.is_of_the_code(alpha, change.margin)
        && over.estimate * change.ratio.map_or(0.0, |ratio| ratio.point.ln()) > 0.0;
    let effect = change.ratio.map_or(0.0, |ratio| ratio.point.ln());
    let needed = over.spread.and_then(|spread| layouts_needed(spread, effect));
    change.layouts = Some(Layouts { over, is_sensitive: !stands, needed });
    let percent = |log: f64| format!("{:+.2} %", log.exp_m1() * 100.0);
    let spread = over.spread.map_or(0.0, f64::exp_m1) * 100.0;
    let found = format!(
        "{} over {count} link orders (p {:.4}), which differ by {spread:.2} %",
        percent(over.estimate),
        over.p.value()
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
