//! Histories for scripts: everything that was found, with full numbers.
//!
//! Keys are the words of the glossary; a value that is not known is null.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::{Course, History};
use crate::history::{Ordering, SettingChange, Step, StepRange, TimelinePoint};
use crate::report::compared::json::estimate;

/// One object as text. A timeline is written before the next one is made, so that only the text is as long as the history.
pub fn json(history: &History) -> String {
    let document = Document {
        left_out: json!({
            "uncommitted": history.left_out.uncommitted,
            "elsewhere": history.left_out.elsewhere,
        }),
        machine: &history.machine,
        ordered_by: match &history.ordering {
            Ordering::Commits(line) => json!({"commits": line}),
            Ordering::Time => json!("time"),
        },
        remarks: &history.remarks,
        run_count: history.moment_count,
        timelines: Timelines(&history.courses),
    };
    serde_json::to_string(&document).expect("texts and numbers are always written")
}

#[derive(Serialize)]
struct Document<'a> {
    left_out: Value,
    machine: &'a str,
    ordered_by: Value,
    remarks: &'a [String],
    run_count: usize,
    timelines: Timelines<'a>,
}

struct Timelines<'a>(&'a [Course]);

impl Serialize for Timelines<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(course))
    }
}

fn course(course: &Course) -> Value {
    let Course { timeline, trend, room } = course;
    json!({
        "benchmark": timeline.benchmark,
        "metric": timeline.metric.0,
        "unit": timeline.unit,
        "machine": timeline.machine,
        "points": timeline.points.iter().map(point).collect::<Vec<_>>(),
        "stretches": trend.stretches.iter().map(|stretch| json!({
            "start": stretch.start, "end": stretch.end, "first": stretch.first, "last": stretch.last,
        })).collect::<Vec<_>>(),
        "steps": trend.steps.iter().map(step).collect::<Vec<_>>(),
        "small_step_count": trend.small_step_count,
        "creeps": trend.creeps.iter().map(|creep| json!({
            "start": creep.start, "end": creep.end,
            "log_ratio": estimate(&creep.log_ratio), "p": creep.p.value(),
        })).collect::<Vec<_>>(),
        "drift": trend.drift.map(|drift| json!({
            "log_ratio": drift.log_ratio, "in_steps": drift.in_steps, "in_creep": drift.in_creep,
        })),
        "settings_without_step": trend.settings_without_step.iter().map(|(at, changes)| json!({
            "at": at, "settings": changes.iter().map(setting).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "budget": room.as_ref().map(|room| json!({"target": room.target, "room_share": room.share})),
    })
}

fn point(point: &TimelinePoint) -> Value {
    let moment = &point.moment;
    json!({
        "source": {"kind": moment.source.kind(), "name": moment.source.reference()},
        "baselines": moment.names,
        "commit": moment.revision.commit,
        "subject": moment.note.as_ref().map(|note| &note.subject),
        "committed_at": moment.note.as_ref().map(|note| &note.committed_at),
        "place": moment.note.as_ref().map(|note| note.place),
        "is_dirty": moment.revision.is_dirty,
        "measured_at": moment.measured_at,
        "centre": estimate(&point.centre),
        "invocation_count": point.invocation_count,
        "tainted_count": point.tainted_count,
    })
}

fn step(step: &Step) -> Value {
    json!({
        "at": step.at,
        "between": step.between,
        "commits": match &step.range {
            StepRange::Commits { good, bad, count } => json!({"good": good, "bad": bad, "count": count}),
            StepRange::SameCommit(commit) => json!({"same": commit}),
            StepRange::Unknown => Value::Null,
        },
        "before": {"value": step.before.value, "point_count": step.before.point_count},
        "after": {"value": step.after.value, "point_count": step.after.point_count},
        "log_ratio": step.log_ratio.as_ref().map(estimate),
        "p": step.p.value(),
        "settings": step.settings.iter().map(setting).collect::<Vec<_>>(),
        "canary_log_ratio": step.canary_log_ratio,
        "accepted": step.accepted.as_ref().map(|accepted| json!({
            "commit": accepted.commit, "why": accepted.why, "who": accepted.who, "day": accepted.day.to_string(),
        })),
    })
}

fn setting(change: &SettingChange) -> Value {
    json!({"name": change.name, "before": change.before, "after": change.after})
}
