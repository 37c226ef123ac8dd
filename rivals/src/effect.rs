//! What the planted work is in time, so that a reader can tell a miss from a plant that the caches swallowed.
//!
//! It is as bench-lab's duels estimated it; no other tool's figures are near enough to say.

use std::collections::BTreeSet;
use std::fmt::Write;

use lab_stats::{Observations, median};

use crate::record::Comparison;
use crate::tool::Tool;

/// The plants that are shown.
const PLANTS: [u32; 3] = [1, 2, 5];

/// One row for each workload and duelled executable; nothing where no duel was fought.
pub fn markdown(comparisons: &[Comparison]) -> String {
    let duels = || comparisons.iter().filter(|one| is_duel(one.tool));
    let rows: BTreeSet<(Tool, &str)> = duels().map(|one| (one.tool, one.workload.as_str())).collect();
    if rows.is_empty() {
        return String::new();
    }
    let mut text = String::from(
        "\nWhat the plants are in time (median of the duels' estimates, n duels):\n\n\
         | duel | workload | +1 % work | +2 % work | +5 % work |\n|---|---|---|---|---|\n",
    );
    for (tool, workload) in rows {
        let _ = write!(text, "| {} | {workload} |", tool.id());
        for plant in PLANTS {
            let of_cell = |one: &&Comparison| {
                (one.tool, one.workload.as_str(), one.planted_percent) == (tool, workload, plant)
            };
            let percents: Vec<f64> = duels()
                .filter(of_cell)
                .flat_map(|one| one.answers.values())
                .map(|answer| answer.percent)
                .collect();
            let count = percents.len();
            let cell = Observations::new(percents).ok().map(|percents| median(&percents));
            let _ = match cell {
                Some(percent) => write!(text, " {percent:+.2} % ({count}) |"),
                None => write!(text, " – |"),
            };
        }
        text.push('\n');
    }
    text
}

fn is_duel(tool: Tool) -> bool {
    matches!(tool, Tool::LabDivan | Tool::LabCriterion)
}
