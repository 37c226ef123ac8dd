//! Power failures at every step of many random histories: what was acknowledged is there, in order, and of
//! the write that was cut off there is all or nothing.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reedbase::{Change, Error, Options, Row, Table};
use seglog::simulation::{Disk, Mishap};
use std::sync::Arc;

/// The rows in the table's order.
type Rows = Vec<Row>;

/// Small, so that most histories fold several times.
const OPTIONS: fn() -> Options =
    || Options { fold_at_bytes: 300, segment_bytes: 4096 + 800, ..Options::default() };
const COLUMNS: [&str; 2] = ["key", "value"];
const VALUES: [&str; 6] = ["", "plain", "com,ma", "a \"quote\"", "two\nlines", "naïve ✓"];

enum Step {
    Write(Vec<Change>),
    Fold,
    Reopen,
}

/// A history and the rows after each of its writes, beginning with none.
struct History {
    steps: Vec<Step>,
    after: Vec<Rows>,
}

impl History {
    fn random(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut rows = Rows::new();
        let mut history = Self { steps: Vec::new(), after: vec![rows.clone()] };
        for _ in 0..rng.random_range(5..25) {
            history.steps.push(match rng.random_range(0..10) {
                0 => Step::Fold,
                1 => Step::Reopen,
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

    /// Lives the history until it ends or something fails; returns how many writes were acknowledged and
    /// how many were tried.
    fn live(&self, disk: &Disk) -> (usize, usize, Result<(), Error>) {
        let (mut acknowledged, mut tried) = (0, 0);
        let mut run = || -> Result<(), Error> {
            let mut table = Table::create_on(Arc::new(disk.clone()), &COLUMNS, OPTIONS())?;
            for step in &self.steps {
                match step {
                    Step::Write(changes) => {
                        tried += 1;
                        table.write_batch(changes)?;
                        acknowledged += 1;
                    }
                    Step::Fold => table.fold()?,
                    Step::Reopen => {
                        drop(table);
                        table = Table::open_on(Arc::new(disk.clone()), OPTIONS())?;
                    }
                }
            }
            table.close()
        };
        let ended = run();
        (acknowledged, tried, ended)
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
        disk.set_mishap(Mishap::PowerFailsAt(rng.random_range(1..6)));
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
    let (acknowledged, tried, _) = history.live(&disk);
    let (disk, table) = open_again(disk.after_power_failure(rng.random()), rng);
    let allowed = &history.after[acknowledged..=tried];
    let table = match table {
        Ok(table) => table,
        // Only a creation that was cut off may leave no table.
        Err(Error::TableNotFound { .. }) if tried == 0 => return None,
        Err(error) => return Some(format!("does not open: {error}")),
    };
    let mut found: Rows = table.snapshot().scan().collect();
    if !allowed.contains(&found) {
        return Some(format!("{found:?} is none of {allowed:?}"));
    }
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
    let (acknowledged, tried, ended) = history.live(&disk);
    ended.unwrap();
    assert_eq!((acknowledged, tried), (history.after.len() - 1, history.after.len() - 1));
    disk.steps()
}

#[test]
fn a_power_failure_at_any_step_loses_nothing_acknowledged() {
    let mut failures = 0;
    for seed in 0..150 {
        let history = History::random(seed);
        for step in 1..=steps_of(&history) {
            let mut rng = ChaCha8Rng::seed_from_u64(seed * 1_000_000 + step as u64);
            let fault = fault(&history, Mishap::PowerFailsAt(step), &mut rng);
            assert_eq!(fault, None, "seed {seed}, step {step}");
            failures += 1;
        }
    }
    // If the histories became trivial, so would the test.
    assert!(failures > 5_000, "only {failures} power failures were tried");
}

/// What a process saw after another was killed must not be gone when the power fails after that.
#[test]
fn rows_once_seen_outlive_a_power_failure_that_follows_a_kill() {
    for seed in 0..60 {
        let history = History::random(seed);
        for step in 1..=steps_of(&history) {
            let disk = Disk::default();
            disk.set_mishap(Mishap::ProcessEndsAt(step));
            let (acknowledged, tried, _) = history.live(&disk);
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
                Err(Error::TableNotFound { .. }) if tried == 0 && seen.is_none() => continue,
                Err(error) => panic!("seed {seed}, step {step}: {error}"),
            };
            assert!(
                history.after[acknowledged..=tried].contains(&left),
                "seed {seed}, step {step}: {left:?}"
            );
            assert!(seen.is_none_or(|seen| seen == left), "seed {seed}, step {step}: what was seen is gone");
        }
    }
}

#[test]
fn one_failing_call_loses_nothing_acknowledged() {
    for seed in 0..60 {
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
