//! Progress on a terminal: one live line, and above it what will still matter later.
//!
//! It draws on standard error only, so that a table on standard output can be piped.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use lab_core::model::Outcome;
use lab_core::report::number;

use super::text;
use crate::runner::event::{Event, Observer};

/// How often the elapsed time moves; slow enough to cost nothing while a benchmark runs.
const TICK: Duration = Duration::from_secs(1);

/// A bar with what runs now, n of m, elapsed and remaining time and the latest estimate.
pub(super) struct Terminal {
    bar: ProgressBar,
    latest: String,
}

impl Terminal {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(4));
        Self { bar, latest: String::new() }
    }

    fn begin(&self, count: usize, verb: &str) {
        let template = format!("{verb} {{pos}}/{{len}} [{{bar:20}}] {{elapsed}} {{wide_msg}}");
        let style = ProgressStyle::with_template(&template)
            .expect("the template is a constant of this file")
            .progress_chars("=> ");
        self.bar.reset();
        self.bar.set_length(count as u64);
        self.bar.set_style(style);
        self.bar.enable_steady_tick(TICK);
    }
}

impl Observer for Terminal {
    fn notice(&mut self, event: &Event<'_>) {
        match event {
            Event::Compiler(message) => self.bar.println(message.trim_end()),
            Event::Listed { target, harness, benchmark_count } => {
                self.bar.println(format!(
                    "found    {target}: {} ({harness})",
                    number::counted(*benchmark_count, "benchmark")
                ));
            }
            Event::Skipped { target, skip } => self.bar.println(format!("skipped  {target}: {skip}")),
            Event::Piloting { benchmark, number, of } => {
                if *number == 1 {
                    self.begin(*of, "pilot");
                }
                self.bar.set_position(*number as u64 - 1);
                self.bar.set_message(text::one_line(benchmark));
            }
            Event::Begun { run, benchmark_count, remaining_count } => {
                self.bar
                    .println(format!("run      {run}: {}", number::counted(*benchmark_count, "benchmark")));
                self.begin(*remaining_count, "measure");
            }
            Event::Started { scheduled, remaining, .. } => {
                let name = scheduled.benchmarks.first().map(text::one_line).unwrap_or_default();
                let left = remaining
                    .map(|left| format!("{} left · ", number::span(left.as_secs_f64())))
                    .unwrap_or_default();
                self.bar.set_message(format!("{left}{name}{}", self.latest));
            }
            Event::Finished { invocation, number, estimates, .. } => {
                for observation in &invocation.observations {
                    if observation.outcome != Outcome::Ok {
                        self.bar.println(text::failure(&observation.benchmark, &observation.outcome));
                    }
                }
                if let Some(estimate) = estimates.last() {
                    self.latest = format!(" · last: {}", text::measured(estimate));
                }
                self.bar.set_position(*number as u64);
            }
            Event::Ended => self.bar.finish_and_clear(),
            Event::Warned(warning) => self.bar.println(format!("warning: {warning}")),
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
