//! Power failures at every step of many random histories: what was committed is there, in order, and of the
//! rest there is a prefix that ends between two batches.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use seglog::simulation::{Disk, Mishap};
use seglog::{Error, Log, Record};

use crate::{entries, open};

enum Step {
    Append(Vec<Vec<u8>>),
    Commit,
    /// Lets go of what is before the record this far from the end.
    Truncate(u64),
    Reopen,
}

struct History {
    steps: Vec<Step>,
    /// Payloads in order of their sequence numbers from 1.
    payloads: Vec<Vec<u8>>,
    /// Sequence numbers at which a batch ends; 0 is before the first.
    ends: Vec<u64>,
}

/// What a process knew when it ended.
#[derive(Debug, Default, Clone, Copy)]
struct Known {
    appended: u64,
    committed: u64,
    /// What it asked to be truncated before.
    truncated: u64,
}

impl History {
    fn random(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut history = Self { steps: Vec::new(), payloads: Vec::new(), ends: vec![0] };
        for _ in 0..rng.random_range(4..30) {
            history.steps.push(match rng.random_range(0..12) {
                0..=6 => {
                    let count = if rng.random() { 1 } else { rng.random_range(1..4) };
                    let batch: Vec<Vec<u8>> = (0..count).map(|_| payload(&mut rng)).collect();
                    history.payloads.extend(batch.iter().cloned());
                    history.ends.push(history.payloads.len() as u64);
                    Step::Append(batch)
                }
                7..=9 => Step::Commit,
                10 => Step::Truncate(rng.random_range(0..4)),
                _ => Step::Reopen,
            });
        }
        history
    }

    fn live(&self, disk: &Disk) -> (Known, Result<(), Error>) {
        let mut known = Known::default();
        let mut run = || -> Result<(), Error> {
            let mut log = open(disk)?.0;
            for step in &self.steps {
                match step {
                    Step::Append(batch) => {
                        known.appended += batch.len() as u64;
                        assert_eq!(log.append(&entries(batch))?, known.appended);
                    }
                    Step::Commit => {
                        log.commit(known.appended)?;
                        known.committed = known.appended;
                    }
                    Step::Truncate(back) => {
                        let before = known.appended.saturating_sub(*back);
                        known.truncated = known.truncated.max(before);
                        log.truncate_before(before)?;
                    }
                    Step::Reopen => {
                        drop(log);
                        let (again, records) = open(disk)?;
                        log = again;
                        // The process ended, not the power: everything is there, and on disk from now on.
                        assert_eq!(log.last(), known.appended);
                        known.committed = known.appended;
                        self.check(&records, &log, known).unwrap();
                    }
                }
            }
            log.commit(known.appended)?;
            known.committed = known.appended;
            Ok(())
        };
        let ended = run();
        (known, ended)
    }

    /// What is wrong with what was found, if anything is.
    fn check(&self, records: &[Record], log: &Log, known: Known) -> Result<(), String> {
        let recovery = log.recovery();
        let (first, last) = (recovery.first_sequence, recovery.last_sequence);
        if !(known.committed..=known.appended).contains(&last) || !self.ends.contains(&last) {
            return Err(format!("the last is {last}, {known:?}, batches end at {:?}", self.ends));
        }
        if first > known.truncated.max(1) {
            return Err(format!("the first is {first}, and {known:?}"));
        }
        let expected = (first..=last).map(|sequence| &self.payloads[sequence as usize - 1]);
        if !records.iter().map(|record| &record.payload).eq(expected) {
            return Err(format!("{first} to {last} are other records"));
        }
        if !records.iter().map(|record| record.sequence).eq(first..=last) {
            return Err("a sequence number is missing".to_owned());
        }
        let again: Vec<Record> = log.records(first).unwrap().map(Result::unwrap).collect();
        if again != records {
            return Err("what is read is not what was shown at open".to_owned());
        }
        Ok(())
    }
}

fn payload(rng: &mut ChaCha8Rng) -> Vec<u8> {
    let length = if rng.random_range(0..12) == 0 { 900 } else { rng.random_range(0..300) };
    (0..length).map(|_| rng.random()).collect()
}

/// Opens what a failure left, through up to three more failures during the opening itself.
fn open_again(mut disk: Disk, rng: &mut ChaCha8Rng) -> (Disk, Result<(Log, Vec<Record>), Error>) {
    for _ in 0..rng.random_range(0..4) {
        disk.set_mishap(Mishap::PowerFailsAt(rng.random_range(1..6)));
        drop(open(&disk));
        disk = disk.after_power_failure(rng.random());
    }
    let opened = open(&disk);
    (disk, opened)
}

fn fault(history: &History, mishap: Mishap, rng: &mut ChaCha8Rng) -> Option<String> {
    let disk = Disk::default();
    disk.set_mishap(mishap);
    let (known, _) = history.live(&disk);
    let (disk, opened) = open_again(disk.after_power_failure(rng.random()), rng);
    let (log, mut records) = match opened {
        Ok(opened) => opened,
        Err(error) => return Some(format!("does not open: {error}")),
    };
    if let Err(fault) = history.check(&records, &log, known) {
        return Some(fault);
    }
    // And it goes on as a log should, also over what was cut off.
    for payload in [&b"after"[..], &[7; 200], b"the crash"] {
        records.push(Record { sequence: 0, kind: 0, payload: payload.to_vec(), segment: 0, offset: 0 });
        let sequence = crate::write(&log, &[payload]);
        assert_eq!(sequence, log.last());
    }
    drop(log);
    let (log, again) = open(&disk.after_power_failure(rng.random())).unwrap();
    if log.recovery().cut_bytes > 0 {
        return Some("something was cut off that no crash had torn".to_owned());
    }
    let kept = records.len() - again.len();
    let same = again.iter().zip(&records[kept..]).all(|(one, other)| one.payload == other.payload);
    (!same).then(|| "a record written after the crash is lost".to_owned())
}

fn steps_of(history: &History) -> usize {
    let disk = Disk::default();
    let (known, ended) = history.live(&disk);
    ended.unwrap();
    assert_eq!(known.committed, history.payloads.len() as u64);
    disk.steps()
}

/// More seeds by `SEGLOG_SEEDS`.
fn seeds(usual: u64) -> u64 {
    std::env::var("SEGLOG_SEEDS").ok().and_then(|count| count.parse().ok()).unwrap_or(usual)
}

#[test]
fn a_power_failure_at_any_step_loses_nothing_committed() {
    let (mut failures, seeds) = (0, seeds(150));
    for seed in 0..seeds {
        let history = History::random(seed);
        for step in 1..=steps_of(&history) {
            let mut rng = ChaCha8Rng::seed_from_u64(seed * 1_000_000 + step as u64);
            let fault = fault(&history, Mishap::PowerFailsAt(step), &mut rng);
            assert_eq!(fault, None, "seed {seed}, step {step}");
            failures += 1;
        }
    }
    println!("{failures} power failures in {seeds} histories");
    // If the histories became trivial, so would the test.
    assert!(failures > 30 * seeds, "only {failures} power failures were tried");
}

#[test]
fn one_failing_call_loses_nothing_committed() {
    for seed in 0..seeds(50) {
        let history = History::random(seed);
        for step in 1..=steps_of(&history) {
            let mut rng = ChaCha8Rng::seed_from_u64(seed * 1_000_000 + step as u64);
            let fault = fault(&history, Mishap::StepFailsAt(step), &mut rng);
            assert_eq!(fault, None, "seed {seed}, step {step}");
        }
    }
}

/// What a process saw after another was killed must not be gone when the power fails after that.
#[test]
fn records_once_seen_outlive_a_power_failure_that_follows_a_kill() {
    for seed in 0..seeds(50) {
        let history = History::random(seed);
        for step in 1..=steps_of(&history) {
            let disk = Disk::default();
            disk.set_mishap(Mishap::ProcessEndsAt(step));
            let (mut known, _) = history.live(&disk);
            disk.set_mishap(Mishap::None);
            let (log, records) = open(&disk).unwrap();
            history.check(&records, &log, known).unwrap();
            known.committed = log.last();
            let left = disk.after_power_failure(seed + step as u64);
            let (log, records) = open(&left).unwrap();
            let fault = history.check(&records, &log, known).err();
            assert_eq!(fault, None, "seed {seed}, step {step}");
        }
    }
}

/// The check above is worth something only if it sees a log that does not sync.
#[test]
fn the_check_sees_the_loss_when_syncs_do_nothing() {
    let seen = (0..100).filter(|&seed| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        fault(&History::random(seed), Mishap::SyncsLie, &mut rng).is_some()
    });
    let seen = seen.count();
    assert!(seen > 80, "seen in {seen} of 100 histories");
}
