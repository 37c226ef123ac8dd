//! Row-level merge: changes that were made to one state of a table, put onto another.
//!
//! It must never let a change vanish without saying so: whatever is not taken is in a conflict.

use std::collections::HashMap;

use crate::change::Change;
use crate::error::Error;
use crate::row::Row;
use crate::snapshot::Snapshot;
use crate::table::Table;
use crate::writer::now_ns;

/// A row that two sides changed in different ways. `None` stands for no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The row's key.
    pub key: String,
    /// What both began with.
    pub base: Option<Row>,
    /// What the caller makes of it.
    pub ours: Option<Row>,
    /// What the others made of it.
    pub theirs: Option<Row>,
}

/// What to do about conflicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// [`Error::Conflict`] with all of them; nothing is written.
    #[default]
    Fail,
    /// The caller's row.
    Ours,
    /// The others' row.
    Theirs,
    /// The row that was changed last by the writers' clocks. For a row that has been folded since, that is
    /// when it was folded.
    LastWriter,
}

/// Changes by one side, and when they were made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// In the order in which they are to be made; a later one of a key stands for all of that key.
    pub changes: Vec<Change>,
    /// Nanoseconds since 1970.
    pub made_ns: u64,
}

impl Batch {
    /// Changes that are made now.
    pub fn now(changes: Vec<Change>) -> Self {
        Self { changes, made_ns: now_ns() }
    }
}

/// The changes of two sides as one, and what of them contradicted each other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Merged {
    /// What is to be written to what both began with. As a result of [`Table::write_merged`], what was.
    pub changes: Vec<Change>,
    /// The rows that both sides changed, in different ways; each was settled by the policy.
    pub conflicts: Vec<Conflict>,
}

/// The rows that two batches, both made to `base`, change in different ways, in the order of `ours`.
pub fn conflicts(base: &Snapshot, ours: &[Change], theirs: &[Change]) -> Vec<Conflict> {
    let theirs = outcomes(theirs);
    let ours = in_order(ours);
    let both = ours.filter_map(|(key, row)| theirs.get(key).map(|theirs| (key, row, *theirs)));
    both.filter(|(_, ours, theirs)| ours != theirs)
        .map(|(key, ours, theirs)| Conflict {
            key: key.to_owned(),
            base: base.find(key),
            ours: ours.cloned(),
            theirs: theirs.cloned(),
        })
        .collect()
}

/// Makes one batch of two that were both made to `base`.
///
/// # Errors
/// [`Error::Conflict`] if the policy is to fail.
pub fn merge(base: &Snapshot, ours: &Batch, theirs: &Batch, policy: Policy) -> Result<Merged, Error> {
    let conflicts = conflicts(base, &ours.changes, &theirs.changes);
    let ours_win = match policy {
        Policy::Fail if !conflicts.is_empty() => return Err(Error::Conflict { conflicts }),
        Policy::Fail | Policy::Ours => true,
        Policy::Theirs => false,
        Policy::LastWriter => ours.made_ns >= theirs.made_ns,
    };
    let (winner, other) = if ours_win { (ours, theirs) } else { (theirs, ours) };
    let won = outcomes(&winner.changes);
    let rest = in_order(&other.changes).filter(|(key, _)| !won.contains_key(key));
    let all = in_order(&winner.changes).chain(rest);
    let changes = all.filter_map(|(key, row)| change_to(base, key, row)).collect();
    Ok(Merged { changes, conflicts })
}

/// What each key is to be in the end.
fn outcomes(changes: &[Change]) -> HashMap<&str, Option<&Row>> {
    changes.iter().map(|change| (change.key(), change.row())).collect()
}

/// What each key is to be in the end, each once, in the order of their last change.
fn in_order(changes: &[Change]) -> impl Iterator<Item = (&str, Option<&Row>)> {
    let last: HashMap<&str, usize> =
        changes.iter().enumerate().map(|(index, change)| (change.key(), index)).collect();
    let is_last = move |(index, change): &(usize, &Change)| last.get(change.key()) == Some(index);
    changes.iter().enumerate().filter(is_last).map(|(_, change)| (change.key(), change.row()))
}

/// The change that makes `row` of what `rows` has for a key, if one is needed.
fn change_to(rows: &Snapshot, key: &str, row: Option<&Row>) -> Option<Change> {
    match (rows.find(key), row) {
        (Some(now), Some(row)) if now == *row => None,
        (Some(_), Some(row)) => Some(Change::Update(row.clone())),
        (None, Some(row)) => Some(Change::Insert(row.clone())),
        (Some(_), None) => Some(Change::Delete(key.to_owned())),
        (None, None) => None,
    }
}

impl Table {
    /// Writes changes that were made to `base`, an earlier snapshot of this table, onto what others have made
    /// of it since. Rows that only one side touched are merged; the others are conflicts.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the policy is to fail; otherwise as [`write_batch`](Self::write_batch).
    pub fn write_merged(&self, base: &Snapshot, ours: &Batch, policy: Policy) -> Result<Merged, Error> {
        self.shared.exclusively(|writer| {
            writer.fold_if_due(&*self.shared.storage)?;
            let merged = settle(base, &writer.rows, ours, policy)?;
            writer.append(&merged.changes)?;
            writer.commit()?;
            Ok(merged)
        })
    }
}

/// What of `ours` is to be written onto `now`.
fn settle(base: &Snapshot, now: &Snapshot, ours: &Batch, policy: Policy) -> Result<Merged, Error> {
    let mut merged = Merged::default();
    for (key, row) in in_order(&ours.changes) {
        let (was, is) = (base.find(key), now.find(key));
        let conflicts = was != is && is.as_ref() != row;
        let ours_win = match policy {
            Policy::Fail | Policy::Ours => true,
            Policy::Theirs => false,
            Policy::LastWriter => ours.made_ns >= now.written_ns(key),
        };
        if !conflicts || ours_win {
            merged.changes.extend(change_to(now, key, row));
        }
        if conflicts {
            merged.conflicts.push(Conflict {
                key: key.to_owned(),
                base: was,
                ours: row.cloned(),
                theirs: is,
            });
        }
    }
    if policy == Policy::Fail && !merged.conflicts.is_empty() {
        return Err(Error::Conflict { conflicts: merged.conflicts });
    }
    Ok(merged)
}
