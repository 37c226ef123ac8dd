//! Damage to any file of a table: named, or the last record cut off as torn, but never a row.

use std::fs;
use std::path::{Path, PathBuf};

use reedbase::{DeltaProblem, Error, Options, Row, Table};

const ROWS: [[&str; 2]; 4] = [["a", "first"], ["b", "sec\"ond"], ["c", ""], ["d", "fourth\nand last"]];

fn options() -> Options {
    Options { segment_bytes: 1 << 13, ..Options::default() }
}

/// A table whose rows are all in the journal, and the journal's one segment.
fn table_of_four(path: &Path) -> PathBuf {
    let table = Table::create(path, &["key", "value"], options()).unwrap();
    for row in ROWS {
        table.insert(Row::new(row)).unwrap();
    }
    path.join("journal").join("0000000001.seg")
}

#[test]
fn a_flipped_bit_in_the_journal_is_named_or_cuts_the_last_record_but_is_never_a_row() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("table");
    let journal = table_of_four(&path);
    let whole = fs::read(&journal).unwrap();
    let end = whole.iter().rposition(|&byte| byte != 0).unwrap();
    let (mut named, mut cut, mut unused) = (0, 0, 0);
    for place in (0..80).chain(4000..end + 8) {
        let mut damaged = whole.clone();
        damaged[place] ^= 1 << (place % 8);
        fs::write(&journal, &damaged).unwrap();
        match Table::open(&path, options()) {
            Ok(table) => {
                let rows = table.len();
                assert!(table.snapshot().scan().eq(ROWS[..rows].iter().map(Row::new)), "byte {place}");
                assert!(rows >= 3, "byte {place}");
                assert!(rows == 4 || table.opening().cut_bytes > 0, "byte {place}");
                *if rows == 3 { &mut cut } else { &mut unused } += 1;
            }
            Err(Error::Corrupt { path, offset, .. }) => {
                assert_eq!(path, journal);
                assert!(offset as usize <= place, "byte {place} is named {offset}");
                assert_eq!(fs::read(&journal).unwrap(), damaged, "damage is evidence, not to be changed");
                named += 1;
            }
            Err(other) => panic!("byte {place}: {other:?}"),
        }
        // What a table that opened has cut off is gone from the file.
        fs::write(&journal, &whole).unwrap();
    }
    assert!(named > 200 && cut > 40 && unused > 40, "{named} named, {cut} cut, {unused} without effect");
}

#[test]
fn a_journal_without_its_first_segment_is_damage() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("table");
    let journal = table_of_four(&path);
    fs::write(&journal, [0; 100]).unwrap();
    let opened = Table::open(&path, options());
    assert!(matches!(opened, Err(Error::Corrupt { offset: 0, .. })), "{opened:?}");
}

/// A table with four versions, of which the first is whole.
fn table_with_versions(path: &Path) -> Table {
    let table = Table::create(path, &["key", "value"], options()).unwrap();
    for row in ROWS {
        table.insert(Row::new(row)).unwrap();
        table.commit_version(row[0]).unwrap();
    }
    table
}

#[test]
fn a_flipped_bit_in_a_delta_is_named_and_never_a_row() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("table");
    let table = table_with_versions(&path);
    assert_eq!(table.verify().unwrap().problems.len(), 0);
    for version in 1..=4u64 {
        let delta = path.join("deltas").join(format!("{version:010}.rbd"));
        let whole = fs::read(&delta).unwrap();
        for place in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[place] ^= 1 << (place % 8);
            fs::write(&delta, &damaged).unwrap();
            match table.read_version(version) {
                Err(Error::Delta { path, .. }) => assert_eq!(path, delta, "byte {place}"),
                other => panic!("byte {place}: {other:?}"),
            }
            // Versions that do not lean on it are as they were.
            assert!((1..version).all(|earlier| table.read_version(earlier).is_ok()));
        }
        fs::write(&delta, &whole[..whole.len() / 2]).unwrap();
        assert!(matches!(table.read_version(version), Err(Error::Delta { .. })));
        let problems = table.verify().unwrap().problems;
        assert_eq!(problems.len() as u64, 5 - version, "all that lean on it: {problems:?}");
        fs::write(&delta, &whole).unwrap();
    }
    assert_eq!(table.verify().unwrap().problems.len(), 0);
}

#[test]
fn a_delta_of_another_version_is_not_applied() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("table");
    let table = table_with_versions(&path);
    let delta = |version: u64| path.join("deltas").join(format!("{version:010}.rbd"));
    fs::copy(delta(2), delta(3)).unwrap();
    match table.read_version(3) {
        Err(Error::Delta { problem: DeltaProblem::BaseMismatch, .. }) => {}
        other => panic!("{other:?}"),
    }
    fs::remove_file(delta(3)).unwrap();
    assert!(matches!(table.read_version(3), Err(Error::Corrupt { offset: 0, .. })));
}

#[test]
fn a_damaged_line_of_the_version_log_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("table");
    let table = table_with_versions(&path);
    let log = path.join("version.log");
    let whole = fs::read(&log).unwrap();
    let mut damaged = whole.clone();
    damaged[30] ^= 1;
    fs::write(&log, &damaged).unwrap();
    for refused in [table.list_versions().err(), table.commit_version("more").err(), table.rollback(1).err()]
    {
        assert!(matches!(refused, Some(Error::Corrupt { offset: 0, .. })), "{refused:?}");
    }
    // A last line that was cut short is one that was never returned.
    fs::write(&log, &whole[..whole.len() - 9]).unwrap();
    assert_eq!(table.list_versions().unwrap().len(), 3);
    assert_eq!(table.commit_version("again").unwrap().number, 4);
    assert_eq!(table.list_versions().unwrap().len(), 4);
    assert_eq!(table.verify().unwrap().problems.len(), 0);
}
