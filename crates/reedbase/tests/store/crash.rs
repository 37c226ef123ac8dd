//! Power failures at every step of many random histories: what was acknowledged is there, in order, and of
//! the write that was cut off there is all or nothing.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reedbase::{Change, Codec, Error, Options, Row, Table};
use seglog::simulation::{Disk, Mishap};
use std::sync::Arc;

/// The rows in the table's order.
type Rows = Vec<Row>;

/// Small, so that most histories fold several times; without XZ, which would take most of the time.
const OPTIONS: fn() -> Options =
    || Options { fold_at_bytes: 300, segment_bytes: 4096 + 800, codec: Codec::None, ..Options::default() };
const COLUMNS: [&str; 2] = ["key", "value"];
const VALUES: [&str; 6] = ["", "plain", "com,ma", "a \"quote\"", "two\nlines", "naïve ✓"];

enum Step {
    Write(Vec<Change>),
    Fold,
    Reopen,
    Version,
    /// To a version by its number.
    Rollback(u64),
}

/// A history and the rows after each of its writes, beginning with none.
struct History {
    steps: Vec<Step>,
    after: Vec<Rows>,
    /// The rows of each version, in order of their numbers from 1.
    versions: Vec<Rows>,
}

/// How far a history got: what returned, and what was begun.
#[derive(Debug, Default, Clone, Copy)]
struct Got {
    written: usize,
    begun: usize,
    versions: usize,
    versions_begun: usize,
}

impl History {
    fn random(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut rows = Rows::new();
        let mut history = Self { steps: Vec::new(), after: vec![rows.clone()], versions: Vec::new() };
        for _ in 0..rng.random_range(5..25) {
            history.steps.push(match rng.random_range(0..12) {
                0 => Step::Fold,
                1 => Step::Reopen,
                2 => {
                    history.versions.push(rows.clone());
                    Step::Version
                }
                3 if !history.versions.is_empty() => {
                    let number = rng.random_range(0..history.versions.len());
                    rows.clone_from(&history.versions[number]);
                    history.versions.push(rows.clone());
                    history.after.push(rows.clone());
                    Step::Rollback(number as u64 + 1)
                }
                _ => {
                    let count = if rng.random() { 1 } else { rng.random_range(1..5) };
                    let changes = (0..count).map(|_| change(&mut rows, &mut rng)).collect();
                    history.after.push(rows.clone());
                    Step::Write(changes)
                }
            });
        }
        history
    }

    /// Lives the history until it ends or something fails.
    fn live(&self, disk: &Disk) -> (Got, Result<(), Error>) {
        let mut got = Got::default();
        let mut run = || -> Result<(), Error> {
            let mut table = Table::create_on(Arc::new(disk.clone()), &COLUMNS, OPTIONS())?;
            for step in &self.steps {
                match step {
                    Step::Write(changes) => {
                        got.begun += 1;
                        table.write_batch(changes)?;
                        got.written += 1;
                    }
                    Step::Fold => table.fold()?,
                    Step::Reopen => {
                        drop(table);
                        table = Table::open_on(Arc::new(disk.clone()), OPTIONS())?;
                    }
                    Step::Version => {
                        got.versions_begun += 1;
                        let version = table.commit_version("as it is")?;
                        got.versions += 1;
                        assert_eq!(version.number as usize, got.versions);
                    }
                    Step::Rollback(number) => {
                        (got.begun, got.versions_begun) = (got.begun + 1, got.versions_begun + 1);
                        table.rollback(*number)?;
                        (got.written, got.versions) = (got.written + 1, got.versions + 1);
                    }
                }
            }
            table.close()
        };
        let ended = run();
        (got, ended)
    }

    /// What is wrong with the table that was found, if anything is.
    fn check(&self, table: &Table, got: Got) -> Result<Rows, String> {
        let allowed = &self.after[got.written..=got.begun];
        let found: Rows = table.snapshot().scan().collect();
        if !allowed.contains(&found) {
            return Err(format!("{found:?} is none of {allowed:?}"));
        }
        let versions = table.list_versions().map_err(|error| error.to_string())?;
        if !(got.versions..=got.versions_begun).contains(&versions.len()) {
            return Err(format!("{} versions, and {got:?}", versions.len()));
        }
        for (version, rows) in versions.iter().zip(&self.versions) {
            let read = table.read_version(version.number).map_err(|error| error.to_string())?;
            if !read.scan().eq(rows.iter().cloned()) {
                return Err(format!("version {} is another", version.number));
            }
        }
        Ok(found)
    }
}

fn change(rows: &mut Rows, rng: &mut ChaCha8Rng) -> Change {
    let key = format!("k{}", rng.random_range(0..8));
    let row = Row::new([key.as_str(), VALUES[rng.random_range(0..VALUES.len())]]);
    match rows.iter().position(|row| row.key() == key) {
        None => {
            rows.push(row.clone());
            Change::Insert(row)
        }
        Some(place) if rng.random() => {
            rows[place] = row.clone();
            Change::Update(row)
        }
        Some(place) => {
            rows.remove(place);
            Change::Delete(key)
        }
    }
}

/// Opens what a failure left, through up to three more failures during the opening itself.
fn open_again(mut disk: Disk, rng: &mut ChaCha8Rng) -> (Disk, Result<Table, Error>) {
    for _ in 0..rng.random_range(0..4) {
        disk.set_mishap(Mishap::PowerFailsAt(rng.random_range(1..20)));
        drop(Table::open_on(Arc::new(disk.clone()), OPTIONS()));
        disk = disk.after_power_failure(rng.random());
    }
    let table = Table::open_on(Arc::new(disk.clone()), OPTIONS());
    (disk, table)
}

/// What is wrong with the table that a failure left, if anything is.
fn fault(history: &History, mishap: Mishap, rng: &mut ChaCha8Rng) -> Option<String> {
    let disk = Disk::default();
    disk.set_mishap(mishap);
    let (got, _) = history.live(&disk);
    let (disk, table) = open_again(disk.after_power_failure(rng.random()), rng);
    let table = match table {
        Ok(table) => table,
        // Only a creation that was cut off may leave no table.
        Err(Error::TableNotFound { .. }) if got.begun + got.versions_begun == 0 => return None,
        Err(error) => return Some(format!("does not open: {error}")),
    };
    if table.opening().edit_was_set_aside {
        return Some("says that an edit was set aside, and nobody edited".to_owned());
    }
    let mut found = match history.check(&table, got) {
        Ok(found) => found,
        Err(fault) => return Some(fault),
    };
    // And it goes on as a table should.
    let row = Row::new(["after", "the crash"]);
    table.insert(row.clone()).unwrap();
    drop(table);
    found.push(row);
    let again = Table::open_on(Arc::new(disk.after_power_failure(rng.random())), OPTIONS()).unwrap();
    (!again.snapshot().scan().eq(found)).then(|| "a row written after the crash is lost".to_owned())
}

fn steps_of(history: &History) -> usize {
    let disk = Disk::default();
    let (got, ended) = history.live(&disk);
    ended.unwrap();
    assert_eq!((got.written, got.begun), (history.after.len() - 1, history.after.len() - 1));
    assert_eq!(got.versions, history.versions.len());
    disk.steps()
}

/// More seeds by `REEDBASE_SEEDS`.
fn seeds(usual: u64) -> u64 {
    std::env::var("REEDBASE_SEEDS").ok().and_then(|count| count.parse().ok()).unwrap_or(usual)
}

#[test]
fn a_power_failure_at_any_step_loses_nothing_acknowledged() {
    let (mut failures, seeds) = (0, seeds(100));
    for seed in 0..seeds {
        let history = History::random(seed);
        for step in 1..=steps_of(&history) {
            let mut rng = ChaCha8Rng::seed_from_u64(seed * 1_000_000 + step as u64);
            let fault = fault(&history, Mishap::PowerFailsAt(step), &mut rng);
            assert_eq!(fault, None, "seed {seed}, step {step}");
            failures += 1;
        }
    }
    // If the histories became trivial, so would the test.
    println!("{failures} power failures in {seeds} histories");
    assert!(failures > 40 * seeds, "only {failures} power failures were tried");
}

/// What a process saw after another was killed must not be gone when the power fails after that.
#[test]
fn rows_once_seen_outlive_a_power_failure_that_follows_a_kill() {
    for seed in 0..seeds(40) {
        let history = History::random(seed);
        for step in 1..=steps_of(&history) {
            let disk = Disk::default();
            disk.set_mishap(Mishap::ProcessEndsAt(step));
            let (got, _) = history.live(&disk);
            let mut rng = ChaCha8Rng::seed_from_u64(seed * 1_000_000 + step as u64);
            let cut_again =
                if rng.random() { Mishap::None } else { Mishap::PowerFailsAt(rng.random_range(1..8)) };
            disk.set_mishap(cut_again);
            let seen: Option<Rows> = Table::open_on(Arc::new(disk.clone()), OPTIONS())
                .ok()
                .map(|table| table.snapshot().scan().collect());
            let left = Table::open_on(Arc::new(disk.after_power_failure(rng.random())), OPTIONS());
            let left: Rows = match left {
                Ok(table) => table.snapshot().scan().collect(),
                Err(Error::TableNotFound { .. }) if got.begun + got.versions_begun == 0 && seen.is_none() => {
                    continue;
                }
                Err(error) => panic!("seed {seed}, step {step}: {error}"),
            };
            assert!(
                history.after[got.written..=got.begun].contains(&left),
                "seed {seed}, step {step}: {left:?}"
            );
            assert!(seen.is_none_or(|seen| seen == left), "seed {seed}, step {step}: what was seen is gone");
        }
    }
}

#[test]
fn one_failing_call_loses_nothing_acknowledged() {
    for seed in 0..seeds(40) {
        let history = History::random(seed);
        for step in 1..=steps_of(&history) {
            let mut rng = ChaCha8Rng::seed_from_u64(seed * 1_000_000 + step as u64);
            let fault = fault(&history, Mishap::StepFailsAt(step), &mut rng);
            assert_eq!(fault, None, "seed {seed}, step {step}");
        }
    }
}

/// The check above is worth something only if it sees a store that does not sync.
#[test]
fn the_check_sees_the_loss_when_syncs_do_nothing() {
    let seen = (0..50).filter(|&seed| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        fault(&History::random(seed), Mishap::SyncsLie, &mut rng).is_some()
    });
    let seen = seen.count();
    assert!(seen > 40, "seen in {seen} of 50 histories");
}

#[test]
fn a_failed_sync_poisons_the_table_for_writes_but_not_for_reads() {
    let disk = Disk::default();
    let table = Table::create_on(Arc::new(disk.clone()), &COLUMNS, OPTIONS()).unwrap();
    table.insert(Row::new(["a", "1"])).unwrap();
    disk.set_mishap(Mishap::StepFailsAt(2));
    let failed = table.insert(Row::new(["b", "2"])).unwrap_err();
    assert!(matches!(failed, Error::Write { action: "sync the journal at", .. }), "{failed}");
    for refused in [table.insert(Row::new(["c", "3"])), table.delete("a"), table.fold()] {
        assert!(matches!(refused, Err(Error::Poisoned { .. })), "{refused:?}");
    }
    assert_eq!(table.read("a").unwrap().value(1), Some("1"));
    assert!(matches!(table.read("b"), Err(Error::NotFound { .. })));
}

#[test]
fn a_fold_that_fails_half_way_poisons_the_table() {
    // From the promise in the journal to the sync of what says that it is kept.
    for step in 4..=9 {
        let disk = Disk::default();
        let table = Table::create_on(Arc::new(disk.clone()), &COLUMNS, OPTIONS()).unwrap();
        table.insert(Row::new(["a", "1"])).unwrap();
        disk.set_mishap(Mishap::StepFailsAt(step));
        assert!(matches!(table.fold(), Err(Error::Write { .. })), "step {step}");
        let refused = table.insert(Row::new(["b", "2"]));
        assert!(matches!(refused, Err(Error::Poisoned { .. })), "step {step}: {refused:?}");
        assert_eq!(table.len(), 1);
        drop(table);
        let table = Table::open_on(Arc::new(disk), OPTIONS()).unwrap();
        assert!(table.snapshot().scan().eq([Row::new(["a", "1"])]), "step {step}");
    }
}

#[test]
fn a_fold_that_cannot_write_its_file_leaves_the_table_usable() {
    let disk = Disk::default();
    let table = Table::create_on(Arc::new(disk.clone()), &COLUMNS, OPTIONS()).unwrap();
    table.insert(Row::new(["a", "1"])).unwrap();
    disk.set_mishap(Mishap::StepFailsAt(1));
    assert!(matches!(table.fold(), Err(Error::Write { action: "create", .. })));
    table.insert(Row::new(["b", "2"])).unwrap();
    table.close().unwrap();
    assert_eq!(Table::open_on(Arc::new(disk), OPTIONS()).unwrap().len(), 2);
}
