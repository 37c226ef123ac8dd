//! Histories for spreadsheets: a row per benchmark and Run.
//!
//! It has the values and where the steps are; what is beside a step is in the JSON.

use super::History;
use crate::report::csv::quoted;

const HEAD: &str = "benchmark,metric,unit,machine,source,commit,committed_at,measured_at,centre,lower,upper,invocations,tainted,step,accepted\n";

/// Comma-separated values. `step` holds ln(after / before) in the first row behind a step, and nothing elsewhere.
pub fn csv(history: &History) -> String {
    let mut out = String::from(HEAD);
    for course in &history.courses {
        let timeline = &course.timeline;
        for (index, point) in timeline.points.iter().enumerate() {
            let moment = &point.moment;
            let step = course.trend.steps.iter().find(|step| step.at == index);
            let interval = point.centre.interval;
            let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
            let cells = [
                quoted(&timeline.benchmark),
                quoted(&timeline.metric.0),
                quoted(&timeline.unit),
                quoted(&timeline.machine),
                quoted(moment.source.reference()),
                moment.revision.commit.clone().unwrap_or_default(),
                moment.note.as_ref().map(|note| note.committed_at.clone()).unwrap_or_default(),
                moment.measured_at.clone(),
                point.centre.point.to_string(),
                number(interval.map(|interval| interval.lower())),
                number(interval.map(|interval| interval.upper())),
                point.invocation_count.to_string(),
                point.tainted_count.to_string(),
                number(step.and_then(|step| step.log_ratio).map(|estimate| estimate.point)),
                step.and_then(|step| step.accepted.as_ref()).map_or_else(String::new, |one| quoted(&one.why)),
            ];
            out.push_str(&cells.join(","));
            out.push('\n');
        }
    }
    out
}
