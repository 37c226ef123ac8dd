//! Prints how long an HTML report of many benchmarks with a long history takes, and how large it becomes.
//!
//! It must never be run by a test: what it prints depends on the machine.
//!
//! `cargo run --release --package lab-core --example html_report_size -- [BENCHMARKS] [RUNS] [FILE]`

#![expect(clippy::print_stdout, reason = "its output is what it is for")]
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the law is for the crate; this measures it"
)]

mod large;

use std::time::Instant;

use lab_core::compare::{Material as Compared, Subject as Side, compare};
use lab_core::history::{Accepted, Timeline, Trend, TrendRules};
use lab_core::policy::Policy;
use lab_core::report::compared::ComparedView;
use lab_core::report::html::{History, Material, Profiler, Subject, render};
use lab_core::report::view::RunView;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use self::large::{INVOCATIONS, past, run, stored};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number =
        |place: usize, usual: usize| words.get(place).and_then(|word| word.parse().ok()).unwrap_or(usual);
    let (count, runs) = (number(0, 1000), number(1, 300));
    let mut random = ChaCha8Rng::seed_from_u64(1);
    // Every tenth benchmark jumps once in the history, every twentieth is slower in the candidate.
    let stepped = |day: usize| {
        move |number: usize| if number.is_multiple_of(10) && day > runs / 2 { 1.12 } else { 1.0 }
    };
    let (moments, timelines) = past(runs, count, &mut random, stepped);
    let baseline = run(runs, count, INVOCATIONS, &mut random, stepped(runs));
    let slower = |number: usize| stepped(runs)(number) * if number.is_multiple_of(20) { 1.08 } else { 1.0 };
    let candidate = run(runs + 1, count, INVOCATIONS, &mut random, slower);
    let begin = Instant::now();
    let read = |timeline: Timeline| {
        let trend = Trend::of(&timeline, TrendRules::default(), &Accepted::default()).ok()?;
        Some((timeline, trend))
    };
    let courses: Vec<(Timeline, Trend)> = timelines.into_values().filter_map(read).collect();
    let finding = begin.elapsed().as_secs_f64();
    let compared = Compared {
        baseline: Side { name: "main", extract: &baseline },
        candidate: Side { name: "latest", extract: &candidate },
        launches: &[],
        duels: &[],
    };
    let Ok(comparison) = compare(&compared, &Policy::default()) else {
        return println!("nothing to compare");
    };
    let view = ComparedView { comparison: &comparison, gate: None, lists_all: true };
    let stored = stored(&candidate);
    let begin = Instant::now();
    let history = History::new(&moments, &courses);
    let judged = RunView::new(&stored);
    let material = Material {
        subject: Subject::Sides { view, baseline: &baseline, candidate: &candidate },
        run: Some(&judged),
        filtered: None,
        history: &history,
        across: None,
        flames: &[],
        warnings: &[],
        profiler: Profiler::Here,
    };
    let page = render(&material);
    let rendering = begin.elapsed().as_secs_f64();
    let steps: usize = history.traces.values().map(|trace| trace.steps.len()).sum();
    println!(
        "{count} benchmarks × 2 sides × {INVOCATIONS} invocations, {runs} Runs of history with {steps} steps: \
         {:.2} MB, {:.2} s to render, {finding:.2} s to find the steps; {:?}",
        page.len() as f64 / 1e6,
        rendering,
        comparison.summary()
    );
    if let Some(file) = words.get(2)
        && let Err(error) = std::fs::write(file, page)
    {
        println!("{file} could not be written: {error}");
    }
}
