//! Progress as plain lines, for logs: one line per finished invocation.
//!
//! It uses no colour and no cursor movement.

use std::io::{Write, stderr};
use std::time::Duration;

use lab_core::report::number;

use super::text;
use crate::runner::event::{Event, Observer};

/// Writes lines to standard error, or to anything else in tests.
pub(super) struct Lines {
    out: Box<dyn Write>,
    /// As told when the running invocation started.
    remaining: Option<Duration>,
}

impl Default for Lines {
    fn default() -> Self {
        Self { out: Box::new(stderr()), remaining: None }
    }
}

impl Lines {
    #[cfg(test)]
    pub(super) fn to(out: Box<dyn Write>) -> Self {
        Self { out, remaining: None }
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
            Event::Started { remaining, .. } => self.remaining = *remaining,
            Event::Finished { invocation, number, of, estimates } => {
                let left = self
                    .remaining
                    .map(|left| format!("  about {} left", number::span(left.as_secs_f64())))
                    .unwrap_or_default();
                for line in text::finished(invocation, estimates) {
                    self.line(&format!("{number:>5}/{of}  {line}{left}"));
                }
            }
            Event::Ended => {}
            Event::Warned(warning) => self.line(&format!("warning: {warning}")),
        }
    }
}
