//! The order of moments: that of git's first parents where the repository is at hand, else that of time.
//!
//! It asks no repository; the line of commits is handed to it.

use std::collections::HashMap;

use super::{CommitNote, Moment};

/// The commits of a branch by first parents, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// What the person would call it: a branch, `HEAD`.
    pub name: String,
    /// Oldest first.
    pub commits: Vec<LineCommit>,
}

/// A commit of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineCommit {
    /// Full hash.
    pub commit: String,
    /// When it was committed, RFC 3339 in UTC.
    pub committed_at: String,
    /// First line of its message.
    pub subject: String,
}

/// What moments are ordered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ordering {
    /// The line of first parents that ends at this name.
    Commits(String),
    /// The time of measuring, since no repository knows any of the commits.
    Time,
}

/// Whether what was measured with uncommitted changes takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uncommitted {
    /// It stands where its commit stands.
    Included,
    /// It is counted, and left out: no commit is answerable for it.
    LeftOut,
}

/// Moments that are no part of a history, counted by the reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Measured with uncommitted changes.
    pub uncommitted: usize,
    /// Of commits that are not on the line: other branches, or rewritten ones.
    pub elsewhere: usize,
}

/// Moments in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// By what.
    pub ordering: Ordering,
    /// Indices of the moments that were given, oldest first.
    pub places: Vec<usize>,
    /// What is no part of it.
    pub left_out: LeftOut,
}

impl Line {
    /// The place of a commit, from its hash or the start of it; absent where no commit or several begin so.
    pub fn place(&self, commit: &str) -> Option<usize> {
        let mut found = self.commits.iter().enumerate().filter(|(_, one)| one.commit.starts_with(commit));
        match (commit.is_empty(), found.next(), found.next()) {
            (false, Some((place, _)), None) => Some(place),
            _ => None,
        }
    }
}

/// Puts moments in order, and notes on each what the line knows of its commit.
///
/// Several of one commit stand in the order of measuring. A moment without a commit stands behind the newest commit that was
/// there when it was measured.
pub fn put_in_order(moments: &mut [Moment], line: Option<&Line>, uncommitted: Uncommitted) -> Order {
    let mut left_out = LeftOut::default();
    let places_of: HashMap<&str, usize> = line
        .map(|line| {
            line.commits.iter().enumerate().map(|(place, one)| (one.commit.as_str(), place)).collect()
        })
        .unwrap_or_default();
    let knows =
        |moment: &Moment| moment.revision.commit.as_deref().is_some_and(|one| places_of.contains_key(one));
    let line = line.filter(|_| moments.iter().any(knows));
    let mut keyed: Vec<(Option<usize>, String, usize)> = Vec::new();
    for (index, moment) in moments.iter_mut().enumerate() {
        if moment.revision.is_dirty == Some(true) && uncommitted == Uncommitted::LeftOut {
            left_out.uncommitted += 1;
            continue;
        }
        let place = match (line, &moment.revision.commit) {
            (None, _) => None,
            (Some(line), Some(commit)) => {
                let Some(place) = places_of.get(commit.as_str()) else {
                    left_out.elsewhere += 1;
                    continue;
                };
                let LineCommit { committed_at, subject, .. } = line.commits[*place].clone();
                moment.note = Some(CommitNote { place: *place, committed_at, subject });
                Some(*place)
            }
            (Some(line), None) => {
                line.commits.iter().rposition(|one| second(&one.committed_at) <= second(&moment.measured_at))
            }
        };
        keyed.push((place, moment.measured_at.clone(), index));
    }
    // RFC 3339 in UTC sorts as text.
    keyed.sort();
    Order {
        ordering: line.map_or(Ordering::Time, |line| Ordering::Commits(line.name.clone())),
        places: keyed.into_iter().map(|(_, _, index)| index).collect(),
        left_out,
    }
}

/// `2026-11-21T03:12:00` of a time with or without a fraction.
fn second(time: &str) -> &str {
    time.get(..19).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::Source;
    use super::*;
    use crate::model::Revision;

    fn moment(commit: Option<&str>, measured_at: &str) -> Moment {
        Moment {
            source: Source::Run(measured_at.into()),
            names: Vec::new(),
            measured_at: measured_at.into(),
            revision: Revision { commit: commit.map(str::to_owned), branch: None, is_dirty: Some(false) },
            note: None,
            machine: "m".into(),
            lab_version: String::new(),
            settings: BTreeMap::new(),
            canaries: BTreeMap::new(),
        }
    }

    fn line(commits: &[(&str, &str)]) -> Line {
        let commit = |(commit, at): &(&str, &str)| LineCommit {
            commit: (*commit).into(),
            committed_at: (*at).into(),
            subject: String::new(),
        };
        Line { name: "main".into(), commits: commits.iter().map(commit).collect() }
    }

    #[test]
    fn commits_measured_out_of_order_stand_in_the_order_of_first_parents() {
        let line = line(&[("aa", "2026-01-01T00:00:00Z"), ("bb", "2026-01-02T00:00:00Z")]);
        let mut moments = [
            moment(Some("bb"), "2026-02-01T00:00:00.5Z"),
            moment(Some("aa"), "2026-03-01T00:00:00Z"),
            moment(Some("bb"), "2026-01-15T00:00:00Z"),
            moment(Some("cc"), "2026-01-15T00:00:00Z"),
            moment(None, "2026-01-01T12:00:00Z"),
        ];
        let order = put_in_order(&mut moments, Some(&line), Uncommitted::LeftOut);
        assert_eq!(order.places, [4, 1, 2, 0]);
        assert_eq!((order.ordering, order.left_out.elsewhere), (Ordering::Commits("main".into()), 1));
        assert_eq!(moments[0].note.as_ref().unwrap().place, 1);
    }

    #[test]
    fn a_repository_that_knows_none_of_the_commits_orders_nothing() {
        let line = line(&[("aa", "2026-01-01T00:00:00Z")]);
        let mut moments = [moment(Some("xx"), "2026-02-01T00:00:00Z"), moment(None, "2026-01-01T00:00:00Z")];
        let order = put_in_order(&mut moments, Some(&line), Uncommitted::LeftOut);
        assert_eq!((order.places, order.ordering), (vec![1, 0], Ordering::Time));
    }

    #[test]
    fn uncommitted_changes_are_counted_and_left_out_unless_asked_for() {
        let mut moments = [moment(Some("aa"), "2026-02-01T00:00:00Z")];
        moments[0].revision.is_dirty = Some(true);
        assert_eq!(put_in_order(&mut moments, None, Uncommitted::LeftOut).left_out.uncommitted, 1);
        assert_eq!(put_in_order(&mut moments, None, Uncommitted::Included).places, [0]);
    }

    #[test]
    fn the_start_of_a_hash_names_a_commit_where_it_is_unique() {
        let line = line(&[("aab", ""), ("aac", "")]);
        assert_eq!((line.place("aab"), line.place("aa"), line.place("")), (Some(0), None, None));
    }
}
