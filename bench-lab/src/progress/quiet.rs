//! Progress for those who want none: what went wrong, and nothing else.
//!
//! It never hides a warning or a failure.

use std::io::{Write, stderr};

use lab_core::model::Outcome;

use super::text;
use crate::runner::event::{Event, Observer};

/// Warnings and compiler errors on standard error.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quiet {
    /// Failures and skipped targets too.
    WithFailures,
    /// Nothing else.
    WarningsOnly,
}

impl Observer for Quiet {
    fn notice(&mut self, event: &Event<'_>) {
        let lines: Vec<String> = match event {
            Event::Compiler(message) => vec![message.trim_end().to_owned()],
            Event::Skipped { .. } | Event::Finished { .. } if *self == Self::WarningsOnly => Vec::new(),
            Event::Skipped { target, skip } => vec![format!("skipped {target}: {skip}")],
            Event::Warned(warning) => vec![format!("warning: {warning}")],
            Event::Finished { invocation, .. } => invocation
                .observations
                .iter()
                .filter(|observation| observation.outcome != Outcome::Ok)
                .map(|observation| text::failure(&observation.benchmark, &observation.outcome))
                .collect(),
            Event::Launched { launch, .. } if *self == Self::WithFailures => {
                text::launch_failed(launch).into_iter().collect()
            }
            _ => Vec::new(),
        };
        for line in lines {
            let _ = writeln!(stderr(), "{line}");
        }
    }
}
