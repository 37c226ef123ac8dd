//! A Run's table beside a baseline and with budgets, on three terminals.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

#[path = "../examples/large/mod.rs"]
#[allow(dead_code, reason = "shared with what measures the size of a page")]
mod large;

use lab_core::budget::read_budgets;
use lab_core::compare::{Material, Subject, compare};
use lab_core::policy::Policy;
use lab_core::report::tone::{Tone, plain};
use lab_core::report::view::RunView;
use lab_core::report::{number, text};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use unicode_width::UnicodeWidthStr;

use crate::large::{INVOCATIONS, run, stored};

/// One slower, one faster, the rest as before; the machine moved by less than the smaller of the two.
fn level(number: usize) -> f64 {
    [1.16, 0.67, 1.0, 1.0][number % 4]
}

const BUDGETS: &str = "\
[[budget]]
benchmarks = \"operation0/10$\"
target = \"< 100 ns\"

[[budget]]
benchmarks = \"operation0/100$\"
target = \"< 1 ns\"

[[budget]]
benchmarks = \"operation0/100$\"
target = \"< 1 s\"
";

#[test]
fn a_run_beside_its_baseline_and_its_budgets() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let baseline = run(1, 4, INVOCATIONS, &mut random, |_| 1.0);
    let candidate = run(2, 4, INVOCATIONS, &mut random, level);
    let sides = Material {
        baseline: Subject { name: "main", extract: &baseline },
        candidate: Subject { name: "latest", extract: &candidate },
        launches: &[],
        duels: &[],
    };
    let comparison = compare(&sides, &Policy::default()).unwrap();
    let stored = stored(&candidate);
    let view = RunView::new(&stored).with_budgets(&read_budgets(BUDGETS).unwrap()).beside(&comparison);
    for width in [112, 80, 60] {
        let lines = text::lines(&view, width);
        let said = plain(&lines);
        assert!(said.lines().all(|line| line.width() <= width), "{said}");
        insta::assert_snapshot!(format!("a_run_beside_its_baseline_at_{width}_columns"), said);
        let tone = |name: &str| lines.iter().find(|line| line.text.starts_with(name)).unwrap().tone;
        assert_eq!(tone("  group0/operation0/10 "), Tone::Bad, "it regressed");
        assert_eq!(tone("  group0/operation0/100 "), Tone::Bad, "it is faster, and still beyond its budget");
    }
    // The column says what the comparison says.
    let [slower, faster] = [0, 1].map(|place| comparison.changes[place].ratio.unwrap().point);
    let wide = text::render(&view, 112);
    for (ratio, word) in [(slower, "REGRESSED"), (faster, "improved")] {
        assert!(wide.contains(&format!("{} {word}", number::change(ratio.ln()))), "{wide}");
    }
}
