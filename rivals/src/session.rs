//! The loop of a session: rounds of comparisons until the time is over, each kept as it ends.
//!
//! It decides nothing about order or verdicts; the schedule and the tools do.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::journal::{Content, Journal};
use crate::lab::Duels;
use crate::measure::compare;
use crate::progress::Progress;
use crate::record::{Comparison, Line};
use crate::schedule::{Schedule, Turn};
use crate::stage::Stage;
use crate::tool::Tool;

/// A tool that fails so often in a row would fail for the rest of the session, and cheaply.
const FAILURES_MAX: u32 = 5;

/// What a session is played with.
pub struct Play<'a> {
    /// The executables.
    pub stage: &'a Stage,
    /// What comes next.
    pub schedule: Schedule,
    /// Whether critcmp is there.
    pub has_critcmp: bool,
    /// How long it lasts.
    pub time: Duration,
}

impl Play<'_> {
    /// Plays until the time is over, the person stops it, or no tool is left.
    ///
    /// # Errors
    /// What the kernel says of the file of comparisons.
    pub fn run(
        mut self,
        journal: &mut Journal,
        content: &mut Content,
        progress: &mut Progress,
    ) -> Result<(), Error> {
        let deadline = Instant::now() + self.time;
        let mut duels = Duels::default();
        let mut failed_in_row: BTreeMap<Tool, u32> = BTreeMap::new();
        loop {
            let round = self.schedule.round();
            if round.is_empty() {
                return Ok(());
            }
            for turn in round {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() || self.is_stopped() {
                    return Ok(());
                }
                if failed_in_row.get(&turn.tool) == Some(&FAILURES_MAX) {
                    continue;
                }
                progress.turn(&turn, content.comparisons.len(), left);
                let comparison = compare(self.stage, &mut duels, self.has_critcmp, &turn);
                // What was cut short is no comparison.
                if self.is_stopped() {
                    return Ok(());
                }
                self.schedule.pay(turn.tool, comparison.seconds);
                let failed = failed_in_row.entry(turn.tool).or_default();
                *failed = if comparison.failure.is_some() { *failed + 1 } else { 0 };
                if *failed == FAILURES_MAX {
                    self.schedule.retire(turn.tool);
                    progress.say(&retirement(&turn, &comparison));
                }
                journal.append(&Line::Comparison(comparison.clone()))?;
                content.comparisons.push(comparison);
            }
        }
    }

    fn is_stopped(&self) -> bool {
        self.stage.stop.load(Ordering::SeqCst)
    }
}

fn retirement(turn: &Turn, comparison: &Comparison) -> String {
    let why = comparison.failure.as_deref().unwrap_or_default();
    format!("{} failed {FAILURES_MAX} times in a row and takes no further part: {why}", turn.tool.id())
}
