//! How moments and values stand in rows: with checksums, so that a row that was changed is seen.
//!
//! It opens no file.

use std::collections::BTreeMap;

use lab_core::history::{Moment, Source};
use lab_core::model::Revision;
use lab_stats::{Estimate, Interval, Level};
use serde::{Deserialize, Serialize};

use super::IndexedValue;
use super::error::Fault;

/// Bytes of a value: four numbers, two counts, a checksum.
const VALUE_BYTES: usize = 44;

/// A moment as text.
#[derive(Serialize, Deserialize)]
pub(super) struct MomentRow {
    kind: Kind,
    name: String,
    measured_at: String,
    commit: Option<String>,
    branch: Option<String>,
    is_dirty: Option<bool>,
    machine: String,
    lab_version: String,
    settings: BTreeMap<String, String>,
    canaries: BTreeMap<String, f64>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Run,
    Baseline,
    Import,
}

impl MomentRow {
    pub(super) fn of(moment: &Moment) -> Self {
        let kind = match &moment.source {
            Source::Run(_) => Kind::Run,
            Source::Baseline(_) => Kind::Baseline,
            Source::Import(_) => Kind::Import,
        };
        Self {
            kind,
            name: moment.source.reference().to_owned(),
            measured_at: moment.measured_at.clone(),
            commit: moment.revision.commit.clone(),
            branch: moment.revision.branch.clone(),
            is_dirty: moment.revision.is_dirty,
            machine: moment.machine.clone(),
            lab_version: moment.lab_version.clone(),
            settings: moment.settings.clone(),
            canaries: moment.canaries.clone(),
        }
    }

    pub(super) fn moment(self) -> Moment {
        let source = match self.kind {
            Kind::Run => Source::Run(self.name),
            Kind::Baseline => Source::Baseline(self.name),
            Kind::Import => Source::Import(self.name),
        };
        Moment {
            source,
            names: Vec::new(),
            measured_at: self.measured_at,
            revision: Revision { commit: self.commit, branch: self.branch, is_dirty: self.is_dirty },
            note: None,
            machine: self.machine,
            lab_version: self.lab_version,
            settings: self.settings,
            canaries: self.canaries,
        }
    }
}

/// A value with the checksum of where it stands.
pub(super) fn encode(series: i64, source: i64, value: &IndexedValue) -> [u8; VALUE_BYTES] {
    let Estimate { point, interval } = value.centre;
    let [lower, upper, level] =
        interval.map_or([f64::NAN; 3], |one| [one.lower(), one.upper(), one.level().value()]);
    let mut bytes = [0; VALUE_BYTES];
    let numbers = [point, lower, upper, level].into_iter().flat_map(f64::to_le_bytes);
    let counts = [value.invocation_count, value.tainted_count].into_iter().flat_map(u32::to_le_bytes);
    for (place, byte) in bytes.iter_mut().zip(numbers.chain(counts)) {
        *place = byte;
    }
    let sum = checksum(&[&series.to_le_bytes(), &source.to_le_bytes(), &bytes[..VALUE_BYTES - 4]]);
    bytes[VALUE_BYTES - 4..].copy_from_slice(&(sum as u32).to_le_bytes());
    bytes
}

/// The value that was encoded, or that it is not the one.
pub(super) fn decode(series: i64, source: i64, bytes: &[u8]) -> Result<IndexedValue, Fault> {
    let damaged = || Fault::Damaged("a value is not what was written".into());
    let bytes: &[u8; VALUE_BYTES] = bytes.try_into().map_err(|_| damaged())?;
    let sum = checksum(&[&series.to_le_bytes(), &source.to_le_bytes(), &bytes[..VALUE_BYTES - 4]]);
    if bytes[VALUE_BYTES - 4..] != (sum as u32).to_le_bytes() {
        return Err(damaged());
    }
    let number = |place: usize| {
        let mut number = [0; 8];
        number.copy_from_slice(&bytes[8 * place..8 * place + 8]);
        f64::from_le_bytes(number)
    };
    let count = |place: usize| {
        let mut count = [0; 4];
        count.copy_from_slice(&bytes[32 + 4 * place..36 + 4 * place]);
        u32::from_le_bytes(count)
    };
    let level = Level::new(number(3)).ok();
    let interval = level.and_then(|level| Interval::new(number(1), number(2), level).ok());
    let centre = Estimate { point: number(0), interval };
    Ok(IndexedValue { centre, invocation_count: count(0), tainted_count: count(1) })
}

/// FNV-1a (Fowler, Noll, Vo) over the parts, each with its length: against damage, not against intent.
pub(super) fn checksum(parts: &[&[u8]]) -> i64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut take = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    };
    for part in parts {
        take(&(part.len() as u64).to_le_bytes());
        take(part);
    }
    hash as i64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_value_reads_back_and_any_flipped_bit_is_seen(
            point in -1e9..1e9_f64, reach in proptest::option::of(0.0..1e3_f64), counts: [u32; 2], bit in 0..352_usize,
        ) {
            let interval = reach.and_then(|reach| Interval::new(point - reach, point + reach, Level::P95).ok());
            let centre = Estimate { point, interval };
            let value = IndexedValue { centre, invocation_count: counts[0], tainted_count: counts[1] };
            let mut bytes = encode(3, 4, &value);
            prop_assert_eq!(decode(3, 4, &bytes).unwrap(), value);
            prop_assert!(decode(4, 3, &bytes).is_err());
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(decode(3, 4, &bytes).is_err());
        }
    }
}
