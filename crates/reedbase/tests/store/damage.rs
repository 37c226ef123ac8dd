//! A flipped bit anywhere in the journal: named, or the last record cut off as torn, but never a row.

use std::fs;
use std::path::Path;

use reedbase::{Error, Options, Row, Table};

const ROWS: [[&str; 2]; 4] = [["a", "first"], ["b", "sec\"ond"], ["c", ""], ["d", "fourth\nand last"]];

/// A table whose rows are all in the journal; returns where its records begin and the file ends.
fn table_of_four(path: &Path) -> Vec<usize> {
    let journal = path.join("current.jnl");
    let mut table = Table::create(path, &["key", "value"], Options::default()).unwrap();
    let length = || fs::metadata(&journal).unwrap().len() as usize;
    let mut ends = vec![length()];
    for row in ROWS {
        table.insert(Row::new(row)).unwrap();
        ends.push(length());
    }
    ends
}

#[test]
fn a_flipped_bit_is_named_or_cuts_the_last_record_but_is_never_a_row() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("table");
    let ends = table_of_four(&path);
    let journal = path.join("current.jnl");
    let whole = fs::read(&journal).unwrap();
    let last = ends[3];
    for place in 0..whole.len() {
        for bit in [0, 5] {
            let mut damaged = whole.clone();
            damaged[place] ^= 1 << bit;
            fs::write(&journal, &damaged).unwrap();
            let opened = Table::open(&path, Options::default());
            if place >= last {
                let table = opened.unwrap();
                assert_eq!(table.opening().cut_bytes, (whole.len() - last) as u64, "byte {place}");
                assert!(table.scan().eq(ROWS[..3].iter().map(Row::new)), "byte {place}");
                continue;
            }
            let begin = if place < ends[0] { 0 } else { *ends.iter().rfind(|&&end| end <= place).unwrap() };
            match opened {
                Err(Error::Corrupt { path, offset, .. }) => {
                    assert_eq!((path, offset), (journal.clone(), begin as u64), "byte {place}");
                }
                other => panic!("byte {place}: {other:?}"),
            }
            assert_eq!(
                fs::read(&journal).unwrap(),
                damaged,
                "a damaged journal is evidence, not to be changed"
            );
        }
    }
}

#[test]
fn a_journal_cut_anywhere_opens_with_the_records_that_are_whole() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("table");
    let ends = table_of_four(&path);
    let journal = path.join("current.jnl");
    let whole = fs::read(&journal).unwrap();
    for length in ends[0]..=whole.len() {
        fs::write(&journal, &whole[..length]).unwrap();
        let table = Table::open(&path, Options::default()).unwrap();
        let rows = ends[1..].iter().filter(|&&end| end <= length).count();
        assert!(table.scan().eq(ROWS[..rows].iter().map(Row::new)), "{length} bytes");
        assert_eq!(table.opening().cut_bytes, (length - ends[rows]) as u64);
        assert_eq!(fs::metadata(&journal).unwrap().len(), ends[rows] as u64);
    }
}

#[test]
fn a_journal_shorter_than_its_header_is_damage() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("table");
    let ends = table_of_four(&path);
    let journal = path.join("current.jnl");
    let whole = fs::read(&journal).unwrap();
    for length in 0..ends[0] {
        fs::write(&journal, &whole[..length]).unwrap();
        let opened = Table::open(&path, Options::default());
        assert!(matches!(opened, Err(Error::Corrupt { offset: 0, .. })), "{length} bytes: {opened:?}");
    }
}

#[test]
fn a_length_beyond_all_reason_is_not_believed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("table");
    let ends = table_of_four(&path);
    let journal = path.join("current.jnl");
    let mut damaged = fs::read(&journal).unwrap();
    damaged[ends[1]..ends[1] + 4].fill(0xFF);
    fs::write(&journal, &damaged).unwrap();
    let opened = Table::open(&path, Options::default());
    assert!(matches!(opened, Err(Error::Corrupt { offset, .. }) if offset == ends[1] as u64), "{opened:?}");
}

#[test]
fn a_record_of_an_earlier_journal_is_not_taken_for_one_of_this() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("table");
    let ends = table_of_four(&path);
    let journal = path.join("current.jnl");
    let earlier = fs::read(&journal).unwrap();
    Table::open(&path, Options::default()).unwrap().close().unwrap();
    // Its first record stands where the new journal's first would, as on a block that was used again.
    let mut stale = fs::read(&journal).unwrap();
    stale.extend_from_slice(&earlier[ends[0]..]);
    fs::write(&journal, &stale).unwrap();
    let table = Table::open(&path, Options::default()).unwrap();
    assert_eq!(table.opening().replayed_changes, 0);
    assert_eq!(table.opening().cut_bytes, (earlier.len() - ends[0]) as u64);
    assert_eq!(table.len(), 4);
}
