//! A rehearsal file by file: before, applied, and after each kill.
//!
//! It counts nothing as rehearsed that was not changed and seen to come back after every kill.

use lab_core::model::SettingOutcome;

use super::fault::record;
use super::watch::Watch;
use super::{Kill, Rehearsal, Round};

/// One file of a knob through all rounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Whose file.
    pub knob: String,
    /// The file.
    pub path: String,
    /// What it said before the first round.
    pub before: String,
    /// What is wanted of it.
    pub wanted: String,
    /// What it said while it was to be in force, in the first round.
    pub applied: String,
    /// What the session said came of it, in the first round; absent when it said nothing of the file.
    pub outcome: Option<SettingOutcome>,
    /// Why that; absent when the outcome says all.
    pub reason: Option<String>,
    /// What it said after each kill.
    pub after: Vec<(Kill, String)>,
}

/// How many files ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Files of knobs.
    pub setting_count: usize,
    /// Changed, and as before after every kill.
    pub rehearsed_count: usize,
    /// As wanted before: nothing was written, so nothing was proven.
    pub already_count: usize,
    /// Could not be set.
    pub refused_count: usize,
    /// Not as before after some kill.
    pub not_back_count: usize,
}

impl Row {
    /// Whether it reads as before after every kill.
    pub fn is_back(&self) -> bool {
        self.after.iter().all(|(_, text)| *text == self.before)
    }
}

impl Rehearsal {
    /// How many files ended how.
    pub fn sum(&self) -> Sum {
        let mut sum = Sum { setting_count: self.rows.len(), ..Sum::default() };
        for row in &self.rows {
            let counter = match row.outcome {
                _ if !row.is_back() => &mut sum.not_back_count,
                Some(SettingOutcome::Set) => &mut sum.rehearsed_count,
                Some(SettingOutcome::Already) => &mut sum.already_count,
                _ => &mut sum.refused_count,
            };
            *counter += 1;
        }
        sum
    }

    /// Whether every kill was played, something was set, and nothing was wrong.
    pub fn is_proven(&self) -> bool {
        let is_whole = self.rounds.len() == Kill::ALL.len();
        is_whole && self.rounds.iter().all(|round| round.faults.is_empty()) && self.sum().rehearsed_count > 0
    }
}

pub(super) fn of(watch: &Watch, rounds: &[Round]) -> Vec<Row> {
    let Some(first) = rounds.first() else { return Vec::new() };
    let row = |target: &super::watch::Target| {
        let setting = record(&first.knobs, &target.path);
        Row {
            knob: target.knob.clone(),
            path: target.path.clone(),
            before: first.before.shown(&target.path),
            wanted: target.wanted.clone(),
            applied: first.during.shown(&target.path),
            outcome: setting.map(|setting| setting.outcome),
            reason: setting.and_then(|setting| setting.reason.clone()),
            after: rounds.iter().map(|round| (round.kill, round.after.shown(&target.path))).collect(),
        }
    };
    watch.targets.iter().map(row).collect()
}
