//! Progress on a terminal: one live line, and above it what will still matter later.
//!
//! It draws on standard error only, so that a table on standard output can be piped.

use std::io::stderr;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use lab_core::model::{BenchmarkId, Invocation, Outcome};
use lab_core::report::{number, table};

use super::text;
use crate::runner::event::{Event, Observer, RunningEstimate};

/// How often the elapsed time moves; slow enough to cost nothing while a benchmark runs.
const TICK: Duration = Duration::from_secs(1);

/// Columns before a name on the second line, and one that stays free.
const INDENT: usize = 9;

/// Columns that a line may have where the terminal does not say.
const USUAL_COLUMNS: usize = 80;

/// A bar with n of m, elapsed and remaining time; below it what runs now, and the latest estimate.
pub(super) struct Terminal {
    bar: ProgressBar,
    /// The line with the latest estimate, with the line break before it.
    last: String,
}

impl Terminal {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(4));
        // Until the first phase there is nothing to draw below the lines.
        bar.set_style(style(""));
        Self { bar, last: String::new() }
    }

    fn begin(&self, count: usize, template: &str) {
        // Each of these draws at once: first what was drawn goes, and the new style comes last.
        self.bar.set_style(style(""));
        self.bar.set_message("");
        self.bar.set_prefix("");
        self.bar.reset();
        self.bar.set_length(count as u64);
        self.bar.set_style(style(template));
        self.bar.enable_steady_tick(TICK);
    }
}

const PILOT: &str = "pilot {pos}/{len} [{bar:20}] {elapsed}\n  now   {wide_msg}";
const MEASURE: &str = "measure {pos}/{len} [{bar:20}] {elapsed}{prefix}\n{msg}";

const MATCH: &str = "decided {pos}/{len} [{bar:20}] {elapsed}{prefix}\n{msg}";

const EXAMINE: &str = "examine {elapsed}  {wide_msg}";

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .expect("the templates are constants of this file")
        .progress_chars("=> ")
}

/// The id, shortened in its middle so that what stands beside it fits on its line too.
fn name(benchmark: &BenchmarkId, beside: usize) -> String {
    let columns = match rustix::termios::tcgetwinsize(stderr()) {
        Ok(size) if size.ws_col > 0 => usize::from(size.ws_col),
        _ => USUAL_COLUMNS,
    };
    table::elide(&text::one_line(benchmark), columns.saturating_sub(beside).max(10))
}

impl Terminal {
    /// Tells what failed in an invocation, and remembers its last figure.
    fn finished(&mut self, invocation: &Invocation, estimates: &[RunningEstimate]) {
        for observation in &invocation.observations {
            if observation.outcome != Outcome::Ok {
                self.bar.println(text::failure(&observation.benchmark, &observation.outcome));
            }
        }
        if let Some(estimate) = estimates.last() {
            let figure = text::figure(estimate);
            let name = name(&estimate.benchmark, INDENT + figure.chars().count() + 2);
            self.last = format!("\n  last  {name}  {figure}");
        }
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
                    self.begin(*of, PILOT);
                }
                self.bar.set_length(*of as u64);
                self.bar.set_position(*number as u64 - 1);
                self.bar.set_message(name(benchmark, INDENT));
            }
            Event::Begun { run, benchmark_count, remaining_count } => {
                self.bar
                    .println(format!("run      {run}: {}", number::counted(*benchmark_count, "benchmark")));
                self.begin(*remaining_count, MEASURE);
            }
            Event::Started { scheduled, remaining, .. } => {
                let left = remaining.map(|left| format!(", about {} left", number::span(left.as_secs_f64())));
                self.bar.set_prefix(left.unwrap_or_default());
                let now = scheduled.benchmarks.first().map(|first| name(first, INDENT)).unwrap_or_default();
                self.bar.set_message(format!("  now   {now}{}", self.last));
            }
            Event::Finished { invocation, number, estimates, .. } => {
                self.finished(invocation, estimates);
                self.bar.set_position(*number as u64);
            }
            Event::Looked { look, counts } => {
                text::looked(look, counts).into_iter().for_each(|line| self.bar.println(line));
            }
            Event::MatchBegun { id, sides, duel_count, identical_count } => {
                let begun = text::match_begun(*sides, *duel_count, *identical_count);
                self.bar.println(format!("match    {id}: {begun}"));
                self.begin(*duel_count, MATCH);
                self.bar.set_position(*identical_count as u64);
            }
            Event::Calibrating { benchmark } => {
                self.bar.set_message(format!("  now   {} (trying out)", name(benchmark, INDENT + 14)));
            }
            Event::Counting { benchmark } => {
                self.bar.set_message(format!("  now   {} (counting)", name(benchmark, INDENT + 14)));
            }
            Event::Launched { launch, progress } => {
                text::launch_failed(launch).into_iter().for_each(|line| self.bar.println(line));
                self.bar.set_position(progress.decided as u64);
                self.bar.set_prefix(text::at_most_left(progress));
                let count = format!("launch {}", launch.index + 1);
                let name = name(&launch.benchmark, INDENT + count.len() + 2);
                self.bar.set_message(format!("  now   {name}  {count}"));
            }
            Event::Judged { change, progress } => {
                self.bar.println(text::judged(change));
                self.bar.set_position(progress.decided as u64);
            }
            Event::Examined { launched, verdicts, left } => {
                if *launched == 1 {
                    self.begin(0, EXAMINE);
                }
                let verdicts = number::counted(*verdicts, "verdict");
                let left = number::span(left.as_secs_f64());
                self.bar.set_message(format!("{verdicts} from {launched} launches, {left} left"));
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
