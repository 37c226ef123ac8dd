//! Which metric of a duel carries the verdict: cycles for what only computes, wall time for the rest.
//!
//! It decides before the first launch that counts, from a trial; a choice made after looking at the result would be
//! another test.

use crate::model::MetricId;

/// From here on a benchmark is bound by the processor: what remains is interrupts and a rare preemption.
const CPU_SHARE_MIN: f64 = 0.95;

/// A slice with one voluntary switch or more waits for something: a lock, a disk, another thread.
const SWITCHES_PER_SLICE_MAX: f64 = 1.0;

/// What a trial showed of both sides, the worse of the two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trial {
    /// CPU time over wall time within the slices; absent when it could not be read.
    pub cpu_share: Option<f64>,
    /// Voluntary context switches within a slice.
    pub switches_per_slice: f64,
    /// Whether cycles were counted in every slice of both sides.
    pub has_cycles: bool,
}

/// The primary metric.
///
/// Cycles leave out steal, preemption and most changes of frequency; measured on a shared virtual machine, their ratio
/// spread 1.1 to 1.8 times less than that of wall time. They also leave out waiting, which is why a benchmark that
/// waits is judged by wall time.
pub fn primary(trial: &Trial) -> MetricId {
    let is_busy = trial.cpu_share.is_some_and(|share| share >= CPU_SHARE_MIN);
    let is_bound = is_busy && trial.switches_per_slice < SWITCHES_PER_SLICE_MAX;
    if is_bound && trial.has_cycles { MetricId("cycles".into()) } else { MetricId::wall_ns() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUND: Trial = Trial { cpu_share: Some(0.99), switches_per_slice: 0.0, has_cycles: true };

    #[test]
    fn what_only_computes_is_judged_by_cycles_where_they_are_counted() {
        assert_eq!(primary(&BOUND).0, "cycles");
        assert_eq!(primary(&Trial { has_cycles: false, ..BOUND }), MetricId::wall_ns());
    }

    #[test]
    fn what_waits_or_may_wait_is_judged_by_wall_time() {
        for trial in [
            Trial { cpu_share: Some(0.94), ..BOUND },
            Trial { cpu_share: None, ..BOUND },
            Trial { cpu_share: Some(f64::NAN), ..BOUND },
            Trial { switches_per_slice: 1.0, ..BOUND },
        ] {
            assert_eq!(primary(&trial), MetricId::wall_ns(), "{trial:?}");
        }
    }
}
