//! What a reader of a Run must know of the host's settings, as warnings.
//!
//! It says what was done and decides nothing.

use std::collections::BTreeMap;

use lab_core::model::Warning;

use crate::host::apply::Applied;
use crate::host::knob::Knob;
use crate::host::restore::{Ending, FileEnd, JournalEnd, Restoration};
use crate::host::session::Recovery;

/// What a recovery means to a reader of the Run.
pub fn told(recovery: &Recovery) -> Vec<Warning> {
    match recovery {
        Recovery::Nothing | Recovery::Kept(_) => Vec::new(),
        Recovery::OtherBoot(path) => vec![Warning::new(
            "journal_of_other_boot",
            path.display(),
            "an earlier session did not end before the machine did; its journal was put aside, the kernel's own \
             settings are in force",
        )],
        Recovery::Replayed(restoration) => {
            let mut warnings = left(restoration);
            let back = restoration.files.iter().filter(|file| file.ending == Ending::Back).count();
            let text = format!(
                "an earlier session had not put back its settings; {back} files are as they were again"
            );
            warnings.insert(0, Warning::new("tuning_recovered", "", text));
            warnings
        }
    }
}

/// Every file that is not as it was.
fn left(restoration: &Restoration) -> Vec<Warning> {
    let describe = |file: &FileEnd| {
        let now = file.now.as_deref().unwrap_or("unknown");
        let (kind, text) = match file.ending {
            Ending::Foreign => {
                ("foreign_change", format!("somebody else set it to {now}: left, it was {}", file.original))
            }
            Ending::OwnerChanged => {
                ("owner_changed", format!("it belongs to something else by now: left at {now}"))
            }
            Ending::Vanished => ("setting_vanished", format!("it is gone, it was {}", file.original)),
            Ending::Failed | Ending::Back => (
                "tuning_not_restored",
                format!("is {now}, was {}: {}", file.original, file.reason.as_deref().unwrap_or("unknown")),
            ),
        };
        Warning::new(kind, format!("{} ({})", file.knob, file.path), text)
    };
    let mut warnings: Vec<Warning> = restoration.not_back().map(describe).collect();
    if let JournalEnd::Archived(path) = &restoration.journal {
        let text = "what could not be put back is recorded there";
        warnings.push(Warning::new("journal_put_aside", path.display(), text));
    }
    warnings
}

/// Everything that is not in force: one warning for each outcome and reason, with the knobs and what they are for.
pub(super) fn worth_telling(knobs: &[&dyn Knob], applied: &Applied) -> Vec<Warning> {
    let mut groups: BTreeMap<(&str, &str), (usize, Vec<&str>)> = BTreeMap::new();
    for knob in &applied.knobs {
        for setting in knob.settings.iter().filter(|setting| !setting.outcome.is_in_force()) {
            let key = (setting.outcome.id(), setting.reason.as_deref().unwrap_or(""));
            let (count, ids) = groups.entry(key).or_default();
            *count += 1;
            if ids.last() != Some(&knob.knob.as_str()) {
                ids.push(&knob.knob);
            }
        }
    }
    let why = |id: &str| knobs.iter().find(|knob| knob.id() == id).map_or("", |knob| knob.why());
    let warnings = groups.into_iter().map(|((outcome, reason), (count, ids))| {
        let reason = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
        let costs: Vec<&str> = ids.iter().take(2).map(|id| why(id)).collect();
        let more = if ids.len() > 2 { "; and so on" } else { "" };
        let text =
            format!("{count} settings {}{reason}, so {}{more}", outcome.replace('_', " "), costs.join("; "));
        Warning::new(&format!("setting_{outcome}"), ids.join(", "), text)
    });
    warnings.collect()
}
