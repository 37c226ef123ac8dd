//! How a bench process ended, in words for an [`Outcome`].
//!
//! It judges the process only; whether a benchmark was measured is for its harness to say.

use lab_core::model::{Exit, Outcome};

use super::ReadError;
use crate::runner::command::Captured;

/// Lines kept of each output stream, from its end.
const TAIL_LINES: usize = 20;

/// Beginnings of lines that our own flags provoke, and that say nothing about a benchmark.
const PROVOKED: &[&str] = &["Warning: --noplot will be ignored when running with cargo-criterion"];

/// Characters kept of each output stream, from its end.
const TAIL_CHARS: usize = 2000;

/// The outcome of a benchmark whose process ended badly before measuring it; `None` when it exited with 0.
pub(super) fn bad_ending(captured: &Captured) -> Option<Outcome> {
    let tail = tail(captured);
    let reason = match captured.exit {
        Exit::Code(0) => return None,
        Exit::TimedOut { limit_ms } => return Some(Outcome::TimedOut { limit_ms, tail }),
        Exit::NotStarted => "could not be started".into(),
        Exit::Signal(signal) => format!("was killed by signal {signal}"),
        Exit::Code(code) => match panic_text(captured).or_else(|| error_text(captured)) {
            Some(text) => text,
            None => format!("exited with code {code}"),
        },
    };
    Some(Outcome::Failed { reason, tail })
}

/// The last lines of both streams, standard output first.
pub(super) fn tail(captured: &Captured) -> String {
    let streams = [captured.stdout_text(), captured.stderr_text()];
    let kept: Vec<String> =
        streams.iter().map(|text| tail_of(text)).filter(|text| !text.is_empty()).collect();
    kept.join("\n")
}

/// An error that shows the end of the output.
pub(super) fn unreadable(what: impl Into<String>, captured: &Captured) -> ReadError {
    ReadError { what: what.into(), tail: tail(captured) }
}

fn tail_of(text: &str) -> String {
    let is_theirs = |line: &&str| !PROVOKED.iter().any(|start| line.starts_with(start));
    let lines: Vec<&str> = text.trim_end().lines().filter(is_theirs).collect();
    let last = lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n");
    let surplus = last.chars().count().saturating_sub(TAIL_CHARS);
    last.chars().skip(surplus).collect()
}

/// `panicked at src/x.rs:1:2: message`. The message stands on a line of its own since Rust 1.73.
fn panic_text(captured: &Captured) -> Option<String> {
    [captured.stderr_text(), captured.stdout_text()].iter().find_map(|text| {
        let mut lines = text.lines();
        let place = lines.find_map(|line| line.find("panicked at ").map(|start| &line[start..]))?;
        match lines.next() {
            Some(message) if place.ends_with(':') => Some(format!("{place} {message}")),
            _ => Some(place.to_owned()),
        }
    })
}

/// The `error: ...` line by which a command line was refused.
fn error_text(captured: &Captured) -> Option<String> {
    let text = captured.stderr_text();
    let line = text.lines().find(|line| line.starts_with("error: "))?;
    Some(format!("ended with {line:?}"))
}
