//! The history of a report: the newest Runs of the machine that is reported on.
//!
//! A report is about something else, so a history that cannot be had is a warning and never an error.

use std::collections::BTreeSet;
use std::path::Path;

use lab_core::history::Uncommitted;
use lab_core::model::{Extract, Warning};
use lab_core::report::html::History;

use super::Arguments;
use crate::cli::error::CommandError;
use crate::cli::history::{Past, Request, Whereabouts};
use crate::cli::side::machine_of;
use crate::cli::trend;

/// The newest Runs of the machine, and a warning in the place of those that cannot be had: the report is about another.
pub(super) fn history(
    arguments: &Arguments,
    store: Option<&Path>,
    shown: &Extract,
) -> (History, Vec<Warning>) {
    match told(arguments, store, shown) {
        Ok(history) => (history, Vec::new()),
        Err(error) => {
            let text = format!("no history is shown: {}", error.message());
            (History::default(), vec![Warning::new("no_history", "", text)])
        }
    }
}

fn told(arguments: &Arguments, store: Option<&Path>, shown: &Extract) -> Result<History, CommandError> {
    if arguments.history == 0 {
        return Ok(History::default());
    }
    let (policy, baselines) = (arguments.places.policy.as_deref(), arguments.places.baselines.as_deref());
    let mut past = Past::open(Whereabouts { store, policy, baselines, line: None })?;
    let metric = past.metric(arguments.metric.as_deref());
    let ids: Vec<String> = shown.benchmarks.iter().map(|benchmark| benchmark.id.to_string()).collect();
    let machine = machine_of(shown);
    let request = Request {
        metric: &metric,
        benchmarks: Some(&ids),
        machine: machine.as_deref(),
        // What is shown may well be uncommitted itself.
        uncommitted: Uncommitted::Included,
    };
    let mut told = past.told(&request)?;
    let moments = told.moments.split_off(told.moments.len().saturating_sub(arguments.history));
    let kept: BTreeSet<&str> = moments.iter().map(|moment| moment.source.reference()).collect();
    for timeline in &mut told.timelines {
        timeline.points.retain(|point| kept.contains(point.moment.source.reference()));
    }
    let found = trend::read(&past, told)?;
    let courses: Vec<_> = found.courses.into_iter().map(|course| (course.timeline, course.trend)).collect();
    Ok(History::new(&moments, &courses))
}
