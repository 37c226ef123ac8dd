//! The divan harness against what real divan benches said; `fixtures/harness/README.md` says how it was captured.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

#[path = "../captured/mod.rs"]
mod captured;

mod calibration;
mod listing;
mod reading;

use bench_lab::harness::{Divan, Harness, Listing, ReadError, Request};
use bench_lab::runner::command::Captured;
use captured::{captured, ended, list, observed, record, request, target};
use lab_core::model::{Exit, Measurement, Observation, Outcome, Summary, Values};

const VERSIONS: [&str; 4] = ["0.1.21", "0.1.18", "0.1.14", "codspeed-3.0.5"];

fn output(version: &str, name: &str) -> Captured {
    captured(&format!("divan/{version}/{name}"))
}

fn listing(version: &str) -> Result<Listing, ReadError> {
    list(&Divan, &target("case-zoo"), |arguments, is_nextest| {
        let is_list = arguments.contains(&"--list".to_owned());
        assert_eq!(is_list, is_nextest, "the terse list is given to cargo-nextest only");
        let stem = if is_list { "list" } else { "tree" };
        let includes_ignored = arguments.contains(&"--include-ignored".to_owned());
        output(version, &format!("{stem}{}", if includes_ignored { "" } else { "-default" }))
    })
}

fn paths(listing: &Listing) -> Vec<String> {
    listing.benchmarks.iter().map(|record| record.id.path.clone()).collect()
}

fn summary(measurement: &Measurement) -> &Summary {
    match &measurement.values {
        Values::Summary(summary) => summary,
        other => panic!("{other:?}"),
    }
}

fn measured<'a>(observation: &'a Observation, metric: &str) -> &'a Measurement {
    assert_eq!(observation.outcome, Outcome::Ok);
    observation.measurements.iter().find(|measurement| measurement.metric.0 == metric).unwrap()
}

fn reason(observation: &Observation) -> &str {
    assert!(observation.measurements.is_empty());
    match &observation.outcome {
        Outcome::Failed { reason, .. } | Outcome::Missing { reason } => reason,
        other => panic!("{other:?}"),
    }
}
