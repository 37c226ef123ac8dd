//! Real processes: one killed at random moments while it writes, and two that want one table.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reedbase::{Change, Error, Options, Row, Table};

const TABLE: &str = "REEDBASE_KILL_TEST_TABLE";
/// Keys begin with it, so that no round writes the keys of another.
const ROUND: &str = "REEDBASE_KILL_TEST_ROUND";

/// Small: a kill should often fall into a fold.
const OPTIONS: fn() -> Options = || Options { fold_at_bytes: 2_000, ..Options::default() };

/// Not a test: what the child process runs. Writes without end and says on stdout what is on disk.
#[test]
#[ignore = "the child process of the tests beside it"]
fn writes_until_it_is_killed() {
    let Ok(path) = std::env::var(TABLE) else { return };
    let first: u64 = std::env::var(ROUND).unwrap().parse::<u64>().unwrap() * 1_000_000;
    let mut table = Table::open(path, OPTIONS()).unwrap();
    let mut stdout = std::io::stdout().lock();
    let mut say = |line: String| {
        writeln!(stdout, "{line}").and_then(|()| stdout.flush()).unwrap();
    };
    say("ready".to_owned());
    for number in first.. {
        let keys: Vec<String> = (0..=number % 3).map(|part| format!("{number}.{part}")).collect();
        let insert = |key: &String| Change::Insert(Row::new([key, "a, \"b\"\n", key]));
        table.write_batch(&keys.iter().map(insert).collect::<Vec<_>>()).unwrap();
        say(format!("+ {}", keys.join(" ")));
        if number % 4 == 0 {
            table.delete(&keys[0]).unwrap();
            say(format!("- {}", keys[0]));
        }
    }
}

fn start_writer(path: &Path, round: u64) -> (Child, BufReader<ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::writes_until_it_is_killed", "--ignored", "--nocapture"])
        .env(TABLE, path)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    // The test harness speaks first.
    while line.trim_end() != "ready" {
        line.clear();
        assert_ne!(said.read_line(&mut line).unwrap(), 0, "the child ended before it was ready");
    }
    (child, said)
}

fn new_table() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("table");
    Table::create(&path, &["id", "text", "again"], OPTIONS()).unwrap().close().unwrap();
    (directory, path)
}

#[test]
fn a_killed_writer_loses_nothing_that_it_said_was_written() {
    let (_directory, path) = new_table();
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    // Whether each key that was ever acknowledged should be there.
    let mut expected: BTreeMap<String, bool> = BTreeMap::new();
    let mut acknowledged = 0;
    for round in 0..12 {
        let (mut child, said) = start_writer(&path, round);
        let kill_after = rng.random_range(1..150);
        let mut lines = said.lines();
        let mut hear = |line: std::io::Result<String>| {
            let line = line.unwrap();
            // Lines are shorter than PIPE_BUF and written in one call, so a kill cuts none.
            let (there, keys) = line.split_once(' ').unwrap();
            for key in keys.split(' ') {
                expected.insert(key.to_owned(), there == "+");
            }
            acknowledged += 1;
        };
        lines.by_ref().take(kill_after).for_each(&mut hear);
        child.kill().unwrap();
        lines.for_each(&mut hear);
        assert!(!child.wait().unwrap().success());

        let table = Table::open(&path, OPTIONS()).unwrap();
        for (key, there) in &expected {
            if *there && !table.contains(key) {
                // The one unacknowledged change may be the deletion of the last batch's first row.
                let last = expected.keys().filter(|other| expected[*other]).max_by_key(|key| number_of(key));
                assert_eq!(number_of(last.unwrap()), number_of(key), "round {round}: {key} is lost");
                assert!(key.ends_with(".0"), "round {round}: {key} is lost");
            }
            assert!(*there || !table.contains(key), "round {round}: {key} is back");
        }
        let known = table.scan().filter(|row| expected.contains_key(row.key())).count();
        assert!(table.len() - known <= 3, "more than one unacknowledged batch is there");
        assert!(
            table.scan().all(|row| row.value(1) == Some("a, \"b\"\n") && row.value(2) == Some(row.key()))
        );
        // What was found is what counts from here on.
        expected = table
            .scan()
            .map(|row| (row.key().to_owned(), true))
            .chain(expected.into_iter().filter(|(key, _)| !table.contains(key)).map(|(key, _)| (key, false)))
            .collect();
    }
    assert!(acknowledged > 300, "the writers wrote too little to be a test: {acknowledged}");
}

fn number_of(key: &str) -> u64 {
    key.split_once('.').unwrap().0.parse().unwrap()
}

#[test]
fn a_second_process_is_told_who_holds_the_table_and_gets_it_when_the_holder_is_gone() {
    let (_directory, path) = new_table();
    let (mut child, said) = start_writer(&path, 0);
    let options = Options { lock_timeout: Duration::from_millis(30), ..OPTIONS() };
    match Table::open(&path, options) {
        Err(Error::LockTimeout { path: lock, waited, holder }) => {
            assert_eq!(lock, path.join("lock"));
            assert!(waited >= Duration::from_millis(30));
            assert_eq!(holder, format!("process {}", child.id()));
        }
        other => panic!("{other:?}"),
    }
    child.kill().unwrap();
    child.wait().unwrap();
    drop(said);
    Table::open(&path, options).unwrap();
}

#[test]
fn one_process_cannot_open_a_table_twice_but_can_after_letting_go() {
    let (_directory, path) = new_table();
    let options = Options { lock_timeout: Duration::ZERO, ..OPTIONS() };
    let table = Table::open(&path, options).unwrap();
    assert!(matches!(Table::open(&path, options), Err(Error::LockTimeout { .. })));
    drop(table);
    Table::open(&path, options).unwrap();
}
