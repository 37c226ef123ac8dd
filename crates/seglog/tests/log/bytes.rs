//! Bytes that no log wrote: every one of them opens or is refused, none panics, and none becomes a record.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use seglog::simulation::Disk;
use seglog::{Error, Record};

use crate::{open, write};

const FIRST: &str = "0000000001.seg";

/// Five committed records in one segment, and where each begins.
fn five() -> (Disk, Vec<Record>) {
    let disk = Disk::default();
    let log = open(&disk).unwrap().0;
    for payload in [&b"first"[..], b"", &[3; 90], b"fourth and", b"last"] {
        write(&log, &[payload]);
    }
    drop(log);
    let records = open(&disk).unwrap().1;
    assert_eq!(records.len(), 5);
    (disk, records)
}

fn copy(disk: &Disk) -> Disk {
    disk.after_power_failure(1)
}

#[test]
fn a_flipped_bit_is_named_or_cuts_the_last_record_but_is_never_a_record() {
    let (disk, records) = five();
    let length = disk.content(FIRST).unwrap().len();
    let end = records[4].offset as usize + 24 + 4;
    for place in 0..length {
        for bit in [0, 5] {
            let damaged = copy(&disk);
            damaged.damage(FIRST, |bytes| bytes[place] ^= 1 << bit);
            let opened = open(&damaged);
            let broken = records.iter().rfind(|record| record.offset as usize <= place);
            match opened {
                Ok((_, found)) => {
                    // Not a byte of any record, or one of the last, which looks torn, or padding.
                    let whole = found.len();
                    assert!(whole >= 4, "byte {place}");
                    assert_eq!(found, records[..whole], "byte {place}");
                    let padding = broken
                        .is_some_and(|record| place >= record.offset as usize + 24 + record.payload.len());
                    let unused = (36..4096).contains(&place) || place >= end || padding;
                    assert_eq!(whole == 5, unused, "byte {place}");
                }
                Err(Error::Corrupt { offset, .. }) => {
                    assert_eq!(offset, broken.map_or(0, |record| record.offset), "byte {place}");
                }
                Err(other) => panic!("byte {place}: {other}"),
            }
        }
    }
}

#[test]
fn damage_is_evidence_and_not_changed() {
    let (disk, records) = five();
    disk.damage(FIRST, |bytes| bytes[records[1].offset as usize] ^= 1);
    let before = disk.content(FIRST);
    let error = open(&disk).unwrap_err();
    assert!(matches!(&error, Error::Corrupt { offset, .. } if *offset == records[1].offset), "{error}");
    assert_eq!(disk.content(FIRST), before);
    assert!(error.to_string().starts_with("disk/0000000001.seg is damaged at byte 4128: "), "{error}");
}

#[test]
fn a_segment_cut_anywhere_is_damage() {
    let (disk, _) = five();
    let length = disk.content(FIRST).unwrap().len();
    for kept in (0..length).step_by(7) {
        let damaged = copy(&disk);
        damaged.damage(FIRST, |bytes| bytes.truncate(kept));
        assert!(matches!(open(&damaged), Err(Error::Corrupt { offset: 0, .. })), "{kept} bytes");
    }
}

#[test]
fn a_missing_segment_is_damage() {
    let disk = Disk::default();
    let log = open(&disk).unwrap().0;
    for _ in 0..8 {
        write(&log, &[&[1; 300]]);
    }
    drop(log);
    seglog::Storage::remove(&disk, "0000000002.seg").unwrap();
    match open(&disk) {
        Err(Error::Corrupt { path, .. }) => assert!(path.ends_with("0000000002.seg")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_record_of_an_earlier_use_of_the_file_is_not_one_of_this() {
    let disk = Disk::default();
    let log = open(&disk).unwrap().0;
    // Records of one size: each earlier one lies exactly where a later one would.
    for _ in 0..40 {
        let sequence = write(&log, &[&[1; 100]]);
        log.truncate_before(sequence).unwrap();
    }
    assert_eq!(open(&disk).unwrap().0.last(), 40);
    // Without the head of zeros at the end, too.
    let (log, records) = open(&disk).unwrap();
    let last = records.last().unwrap();
    let (name, at) = (log.segment_path(last.segment), last.offset as usize + 128);
    let name = name.file_name().unwrap().to_str().unwrap().to_owned();
    disk.damage(&name, |bytes| {
        let stale = bytes[at - 128..at - 104].to_vec();
        if let Some(head) = bytes.get_mut(at..at + 24) {
            head.copy_from_slice(&stale);
        }
    });
    assert_eq!(open(&disk).unwrap().0.last(), 40);
}

fn mutate(bytes: &mut [u8], rng: &mut ChaCha8Rng) {
    for _ in 0..rng.random_range(1..6) {
        let place = rng.random_range(0..bytes.len());
        match rng.random_range(0..4) {
            0 => bytes[place] = rng.random(),
            1 => {
                let count = rng.random_range(0..64).min(bytes.len() - place);
                rng.fill(&mut bytes[place..place + count]);
            }
            2 => {
                let count = rng.random_range(0..200).min(bytes.len() - place);
                let from = rng.random_range(0..=bytes.len() - count);
                bytes.copy_within(from..from + count, place);
            }
            _ => {
                let value = [0u64, 1, u64::MAX, 1 << 31, 6, 24][rng.random_range(0..6)].to_le_bytes();
                let count = value.len().min(bytes.len() - place);
                bytes[place..place + count].copy_from_slice(&value[..count]);
            }
        }
    }
}

/// One mutated segment: whatever opens is a prefix of what was written.
fn try_mutation(disk: &Disk, records: &[Record], seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let damaged = copy(disk);
    damaged.damage(FIRST, |bytes| mutate(bytes, &mut rng));
    match open(&damaged) {
        Ok((_, found)) => assert_eq!(found, records[..found.len()], "seed {seed}"),
        Err(Error::Corrupt { .. }) => {}
        Err(other) => panic!("seed {seed}: {other}"),
    }
}

#[test]
fn mutated_segments_never_panic_nor_give_other_records() {
    let (disk, records) = five();
    (0..3000).for_each(|seed| try_mutation(&disk, &records, seed));
}

#[test]
#[ignore = "runs for SEGLOG_FUZZ_SECONDS, 60 unless set"]
fn mutated_segments_for_as_long_as_asked() {
    let seconds = std::env::var("SEGLOG_FUZZ_SECONDS").ok().and_then(|count| count.parse().ok());
    let end = Instant::now() + Duration::from_secs(seconds.unwrap_or(60));
    let (disk, records) = five();
    let mut tried = 0u64;
    while Instant::now() < end {
        try_mutation(&disk, &records, 1_000_000 + tried);
        tried += 1;
    }
    println!("{tried} mutated segments");
}

proptest! {
    #[test]
    fn arbitrary_bytes_as_a_segment_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..6000)) {
        let (disk, _) = five();
        disk.damage(FIRST, |content| *content = bytes);
        let refused = matches!(open(&disk), Err(Error::Corrupt { .. }));
        prop_assert!(refused);
    }

    #[test]
    fn arbitrary_records_behind_a_whole_header_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..700)) {
        let (disk, _) = five();
        disk.damage(FIRST, |content| content[4096..4096 + bytes.len()].copy_from_slice(&bytes));
        if let Ok((log, records)) = open(&disk) {
            prop_assert!(bytes.is_empty() || records.is_empty());
            prop_assert_eq!(write(&log, &[b"goes on"]), records.len() as u64 + 1);
        }
    }
}
