//! The log from outside: against a model, against crashes, kills, damage and full disks.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bytes;
mod crash;
mod kill;
mod life;
mod processes;

use std::sync::Arc;

use seglog::simulation::Disk;
use seglog::{Entry, Error, Log, Options, Record, Sharing};

/// Small: a few records fill a segment.
const OPTIONS: Options = Options { segment_bytes: 4096 + 700, sharing: Sharing::Coordinated };

fn open(disk: &Disk) -> Result<(Log, Vec<Record>), Error> {
    let mut records = Vec::new();
    let log = Log::open(Arc::new(disk.clone()), OPTIONS, |record| records.push(record))?;
    Ok((log, records))
}

fn entries(payloads: &[Vec<u8>]) -> Vec<Entry<'_>> {
    payloads.iter().map(|payload| Entry { kind: payload.len() as u8, payload }).collect()
}

fn write(log: &Log, payloads: &[&[u8]]) -> u64 {
    let batch: Vec<Entry<'_>> = payloads.iter().map(|payload| Entry { kind: 0, payload }).collect();
    let sequence = log.append(&batch).unwrap();
    log.commit(sequence).unwrap();
    sequence
}
