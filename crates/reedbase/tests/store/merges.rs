//! Merges by row: what only one side changed is taken, what both changed is a conflict and never lost silently.

use std::collections::BTreeMap;

use proptest::prelude::*;
use reedbase::{Batch, Change, Conflict, Error, Merged, Options, Policy, Row, Table, conflicts, merge};

type Rows = BTreeMap<String, Row>;

fn new_table() -> (tempfile::TempDir, Table) {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { segment_bytes: 1 << 15, sync: reedbase::Sync::Never, ..Options::default() };
    let table = Table::create(directory.path(), &["id", "value"], options).unwrap();
    (directory, table)
}

fn row(key: &str, value: &str) -> Row {
    Row::new([key, value])
}

/// What each of a few keys is to become, if anything.
fn wishes() -> impl Strategy<Value = BTreeMap<String, Option<String>>> {
    let value = prop::option::weighted(0.7, "[uvw]");
    prop::collection::btree_map("[a-f]", value, 0..6)
}

fn changes(rows: &Rows, wishes: &BTreeMap<String, Option<String>>) -> Vec<Change> {
    let change = |(key, value): (&String, &Option<String>)| match (rows.contains_key(key), value) {
        (true, Some(value)) => Some(Change::Update(row(key, value))),
        (false, Some(value)) => Some(Change::Insert(row(key, value))),
        (true, None) => Some(Change::Delete(key.clone())),
        (false, None) => None,
    };
    wishes.iter().filter_map(change).collect()
}

fn apply(rows: &Rows, changes: &[Change]) -> Rows {
    let mut rows = rows.clone();
    for change in changes {
        match change.row() {
            Some(row) => rows.insert(row.key().to_owned(), row.clone()),
            None => rows.remove(change.key()),
        };
    }
    rows
}

fn rows_of(table: &Table) -> Rows {
    table.snapshot().scan().map(|row| (row.key().to_owned(), row)).collect()
}

/// The merge by its definition: key by key.
fn merged(base: &Rows, ours: &Rows, theirs: &Rows, ours_win: bool) -> (Rows, Vec<Conflict>) {
    let mut conflicts = Vec::new();
    let keys: std::collections::BTreeSet<&String> =
        base.keys().chain(ours.keys()).chain(theirs.keys()).collect();
    let pick = |key: &&String| {
        let (was, our, their) = (base.get(*key), ours.get(*key), theirs.get(*key));
        let taken = if our == was || our == their {
            their
        } else if their == was {
            our
        } else {
            conflicts.push(Conflict {
                key: (*key).clone(),
                base: was.cloned(),
                ours: our.cloned(),
                theirs: their.cloned(),
            });
            if ours_win { our } else { their }
        };
        taken.map(|row| ((*key).clone(), row.clone()))
    };
    (keys.iter().filter_map(pick).collect(), conflicts)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn merging_gives_what_key_by_key_gives(start in wishes(), ours in wishes(), theirs in wishes(), folds: bool) {
        let (_directory, table) = new_table();
        table.write_batch(&changes(&Rows::new(), &start)).unwrap();
        let base = table.snapshot();
        let base_rows = rows_of(&table);
        let (ours, theirs) = (changes(&base_rows, &ours), changes(&base_rows, &theirs));
        let (our_rows, their_rows) = (apply(&base_rows, &ours), apply(&base_rows, &theirs));
        // Who sets a value that is there already has not changed anything.
        let really = |changes: &[Change]| -> Vec<Change> {
            changes.iter().filter(|change| base_rows.get(change.key()) != change.row()).cloned().collect()
        };
        let (our_batch, their_batch) = (Batch::now(really(&ours)), Batch::now(really(&theirs)));
        let (_, expected) = merged(&base_rows, &our_rows, &their_rows, true);

        let found = conflicts(&base, &our_batch.changes, &their_batch.changes);
        prop_assert_eq!(&found, &expected);
        for (policy, ours_win) in [(Policy::Ours, true), (Policy::Theirs, false)] {
            let result = merge(&base, &our_batch, &their_batch, policy).unwrap();
            prop_assert_eq!(&result.conflicts, &expected);
            let (rows, _) = merged(&base_rows, &our_rows, &their_rows, ours_win);
            prop_assert_eq!(apply(&base_rows, &result.changes), rows);
        }
        match merge(&base, &our_batch, &their_batch, Policy::Fail) {
            Ok(_) => prop_assert!(expected.is_empty()),
            Err(Error::Conflict { conflicts }) => prop_assert_eq!(&conflicts, &expected),
            Err(other) => panic!("{other}"),
        }

        // The same with theirs already in the table.
        table.write_batch(&theirs).unwrap();
        if folds {
            table.fold().unwrap();
        }
        match table.write_merged(&base, &our_batch, Policy::Fail) {
            Ok(done) => prop_assert!(expected.is_empty() && done.conflicts.is_empty()),
            Err(Error::Conflict { conflicts }) => {
                prop_assert_eq!(&conflicts, &expected);
                prop_assert_eq!(rows_of(&table), their_rows.clone(), "nothing is written");
            }
            Err(other) => panic!("{other}"),
        }
        let done = table.write_merged(&base, &our_batch, Policy::Ours).unwrap();
        if !expected.is_empty() {
            prop_assert_eq!(&done.conflicts, &expected);
        }
        prop_assert_eq!(rows_of(&table), merged(&base_rows, &our_rows, &their_rows, true).0);
    }
}

#[test]
fn the_last_writer_wins_by_the_time_of_the_change() {
    let (_directory, table) = new_table();
    table.insert(row("a", "start")).unwrap();
    let base = table.snapshot();
    let early = Batch::now(vec![Change::Update(row("a", "early"))]);
    table.update(row("a", "theirs")).unwrap();
    let late = Batch::now(vec![Change::Update(row("a", "late"))]);
    let done = table.write_merged(&base, &early, Policy::LastWriter).unwrap();
    assert_eq!(done.conflicts.len(), 1, "a conflict is told even when it is settled");
    assert_eq!((done.changes.len(), table.read("a").unwrap()), (0, row("a", "theirs")));
    let done: Merged = table.write_merged(&base, &late, Policy::LastWriter).unwrap();
    assert_eq!(done.changes, [Change::Update(row("a", "late"))]);
    assert_eq!(table.read("a").unwrap(), row("a", "late"));
}

#[test]
fn a_conflict_says_key_base_ours_and_theirs() {
    let (_directory, table) = new_table();
    table.insert(row("a", "base")).unwrap();
    let base = table.snapshot();
    table.delete("a").unwrap();
    let ours = Batch::now(vec![Change::Update(row("a", "ours")), Change::Insert(row("b", "new"))]);
    let error = table.write_merged(&base, &ours, Policy::Fail).unwrap_err();
    assert_eq!(error.to_string(), "1 rows were changed by others in the meantime, the first of them \"a\"");
    let Error::Conflict { conflicts } = error else { panic!("{error}") };
    let expected = Conflict {
        key: "a".to_owned(),
        base: Some(row("a", "base")),
        ours: Some(row("a", "ours")),
        theirs: None,
    };
    assert_eq!(conflicts, [expected]);
    assert!(!table.contains("b"), "all or nothing");
    table.write_merged(&base, &ours, Policy::Theirs).unwrap();
    assert!(table.contains("b") && !table.contains("a"));
}
