//! Which machine's history is meant.
//!
//! It never mixes two.

use std::collections::{BTreeMap, BTreeSet};

use lab_core::history::Moment;

use crate::cli::error::{CommandError, did_you_mean};
use crate::cli::exit::ExitCode;

/// The machine that is meant: the one named, else that of the newest Run.
pub(super) fn machine(moments: &[Moment], asked: Option<&str>) -> Result<String, CommandError> {
    let known: BTreeSet<&str> = moments.iter().map(|moment| moment.machine.as_str()).collect();
    match asked {
        Some(asked) if known.contains(asked) => Ok(asked.to_owned()),
        Some(asked) => {
            let near: Vec<String> = lab_core::nearest::nearest(asked, known.iter().copied())
                .into_iter()
                .map(str::to_owned)
                .collect();
            let hint = did_you_mean(&near)
                .unwrap_or_else(|| format!("there is {}", known.into_iter().collect::<Vec<_>>().join(", ")));
            Err(CommandError::text(ExitCode::Usage, format!("no Run was measured on {asked:?}")).hint(hint))
        }
        None => {
            let newest = moments.iter().max_by(|one, other| one.measured_at.cmp(&other.measured_at));
            Ok(newest.map(|moment| moment.machine.clone()).unwrap_or_default())
        }
    }
}

/// The other machines with their Runs, in words.
pub(super) fn others(moments: &[Moment], machine: &str) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for moment in moments.iter().filter(|moment| moment.machine != machine) {
        *counts.entry(&moment.machine).or_default() += 1;
    }
    let told = counts
        .into_iter()
        .map(|(name, count)| format!("{name} ({})", lab_core::report::number::counted(count, "Run")));
    told.collect::<Vec<_>>().join(", ")
}
