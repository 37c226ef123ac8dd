//! What the rules of `bench-lab trend` say of a series that another project published.
//!
//! `cargo run -p lab-core --example public_series` prints the figures of `docs/HISTORY.md`; nothing is known to be true of the
//! series but its values.

#![allow(clippy::print_stdout, reason = "an example that prints what it finds")]

use std::collections::BTreeMap;
use std::sync::Arc;

use lab_core::history::{
    Accepted, CommitNote, Moment, Ordering, Source, Timeline, TimelinePoint, Trend, TrendRules,
};
use lab_core::model::{MetricId, Revision};
use lab_core::report::trend::{Course, History, text};
use lab_stats::Estimate;

const PUBLISHED: &str = include_str!("public/hyper_pipeline.csv");

fn point((place, line): (usize, &str)) -> Option<TimelinePoint> {
    let mut cells = line.split(',');
    let (commit, day, value) = (cells.next()?, cells.next()?, cells.next()?.parse().ok()?);
    let moment = Moment {
        source: Source::Import(commit.into()),
        names: Vec::new(),
        measured_at: format!("{day}T00:00:00Z"),
        revision: Revision { commit: Some(commit.into()), branch: None, is_dirty: Some(false) },
        note: Some(CommitNote { place, committed_at: day.into(), subject: String::new() }),
        machine: "github-runner".into(),
        lab_version: String::new(),
        settings: BTreeMap::new(),
        canaries: BTreeMap::new(),
    };
    Some(TimelinePoint {
        moment: Arc::new(moment),
        centre: Estimate { point: value, interval: None },
        invocation_count: 1,
        tainted_count: 0,
    })
}

fn main() {
    let rows = PUBLISHED.lines().filter(|line| !line.starts_with('#')).enumerate();
    let timeline = Timeline {
        benchmark: "hyper/pipeline/hello_world_16".into(),
        metric: MetricId::wall_ns(),
        unit: "ns".into(),
        machine: "github-runner".into(),
        points: rows.filter_map(point).collect(),
    };
    let trend = Trend::of(&timeline, TrendRules::default(), &Accepted::default());
    let trend = trend.expect("what was published is finite");
    // The rule of thumb of the tool that published it: a value twice its predecessor's is an alert; 1.1 is usual where
    // people are strict.
    for factor in [2.0, 1.1] {
        let values: Vec<f64> = timeline.points.iter().map(|point| point.centre.point).collect();
        let alerts = values.windows(2).filter(|pair| pair[1] >= factor * pair[0]).count();
        println!("{alerts} values are {factor} times their predecessor or more");
    }
    let history = History {
        machine: timeline.machine.clone(),
        ordering: Ordering::Commits("master".into()),
        left_out: lab_core::history::LeftOut::default(),
        moment_count: timeline.points.len(),
        courses: vec![Course { timeline, trend, room: None }],
        remarks: Vec::new(),
    };
    print!("{}", text(&history, 112));
}
