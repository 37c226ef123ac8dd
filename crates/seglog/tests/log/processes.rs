//! Two logs on one disk, as two processes have it that take turns under a lock.

use std::sync::Arc;

use proptest::prelude::*;
use seglog::simulation::Disk;
use seglog::{Entry, Error, Log, Reach, Record};

use crate::{OPTIONS, entries, open};

#[derive(Debug)]
struct Process {
    log: Log,
    seen: Vec<Vec<u8>>,
}

impl Process {
    fn start(disk: &Disk) -> Self {
        let (log, records) = open(disk).unwrap();
        Self { log, seen: records.into_iter().map(|record| record.payload).collect() }
    }

    fn refresh(&mut self, reach: Reach) -> Result<(), Error> {
        let seen = &mut self.seen;
        self.log.refresh(reach, |record: Record| seen.push(record.payload))
    }
}

proptest! {
    #[test]
    fn whoever_writes_the_others_see_it_in_the_same_order(
        turns in prop::collection::vec(
            (0usize..3, prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..3), any::<bool>()),
            1..40,
        ),
    ) {
        let disk = Disk::default();
        let mut processes: Vec<Process> = (0..3).map(|_| Process::start(&disk)).collect();
        let mut all: Vec<Vec<u8>> = Vec::new();
        for (who, batch, reader_looks) in turns {
            let process = &mut processes[who];
            process.refresh(Reach::Everything).unwrap();
            let sequence = process.log.append(&entries(&batch)).unwrap();
            process.log.commit(sequence).unwrap();
            process.seen.extend(batch.iter().cloned());
            all.extend(batch);
            prop_assert_eq!(sequence, all.len() as u64);
            if reader_looks {
                let reader = &mut processes[(who + 1) % 3];
                prop_assert_eq!(reader.log.published(), all.len() as u64);
                reader.refresh(Reach::Published).unwrap();
                prop_assert_eq!(&reader.seen, &all);
            }
        }
        for process in &mut processes {
            process.refresh(Reach::Everything).unwrap();
            prop_assert_eq!(&process.seen, &all);
        }
    }
}

#[test]
fn what_a_process_left_unpublished_is_seen_under_the_lock_only_and_is_on_disk_then() {
    let disk = Disk::default();
    let mut other = Process::start(&disk);
    let died = open(&disk).unwrap().0;
    died.append(&[Entry { kind: 0, payload: b"left behind" }]).unwrap();
    drop(died);
    other.refresh(Reach::Published).unwrap();
    assert_eq!(other.seen.len(), 0);
    other.refresh(Reach::Everything).unwrap();
    assert_eq!(other.seen, [b"left behind"]);
    for seed in 0..50 {
        assert_eq!(open(&disk.after_power_failure(seed)).unwrap().1.len(), 1);
    }
}

#[test]
fn half_a_batch_that_a_process_left_is_written_over() {
    let disk = Disk::default();
    let mut other = Process::start(&disk);
    let died = open(&disk).unwrap().0;
    let batch = [&b"one"[..], b"two", b"three"].map(|payload| Entry { kind: 0, payload });
    died.append(&batch).unwrap();
    drop(died);
    // The last of the three was not finished.
    disk.damage("0000000001.seg", |bytes| bytes[4096 + 64] ^= 1);
    other.refresh(Reach::Everything).unwrap();
    assert_eq!(other.seen.len(), 0);
    let sequence = other.log.append(&[Entry { kind: 0, payload: b"new" }]).unwrap();
    other.log.commit(sequence).unwrap();
    drop(other);
    let payloads: Vec<Vec<u8>> = open(&disk).unwrap().1.into_iter().map(|record| record.payload).collect();
    assert_eq!(payloads, [b"new"]);
}

#[test]
fn a_reader_whose_records_were_recycled_is_told_so() {
    let disk = Disk::default();
    let mut reader = Process::start(&disk);
    let writer = Log::open(Arc::new(disk.clone()), OPTIONS, |_| {}).unwrap();
    for _ in 0..40 {
        let sequence = writer.append(&[Entry { kind: 0, payload: &[1; 200] }]).unwrap();
        writer.commit(sequence).unwrap();
        writer.truncate_before(sequence).unwrap();
    }
    for reach in [Reach::Published, Reach::Everything] {
        assert!(matches!(reader.refresh(reach), Err(Error::Truncated { asked: 1, .. })));
    }
    assert_eq!(reader.seen.len(), 0, "a reader is shown all or nothing");
}
