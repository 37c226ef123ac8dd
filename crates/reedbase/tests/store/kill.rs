//! Real processes that write one table at the same time, killed at random moments: nothing is missing that
//! they had said was written, and nobody ever sees half a batch.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reedbase::{Change, Error, Options, Row, Snapshot, Table};

const TABLE: &str = "REEDBASE_KILL_TEST_TABLE";
/// Keys begin with it, so that no process writes the keys of another.
const WRITER: &str = "REEDBASE_KILL_TEST_WRITER";

/// Small: a kill should often fall into a fold. Patient: a fold by another is waited for.
const OPTIONS: fn() -> Options = || Options {
    fold_at_bytes: 6_000,
    segment_bytes: 1 << 14,
    lock_timeout: Duration::from_secs(20),
    ..Options::default()
};

fn say(line: &str) {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}").and_then(|()| stdout.flush()).unwrap();
}

fn row(key: &str) -> Row {
    Row::new([key, "a, \"b\"\n", key])
}

/// Not a test: what a child process runs. Two threads write without end and say on stdout what is on disk:
/// two rows in one batch, and every fourth time one of them goes again.
#[test]
#[ignore = "the child process of the tests beside it"]
fn writes_until_it_is_killed() {
    let Ok(path) = std::env::var(TABLE) else { return };
    let writer = std::env::var(WRITER).unwrap();
    let table = Table::open(path, OPTIONS()).unwrap();
    std::thread::scope(|scope| {
        for thread in ["x", "y"] {
            let (table, writer) = (&table, &writer);
            scope.spawn(move || {
                for number in 0u64.. {
                    let keys = ["a", "b"].map(|part| format!("{writer}{thread}{number}{part}"));
                    let batch = keys.each_ref().map(|key| Change::Insert(row(key)));
                    table.write_batch(&batch).unwrap();
                    say(&format!("+ {} {}", keys[0], keys[1]));
                    if number % 4 == 0 {
                        say(&format!("? {} {}", keys[0], keys[1]));
                        let batch = keys.each_ref().map(|key| Change::Delete(key.clone()));
                        table.write_batch(&batch).unwrap();
                        say(&format!("- {} {}", keys[0], keys[1]));
                    }
                }
            });
        }
    });
}

fn start_writer(path: &Path, writer: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::writes_until_it_is_killed", "--ignored", "--nocapture"])
        .env(TABLE, path)
        .env(WRITER, writer)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn new_table() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("table");
    Table::create(&path, &["id", "text", "again"], OPTIONS()).unwrap().close().unwrap();
    (directory, path)
}

/// What a process said before it was killed.
#[derive(Default)]
struct Said {
    written: BTreeSet<String>,
    /// Whose deletion was begun or done.
    deleted: BTreeSet<String>,
    gone: BTreeSet<String>,
    lines: usize,
}

impl Said {
    /// Listens until it was told so many things, kills, and listens to the end.
    fn kill_after(child: &mut Child, count: usize) -> Self {
        let mut said = Self::default();
        let mut heard = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        loop {
            if said.lines == count {
                child.kill().unwrap();
            }
            line.clear();
            if heard.read_line(&mut line).unwrap() == 0 {
                break;
            }
            // Lines are shorter than PIPE_BUF and written in one call, so a kill cuts none. The test harness
            // speaks first, without a line end.
            let Some(at) = line.find(['+', '?', '-']).filter(|at| line[at + 1..].starts_with(' ')) else {
                continue;
            };
            let keys = line[at + 2..].split_whitespace().map(str::to_owned);
            match &line[at..=at] {
                "+" => said.written.extend(keys),
                "?" => said.deleted.extend(keys),
                _ => said.gone.extend(keys),
            }
            said.lines += 1;
        }
        assert!(!child.wait().unwrap().success());
        said
    }

    fn check(&self, rows: &Snapshot) {
        for key in &self.written {
            assert!(rows.contains(key) || self.deleted.contains(key), "{key} is lost");
        }
        for key in &self.gone {
            assert!(!rows.contains(key), "{key} is back");
        }
    }
}

/// Every batch is of two rows whose keys differ in the last letter.
fn check_batches(rows: &Snapshot) {
    let keys: BTreeSet<String> = rows.scan().map(|row| row.key().to_owned()).collect();
    assert_eq!(keys.len(), rows.len());
    for key in &keys {
        let stem = &key[..key.len() - 1];
        assert!(["a", "b"].iter().all(|part| keys.contains(&format!("{stem}{part}"))), "half of {stem}");
        assert_eq!(rows.read(key).unwrap(), row(key));
    }
}

fn rounds(usual: usize) -> usize {
    std::env::var("REEDBASE_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(usual)
}

#[test]
fn killed_writers_lose_nothing_that_they_said_was_written() {
    let (_directory, path) = new_table();
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let mut heard: Vec<Said> = Vec::new();
    let reader = Table::open(&path, OPTIONS()).unwrap();
    let mut looks = 0;
    for round in 0..rounds(5) {
        let done = AtomicBool::new(false);
        let counts: Vec<usize> = (0..3).map(|_| rng.random_range(1..120)).collect();
        std::thread::scope(|scope| {
            let writers: Vec<_> = counts
                .iter()
                .enumerate()
                .map(|(writer, &count)| {
                    let path = &path;
                    scope.spawn(move || {
                        let mut child = start_writer(path, &format!("{round}w{writer}"));
                        Said::kill_after(&mut child, count)
                    })
                })
                .collect();
            // A reader in this process meanwhile sees whole batches, and never fewer writes than before.
            let (reader, done) = (&reader, &done);
            let watch = scope.spawn(move || {
                let (mut looks, mut last) = (0, 0);
                while !done.load(Ordering::Relaxed) {
                    let rows = reader.snapshot();
                    assert!(rows.sequence() >= last);
                    last = rows.sequence();
                    check_batches(&rows);
                    looks += 1;
                    std::thread::sleep(Duration::from_millis(2));
                }
                looks
            });
            heard.extend(writers.into_iter().map(|writer| writer.join().unwrap()));
            done.store(true, Ordering::Relaxed);
            looks += watch.join().unwrap();
        });
        let table = Table::open(&path, OPTIONS()).unwrap();
        let rows = table.snapshot();
        check_batches(&rows);
        heard.iter().for_each(|said| said.check(&rows));
        reader.refresh().unwrap();
        assert!(reader.snapshot().scan().eq(rows.scan()), "the reader missed something");
    }
    let lines: usize = heard.iter().map(|said| said.lines).sum();
    println!("{} kills, {lines} writes acknowledged, {looks} looks by a reader", heard.len());
    assert!(lines > 20 * heard.len(), "the writers wrote too little to be a test: {lines}");
}

#[test]
fn who_waits_too_long_for_the_lock_is_told_who_holds_it() {
    let (_directory, path) = new_table();
    let table = Table::open(&path, Options { lock_timeout: Duration::from_millis(30), ..OPTIONS() }).unwrap();
    let lock = std::fs::OpenOptions::new().read(true).write(true).open(path.join("lock")).unwrap();
    lock.lock().unwrap();
    std::fs::write(path.join("lock"), "process 4711 of the test\n").unwrap();
    match table.insert(row("refused")) {
        Err(Error::LockTimeout { path: lock, waited, holder }) => {
            assert_eq!(lock, path.join("lock"));
            assert!(waited >= Duration::from_millis(30));
            assert_eq!(holder, "process 4711 of the test");
        }
        other => panic!("{other:?}"),
    }
    // Readers need no lock.
    assert!(!table.contains("refused"));
    drop(lock);
    table.insert(row("taken")).unwrap();
    assert!(table.contains("taken"));
}
