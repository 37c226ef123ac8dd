//! The plan for Criterion, held to the arithmetic of its own source.

use proptest::prelude::*;

use super::layout::SAMPLES_MIN;
use super::*;

/// Criterion's plan from its source (`routine.rs` and `lib.rs`, the same arithmetic in 0.3.4 to 0.8.2), in automatic
/// mode, for a warm-up whose calls read the clock `reads_of_call` times.
fn criterions_plan(clock: &Clock, sample_count: u64, reads_of_call: u64) -> Vec<u64> {
    let (mut iterations, mut all, mut elapsed) = (1_u64, 0_u64, 0_u64);
    loop {
        all += iterations;
        elapsed += (reads_of_call - 1) * clock.step_ns;
        if elapsed > clock.warm_up_ns {
            break;
        }
        iterations *= 2;
    }
    let seeming = elapsed as f64 / all as f64;
    let (n, target) = (sample_count, clock.measurement_ns as f64);
    let total_runs = (n * (n + 1) / 2) as f64;
    let step = (target / seeming / total_runs).ceil() as u64;
    if total_runs * step as f64 * seeming > 2.0 * target {
        let iterations = ((target / n as f64 / seeming).ceil() as u64).max(1);
        return vec![iterations; n as usize];
    }
    (1..=n).map(|sample| sample * step.max(1)).collect()
}

fn wish(slice_iterations: u64, round_count: u32, discarded_count: u32) -> Wish {
    Wish { slice_iterations, iteration_ns: 1.0, round_count, discarded_count }
}

fn in_force(size: Option<u64>, warm_up_ms: Option<u64>, measurement_ms: Option<u64>) -> InForce {
    let time = |ms: Option<u64>| Duration::from_millis(ms.unwrap_or(1));
    InForce {
        settings: Settings {
            sample_size: size.unwrap_or(10),
            warm_up: time(warm_up_ms),
            measurement: time(measurement_ms),
        },
        is_size_fixed: size.is_some(),
        is_warm_up_fixed: warm_up_ms.is_some(),
        is_measurement_fixed: measurement_ms.is_some(),
    }
}

proptest! {
    #[test]
    fn where_the_code_leaves_it_free_criterion_plans_what_was_wished(
        slice_iterations in 1_u64..3_000_000, long: bool, is_whole: bool, size in prop::option::of(10_u64..200),
        warm_up_ms in prop::option::of(1_u64..5000),
    ) {
        let wish = if long { wish(1, 4, 1) } else { wish(slice_iterations, 20, 2) };
        let layout = Layout::choose(size, &wish);
        let seconds = if is_whole { Seconds::Whole } else { Seconds::Fractional };
        let clock = Clock::choose(&in_force(size, warm_up_ms, None), &layout, seconds);
        if is_whole {
            prop_assert_eq!(clock.measurement_ns % 1_000_000_000, 0);
        }
        let planned = criterions_plan(&clock, layout.sample_count, 4);
        let slices = layout.iterations();
        prop_assert_eq!(&planned[..slices.len()], &slices[..]);
        prop_assert!(layout.sample_count >= SAMPLES_MIN);
        let first = (layout.solo_count + u64::from(wish.discarded_count)) as usize;
        prop_assert!(slices[first..].iter().all(|count| *count >= wish.slice_iterations));
    }

    #[test]
    fn where_the_code_fixes_times_the_slices_are_as_long_as_wished_or_longer(
        slice_iterations in 7_u64..1_000_000, warm_up_ms in prop::option::of(1_u64..5000), measurement_ms in 100_u64..20_000,
    ) {
        let wish = wish(slice_iterations, 20, 2);
        let layout = Layout::choose(None, &wish);
        let clock = Clock::choose(&in_force(None, warm_up_ms, Some(measurement_ms)), &layout, Seconds::Fractional);
        let planned = criterions_plan(&clock, layout.sample_count, 4);
        let slices = layout.iterations();
        let shortest = (planned[24], slices[24]);
        // A step of whole nanoseconds is coarse when an iteration seems to take a few of them.
        let is_coarse = clock.step_ns < 50;
        prop_assert!(is_coarse || shortest.0 * 100 >= shortest.1 * 95, "{:?}", shortest);
        prop_assert!(is_coarse || shortest.0 <= shortest.1 * 5, "{:?}", shortest);
    }
}

#[test]
fn a_few_long_iterations_are_cut_short_of_what_criterion_insists_on() {
    let layout = Layout::choose(None, &wish(1, 4, 1));
    assert_eq!((layout.sample_count, layout.iterations()), (10, vec![1; 5]));
    assert!(layout.is_cut_short());
    assert!(!Layout::choose(None, &wish(1000, 20, 2)).is_cut_short());
}
