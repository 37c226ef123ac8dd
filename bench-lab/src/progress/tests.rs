//! The displays over one fixed story: nothing that went wrong may be missing from any of them.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lab_core::model::{
    BenchmarkId, Exit, Invocation, Observation, Outcome, Scheduled, Signals, Skip, TargetId, Warning,
};

use super::lines::Lines;
use super::{json, text};
use crate::runner::event::{Event, Observer, RunningEstimate};

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Sink {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn id(path: &str) -> BenchmarkId {
    BenchmarkId::new(TargetId::new("pkg", "bench"), path)
}

fn invocation(path: &str, outcome: Outcome) -> Invocation {
    Invocation {
        index: 0,
        session: 1,
        target: TargetId::new("pkg", "bench"),
        arguments: Vec::new(),
        cpus: vec![1],
        padding_bytes: 0,
        started_at: "2026-11-21T00:00:00Z".into(),
        wall_ns: 1,
        exit: Exit::Code(0),
        observations: vec![Observation { benchmark: id(path), outcome, measurements: Vec::new() }],
        signals: Signals::new(),
        taints: Vec::new(),
        warnings: Vec::new(),
    }
}

#[test]
fn lines_tell_the_whole_story_in_order() {
    let sink = Sink::default();
    let mut lines = Lines::to(Box::new(sink.clone()));
    let target = TargetId::new("pkg", "bench");
    let skip = Skip::NeedsFeatures(vec!["fast".into()]);
    let scheduled = Scheduled { index: 0, block: 0, benchmarks: vec![id("read")], padding_bytes: 0 };
    let estimate =
        RunningEstimate { benchmark: id("read"), median: 45_230.0, unit: "ns".into(), invocation_count: 1 };
    let (measured, failed) = (
        invocation("read", Outcome::Ok),
        invocation("bad\nname", Outcome::Failed { reason: "panicked".into(), tail: String::new() }),
    );
    let warning = Warning::new("zero_time", "pkg/bench/x", "took no time");
    for event in [
        Event::Listed { target: &target, harness: "divan", benchmark_count: 2 },
        Event::Skipped { target: &target, skip: &skip },
        Event::Piloting { benchmark: &id("read"), number: 1, of: 2 },
        Event::Begun { run: "r1", benchmark_count: 2, remaining_count: 2 },
        Event::Started { scheduled: &scheduled, number: 1, of: 2, remaining: Some(Duration::from_secs(61)) },
        Event::Finished {
            invocation: &measured,
            number: 1,
            of: 2,
            remaining: Some(Duration::from_secs(161)),
            estimates: &[estimate],
        },
        Event::Finished { invocation: &failed, number: 2, of: 2, remaining: None, estimates: &[] },
        Event::Warned(&warning),
    ] {
        lines.notice(&event);
    }
    insta::assert_snapshot!(sink.text(), @r"
    found    pkg/bench: 2 benchmarks (divan)
    skipped  pkg/bench: needs features fast
    pilot    1/2  pkg/bench/read
    run      r1: 2 benchmarks, 2 invocations to do
        1/2  pkg/bench/read  45.23 µs  (1 invocation)  about 2 m 41 s left
        2/2  pkg/bench/bad␤name  FAILED: panicked
    warning: pkg/bench/x: took no time
    ");
}

#[test]
fn every_outcome_has_a_word() {
    let tail = String::new();
    let outcomes = [
        (Outcome::Failed { reason: "r".into(), tail: tail.clone() }, "FAILED"),
        (Outcome::TimedOut { limit_ms: 60_000, tail }, "TIMED OUT after 1 m 00 s"),
        (Outcome::Missing { reason: "r".into() }, "MISSING"),
    ];
    for (outcome, word) in outcomes {
        assert!(text::failure(&id("x"), &outcome).contains(word));
    }
}

#[test]
fn a_program_gets_ids_as_they_are() {
    let object = json::object(&Event::Piloting { benchmark: &id("bad\nname"), number: 1, of: 2 });
    assert_eq!(object["benchmark"], "pkg/bench/bad\nname");
}
