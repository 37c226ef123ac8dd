//! Progress as plain lines, for logs: one line per finished invocation.
//!
//! It uses no colour and no cursor movement.

use std::io::{Write, stderr};

use lab_core::report::number;

use super::text;
use crate::runner::event::{Event, Observer};

/// Writes lines to standard error, or to anything else in tests.
pub(super) struct Lines {
    out: Box<dyn Write>,
}

impl Default for Lines {
    fn default() -> Self {
        Self { out: Box::new(stderr()) }
    }
}

impl Lines {
    #[cfg(test)]
    pub(super) fn to(out: Box<dyn Write>) -> Self {
        Self { out }
    }

    fn lines(&mut self, lines: impl IntoIterator<Item = String>) {
        lines.into_iter().for_each(|line| self.line(&line));
    }

    fn line(&mut self, text: &str) {
        // A reader that went away must not end the measuring.
        let _ = writeln!(self.out, "{text}");
    }
}

impl Observer for Lines {
    fn notice(&mut self, event: &Event<'_>) {
        match event {
            Event::Compiler(message) => self.line(message.trim_end()),
            Event::Listed { target, harness, benchmark_count } => {
                self.line(&format!(
                    "found    {target}: {} ({harness})",
                    number::counted(*benchmark_count, "benchmark")
                ));
            }
            Event::Skipped { target, skip } => self.line(&format!("skipped  {target}: {skip}")),
            Event::Piloting { benchmark, number, of } => {
                self.line(&format!("pilot    {number}/{of}  {}", text::one_line(benchmark)));
            }
            Event::Begun { run, benchmark_count, remaining_count } => {
                self.line(&format!(
                    "run      {run}: {}, {} to do",
                    number::counted(*benchmark_count, "benchmark"),
                    number::counted(*remaining_count, "invocation")
                ));
            }
            Event::Finished { invocation, number, of, remaining, estimates } => {
                let left = remaining
                    .filter(|left| !left.is_zero())
                    .map(|left| format!("  about {} left", number::span(left.as_secs_f64())))
                    .unwrap_or_default();
                for line in text::finished(invocation, estimates) {
                    self.line(&format!("{number:>5}/{of}  {line}{left}"));
                }
            }
            Event::Looked { look, counts } => self.lines(text::looked(look, counts)),
            Event::MatchBegun { id, sides, duel_count, identical_count } => {
                self.line(&format!(
                    "match    {id}: {}",
                    text::match_begun(*sides, *duel_count, *identical_count)
                ));
            }
            Event::Launched { launch, .. } => {
                self.lines(text::launch_failed(launch));
            }
            Event::Judged { change, progress } => {
                let left = text::at_most_left(progress);
                self.line(&format!(
                    "{:>5}/{}  {}{left}",
                    progress.decided,
                    progress.of,
                    text::judged(change)
                ));
            }
            Event::Started { .. }
            | Event::Calibrating { .. }
            | Event::Counting { .. }
            | Event::Examined { .. }
            | Event::Ended => {}
            Event::Warned(warning) => self.line(&format!("warning: {warning}")),
        }
    }
}
