//! How many iterations make a sample and how many samples make an invocation, from one short pilot.
//!
//! It decides once per benchmark and is never asked again, so that every invocation does equal work.

use std::collections::BTreeMap;

use lab_core::model::Calibration;

use super::leaf::{Leaf, SAMPLE_COUNT, SAMPLE_SIZE, SAMPLES};
use super::number;
use super::table::Row;
use crate::runner::command::Captured;

/// Samples of the pilot: enough for a median that one stolen time slice does not move.
pub(super) const PILOT_SAMPLES: u64 = 10;

/// Least time of the pilot, in milliseconds. divan's own probes, some 10 ms on an idle machine, run within it and
/// must not be most of it.
pub(super) const PILOT_MS_MIN: u64 = 100;

/// Time after which the pilot takes no further sample, in milliseconds.
pub(super) const PILOT_MS_MAX: u64 = 500;

/// What the timed part of a sample shall last. Long against the timer's step and a timer interrupt, short enough
/// that a disturbed sample leaves many others.
const SAMPLE_NS: f64 = 1e6;

/// How many times as long a sample may last with the set-up of its inputs. Generous, for on a busy machine the
/// pilot takes stolen time for set-up; but the inputs of a sample are all made, and held, before it starts.
const SETUP_ALLOWANCE: f64 = 10.0;

/// divan's own aim when it tunes a sample's size: a sample lasts a hundred steps of the timer.
const TIMER_STEPS: f64 = 100.0;

/// No turn of divan's loop is shorter: two instructions at 10 GHz would be twice as long.
const LOOP_NS_MIN: f64 = 0.1;

/// Samples that make a median, where there is time for them.
const SAMPLES_MIN: f64 = 3.0;

/// More samples than this say no more about one process.
const SAMPLES_MAX: f64 = 1000.0;

/// The same for short samples, of which each is coarse: the timer's step is a hundredth of it.
const SHORT_SAMPLES_MAX: f64 = 100_000.0;

/// Samples of the second pilot.
pub(super) const PROOF_SAMPLES: u64 = 30;

/// How much an iteration may differ between sample sizes and count as the same. Two pilots of equal work were seen
/// five hundredths apart on a busy machine; outputs that pile up cost a multiple.
const SAME_WORK_SHARE: f64 = 0.1;

/// The same in nanoseconds: a cycle or two per iteration are within what divan subtracts for its own loop.
const SAME_WORK_NS: f64 = 0.3;

/// Set-up may make the sampling this many times as long as the time that is asked for.
const SETUP_SHARE: f64 = 2.0;

/// An invocation may take this many times its time before divan stops sampling.
const OVERRUN: u64 = 4;

/// No limit is below this, in milliseconds: a stolen time slice must not end a short invocation.
const LIMIT_MS_MIN: u64 = 1000;

/// When divan stops sampling whatever the samples asked for, in milliseconds; its set-up counts too.
pub(super) fn limit_ms(time_ms: u64) -> u64 {
    time_ms.saturating_mul(OVERRUN).max(LIMIT_MS_MIN)
}

/// The settings that follow from a pilot's row.
pub(super) fn calibrate(leaf: &Leaf, row: &Row<'_>, captured: &Captured, time_ms: u64) -> Calibration {
    let (sample_size, rounds) = size_and_rounds(&Pilot::of(leaf, row, captured), time_ms as f64 * 1e6);
    calibration(leaf, u64::from(sample_size), rounds, Samples::Long)
}

/// The settings for a benchmark that is another one in long samples: divan's own sample size, and as many samples
/// as fit.
pub(super) fn with_divans_own_size(
    leaf: &Leaf,
    row: &Row<'_>,
    captured: &Captured,
    time_ms: u64,
) -> Calibration {
    let pilot = Pilot::of(leaf, row, captured);
    let rounds = rounds(row.sample_size() as f64, &pilot, time_ms as f64 * 1e6, SHORT_SAMPLES_MAX);
    calibration(leaf, row.sample_size(), rounds, Samples::Short)
}

/// A sample size at which the timer sees the samples of a pilot; absent where it does at the pilot's own.
///
/// divan tunes by the slowest sample so far. Where the first iteration, with cold caches, takes a hundred steps of the timer it
/// stops at a size of one and measures the timer: 60 ns for a look-up of 35 ns.
pub(super) fn size_to_see(row: &Row<'_>, captured: &Captured) -> Option<u64> {
    let step_ns = timer_step_ns(&captured.stderr_text())?;
    let timed_ns = row.time.median.value;
    if row.sample_size() as f64 * timed_ns >= TIMER_STEPS * step_ns {
        return None;
    }
    // Twice as long, since what was measured is more timer than work.
    let size = 2.0 * TIMER_STEPS * step_ns / timed_ns.max(step_ns / 4.0);
    Some(size.ceil().max(1.0) as u64).filter(|size| *size > row.sample_size())
}

/// Whether an iteration costs the same in samples of the chosen size as in those that divan sizes for itself.
///
/// divan makes the inputs of a whole sample before it and drops the outputs after it. An iteration that returns a
/// vector gets a hot block of memory again and again in a sample of some microseconds, and page faults in one of
/// a millisecond: fifty times the time. What `cargo bench` measures is the short one.
///
/// Other processes only ever lengthen a sample, so the proof's fastest stands against slowness.
pub(super) fn is_same_work(pilot: &Row<'_>, proof: &Row<'_>) -> bool {
    let usual = pilot.time.median.value;
    let tolerance = (usual * SAME_WORK_SHARE).max(SAME_WORK_NS);
    proof.time.fastest.value - usual <= tolerance && usual - proof.time.median.value <= tolerance
}

/// How long samples are; a benchmark that is another one in long samples is not compared with itself in short ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Samples {
    /// About a millisecond.
    Long,
    /// As short as divan would make them.
    Short,
}

fn calibration(leaf: &Leaf, sample_size: u64, rounds: f64, samples: Samples) -> Calibration {
    let threads = f64::from(leaf.threads.unwrap_or(1));
    let mut settings: BTreeMap<String, String> = leaf.settings();
    settings.insert(SAMPLE_SIZE.into(), sample_size.to_string());
    settings.insert(SAMPLE_COUNT.into(), (rounds * threads).to_string());
    let samples = match samples {
        Samples::Long => "long",
        Samples::Short => "short",
    };
    settings.insert(SAMPLES.into(), samples.into());
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

impl Pilot {
    fn of(leaf: &Leaf, row: &Row<'_>, captured: &Captured) -> Self {
        let threads = f64::from(leaf.threads.unwrap_or(1));
        let timed_ns = row.time.median.value;
        let wall_ms = u64::try_from(captured.wall.as_millis()).unwrap_or(u64::MAX);
        Self {
            whole_ns: (timed_ns + setup_ns(row, threads, wall_ms)).max(LOOP_NS_MIN),
            timed_ns,
            timer_step_ns: timer_step_ns(&captured.stderr_text()).unwrap_or(0.0),
        }
    }
}

/// The part of the pilot's sampling time that no sample accounts for, per iteration.
///
/// How long it sampled follows from what ended it. More samples than asked for: the least time was not over yet.
/// Fewer: the greatest time was. Just as many: something between, and no more than the process lived.
///
/// While divan tunes, it runs samples of 1, 2, 4, ... iterations and drops all but the last, so that a sample
/// size of S cost S − 1 iterations more than the row shows. Where the bench fixes the size in its code nothing is
/// dropped, and the result is too small by half at most.
fn setup_ns(row: &Row<'_>, threads: f64, wall_ms: u64) -> f64 {
    let rounds = row.time.sample_count as f64 / threads;
    let asked = (PILOT_SAMPLES as f64 / threads).ceil();
    let sampled_ms = if rounds > asked {
        PILOT_MS_MIN
    } else if rounds < asked {
        PILOT_MS_MAX
    } else {
        wall_ms.clamp(PILOT_MS_MIN, PILOT_MS_MAX)
    };
    let iterations = row.time.iteration_count as f64 / threads;
    let timed_ns = row.time.mean.value * iterations;
    let untimed_ns = (sampled_ms as f64 * 1e6 - timed_ns).max(0.0);
    untimed_ns / (iterations + row.sample_size() as f64 - 1.0)
}

fn size_and_rounds(pilot: &Pilot, time_ns: f64) -> (u32, f64) {
    let length_ns = SAMPLE_NS.max(time_ns / SAMPLES_MAX);
    let for_length = (length_ns / pilot.timed_ns).min(length_ns * SETUP_ALLOWANCE / pilot.whole_ns);
    // Costly inputs around a cheap iteration: the sample lasts longer, for the timer must see its timed part.
    let for_timer =
        if pilot.timed_ns > 0.0 { TIMER_STEPS * pilot.timer_step_ns / pilot.timed_ns } else { 0.0 };
    let affordable = (time_ns / SAMPLES_MIN / pilot.whole_ns).max(1.0);
    let size = for_length.max(for_timer).min(affordable).round().clamp(1.0, f64::from(u32::MAX));
    (size as u32, rounds(size, pilot, time_ns, SAMPLES_MAX))
}

/// How many samples of a size fill the time.
fn rounds(size: f64, pilot: &Pilot, time_ns: f64, most: f64) -> f64 {
    let sample_ns = size * pilot.whole_ns;
    let timed_ns = size * pilot.timed_ns;
    let rounds = (time_ns / timed_ns).min(time_ns * SETUP_SHARE / sample_ns).floor().min(most);
    let has_time_for_three = SAMPLES_MIN * sample_ns <= time_ns * OVERRUN as f64;
    if has_time_for_three { rounds.max(SAMPLES_MIN) } else { rounds.max(1.0) }
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
        assert_eq!(chosen(1000.0, 1000.0, 500), (1000, 500.0));
    }

    #[test]
    fn a_longer_time_lengthens_the_samples_beyond_a_thousand_of_them() {
        assert_eq!(chosen(1000.0, 1000.0, 5000), (5000, 1000.0));
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
        assert_eq!(chosen(49e3, 2.0, 500), (1000, 20.0));
        // With a tenth of the time the timer's wish is cut down to what leaves a few samples.
        assert_eq!(chosen(49e3, 2.0, 50), (340, 6.0));
    }

    #[test]
    fn what_the_timer_cannot_resolve_is_sampled_by_its_whole_time() {
        assert_eq!(chosen(0.5, 0.0, 500), (20_000_000, 100.0));
        assert_eq!(chosen(LOOP_NS_MIN, 0.0, 500), (100_000_000, 100.0));
    }

    /// What a pilot with samples of 4 iterations of a microsecond says about set-up.
    fn setup_of(sample_count: u64, wall_ms: u64) -> f64 {
        let row = format!("╰─ a  1 µs │ 1 µs │ 1 µs │ 1 µs │ {sample_count} │ {}", sample_count * 4);
        setup_ns(&super::super::table::rows(&row)[0], 1.0, wall_ms).round()
    }

    #[test]
    fn the_sampling_time_follows_from_what_ended_the_pilot() {
        assert_eq!(setup_of(20_000, 130), 250.0, "the least time: 20 of 100 ms over 80003 iterations");
        assert_eq!(
            setup_of(10, 300),
            (299.96e6_f64 / 43.0).round(),
            "the tenth sample, within its wall time"
        );
        assert_eq!(
            setup_of(10, 20),
            (99.96e6_f64 / 43.0).round(),
            "the tenth sample, not before the least time"
        );
        assert_eq!(setup_of(2, 700), (499.992e6_f64 / 11.0).round(), "the greatest time");
        assert_eq!(setup_of(30_000, 130), 0.0, "samples that account for all of it");
    }

    #[test]
    fn a_pilot_that_lost_its_time_leaves_samples_as_long_as_divan_would_make_them() {
        // Another process had the CPU while divan probed its timer: 0.4 s for ten samples of 4 µs.
        let disturbed = 1000.0 + setup_of(10, 400);
        let (size, rounds) = chosen(disturbed, 1000.0, 500);
        assert!(f64::from(size) * 1000.0 >= TIMER_STEPS * 20.0, "{size}");
        assert!(rounds >= SAMPLES_MIN, "{rounds}");
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
