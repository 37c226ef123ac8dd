//! `current.csv` edited by something else, before and while the table is open.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use reedbase::{CsvState, Error, Options, OutsideEdit, Row, Storage, Table};
use seglog::{DirectoryStorage, LockFile, SharedWord, Stamp, StoredFile};

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

/// What happens in the moment in which a new CSV file takes the old one's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// The file system cannot exchange files.
    Unable,
    /// Something else has just written the old one.
    Edited,
    /// The same, and a crash right after.
    EditedThenCrash,
}

const EDIT: &str = "id,v\na,from outside\n";

/// A directory in which the moment comes.
#[derive(Debug)]
struct Meddled(DirectoryStorage, Moment);

impl Storage for Meddled {
    fn exchange(&self, one: &str, other: &str) -> io::Result<bool> {
        if self.1 == Moment::Unable {
            return Ok(false);
        }
        fs::write(self.path(other), EDIT)?;
        let done = self.0.exchange(one, other)?;
        assert!(done, "the tests need a file system that can exchange files");
        if self.1 == Moment::EditedThenCrash { Err(io::Error::other("power failure")) } else { Ok(done) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path(name)
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.0.list()
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        self.0.exists(name)
    }

    fn stamp(&self, name: &str) -> io::Result<Stamp> {
        self.0.stamp(name)
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn StoredFile>> {
        self.0.create(name)
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn StoredFile>> {
        self.0.open(name)
    }

    fn create_segment(&self, name: &str, length: u64) -> io::Result<Arc<dyn StoredFile>> {
        self.0.create_segment(name, length)
    }

    fn open_segment(&self, name: &str) -> io::Result<Arc<dyn StoredFile>> {
        self.0.open_segment(name)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.remove(name)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.0.sync_directory()
    }

    fn directory(&self, name: &str) -> io::Result<Arc<dyn Storage>> {
        self.0.directory(name)
    }

    fn shared_word(&self, name: &str) -> io::Result<Arc<dyn SharedWord>> {
        self.0.shared_word(name)
    }

    fn lock_file(&self, name: &str) -> io::Result<Box<dyn LockFile>> {
        self.0.lock_file(name)
    }
}

/// A table with two changes in its journal, about to be folded.
fn before_the_moment(moment: Moment) -> (Place, Table) {
    let place = Place::with_table(true);
    let storage = Meddled(DirectoryStorage::new(&place.path), moment);
    let table = Table::open_on(Arc::new(storage), Options::default()).unwrap();
    (place, table)
}

const FOLDED: &str = "id,v\na,journal\nb,2\n";

fn set_aside(place: &Place) -> Vec<PathBuf> {
    let files = fs::read_dir(&place.path).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.to_string_lossy().contains("current.csv.")).collect()
}

#[test]
fn an_edit_in_the_moment_of_a_fold_is_kept_under_a_name_of_its_own() {
    let (place, table) = before_the_moment(Moment::Edited);
    let Err(Error::EditSetAside { path }) = table.fold() else { panic!("the edit was not noticed") };
    assert_eq!(fs::read_to_string(&path).unwrap(), EDIT);
    assert_eq!(set_aside(&place), [path]);
    assert_eq!(fs::read_to_string(place.csv()).unwrap(), FOLDED);
    // The fold is done, and the table goes on.
    assert_eq!(table.unfolded_changes(), 0);
    table.insert(Row::new(["c", "3"])).unwrap();
    drop(table);
    let table = open(&place.path, OutsideEdit::Refuse).unwrap();
    assert_eq!((table.len(), table.opening().edit_was_set_aside), (3, false));
}

#[test]
fn an_edit_in_the_moment_of_a_fold_outlives_a_crash_right_after() {
    let (place, table) = before_the_moment(Moment::EditedThenCrash);
    assert!(matches!(table.fold(), Err(Error::Write { .. })));
    drop(table);
    let table = open(&place.path, OutsideEdit::Refuse).unwrap();
    assert_eq!(table.opening().csv, CsvState::FoldFinished);
    assert!(table.opening().edit_was_set_aside);
    let kept = set_aside(&place);
    assert_eq!(kept.len(), 1);
    assert_eq!(fs::read_to_string(&kept[0]).unwrap(), EDIT);
    assert_eq!(fs::read_to_string(place.csv()).unwrap(), FOLDED);
}

#[test]
fn a_file_system_that_cannot_exchange_files_folds_by_renaming() {
    let (place, table) = before_the_moment(Moment::Unable);
    table.fold().unwrap();
    assert_eq!(fs::read_to_string(place.csv()).unwrap(), FOLDED);
    assert_eq!(set_aside(&place), Vec::<PathBuf>::new());
}
