//! One table, many handles and threads: as many processes have it, within one so that a test can order them.

use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;
use reedbase::{Change, Error, Options, OutsideEdit, Row, Sync, Table};

fn options() -> Options {
    Options { segment_bytes: 1 << 13, fold_at_bytes: 500, ..Options::default() }
}

#[derive(Debug, Clone)]
enum Turn {
    Put(String, String),
    Delete(String),
    Fold,
    Version,
    Rollback,
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        6 => ("[a-e]", "[x-z,\"]{0,20}").prop_map(|(key, value)| Turn::Put(key, value)),
        2 => "[a-e]".prop_map(Turn::Delete),
        1 => Just(Turn::Fold),
        1 => Just(Turn::Version),
        1 => Just(Turn::Rollback),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whoever_writes_every_handle_reads_it(turns in prop::collection::vec((0usize..3, turn()), 1..60)) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("table");
        Table::create(&path, &["id", "value"], options()).unwrap();
        let handles: Vec<Table> = (0..3).map(|_| Table::open(&path, options()).unwrap()).collect();
        let mut model: BTreeMap<String, Row> = BTreeMap::new();
        let mut kept = Vec::new();
        for (who, turn) in turns {
            let table = &handles[who];
            match turn {
                Turn::Put(key, value) => {
                    let row = Row::new([&key, &value]);
                    let insert = table.insert(row.clone());
                    match insert {
                        Err(Error::KeyExists { .. }) if model.contains_key(&key) => table.update(row.clone()).unwrap(),
                        other => other.unwrap(),
                    }
                    model.insert(key, row);
                }
                Turn::Delete(key) => match table.delete(&key) {
                    Err(Error::NotFound { .. }) => prop_assert!(!model.contains_key(&key)),
                    other => {
                        other.unwrap();
                        prop_assert!(model.remove(&key).is_some());
                    }
                },
                Turn::Fold => table.fold().unwrap(),
                Turn::Version => {
                    table.commit_version("").unwrap();
                    kept.push(model.clone());
                }
                Turn::Rollback => {
                    if let Some(first) = kept.first().cloned() {
                        table.rollback(1).unwrap();
                        kept.push(first.clone());
                        model = first;
                    }
                }
            }
            for reader in &handles {
                let rows = reader.snapshot();
                let found: BTreeMap<String, Row> = rows.scan().map(|row| (row.key().to_owned(), row)).collect();
                prop_assert_eq!(&found, &model);
                prop_assert_eq!(rows.len(), model.len());
            }
        }
        prop_assert_eq!(handles[0].list_versions().unwrap().len(), kept.len());
        prop_assert_eq!(handles[1].verify().unwrap().problems.len(), 0);
    }
}

#[test]
fn many_threads_write_and_read_at_once() {
    for sync in [Sync::Group, Sync::Each, Sync::Never] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("table");
        let options = Options { sync, fold_at_bytes: 20_000, segment_bytes: 1 << 15, ..Options::default() };
        let table = Table::create(&path, &["id", "value"], options).unwrap();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let writers: Vec<_> = (0..6)
                .map(|thread| {
                    let table = &table;
                    scope.spawn(move || {
                        for number in 0..100 {
                            let pair = ["a", "b"].map(|part| format!("{thread}.{number}{part}"));
                            let batch =
                                pair.each_ref().map(|key| Change::Insert(Row::new([key.as_str(), "x"])));
                            table.write_batch(&batch).unwrap();
                            assert!(
                                pair.iter().all(|key| table.contains(key)),
                                "a write is read by its writer"
                            );
                            let twice = table.insert(Row::new([pair[0].as_str(), "again"]));
                            assert!(matches!(twice, Err(Error::KeyExists { .. })), "{twice:?}");
                        }
                    })
                })
                .collect();
            for _ in 0..2 {
                scope.spawn(|| {
                    let mut last = 0;
                    while !done.load(Ordering::Relaxed) {
                        let rows = table.snapshot();
                        assert!(rows.len() >= last && rows.len().is_multiple_of(2));
                        last = rows.len();
                        assert_eq!(rows.scan().count(), last);
                    }
                });
            }
            writers.into_iter().for_each(|writer| writer.join().unwrap());
            done.store(true, Ordering::Relaxed);
        });
        assert_eq!(table.len(), 1200);
        drop(table);
        assert_eq!(Table::open(&path, options).unwrap().len(), 1200);
    }
}

#[test]
fn an_edit_is_noticed_by_the_next_write_and_by_readers_soon() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("table");
    let table = Table::create(&path, &["id", "value"], options()).unwrap();
    table.insert(Row::new(["a", "1"])).unwrap();
    table.fold().unwrap();
    table.index_column("value").unwrap();
    fs::write(path.join("current.csv"), "id,value\na,9\nb,8\n").unwrap();
    assert!(matches!(table.insert(Row::new(["b", "2"])), Err(Error::KeyExists { .. })));
    assert_eq!(table.read("a").unwrap().value(1), Some("9"));

    fs::write(path.join("current.csv"), "id,value,more\na,9,x\n").unwrap();
    table.refresh().unwrap();
    assert_eq!(table.columns(), ["id", "value", "more"]);

    fs::write(path.join("current.csv"), "id,value\nz,1\n").unwrap();
    let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !table.contains("z") {
        assert!(std::time::Instant::now() < end, "a reader never noticed");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(table.snapshot().scan().eq([Row::new(["z", "1"])]));
}

#[test]
fn rows_that_wait_in_the_journal_are_not_lost_to_an_edit() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("table");
    let table = Table::create(&path, &["id", "value"], Options::default()).unwrap();
    table.insert(Row::new(["a", "journal"])).unwrap();
    fs::write(path.join("current.csv"), "id,value\nb,edited\n").unwrap();
    // The row is safe where it is, and so is the next.
    table.insert(Row::new(["c", "journal"])).unwrap();
    assert!(matches!(table.refresh(), Err(Error::EditedOutside { unfolded: 2, .. })));
    assert!(matches!(table.fold(), Err(Error::EditedOutside { unfolded: 2, .. })));
    assert!(matches!(table.rollback(1), Err(Error::VersionNotFound { .. })));
    drop(table);
    let replay = Options { outside_edit: OutsideEdit::Replay, ..Options::default() };
    let table = Table::open(&path, replay).unwrap();
    let rows = [["b", "edited"], ["a", "journal"], ["c", "journal"]];
    assert!(table.snapshot().scan().eq(rows.map(Row::new)));
    // While it is open, too.
    table.insert(Row::new(["d", "journal"])).unwrap();
    fs::write(path.join("current.csv"), "id,value\nb,again\n").unwrap();
    table.refresh().unwrap();
    assert!(table.snapshot().scan().eq([["b", "again"], ["d", "journal"]].map(Row::new)));
}

#[test]
fn a_broken_edit_is_named_and_forgiven_when_it_is_mended() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("table");
    let table = Table::create(&path, &["id", "value"], options()).unwrap();
    fs::write(path.join("current.csv"), "id,value\na,\"open\n").unwrap();
    let refused = table.insert(Row::new(["b", "1"])).unwrap_err();
    assert!(matches!(refused, Error::InvalidFormat { line: 2, column: 3, .. }), "{refused}");
    assert!(table.is_empty(), "readers keep what they had");
    fs::write(path.join("current.csv"), "id,value\na,closed\n").unwrap();
    table.insert(Row::new(["b", "1"])).unwrap();
    assert_eq!(table.len(), 2);
}
