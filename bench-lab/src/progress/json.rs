//! Progress for programs: one JSON object per event on standard output.
//!
//! The keys are the words of the glossary; nothing that is only for people is in it.

use std::io::{Write, stdout};
use std::time::Duration;

use lab_core::format;
use lab_core::model::{LookEnd, Spent};
use serde_json::{Value, json};

use crate::runner::event::{Event, MatchProgress, Observer};

/// Writes JSON lines to standard output.
pub(super) struct Json;

impl Observer for Json {
    fn notice(&mut self, event: &Event<'_>) {
        let mut out = stdout().lock();
        // A reader that went away must not end the measuring.
        let _ = writeln!(out, "{}", object(event)).and_then(|()| out.flush());
    }
}

/// One event as JSON.
pub(super) fn object(event: &Event<'_>) -> Value {
    match event {
        Event::Compiler(message) => json!({"event": "compiler", "message": message}),
        Event::Listed { target, harness, benchmark_count } => json!({
            "event": "listed", "target": target.to_string(), "harness": harness,
            "benchmark_count": benchmark_count,
        }),
        Event::Skipped { target, skip } => json!({
            "event": "skipped", "target": target.to_string(), "reason": skip.to_string(),
        }),
        Event::Piloting { benchmark, number, of } => json!({
            "event": "piloting", "benchmark": benchmark.to_string(), "number": number, "of": of,
        }),
        Event::Begun { run, benchmark_count, remaining_count } => json!({
            "event": "begun", "run": run, "benchmark_count": benchmark_count,
            "remaining_count": remaining_count,
        }),
        Event::Started { scheduled, number, of, remaining } => json!({
            "event": "started", "index": scheduled.index, "block": scheduled.block,
            "benchmarks": scheduled.benchmarks.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "number": number, "of": of,
            "remaining_ms": remaining.map(millis),
        }),
        Event::Finished { invocation, number, of, remaining, .. } => json!({
            "event": "finished", "number": number, "of": of, "remaining_ms": remaining.map(millis),
            "invocation": format::invocation_document(invocation),
        }),
        Event::Looked { look, counts } => json!({
            "event": "looked", "look": look.number, "of": counts.len(),
            "invocation_count": look.invocation_count,
            "ended": look.ended.iter().map(ended).collect::<Vec<_>>(),
            "going_on": look.going_on().iter().map(ToString::to_string).collect::<Vec<_>>(),
            "next_invocation_count": counts.get(look.number as usize).filter(|_| !look.schedule.is_empty()),
        }),
        Event::MatchBegun { id, sides, duel_count, identical_count } => json!({
            "event": "match_begun", "match": id, "baseline": sides[0], "candidate": sides[1],
            "benchmark_count": duel_count, "identical_count": identical_count,
        }),
        Event::Calibrating { benchmark } => json!({
            "event": "calibrating", "benchmark": benchmark.to_string(),
        }),
        Event::Counting { benchmark } => json!({
            "event": "counting", "benchmark": benchmark.to_string(),
        }),
        Event::Launched { launch, progress } => json!({
            "event": "launched", "progress": of_match(progress), "launch": format::launch_document(launch),
        }),
        Event::Judged { change, progress } => json!({
            "event": "judged", "benchmark": change.benchmark.to_string(), "verdict": change.verdict.id(),
            "ratio": change.ratio.map(|ratio| ratio.point), "launch_count": change.count,
            "progress": of_match(progress),
        }),
        Event::Examined { launched, verdicts, left } => json!({
            "event": "examined", "launched": launched, "verdicts": verdicts, "remaining_ms": millis(*left),
        }),
        Event::Ended => json!({"event": "ended"}),
        Event::Warned(warning) => json!({
            "event": "warned", "kind": warning.kind, "subject": warning.subject, "text": warning.text,
        }),
    }
}

fn ended(end: &LookEnd) -> Value {
    let (reason, text) = match &end.spent {
        Spent::Decided(verdict) => ("decided", Some(verdict)),
        Spent::Hopeless(why) => ("hopeless", Some(why)),
        Spent::Exhausted => ("exhausted", None),
    };
    json!({"benchmark": end.benchmark.to_string(), "reason": reason, "text": text})
}

fn of_match(progress: &MatchProgress) -> Value {
    json!({
        "launched": progress.launched, "decided": progress.decided, "of": progress.of,
        "remaining_max_ms": progress.remaining_max.map(millis),
    })
}

fn millis(left: Duration) -> u64 {
    u64::try_from(left.as_millis()).unwrap_or(u64::MAX)
}
