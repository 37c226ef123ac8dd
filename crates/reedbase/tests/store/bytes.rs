//! Files of a table changed at random: whatever opens has only rows that were written, and nothing panics.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reedbase::delta::{Delta, diff, patch};
use reedbase::{Delimiter, Error, Options, Row, Storage as _, Table};
use seglog::simulation::Disk;

const FILES: [&str; 5] = [
    "current.csv",
    "journal/0000000001.seg",
    "version.log",
    "deltas/0000000001.rbd",
    "deltas/0000000002.rbd",
];

fn options() -> Options {
    Options { segment_bytes: 4096 + 2000, memory_limit_bytes: 1 << 20, ..Options::default() }
}

fn rows() -> [Row; 4] {
    [["a", "first"], ["b", "sec\"ond"], ["c", ""], ["d", "fourth\nand last"]].map(Row::new)
}

fn start() -> Disk {
    let disk = Disk::default();
    let table = Table::create_on(Arc::new(disk.clone()), &["id", "value"], options()).unwrap();
    for (index, row) in rows().into_iter().enumerate() {
        table.insert(row).unwrap();
        if index < 2 {
            table.commit_version("one").unwrap();
        }
    }
    disk
}

fn mutate(bytes: &mut Vec<u8>, rng: &mut ChaCha8Rng) {
    for _ in 0..rng.random_range(1..5) {
        if bytes.is_empty() {
            return;
        }
        // Of a segment, mostly the part in use.
        let end = bytes.len().min(if rng.random() { 4700 } else { usize::MAX });
        let place = rng.random_range(0..end);
        let count = rng.random_range(0..40).min(bytes.len() - place);
        match rng.random_range(0..6) {
            0 => bytes[place] = rng.random(),
            1 => bytes[place] ^= 1u8 << rng.random_range(0..8),
            2 => rng.fill(&mut bytes[place..place + count]),
            3 => drop(bytes.drain(place..place + count)),
            4 => bytes.truncate(place),
            _ => {
                let copy = bytes[place..place + count].to_vec();
                let to = rng.random_range(0..=bytes.len());
                bytes.splice(to..to, copy);
            }
        }
    }
}

fn try_mutation(disk: &Disk, seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let damaged = disk.after_power_failure(1);
    let file = FILES[rng.random_range(0..FILES.len())];
    damaged.damage(file, |bytes| mutate(bytes, &mut rng));
    let opened = Table::open_on(Arc::new(damaged), options());
    // The CSV file may be edited by anybody, so any row of it counts as written.
    let table = match opened {
        Ok(table) => table,
        Err(Error::Corrupt { .. } | Error::InvalidFormat { .. } | Error::EditedOutside { .. }) => return,
        Err(other) => panic!("seed {seed}: {other:?}"),
    };
    if file != "current.csv" {
        let found: Vec<Row> = table.snapshot().scan().collect();
        assert_eq!(found, rows()[..found.len()], "seed {seed}");
    }
    for version in 1..=3 {
        if let Ok(read) = table.read_version(version) {
            let found: Vec<Row> = read.scan().collect();
            assert_eq!(found, rows()[..version as usize], "seed {seed}");
        }
    }
    table.verify().unwrap();
}

#[test]
fn mutated_files_never_panic_nor_give_other_rows() {
    let disk = start();
    (0..1500).for_each(|seed| try_mutation(&disk, seed));
}

#[test]
#[ignore = "runs for REEDBASE_FUZZ_SECONDS, 60 unless set"]
fn mutated_files_for_as_long_as_asked() {
    let seconds = std::env::var("REEDBASE_FUZZ_SECONDS").ok().and_then(|count| count.parse().ok());
    let end = Instant::now() + Duration::from_secs(seconds.unwrap_or(60));
    let disk = start();
    let mut tried = 0u64;
    while Instant::now() < end {
        try_mutation(&disk, 1_000_000 + tried);
        tried += 1;
    }
    println!("{tried} mutated files");
}

/// Texts made of what makes CSV hard, against the `csv` crate: whatever opens has the rows that it reads. Returns
/// whether the text is a table.
fn try_text(seed: u64) -> bool {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let pieces = (0..rng.random_range(0..30)).map(|_| PIECES[rng.random_range(0..PIECES.len())]);
    let mut text = [b"id,v\n".to_vec(), pieces.collect::<Vec<_>>().concat()].concat();
    if rng.random_range(0..8) == 0 {
        mutate(&mut text, &mut rng);
    }
    let disk = Disk::default();
    disk.create("current.csv").and_then(|file| file.write_at(&text, 0)).unwrap();
    let table = match Table::open_on(Arc::new(disk), options()) {
        Ok(table) => table,
        Err(Error::InvalidFormat { line, column, .. }) => {
            assert!(line >= 1 && column >= 1, "seed {seed}");
            return false;
        }
        Err(other) => panic!("seed {seed}: {other:?}"),
    };
    let mut reader = csv::Reader::from_reader(&text[..]);
    let read: Vec<Row> = reader.records().map(|row| Row::new(&row.unwrap())).collect();
    assert_eq!(table.snapshot().scan().collect::<Vec<_>>(), read, "seed {seed}");
    true
}

/// Streams of deltas changed at random, against the `bsdiff` crate: whatever is applied gives what it gives. Returns
/// whether the stream was applied.
fn try_stream(seed: u64) -> bool {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (base, result) = (b"id,v\na,1\nb,2\n".repeat(9), b"id,v\na,1\nb,3\nc,4\n".repeat(9));
    let mut stream = diff(&base, &result, Delimiter::Comma);
    mutate(&mut stream, &mut rng);
    let Ok(patched) = patch(&base, &stream, 1 << 16) else { return false };
    let mut theirs = Vec::new();
    bsdiff::patch(&base, &mut &stream[..], &mut theirs).unwrap();
    assert_eq!(patched, theirs, "seed {seed}");
    true
}

#[test]
fn any_text_and_any_stream_are_read_as_the_crates_of_the_field_read_them_or_refused() {
    let tables = (0..3000).filter(|&seed| try_text(seed)).count();
    let applied = (0..3000).filter(|&seed| try_stream(seed)).count();
    // Were all refused, nothing would be compared.
    assert!(tables > 30 && applied > 30, "{tables} tables, {applied} streams");
}

#[test]
#[ignore = "runs for REEDBASE_FUZZ_SECONDS, 60 unless set, for each of the two"]
fn texts_and_streams_for_as_long_as_asked() {
    let seconds = std::env::var("REEDBASE_FUZZ_SECONDS").ok().and_then(|count| count.parse().ok());
    for (what, attempt) in [("texts", try_text as fn(u64) -> bool), ("delta streams", try_stream)] {
        let end = Instant::now() + Duration::from_secs(seconds.unwrap_or(60));
        let (mut tried, mut read) = (0u64, 0u64);
        while Instant::now() < end {
            read += u64::from(attempt(1_000_000 + tried));
            tried += 1;
        }
        println!("{tried} {what}, of which {read} were read");
    }
}

fn open(directory: &Path, content: &[u8], delimiter: Delimiter) -> Result<Table, Error> {
    std::fs::write(directory.join("current.csv"), content).unwrap();
    Table::open(directory, Options { delimiter, ..options() })
}

/// What CSV is hard by.
const PIECES: [&[u8]; 13] =
    [b"a", b"b", b",", b"|", b"\"", b"\"\"", b"\n", b"\r\n", b"\r", b"\xff", b"\xc3", b"\xc3\xa9", b"\0"];

/// Bytes that are nearly CSV.
fn nearly_csv() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(PIECES.to_vec());
    prop::collection::vec(piece, 0..40).prop_map(|pieces| [b"id,v\n".to_vec(), pieces.concat()].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_file_is_a_table_that_folds_to_itself_or_is_refused_with_its_place(
        content in prop_oneof![nearly_csv(), prop::collection::vec(any::<u8>(), 0..60)],
    ) {
        let directory = tempfile::tempdir().unwrap();
        match open(directory.path(), &content, Delimiter::Comma) {
            Ok(table) => {
                let rows: Vec<Row> = table.snapshot().scan().collect();
                table.insert(Row::new((0..table.columns().len()).map(|_| "a new key and more"))).unwrap();
                table.fold().unwrap();
                drop(table);
                let again = Table::open(directory.path(), options()).unwrap();
                let kept: Vec<Row> = again.snapshot().scan().take(rows.len()).collect();
                prop_assert_eq!(kept, rows);
            }
            Err(Error::InvalidFormat { line, column, .. }) => prop_assert!(line >= 1 && column >= 1),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_mutated_delta_is_refused(seed: u64) {
        let (base, result) = (b"id,v\na,1\nb,2\n".repeat(9), b"id,v\na,1\nb,3\n".repeat(9));
        let mut file = Delta::encode(Some(&base), &result, reedbase::Codec::Xz, Delimiter::Comma).unwrap();
        let whole = file.clone();
        mutate(&mut file, &mut ChaCha8Rng::seed_from_u64(seed));
        let applied = Delta::decode(&file).and_then(|delta| delta.apply(&base, 1 << 20));
        prop_assert!(file == whole || applied.is_err());
    }
}
