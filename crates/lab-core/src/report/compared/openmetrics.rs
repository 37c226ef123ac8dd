//! A comparison as OpenMetrics text: ratios with their bounds, the verdict of each benchmark, the gate's answer.
//!
//! Sides are named in one info sample, so that the others keep their labels from commit to commit.

use lab_stats::Estimate;

use super::{ComparedView, GROUPS};
use crate::gate::Answer;
use crate::report::openmetrics::{Exposition, Family};

/// The whole comparison.
pub fn render(view: &ComparedView<'_>) -> String {
    let comparison = view.comparison;
    let mut text = Exposition::default();
    let mut info = Family::info("bench_lab_comparison", "What was compared.");
    let [baseline, candidate] = [&comparison.baseline, &comparison.candidate];
    info.push(
        &[
            ("baseline", &baseline.name),
            ("candidate", &candidate.name),
            ("baseline_commit", baseline.revision.commit.as_deref().unwrap_or_default()),
            ("candidate_commit", candidate.revision.commit.as_deref().unwrap_or_default()),
            ("machine", candidate.machine.as_deref().unwrap_or_default()),
        ],
        1.0,
    );
    text.add(info);
    for (name, doc, read) in BOUNDS {
        let mut family = Family::gauge(name, "ratio", doc);
        for change in &comparison.changes {
            let Some(value) = change.ratio.as_ref().and_then(read) else { continue };
            let id = change.benchmark.to_string();
            family.push(&[("benchmark", &id), ("metric", &change.metric.0)], value);
        }
        text.add(family);
    }
    let mut verdicts = Family::stateset("bench_lab_verdict", "What is said of the change.");
    for change in &comparison.changes {
        let id = change.benchmark.to_string();
        let labels = [("benchmark", id.as_str()), ("metric", change.metric.0.as_str())];
        verdicts.push_states(&labels, &GROUPS, change.verdict.id());
    }
    text.add(verdicts);
    if let Some(gate) = view.gate {
        let mut answer = Family::stateset("bench_lab_gate", "The gate's answer.");
        let states = [Answer::Pass, Answer::Fail, Answer::NotComparable].map(Answer::id);
        answer.push_states(&[], &states, gate.answer.id());
        text.add(answer);
    }
    text.finish()
}

type Read = fn(&Estimate) -> Option<f64>;

const BOUNDS: &[(&str, &str, Read)] = &[
    ("bench_lab_change_ratio", "Candidate over baseline.", |ratio| Some(ratio.point)),
    ("bench_lab_change_lower_ratio", "Lower bound of candidate over baseline.", |ratio| {
        Some(ratio.interval?.lower())
    }),
    ("bench_lab_change_upper_ratio", "Upper bound of candidate over baseline.", |ratio| {
        Some(ratio.interval?.upper())
    }),
];
