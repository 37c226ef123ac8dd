//! `current.csv` edited by something else, before and while the table is open.

use std::fs;
use std::path::{Path, PathBuf};

use reedbase::{CsvState, Error, Options, OutsideEdit, Row, Table};

struct Place {
    _directory: tempfile::TempDir,
    path: PathBuf,
}

impl Place {
    /// A table with the row `a` in its file and, if asked for, `b` in its journal.
    fn with_table(journalled: bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("table");
        let table = Table::create(&path, &["id", "v"], Options::default()).unwrap();
        table.insert(Row::new(["a", "1"])).unwrap();
        table.fold().unwrap();
        if journalled {
            table.insert(Row::new(["b", "2"])).unwrap();
            table.update(Row::new(["a", "journal"])).unwrap();
        }
        Self { _directory: directory, path }
    }

    fn csv(&self) -> PathBuf {
        self.path.join("current.csv")
    }
}

fn open(path: &Path, outside_edit: OutsideEdit) -> Result<Table, Error> {
    Table::open(path, Options { outside_edit, ..Options::default() })
}

#[test]
fn an_edit_is_taken_when_the_journal_holds_nothing_more() {
    let place = Place::with_table(false);
    fs::write(place.csv(), "id,v,w\na,9,\nz,8,x\n").unwrap();
    let table = open(&place.path, OutsideEdit::Accept).unwrap();
    assert_eq!(table.opening().csv, CsvState::EditedOutside);
    assert_eq!(table.columns(), ["id", "v", "w"]);
    assert_eq!(table.read("z").unwrap(), Row::new(["z", "8", "x"]));
    drop(table);
    assert_eq!(open(&place.path, OutsideEdit::Accept).unwrap().opening().csv, CsvState::AsRecorded);
}

#[test]
fn an_edit_is_refused_when_the_journal_holds_rows_that_it_lacks() {
    let place = Place::with_table(true);
    let journal = fs::read(place.path.join("journal/0000000001.seg")).unwrap();
    fs::write(place.csv(), "id,v\na,9\n").unwrap();
    match open(&place.path, OutsideEdit::Accept) {
        Err(Error::EditedOutside { path, unfolded }) => assert_eq!((path, unfolded), (place.csv(), 2)),
        other => panic!("{other:?}"),
    }
    assert_eq!(fs::read(place.path.join("journal/0000000001.seg")).unwrap(), journal);
    // Put back, all is as it was.
    fs::write(place.csv(), "id,v\na,1\n").unwrap();
    assert_eq!(open(&place.path, OutsideEdit::Accept).unwrap().len(), 2);
}

#[test]
fn replay_puts_the_journals_rows_over_the_edited_file() {
    let place = Place::with_table(true);
    fs::write(place.csv(), "id,v\nz,8\na,9\n").unwrap();
    let table = open(&place.path, OutsideEdit::Replay).unwrap();
    assert_eq!(table.opening().replayed_changes, 2);
    let rows = [["z", "8"], ["a", "journal"], ["b", "2"]];
    assert!(table.snapshot().scan().eq(rows.map(Row::new)));
    drop(table);
    assert_eq!(fs::read_to_string(place.csv()).unwrap(), "id,v\nz,8\na,journal\nb,2\n");
    assert_eq!(open(&place.path, OutsideEdit::Refuse).unwrap().len(), 3);
}

#[test]
fn replay_over_a_file_of_other_columns_is_refused_and_loses_nothing() {
    let place = Place::with_table(true);
    fs::write(place.csv(), "id,v,w\na,9,\n").unwrap();
    assert!(matches!(open(&place.path, OutsideEdit::Replay), Err(Error::InvalidRow { .. })));
    fs::write(place.csv(), "id,v\na,1\n").unwrap();
    assert_eq!(open(&place.path, OutsideEdit::Accept).unwrap().opening().replayed_changes, 2);
}

#[test]
fn refuse_takes_no_difference_at_all() {
    let place = Place::with_table(false);
    fs::write(place.csv(), "id,v\na,2\n").unwrap();
    assert!(matches!(open(&place.path, OutsideEdit::Refuse), Err(Error::EditedOutside { unfolded: 0, .. })));
}

#[test]
fn an_edit_while_the_table_is_open_is_not_overwritten_by_a_fold() {
    let place = Place::with_table(false);
    let table = open(&place.path, OutsideEdit::Accept).unwrap();
    table.insert(Row::new(["b", "2"])).unwrap();
    fs::write(place.csv(), "id,v\na,edited\n").unwrap();
    assert!(matches!(table.fold(), Err(Error::EditedOutside { unfolded: 1, .. })));
    assert_eq!(fs::read_to_string(place.csv()).unwrap(), "id,v\na,edited\n");
    // The table itself is not harmed.
    table.insert(Row::new(["c", "3"])).unwrap();
    drop(table);
    let table = open(&place.path, OutsideEdit::Replay).unwrap();
    assert!(table.snapshot().scan().eq([["a", "edited"], ["b", "2"], ["c", "3"]].map(Row::new)));
}

#[test]
fn a_write_that_finds_a_fold_due_but_impossible_says_so_and_writes_nothing() {
    let place = Place::with_table(false);
    let table = Table::open(&place.path, Options { fold_at_bytes: 0, ..Options::default() }).unwrap();
    table.insert(Row::new(["b", "2"])).unwrap();
    fs::write(place.csv(), "id,v\na,edited\n").unwrap();
    assert!(matches!(table.insert(Row::new(["c", "3"])), Err(Error::EditedOutside { unfolded: 1, .. })));
    assert!(!table.contains("c"));
}
