//! How large a page becomes: 200 benchmarks with two sides and 100 Runs of history fit 500 kB.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

#[path = "../examples/large/mod.rs"]
#[allow(dead_code, reason = "the example has more of it")]
mod large;

use lab_core::compare::{Material as Compared, Subject as Side, compare};
use lab_core::policy::Policy;
use lab_core::report::compared::ComparedView;
use lab_core::report::html::{History, Material, Profiler, Step, Stretch, Subject, Trace, render};
use lab_core::report::view::RunView;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::large::{past, run, stored};

const BENCHMARKS: usize = 200;
const RUNS: usize = 100;
const BYTES_MAX: usize = 500_000;

/// Every tenth benchmark jumps in the middle; the finding of steps is not what is looked at here.
fn history(random: &mut ChaCha8Rng) -> History {
    let jump =
        |number: usize, day: usize| if number.is_multiple_of(10) && day > RUNS / 2 { 1.12 } else { 1.0 };
    let (moments, timelines) = past(RUNS, BENCHMARKS, random, |day| move |number| jump(number, day));
    let mut history = History::new(&moments, &[]);
    for (number, (id, timeline)) in timelines.into_iter().enumerate() {
        let values: Vec<Option<f64>> = timeline.points.iter().map(|point| Some(point.centre.point)).collect();
        let (first, last) = (values[0].unwrap(), values[RUNS - 1].unwrap());
        let stretch = |start, last_index, value| Stretch { start, last_index, first: value, last: value };
        let step = Step {
            at: RUNS / 2,
            before: first,
            after: last,
            is_worse: true,
            is_accepted: false,
            notes: vec!["p < 0.0001".into()],
        };
        history.traces.insert(
            id,
            Trace {
                metric: timeline.metric,
                unit: timeline.unit,
                values,
                stretches: vec![stretch(0, RUNS / 2 - 1, first), stretch(RUNS / 2, RUNS - 1, last)],
                steps: if number.is_multiple_of(10) { vec![step] } else { Vec::new() },
                remarks: Vec::new(),
            },
        );
    }
    history
}

#[test]
fn two_hundred_benchmarks_over_a_hundred_runs_fit_half_a_megabyte() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let history = history(&mut random);
    let baseline = run(RUNS, BENCHMARKS, large::INVOCATIONS, &mut random, |_| 1.0);
    let slower = |number: usize| if number.is_multiple_of(20) { 1.08 } else { 1.0 };
    let candidate = run(RUNS + 1, BENCHMARKS, large::INVOCATIONS, &mut random, slower);
    let sides = Compared {
        baseline: Side { name: "main", extract: &baseline },
        candidate: Side { name: "latest", extract: &candidate },
        launches: &[],
        duels: &[],
    };
    let comparison = compare(&sides, &Policy::default()).unwrap();
    let stored = stored(&candidate);
    let judged = RunView::new(&stored);
    let view = ComparedView { comparison: &comparison, gate: None, lists_all: true };
    let page = render(&Material {
        subject: Subject::Sides { view, baseline: &baseline, candidate: &candidate },
        run: Some(&judged),
        filtered: None,
        history: &history,
        across: None,
        flames: &[],
        warnings: &[],
        profiler: Profiler::Here,
    });
    assert_eq!(history.traces.len(), BENCHMARKS);
    assert!(page.len() <= BYTES_MAX, "{} bytes", page.len());
}
