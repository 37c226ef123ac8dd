//! What is told while it measures: a line on standard error.
//!
//! Nothing here is a result.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::schedule::Turn;

/// How often a line is written: on a terminal it takes the place of the one before.
const EVERY: [Duration; 2] = [Duration::from_secs(20), Duration::from_secs(1)];

/// Tells how far it has come.
#[derive(Debug)]
pub struct Progress {
    is_terminal: bool,
    told: Option<Instant>,
}

impl Progress {
    /// On standard error.
    pub fn new() -> Self {
        Self { is_terminal: io::stderr().is_terminal(), told: None }
    }

    /// A sentence of its own.
    pub fn say(&mut self, text: &str) {
        self.clear();
        write(&format!("{text}\n"));
    }

    /// A comparison begins.
    pub fn turn(&mut self, turn: &Turn, done: usize, left: Duration) {
        let every = EVERY[usize::from(self.is_terminal)];
        if self.told.is_some_and(|told| told.elapsed() < every) {
            return;
        }
        self.told = Some(Instant::now());
        let seconds = left.as_secs();
        let (tool, workload, plant) = (turn.tool.id(), turn.workload, turn.planted_percent);
        let line = format!(
            "{}:{:02} left, {done} comparisons; {tool} {workload} +{plant} %",
            seconds / 60,
            seconds % 60
        );
        write(&if self.is_terminal { format!("\r\x1b[K{line}") } else { format!("{line}\n") });
    }

    /// Takes away the line that stands.
    pub fn clear(&mut self) {
        if self.is_terminal && self.told.is_some() {
            write("\r\x1b[K");
        }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

/// A closed standard error is no reason to stop measuring.
fn write(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
