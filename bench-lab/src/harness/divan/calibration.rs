//! How many iterations make a sample and how many samples make an invocation, from one short pilot.
//!
//! It decides once per benchmark and is never asked again, so that every invocation does equal work.

use std::collections::BTreeMap;

use lab_core::model::Calibration;

use super::leaf::{Leaf, SAMPLE_COUNT, SAMPLE_SIZE};
use super::number;
use super::table::Row;

/// Time the pilot samples for, set-up between the samples included.
pub(super) const PILOT_MS: u64 = 50;

/// What a sample shall last, with the set-up of its inputs. Long against the timer's step and a timer interrupt,
/// short enough that a disturbed sample leaves many others.
const SAMPLE_NS: f64 = 1e6;

/// divan's own aim when it tunes a sample's size: a sample lasts a hundred steps of the timer.
const TIMER_STEPS: f64 = 100.0;

/// Samples that make a median, where there is time for them.
const SAMPLES_MIN: f64 = 3.0;

/// More samples than this say no more about one process.
const SAMPLES_MAX: f64 = 1000.0;

/// An invocation may take this many times its time before divan stops sampling.
const OVERRUN: u64 = 4;

/// No limit is below this, in milliseconds: a stolen time slice must not end a short invocation.
const LIMIT_MS_MIN: u64 = 1000;

/// When divan stops sampling whatever the samples asked for, in milliseconds; its set-up counts too.
pub(super) fn limit_ms(time_ms: u64) -> u64 {
    time_ms.saturating_mul(OVERRUN).max(LIMIT_MS_MIN)
}

/// The settings that follow from a pilot's row.
pub(super) fn calibrate(leaf: &Leaf, row: &Row<'_>, pilot_stderr: &str, time_ms: u64) -> Calibration {
    let threads = f64::from(leaf.threads.unwrap_or(1));
    let pilot = Pilot {
        whole_ns: whole_iteration_ns(row, threads),
        timed_ns: row.time.median.value,
        timer_step_ns: timer_step_ns(pilot_stderr).unwrap_or(0.0),
    };
    let (sample_size, rounds) = size_and_rounds(&pilot, time_ms as f64 * 1e6);
    let mut settings: BTreeMap<String, String> = leaf.settings();
    settings.insert(SAMPLE_SIZE.into(), sample_size.to_string());
    settings.insert(SAMPLE_COUNT.into(), (rounds * threads).to_string());
    Calibration(settings)
}

/// What the pilot says about one iteration.
#[derive(Clone, Copy, Debug)]
struct Pilot {
    /// Time of one iteration with its share of the set-up around it.
    whole_ns: f64,
    /// Time of one iteration alone; zero when divan cannot resolve it.
    timed_ns: f64,
    /// The timer's step; zero when divan did not say.
    timer_step_ns: f64,
}

/// The pilot's whole time over the iterations it ran.
///
/// While divan tunes, it runs samples of 1, 2, 4, ... iterations and drops all but the last, so that a sample
/// size of S cost S − 1 iterations more than the row shows. Where the bench fixes the size in its code nothing is
/// dropped, and the result is too small by half at most.
fn whole_iteration_ns(row: &Row<'_>, threads: f64) -> f64 {
    let sample_size = row.sample_size() as f64;
    let iterations = row.time.iteration_count as f64 / threads + sample_size - 1.0;
    (PILOT_MS as f64 * 1e6 / iterations).max(row.time.mean.value)
}

fn size_and_rounds(pilot: &Pilot, time_ns: f64) -> (u32, f64) {
    let for_length = SAMPLE_NS.max(time_ns / SAMPLES_MAX) / pilot.whole_ns;
    // Costly inputs around a cheap iteration: the sample lasts longer, for the timer must see its timed part.
    let for_timer =
        if pilot.timed_ns > 0.0 { TIMER_STEPS * pilot.timer_step_ns / pilot.timed_ns } else { 0.0 };
    let affordable = (time_ns / SAMPLES_MIN / pilot.whole_ns).max(1.0);
    let size = for_length.max(for_timer).min(affordable).round().clamp(1.0, f64::from(u32::MAX));
    let sample_ns = size * pilot.whole_ns;
    let rounds = (time_ns / sample_ns).floor().min(SAMPLES_MAX);
    let has_time_for_three = SAMPLES_MIN * sample_ns <= time_ns * OVERRUN as f64;
    let rounds = if has_time_for_three { rounds.max(SAMPLES_MIN) } else { rounds.max(1.0) };
    (size as u32, rounds)
}

/// `Timer precision: 20 ns`, which divan writes to standard error.
fn timer_step_ns(stderr: &str) -> Option<f64> {
    let text = stderr.lines().find_map(|line| line.strip_prefix("Timer precision: "))?;
    Some(number::time(text)?.value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chosen(whole_ns: f64, timed_ns: f64, time_ms: u64) -> (u32, f64) {
        size_and_rounds(&Pilot { whole_ns, timed_ns, timer_step_ns: 20.0 }, time_ms as f64 * 1e6)
    }

    #[test]
    fn a_microsecond_is_sampled_a_thousand_at_a_time() {
        assert_eq!(chosen(1000.0, 950.0, 500), (1000, 500.0));
    }

    #[test]
    fn a_longer_time_lengthens_the_samples_beyond_a_thousand_of_them() {
        assert_eq!(chosen(1000.0, 950.0, 5000), (5000, 1000.0));
    }

    #[test]
    fn a_slow_benchmark_is_sampled_three_times_while_that_fits_and_once_when_not() {
        assert_eq!(chosen(30e6, 30e6, 500), (1, 16.0));
        assert_eq!(chosen(400e6, 400e6, 500), (1, 3.0));
        assert_eq!(chosen(5e9, 5e9, 500), (1, 1.0));
    }

    #[test]
    fn costly_inputs_make_fewer_and_longer_samples() {
        // 49 µs of set-up around 2 ns: a thousand iterations are needed for the timer, 49 ms a sample.
        assert_eq!(chosen(49e3, 2.0, 500), (1000, 10.0));
        // With a tenth of the time the timer's wish is cut down to what leaves three samples.
        assert_eq!(chosen(49e3, 2.0, 50), (340, 3.0));
    }

    #[test]
    fn what_the_timer_cannot_resolve_is_sampled_by_its_whole_time() {
        assert_eq!(chosen(0.5, 0.0, 500), (2_000_000, 500.0));
    }

    proptest! {
        #[test]
        fn the_planned_time_is_kept_or_the_benchmark_is_slow(
            whole_ns in 0.1_f64..1e11,
            share in 0.0_f64..1.0,
            time_ms in 1_u64..100_000,
        ) {
            let (size, rounds) = chosen(whole_ns, whole_ns * share, time_ms);
            let time_ns = time_ms as f64 * 1e6;
            prop_assert!(size >= 1 && (1.0..=1000.0).contains(&rounds));
            let planned_ns = f64::from(size) * whole_ns * rounds;
            prop_assert!(planned_ns <= OVERRUN as f64 * time_ns || (size, rounds) == (1, 1.0));
        }
    }
}
