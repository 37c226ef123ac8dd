//! The thresholds of the taint rules by the names that a definition gives them.
//!
//! The names are those of the fields of [`Thresholds`]; what they mean is written there.

use crate::taint::Thresholds;

/// A threshold that a definition may set.
#[derive(Clone, Copy, Debug)]
pub struct Threshold {
    /// Key in the file, and end of the fact's name in a Run.
    pub id: &'static str,
    /// What it limits, as a comment.
    pub doc: &'static str,
    /// The value in force.
    pub read: fn(&Thresholds) -> f64,
    pub(super) slot: fn(&mut Thresholds) -> &mut f64,
}

macro_rules! threshold {
    ($field:ident, $doc:literal) => {
        Threshold {
            id: stringify!($field),
            doc: $doc,
            read: |thresholds| thresholds.$field,
            slot: |thresholds| &mut thresholds.$field,
        }
    };
}

/// Every threshold, in the order of [`Thresholds`].
pub const THRESHOLDS: &[Threshold] = &[
    threshold!(steal_share, "share of the bench CPUs' time that a hypervisor took"),
    threshold!(run_queue_wait_share, "share of wall time that the benchmark waited for its CPU"),
    threshold!(other_work_share, "share of the bench CPUs' time that other tasks ran beside several threads"),
    threshold!(switches_per_second, "involuntary context switches per second and CPU"),
    threshold!(switches_at_least, "involuntary switches that are too few to make a rate"),
    threshold!(clock_share, "deviation of the measured clock from the run's usual one"),
    threshold!(quota_share, "share of wall time that a CPU quota took"),
    threshold!(throttle_count, "throttle events"),
    threshold!(migrations_count, "moves of a process that is pinned to one CPU"),
    threshold!(
        faults_major_count,
        "page faults whose page was not in memory, where something was read from disk"
    ),
    threshold!(swap_pages_count, "pages that the host swapped"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_name_and_a_slot_of_its_own() {
        let mut changed = Thresholds::default();
        for (index, threshold) in THRESHOLDS.iter().enumerate() {
            *(threshold.slot)(&mut changed) = 1000.0 + index as f64;
        }
        for (index, threshold) in THRESHOLDS.iter().enumerate() {
            assert_eq!((threshold.read)(&changed), 1000.0 + index as f64, "{}", threshold.id);
        }
        // Names every field: another one in `Thresholds` does not compile here.
        let Thresholds {
            steal_share: _,
            run_queue_wait_share: _,
            other_work_share: _,
            switches_per_second: _,
            switches_at_least: _,
            clock_share: _,
            quota_share: _,
            throttle_count: _,
            migrations_count: _,
            faults_major_count: _,
            swap_pages_count: _,
        } = changed;
        assert_eq!(THRESHOLDS.len(), 11);
    }
}
