//! The index against the files: the same answer whatever happened to it, and never another.

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use bench_lab::baseline::{Place as Named, Shelf};
use bench_lab::store::index::{Holdings, INDEX_FILE, Wanted, consult};
use bench_lab::store::{Location, Origin, Store};
use lab_core::model::{Baseline, Extract, MetricId};

use crate::bench_lab::Place;
use crate::stored::{self, Wanted as OfRun};

/// A store of some Runs, an hour apart.
fn filled(count: usize) -> Place {
    let place = Place::new();
    (0..count).for_each(|index| add(&place, index));
    place
}

fn add(place: &Place, index: usize) {
    let created_at = format!("2026-08-01T{index:02}:15:00Z");
    let commit = format!("{index:040x}");
    let benchmarks = [("read", 1000.0 + index as f64), ("write", 50_000.0)];
    let wanted =
        OfRun { created_at: &created_at, commit: &commit, benchmarks: &benchmarks, ..OfRun::default() };
    stored::store(place, wanted);
}

fn shelf(place: &Place) -> Shelf {
    Shelf::at(place.path().join("baselines"))
}

fn open(place: &Place) -> Store {
    Store::open(&Location { path: place.store(), origin: Origin::Flag }).unwrap()
}

/// What is held, and what was told meanwhile.
fn held(place: &Place) -> (Holdings, Vec<String>) {
    let mut told = Vec::new();
    let metric = MetricId::wall_ns();
    let wanted = Wanted { metric: &metric, benchmarks: None };
    let holdings =
        consult(Some(&open(place)), &shelf(place), &wanted, &mut |line| told.push(line.to_owned())).unwrap();
    (sorted(holdings), told)
}

/// In an order that does not follow from how the index came about.
fn sorted(mut holdings: Holdings) -> Holdings {
    holdings.values.sort_by(|one, other| one.name.cmp(&other.name));
    holdings.values.iter_mut().for_each(|values| values.values.sort_by_key(|(place, _)| *place));
    holdings
}

/// What the files alone say.
fn fresh(place: &Place) -> Holdings {
    let _ = fs::remove_file(file(place));
    held(place).0
}

fn file(place: &Place) -> PathBuf {
    place.store().join(INDEX_FILE)
}

#[test]
fn every_run_is_in_it_and_what_comes_and_goes_is_followed() {
    let place = filled(3);
    let (holdings, _) = held(&place);
    assert_eq!((holdings.moments.len(), holdings.values.len()), (3, 2));
    let read = &holdings.values[0];
    assert_eq!(read.name.benchmark, "p/t/read");
    let centres: Vec<f64> = read.values.iter().map(|(_, value)| value.centre.point.round()).collect();
    assert_eq!(centres, [1000.0, 1001.0, 1002.0]);
    assert!(
        read.values.iter().all(|(_, value)| value.invocation_count == 12 && value.centre.interval.is_some())
    );
    assert_eq!(holdings.moments[0].canaries["integer_v1"].round(), 1000.0);

    add(&place, 5);
    assert_eq!(held(&place).0.moments.len(), 4);
    open(&place).remove("latest~3").unwrap();
    let (holdings, _) = held(&place);
    assert_eq!(holdings.moments.len(), 3);
    assert_eq!(holdings, fresh(&place));
}

#[test]
fn a_baseline_of_a_run_names_it_and_stands_for_it_when_the_run_is_gone() {
    let place = filled(2);
    let store = open(&place);
    let run = store.load("latest").unwrap().run;
    let baseline = Baseline::new(Extract::of_run(&run), "2026-08-02T00:00:00Z".into(), None);
    let named = Named::new("test-1c", "v1").unwrap();
    shelf(&place).save(&named, &baseline, false).unwrap();
    let (holdings, _) = held(&place);
    assert_eq!(holdings.moments.len(), 2);
    assert_eq!(holdings.moments[1].names, ["test-1c/v1"]);
    assert_eq!(holdings.values[0].values.len(), 2, "the baseline's values are those of its Run");

    store.remove("latest").unwrap();
    let (holdings, _) = held(&place);
    assert_eq!(holdings.moments.len(), 2);
    let kept = holdings.moments.iter().find(|moment| moment.source.kind() == "baseline").unwrap();
    assert_eq!((kept.source.reference(), kept.names.len()), ("test-1c/v1", 1));
    assert_eq!(holdings.values[0].values.len(), 2);
}

#[test]
fn a_run_that_is_open_or_unreadable_is_named_and_has_no_values() {
    let place = filled(2);
    let folders = place.run_folders();
    fs::remove_file(folders[0].join("seal.json")).unwrap();
    fs::write(folders[1].join("run.json"), "{").unwrap();
    let (holdings, _) = held(&place);
    assert_eq!((holdings.open.len(), holdings.unreadable.len(), holdings.moments.len()), (1, 1, 0));
    assert!(holdings.unreadable[0].1.contains("run.json"), "{:?}", holdings.unreadable);
}

#[test]
fn a_damaged_index_is_made_anew_and_says_the_same() {
    let place = filled(6);
    let truth = fresh(&place);
    let whole = fs::read(file(&place)).unwrap();
    let write = |bytes: &[u8]| fs::write(file(&place), bytes).unwrap();
    write(b"no database at all, but longer than a header of one would be: a hundred bytes and some more, surely");
    let (holdings, told) = held(&place);
    assert_eq!(holdings, truth);
    assert!(told.len() == 1 && told[0].ends_with("it is deleted and made anew from the files"), "{told:?}");
    write(&whole[..whole.len() / 2]);
    assert_eq!(held(&place).0, truth);
    write(b"");
    assert_eq!(held(&place).0, truth, "an empty file is an index without anything in it");
    // Each page in turn is overwritten, wholly and in one byte.
    for page in 0..whole.len() / 4096 {
        for (offset, bytes) in [(0, &[0xa5; 4096][..]), (2000, &[0x5a][..]), (4090, &[0x5a][..])] {
            write(&whole);
            let mut handle = OpenOptions::new().write(true).open(file(&place)).unwrap();
            handle.seek(SeekFrom::Start((page * 4096 + offset) as u64)).unwrap();
            handle.write_all(bytes).unwrap();
            let (holdings, told) = held(&place);
            assert!(holdings == truth, "page {page}, offset {offset}: {told:?}");
        }
    }
}

#[test]
fn an_index_of_another_version_is_made_anew() {
    let place = filled(1);
    let truth = fresh(&place);
    let connection = rusqlite::Connection::open(file(&place)).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let (holdings, told) = held(&place);
    assert_eq!(holdings, truth);
    assert!(told[0].contains("version 99"), "{told:?}");
}

#[test]
fn a_store_that_cannot_be_written_answers_from_memory() {
    let place = filled(2);
    let truth = fresh(&place);
    fs::remove_file(file(&place)).unwrap();
    // A folder in the index's place stands for a store that takes no file there: root may write anywhere else.
    fs::create_dir(file(&place)).unwrap();
    let (holdings, told) = held(&place);
    assert_eq!(holdings, truth);
    assert!(told.iter().any(|line| line.ends_with("in memory for this once")), "{told:?}");
    fs::remove_dir(file(&place)).unwrap();
    let _ = fs::remove_file(place.store().join("index.lock"));
    fs::set_permissions(place.store(), fs::Permissions::from_mode(0o500)).unwrap();
    assert_eq!(held(&place).0, truth);
    fs::set_permissions(place.store(), fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn two_processes_at_once_agree() {
    let place = filled(8);
    let truth = fresh(&place);
    for _ in 0..3 {
        fs::remove_file(file(&place)).unwrap();
        std::thread::scope(|scope| {
            let both: Vec<_> = (0..3).map(|_| scope.spawn(|| held(&place).0)).collect();
            for one in both {
                assert_eq!(one.join().unwrap(), truth);
            }
        });
    }
}

const FOLDER: &str = "INDEX_TEST_FOLDER";

#[test]
#[ignore = "played by another test, in a process of its own"]
fn plays_a_process_that_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let metric = MetricId::wall_ns();
    let wanted = Wanted { metric: &metric, benchmarks: None };
    let store = Store::open(&Location { path: folder.join("store"), origin: Origin::Flag }).unwrap();
    loop {
        consult(Some(&store), &Shelf::at(folder.join("baselines")), &wanted, &mut |_| {}).unwrap();
        let _ = fs::remove_file(folder.join("store").join(INDEX_FILE));
    }
}

#[test]
fn a_kill_at_any_moment_changes_no_answer() {
    let place = filled(6);
    let truth = fresh(&place);
    for round in 0..25_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["index::plays_a_process_that_is_killed", "--exact", "--ignored"])
            .env(FOLDER, place.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(15 + 7 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(held(&place).0, truth, "after kill {round}");
    }
}
