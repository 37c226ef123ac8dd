//! What the rule over link orders does where link orders alone move the speed, and where the code changed too.
//!
//! `cargo run --release -p lab-stats --example layouts` prints the table of `docs/METHODOLOGY.md`, and fails when the rule
//! alarms for link orders in more than 1 % of all cases, or when the first stage alone does not: then nothing was tested.

#![allow(clippy::print_stdout, reason = "an example that prints its table")]

use std::process::ExitCode;

use lab_stats::{
    Design, Direction, Draws, Finding, Observations, OverLayouts, Series, first_decision, median,
};

const MATCHES: usize = 2000;
/// Width of the noise of a launch, whatever the link order.
const LAUNCH: f64 = 0.005;
const MARGIN: f64 = 0.0075;
const ALPHA: f64 = 0.01;
/// Launches in each link order.
const LAUNCHES: usize = 3;

/// Whether both stages of one match alarm, and whether the first does. A link order moves each side on its own.
fn alarms(effect: f64, spread: f64, orders: usize, design: &Design, draws: &mut Draws) -> (bool, bool) {
    let own = effect + spread * draws.normal();
    let logs: Vec<f64> = (0..80).map(|_| own + LAUNCH * draws.normal()).collect();
    let series = Series::new(logs).expect("noise is finite");
    let is_up = |finding| finding == Finding::Changed(Direction::Up);
    let standing = first_decision(design, &series);
    let first = standing.is_some_and(|standing| matches!(standing.finding, Finding::Changed(_)));
    let goes_up = standing.is_some_and(|standing| is_up(standing.finding));
    let values: Vec<f64> = (0..orders)
        .map(|_| {
            let of_order = effect + spread * draws.normal();
            let logs: Vec<f64> = (0..LAUNCHES).map(|_| of_order + LAUNCH * draws.normal()).collect();
            median(&Observations::new(logs).expect("noise is finite"))
        })
        .collect();
    let over = OverLayouts::of(&Observations::new(values).expect("noise is finite"));
    let same_way = (over.estimate > 0.0) == goes_up;
    (first, first && same_way && over.is_of_the_code(ALPHA, MARGIN))
}

fn main() -> ExitCode {
    let Ok(design) = Design::new(&Design::LOOKS_DEFAULT, MARGIN) else { return ExitCode::FAILURE };
    let mut draws = Draws::seeded(4_7);
    println!(
        "| link orders differ by | true change | stage 1 alone | with 8 | with 12 | with 20 | with 40 |"
    );
    println!("|---|---|---|---|---|---|---|");
    let mut is_kept = true;
    for spread in [0.01, 0.02] {
        for effect in [0.0, 0.01, 0.02, 0.05] {
            let mut cells = Vec::new();
            let mut alone = 0;
            for orders in [8, 12, 20, 40] {
                let drawn: Vec<(bool, bool)> =
                    (0..MATCHES).map(|_| alarms(effect, spread, orders, &design, &mut draws)).collect();
                alone += drawn.iter().filter(|(first, _)| *first).count();
                let both = drawn.iter().filter(|(_, both)| *both).count() as f64 / MATCHES as f64;
                // Binomial: 2000 cases of 1 % are above 1.6 % once in a hundred tables.
                is_kept &= effect > 0.0 || both <= 0.016;
                cells.push(format!("{:.1} %", both * 100.0));
            }
            let alone = alone as f64 / (4 * MATCHES) as f64;
            is_kept &= effect > 0.0 || alone > 0.1;
            println!(
                "| {:.0} % | {:.0} % | {:.1} % | {} |",
                spread * 100.0,
                effect * 100.0,
                alone * 100.0,
                cells.join(" | ")
            );
        }
    }
    if is_kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
