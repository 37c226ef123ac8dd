//! Minutes of readers and writers at once, on correctness alone: nothing here asserts a time.
//!
//! ```text
//! REEDBASE_LOAD_SECONDS=300 cargo test --release -p reedbase --test load -- --ignored --nocapture
//! ```

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stderr, reason = "what was done in the minutes is worth a line")]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use reedbase::{Change, Error, Options, Row, Snapshot, Table};
use workload::{Distribution, Picks};

const PAIRS: usize = 500;

fn duration() -> Duration {
    let seconds = std::env::var("REEDBASE_LOAD_SECONDS").map_or(60, |text| text.parse().unwrap());
    Duration::from_secs(seconds)
}

/// Each pair of rows is only ever changed in one batch, so their counts are equal at every moment.
fn names(pair: usize) -> [String; 2] {
    [format!("left-{pair:05}"), format!("right-{pair:05}")]
}

fn row(key: &str, count: u64) -> Row {
    // What the count says, said again: a row of two writes would contradict itself.
    Row::new([key, &count.to_string(), &format!("{key}, \"{count}\"\n|")])
}

fn count(rows: &Snapshot, key: &str) -> u64 {
    let found = rows.read(key).unwrap();
    let count = found.value(1).unwrap().parse().unwrap();
    assert_eq!(found, row(key, count));
    count
}

fn options() -> Options {
    // Folds every second or so, and time enough for a lock on a busy machine.
    Options { fold_at_bytes: 256 << 10, lock_timeout: Duration::from_secs(30), ..Options::default() }
}

fn table(directory: &std::path::Path) -> Table {
    let table = Table::create(directory, &["id", "count", "said"], options()).unwrap();
    let rows: Vec<Change> = (0..PAIRS).flat_map(names).map(|key| Change::Insert(row(&key, 0))).collect();
    table.write_batch(&rows).unwrap();
    table
}

/// Readers and writers by shares of eight threads, versions meanwhile. Each writer has pairs of its own.
fn mixed(writers: usize) {
    let directory = tempfile::tempdir().unwrap();
    let table = table(directory.path());
    let (stop, reads, versions) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let acknowledged: Vec<AtomicU64> = (0..PAIRS).map(|_| AtomicU64::new(0)).collect();
    thread::scope(|scope| {
        let (table, stop, reads, versions, acknowledged) = (&table, &stop, &reads, &versions, &acknowledged);
        for writer in 0..writers {
            scope.spawn(move || {
                let own = (PAIRS - writer).div_ceil(writers);
                for pick in Picks::new(Distribution::Uniform, own, writer as u64) {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let pair = pick * writers + writer;
                    let next = acknowledged[pair].load(Ordering::Relaxed) + 1;
                    let batch = names(pair).map(|key| Change::Update(row(&key, next)));
                    table.write_batch(&batch).unwrap();
                    acknowledged[pair].store(next, Ordering::Release);
                }
            });
        }
        for reader in writers..8 {
            scope.spawn(move || {
                let mut seen = vec![0; PAIRS];
                for pair in Picks::new(Distribution::Uniform, PAIRS, reader as u64) {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let least = acknowledged[pair].load(Ordering::Acquire).max(seen[pair]);
                    let rows = table.snapshot();
                    let [left, right] = names(pair).map(|key| count(&rows, &key));
                    assert_eq!(left, right, "pair {pair} was seen in the middle of a batch");
                    assert!(left >= least, "pair {pair} went back from {least} to {left}");
                    seen[pair] = left;
                    reads.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        scope.spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                let version = table.commit_version("under load").unwrap();
                let rows = table.read_version(version.number).unwrap();
                for pair in 0..PAIRS {
                    let [left, right] = names(pair).map(|key| count(&rows, &key));
                    assert_eq!(left, right, "pair {pair} in version {}", version.number);
                }
                versions.fetch_add(1, Ordering::Relaxed);
                thread::sleep(Duration::from_millis(500));
            }
        });
        let end = Instant::now() + duration();
        while Instant::now() < end {
            thread::sleep(Duration::from_millis(100));
        }
        stop.store(true, Ordering::Relaxed);
    });
    table.close().unwrap();
    let written: Vec<u64> = acknowledged.into_iter().map(AtomicU64::into_inner).collect();
    check_all(directory.path(), &written);
    let writes: u64 = written.iter().sum();
    let (reads, versions) = (reads.into_inner(), versions.into_inner());
    assert!(writes > 0 && (reads > 0 || writers == 8) && versions > 0);
    eprintln!(
        "{writers} of 8 threads writing: {reads} reads, {writes} batches, {versions} versions, all right"
    );
}

/// Opened again, the table has just what was acknowledged, and nothing is damaged.
fn check_all(directory: &std::path::Path, acknowledged: &[u64]) {
    let table = Table::open(directory, options()).unwrap();
    let rows = table.snapshot();
    for (pair, &written) in acknowledged.iter().enumerate() {
        assert_eq!(names(pair).map(|key| count(&rows, &key)), [written; 2], "pair {pair}");
    }
    let found = table.verify().unwrap();
    assert!(found.problems.is_empty(), "{:?}", found.problems);
}

#[test]
#[ignore = "lasts as long as REEDBASE_LOAD_SECONDS says, a minute without it"]
fn two_writers_and_six_readers_agree_at_every_moment() {
    mixed(2);
}

#[test]
#[ignore = "lasts as long as REEDBASE_LOAD_SECONDS says, a minute without it"]
fn four_writers_and_four_readers_agree_at_every_moment() {
    mixed(4);
}

#[test]
#[ignore = "lasts as long as REEDBASE_LOAD_SECONDS says, a minute without it"]
fn six_writers_and_two_readers_agree_at_every_moment() {
    mixed(6);
}

#[test]
#[ignore = "32,000 durable writes"]
fn thirty_two_writers_of_a_thousand_rows_each_lose_none() {
    let directory = tempfile::tempdir().unwrap();
    let table = table(directory.path());
    let key = |writer: usize, number: usize| format!("new-{writer:02}-{number:04}");
    thread::scope(|scope| {
        for writer in 0..32 {
            let table = &table;
            scope.spawn(move || {
                for number in 0..1000 {
                    table.insert(row(&key(writer, number), number as u64)).unwrap();
                }
            });
        }
        // One key that all want: one gets it.
        let table = &table;
        let tries: Vec<_> = (0..32u64).map(|_| scope.spawn(|| table.insert(row("wanted", 1)))).collect();
        let outcomes: Vec<Result<(), Error>> = tries.into_iter().map(|try_| try_.join().unwrap()).collect();
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(()) | Err(Error::KeyExists { .. }))));
    });
    // Without a fold: what was acknowledged is in the journal.
    drop(table);
    let table = Table::open(directory.path(), options()).unwrap();
    assert_eq!(table.len(), 2 * PAIRS + 32_000 + 1);
    let rows = table.snapshot();
    (0..32).for_each(|writer| {
        (0..1000).for_each(|number| {
            assert_eq!(count(&rows, &key(writer, number)), number as u64);
        })
    });
    assert!(table.verify().unwrap().problems.is_empty());
}
