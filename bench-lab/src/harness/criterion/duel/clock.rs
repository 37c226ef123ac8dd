//! The times that Criterion is told, so that the plan it makes is the one that is wished.
//!
//! It tells no time of what is measured.

use std::time::Duration;

use super::InForce;
use super::layout::Layout;
use crate::harness::criterion::dialect::Seconds;

/// Clock reads of the first call in a warm-up less one: start and end of the call, and of what is timed in it.
const STEPS_OF_CALL: f64 = 3.0;

/// Asks for no more doublings in a warm-up that is fixed in code.
const DOUBLINGS_MAX: i32 = 40;

/// The times that Criterion is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Clock {
    pub(super) warm_up_ns: u64,
    pub(super) measurement_ns: u64,
    pub(super) step_ns: u64,
}

impl Clock {
    /// A warm-up of one call where that is free, so that an iteration seems to take [`STEPS_OF_CALL`] steps; where the
    /// code fixes both times, a warm-up of as many doubling calls as bring about the wished plan or a longer one.
    pub(in super::super) fn choose(in_force: &InForce, layout: &Layout, seconds: Seconds) -> Self {
        let least_ns = match seconds {
            Seconds::Whole => 1_000_000_000,
            Seconds::Fractional => 1_000,
        };
        let as_ns = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let fixed_warm_up = in_force.is_warm_up_fixed.then(|| as_ns(in_force.settings.warm_up));
        if !in_force.is_measurement_fixed {
            let warm_up_ns = fixed_warm_up.unwrap_or(least_ns);
            // Also a call that reads the clock but twice lasts longer than the warm-up.
            let step_ns = warm_up_ns.saturating_mul(2);
            let steps = STEPS_OF_CALL * layout.span();
            let measurement_ns = step_ns as f64 * steps;
            let (measurement_ns, step_ns) = match seconds {
                // What rounding adds to the time, a longer step takes up again.
                Seconds::Whole => {
                    let rounded = ((measurement_ns / 1e9).ceil() as u64).saturating_mul(1_000_000_000);
                    (rounded, ((rounded as f64 / steps) as u64).max(step_ns))
                }
                Seconds::Fractional => (measurement_ns as u64, step_ns),
            };
            return Self { warm_up_ns, measurement_ns, step_ns };
        }
        let measurement_ns = as_ns(in_force.settings.measurement);
        let iteration_ns = measurement_ns as f64 / layout.span();
        let step_ns = (iteration_ns / STEPS_OF_CALL).max(1.0);
        if fixed_warm_up.is_none() && seconds == Seconds::Fractional && step_ns >= 4.0 {
            return Self { warm_up_ns: (step_ns / 2.0) as u64, measurement_ns, step_ns: step_ns as u64 };
        }
        let warm_up_ns = fixed_warm_up.unwrap_or(least_ns);
        let step_ns = step_of_doublings(warm_up_ns as f64, iteration_ns);
        Self { warm_up_ns, measurement_ns, step_ns }
    }

    /// Whether the first call of the warm-up is its last.
    pub(in super::super) fn has_one_call(&self) -> bool {
        self.warm_up_ns as f64 <= STEPS_OF_CALL * self.step_ns as f64
    }
}

/// The step under which a warm-up of this length ends after the fewest calls, of 1, 2, 4, ... iterations, that make an
/// iteration seem to take no longer than wished.
fn step_of_doublings(warm_up_ns: f64, iteration_ns: f64) -> u64 {
    // After `calls` calls of `STEPS_OF_CALL` steps each the time is just over, and was not before the last.
    let step = |calls: i32| warm_up_ns / (STEPS_OF_CALL * (f64::from(calls) - 0.5));
    let seeming = |calls: i32| step(calls) * STEPS_OF_CALL * f64::from(calls) / (2_f64.powi(calls) - 1.0);
    let calls = (1..DOUBLINGS_MAX).find(|calls| seeming(*calls) <= iteration_ns).unwrap_or(DOUBLINGS_MAX);
    (step(calls) as u64).max(1)
}
