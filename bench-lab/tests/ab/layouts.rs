//! Matches in several link orders: what is launched, what survives a kill, and what a linker that cannot do it is told.
//!
//! That equal code in two orders differs, and is no alarm, is shown by measuring; no test asserts a time.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::process::{freeze, signal, wait_gone};
use crate::sample::{Sample, change, result};

/// Twice the work in one of two benchmarks.
fn sample() -> Sample {
    let sample = Sample::new(&[("slower", "spin(400)"), ("steady", "spin(400)")]);
    sample.set(&[("slower", "spin(800)"), ("steady", "spin(400)"), ("added", "spin(1)")]);
    sample
}

/// Launches of a benchmark by link order.
fn by_layout(launches: &[Value], name: &str) -> BTreeMap<u64, usize> {
    let mut counts = BTreeMap::new();
    for launch in launches.iter().filter(|launch| launch["path"].as_str().unwrap().ends_with(name)) {
        *counts.entry(launch["layout"].as_u64().unwrap_or(0)).or_default() += 1;
    }
    counts
}

fn in_layouts(sample: &Sample) -> usize {
    if sample.matches().is_empty() {
        return 0;
    }
    sample.launches().iter().filter(|launch| launch["layout"].as_u64().is_some()).count()
}

#[test]
fn a_change_of_the_code_stands_in_every_link_order_also_after_a_kill() {
    let sample = sample();
    let before = sample.repo.picture();
    let mut command = sample.command("ab base --launches 20 --layouts 8 --gate");
    let mut first = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // Sixteen links take their time on a busy host; one that died would wait for nothing.
    while in_layouts(&sample) <= 5 {
        assert!(first.try_wait().unwrap().is_none(), "it came to its end before it could be killed");
        thread::sleep(Duration::from_millis(20));
    }
    let started = freeze(&first);
    signal(&first, Signal::KILL);
    let _ = first.wait().unwrap();
    wait_gone(&started);
    let kept = in_layouts(&sample);
    let so_far = sample.run("show latest-ab").expect(0);
    so_far.assert_stdout_has(&["not finished", "regressed binary, compared in"]);

    let result = result(&sample.run("ab --resume --json --gate").expect(1));
    let slower = change(&result, "slower");
    assert_eq!(slower["verdict"], "regressed", "{result:#}");
    assert_eq!(slower["layouts"]["count"], 8);
    assert_eq!(slower["layouts"]["p"], 2.0 / 256.0);
    assert_eq!(change(&result, "steady")["layouts"], Value::Null);
    let launches = sample.launches();
    assert!(in_layouts(&sample) > kept);
    let mut counts = by_layout(&launches, "slower");
    assert!(counts.remove(&0).unwrap() >= 10);
    let wanted: BTreeMap<u64, usize> = (1..=8).map(|layout| (layout, 3)).collect();
    assert_eq!(counts, wanted, "each link order three times, once");
    assert_eq!(by_layout(&launches, "steady").keys().copied().collect::<Vec<_>>(), [0]);
    assert_eq!(sample.repo.picture(), before, "not a byte of the repository changed");
}

#[test]
fn a_linker_that_cannot_shuffle_is_named_and_what_was_measured_is_kept() {
    let sample = Sample::new(&[("slower", "spin(400)")]);
    let builds = "fn main() { println!(\"cargo:rustc-link-arg-benches=-fuse-ld=bfd\"); }";
    sample.repo.write("build.rs", builds);
    sample.repo.commit("other_linker");
    sample.set(&[("slower", "spin(800)")]);
    let refused = sample.run("ab other_linker --launches 20 --layouts").expect(2);
    refused.assert_stderr_has(&["cannot be linked in another order", "shuffle-sections", "hint:", "lld"]);
    let shown = sample.run("show latest-ab").expect(0);
    shown.assert_stdout_has(&["not finished", "compared in 0 of 12 link orders"]);
}

#[test]
fn too_few_link_orders_are_refused_with_the_reason() {
    let sample = Sample::new(&[("steady", "spin(800)")]);
    let refused = sample.run("ab base --layouts 7").expect(2);
    refused.assert_stderr_has(&["from 8 to 200", "never sure at 1 %"]);
}
