//! Versions: kept, read again, gone back to and packed.

use std::fs;
use std::path::{Path, PathBuf};

use reedbase::{Change, Codec, Error, Options, Row, Stored, Table};

fn table(path: &Path, codec: Codec) -> Table {
    let options = Options { codec, segment_bytes: 1 << 16, ..Options::default() };
    Table::create(path, &["id", "value"], options).unwrap()
}

fn place() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("table");
    (directory, path)
}

/// Version `n` has rows 0 to n - 1, of which the last few changed with every version.
fn make_versions(table: &Table, count: usize) -> Vec<Vec<Row>> {
    let mut kept = Vec::new();
    for version in 1..=count {
        let mut batch: Vec<Change> = (version.saturating_sub(4)..version - 1)
            .map(|row| Change::Update(Row::new([format!("r{row}"), format!("v{version}, \"\n|")])))
            .collect();
        batch.push(Change::Insert(Row::new([format!("r{}", version - 1), "new".to_owned()])));
        table.write_batch(&batch).unwrap();
        let made = table.commit_version(&format!("version\t{version}\n")).unwrap();
        assert_eq!((made.number, made.row_count), (version as u64, version as u64));
        kept.push(table.snapshot().scan().collect());
    }
    kept
}

fn deltas(path: &Path) -> usize {
    let names = fs::read_dir(path.join("deltas")).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_str().unwrap().ends_with(".rbd")).count()
}

fn check(table: &Table, kept: &[Vec<Row>], from: usize) {
    for (index, rows) in kept.iter().enumerate() {
        let read = table.read_version(index as u64 + 1);
        if index + 1 < from {
            assert!(matches!(read, Err(Error::VersionNotFound { .. })));
        } else {
            assert!(read.unwrap().scan().eq(rows.iter().cloned()), "version {}", index + 1);
        }
    }
}

#[test]
fn every_version_reads_back_with_every_codec_and_after_opening_again() {
    for codec in [Codec::None, Codec::Xz, Codec::Zstd] {
        let (_directory, path) = place();
        let table = table(&path, codec);
        let kept = make_versions(&table, 40);
        check(&table, &kept, 1);
        let versions = table.list_versions().unwrap();
        assert_eq!(versions[6].message, "version\t7\n");
        assert!(versions.iter().all(|version| version.depth <= 16), "rollback is bounded");
        assert_eq!(versions.iter().filter(|version| version.stored == Stored::Whole).count(), 3);
        assert!(versions.is_sorted_by_key(|version| version.created_ns));
        table.close().unwrap();
        let table = Table::open(&path, Options { codec: Codec::None, ..Options::default() }).unwrap();
        check(&table, &kept, 1);
        assert_eq!(table.list_versions().unwrap(), versions);
        assert_eq!(table.verify().unwrap().version_count, 40);
    }
}

#[test]
fn a_rollback_brings_the_rows_back_and_forgets_no_version() {
    let (_directory, path) = place();
    let table = table(&path, Codec::Zstd);
    let mut kept = make_versions(&table, 12);
    let reader = table.snapshot();
    table.insert(Row::new(["unkept", "x"])).unwrap();
    let back = table.rollback(2).unwrap();
    assert_eq!((back.number, back.stored), (13, Stored::Same { version: 2 }));
    assert!(table.snapshot().scan().eq(kept[1].iter().cloned()));
    assert_eq!(table.unfolded_changes(), 0);
    assert_eq!(fs::read_to_string(path.join("current.csv")).unwrap().lines().next(), Some("id,value"));
    assert_eq!(reader.len(), 12, "a reader keeps what it reads");
    kept.push(kept[1].clone());
    table.insert(Row::new(["after", "y"])).unwrap();
    table.commit_version("after").unwrap();
    kept.push(table.snapshot().scan().collect());
    check(&table, &kept, 1);
    assert!(matches!(table.rollback(99), Err(Error::VersionNotFound { version: 99, .. })));
    assert_eq!(table.verify().unwrap().problems.len(), 0);
}

#[test]
fn a_version_without_changes_takes_no_space() {
    let (_directory, path) = place();
    let table = table(&path, Codec::Xz);
    make_versions(&table, 3);
    let files = || deltas(&path);
    let before = files();
    let again = table.commit_version("nothing new").unwrap();
    assert_eq!(again.stored, Stored::Same { version: 3 });
    assert_eq!(files(), before);
    assert_eq!(table.read_version(4).unwrap().len(), 3);
}

#[test]
fn compaction_keeps_the_last_versions_readable_and_their_numbers() {
    let (_directory, path) = place();
    let table = table(&path, Codec::Zstd);
    let mut kept = make_versions(&table, 20);
    table.rollback(3).unwrap();
    kept.push(kept[2].clone());
    // Left behind by a crash, say.
    fs::write(path.join("deltas/0000000099.rbd"), "orphan").unwrap();
    assert_eq!(table.compact(5).unwrap(), 16);
    check(&table, &kept, 17);
    let versions = table.list_versions().unwrap();
    assert_eq!(versions.iter().map(|version| version.number).collect::<Vec<_>>(), [17, 18, 19, 20, 21]);
    assert_eq!(versions[0].stored, Stored::Whole);
    assert_eq!(versions[4].stored, Stored::Whole, "what it equalled is gone");
    assert_eq!(deltas(&path), 5);
    assert_eq!(table.verify().unwrap().problems.len(), 0);
    assert_eq!(table.commit_version("next").unwrap().number, 22);
    assert_eq!(table.compact(100).unwrap(), 0);
    assert_eq!(table.compact(0).unwrap(), 5, "the last one stays");
    assert_eq!(table.read_version(22).unwrap().len(), 3);
}

#[test]
fn versions_are_made_while_others_write() {
    let (_directory, path) = place();
    let table = table(&path, Codec::Zstd);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for row in 0..300 {
                let pair =
                    ["a", "b"].map(|part| Change::Insert(Row::new([format!("{row}{part}"), "x".into()])));
                table.write_batch(&pair).unwrap();
            }
        });
        let mut made = 0;
        while !writer.is_finished() {
            let version = table.commit_version("meanwhile").unwrap();
            assert_eq!(version.row_count % 2, 0, "a version has whole batches");
            made += 1;
        }
        assert!(made > 0);
    });
    assert_eq!(table.len(), 600);
    assert_eq!(table.verify().unwrap().problems.len(), 0);
}

#[test]
fn a_version_too_large_for_the_memory_allowed_is_refused() {
    let (_directory, path) = place();
    let table = table(&path, Codec::Xz);
    table.insert(Row::new(["big", &"x".repeat(100_000)])).unwrap();
    table.commit_version("big").unwrap();
    table.delete("big").unwrap();
    table.close().unwrap();
    let options = Options { memory_limit_bytes: 10_000, ..Options::default() };
    let table = Table::open(&path, options).unwrap();
    let refused = table.read_version(1).err();
    assert!(matches!(refused, Some(Error::OutOfMemory { limit: 10_000, .. })), "{refused:?}");
    let refused = table.insert(Row::new(["big", &"x".repeat(100_000)])).err();
    assert!(matches!(refused, Some(Error::OutOfMemory { what: "a batch", .. })), "{refused:?}");
    fs::write(path.join("current.csv"), format!("id,value\na,{}\n", "x".repeat(20_000))).unwrap();
    drop(table);
    let refused = Table::open(&path, options).err();
    assert!(matches!(refused, Some(Error::OutOfMemory { .. })), "{refused:?}");
}
