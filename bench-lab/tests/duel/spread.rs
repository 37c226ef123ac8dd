//! How much launches scatter, in slices and in whole processes: the figures of docs/METHODOLOGY.md.
//!
//! It measures and asserts nothing, so it runs only when asked: see the documentation.

use std::time::Instant;

use bench_lab::duel::Contest;
use lab_core::model::{Grain, MetricId};
use lab_stats::{Observations, hodges_lehmann, median_absolute_deviation, signed_rank};

use crate::fixture::{case, context, settings};

/// Launches of each row; `SPREAD_LAUNCHES` changes it.
const LAUNCHES: u32 = 40;

#[test]
#[ignore = "measures for minutes and asserts nothing"]
fn spread() {
    let launches = std::env::var("SPREAD_LAUNCHES").ok().and_then(|text| text.parse().ok());
    let launches = launches.unwrap_or(LAUNCHES);
    println!(
        "| benchmark | more work | grain | launches | spread (MAD) | estimate | p | per launch | calibration |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let cases = [
        ("turns_divan", "turns_divan::tiny"),
        ("turns_divan", "turns_divan::inputs"),
        ("turns_divan", "turns_divan::outputs"),
        ("turns_criterion", "tiny"),
        ("turns_criterion", "middling"),
        ("turns_criterion", "small"),
    ];
    for (target, path) in cases {
        for permille in [0, 20] {
            let text = permille.to_string();
            let case = case(target, path).with(1, "FIXTURE_EXTRA_PERMILLE", &text);
            for finest in [Grain::Slices, Grain::Processes] {
                let began = Instant::now();
                let contest = Contest::prepare_at_most(&context(), case.pair(), &settings(), finest).unwrap();
                let calibration = began.elapsed();
                let row = launch_all(&contest, launches);
                println!(
                    "| {target} `{path}` | {} % | {:?} | {row} | {:.1} s |",
                    f64::from(permille) / 10.0,
                    contest.grain(),
                    calibration.as_secs_f64()
                );
            }
        }
    }
}

fn launch_all(contest: &Contest<'_>, launches: u32) -> String {
    let began = Instant::now();
    let ratios: Vec<f64> = (0..launches)
        .filter_map(|index| {
            let launch = contest.launch(&context(), index, 0, 11).unwrap();
            let ratio = launch.log_ratio(&MetricId::wall_ns());
            if ratio.is_none() {
                println!("launch {index}: {:?}", launch.outcome);
            }
            ratio
        })
        .collect();
    let per_launch = began.elapsed().as_secs_f64() / f64::from(launches);
    let observed = Observations::new(ratios).unwrap();
    let (mad, centre) = (median_absolute_deviation(&observed), hodges_lehmann(&observed));
    format!(
        "{} | {:.2} % | {:+.2} % | {:.2e} | {per_launch:.2} s",
        observed.count(),
        100.0 * mad,
        100.0 * centre.exp_m1(),
        signed_rank(&observed).p.value()
    )
}
