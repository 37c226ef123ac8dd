//! A comparison as JSON for programs: the decisions of the text at full precision.
//!
//! Fields are added and never change their meaning.

use lab_stats::Estimate;
use serde_json::{Value, json};

use super::ComparedView;
use crate::budget::{Judged, Kept};
use crate::compare::{Change, Difference, Doubt, Drift, Equivalence, Head, Obstacle, Reading, Verdict};
use crate::gate::Gate;
use crate::model::{FactValue, Origin, Side};

/// The comparison as one JSON object.
pub fn render(view: &ComparedView<'_>) -> Value {
    let comparison = view.comparison;
    let summary = comparison.summary();
    json!({
        "baseline": head(&comparison.baseline),
        "candidate": head(&comparison.candidate),
        "summary": {
            "regressed": summary.regressed,
            "improved": summary.improved,
            "equivalent": summary.equivalent,
            "inconclusive": summary.inconclusive,
            "not_comparable": summary.not_comparable,
        },
        "geomean": comparison.geomean.as_ref().map(estimate),
        "drift": comparison.drift.as_ref().map(drift),
        "changes": comparison.changes.iter().map(change).collect::<Vec<_>>(),
        "added": comparison.added.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "removed": comparison.removed.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "unasked_count": comparison.unasked_count,
        "differences": comparison.differences.iter().map(difference).collect::<Vec<_>>(),
        "warnings": comparison.warnings.iter().map(|warning| json!({
            "kind": warning.kind, "subject": warning.subject, "text": warning.text,
        })).collect::<Vec<_>>(),
        "offer": view.offer().and_then(Result::ok),
        "gate": view.gate.map(gate),
    })
}

/// The gate's answer alone.
pub fn gate(gate: &Gate) -> Value {
    json!({
        "answer": gate.answer.id(),
        "reasons": gate.reasons.iter().map(|reason| json!({
            "weight": reason.weight.id(),
            "benchmark": reason.benchmark.as_ref().map(ToString::to_string),
            "text": reason.text,
        })).collect::<Vec<_>>(),
    })
}

/// One budget for one benchmark.
pub fn budget(judged: &Judged) -> Value {
    let (kept, why) = match &judged.kept {
        Kept::Met => ("met", None),
        Kept::Tolerated => ("tolerated", None),
        Kept::Missed { .. } => ("missed", None),
        Kept::Unmeasured(why) => ("unmeasured", Some(why)),
    };
    json!({
        "benchmark": judged.benchmark.as_ref().map(ToString::to_string),
        "pattern": judged.pattern,
        "target": judged.target.to_string(),
        "limit": judged.target.limit(),
        "metric": judged.metric.0,
        "what": judged.what,
        "reached": judged.reached.as_ref().map(estimate),
        "excess": judged.excess(),
        "kept": kept,
        "is_sure": !matches!(judged.kept, Kept::Missed { is_sure: false }),
        "reason": why,
    })
}

pub(in crate::report) fn head(head: &Head) -> Value {
    let (run, program) = match &head.origin {
        Origin::Run(id) => (Some(id), None),
        Origin::Import { program, .. } => (None, Some(program)),
    };
    json!({
        "name": head.name,
        "run": run,
        "imported_from": program,
        "created_at": head.created_at,
        "commit": head.revision.commit,
        "branch": head.revision.branch,
        "is_dirty": head.revision.is_dirty,
        "machine": head.machine,
    })
}

fn change(change: &Change) -> Value {
    json!({
        "id": change.benchmark.to_string(),
        "renamed_from": change.renamed_from.as_ref().map(ToString::to_string),
        "metric": change.metric.0,
        "unit": change.unit,
        "verdict": change.verdict.id(),
        "reason": reason(&change.verdict),
        "evidence": change.evidence.map(|kind| kind.id()),
        "count": change.count,
        "look": change.look.map(|look| json!({"number": look.number, "of": look.of, "share": look.share})),
        "baseline": change.typical.baseline,
        "candidate": change.typical.candidate,
        "ratio": change.ratio.as_ref().map(estimate),
        "p": change.p,
        "p_adjusted": change.p_adjusted,
        "margin": change.margin.exp_m1(),
        "witnesses": change.witnesses.iter().map(|witness| json!({
            "metric": witness.metric.0,
            "ratio": estimate(&witness.ratio),
            "reading": match witness.reading {
                Reading::Agrees => "agrees",
                Reading::Still => "still",
                Reading::Differs => "differs",
            },
        })).collect::<Vec<_>>(),
        "invocations": Side::BOTH.iter().zip(change.columns).map(|(side, columns)| (
            format!("{side:?}").to_lowercase(),
            json!({
                "measured": columns.measured,
                "tainted": columns.tainted,
                "left_out": columns.left_out,
                "failed": columns.failed,
            }),
        )).collect::<serde_json::Map<_, _>>(),
        "layouts": change.layouts.map(|layouts| json!({
            "count": layouts.over.count,
            "ratio": layouts.over.estimate.exp(),
            "p": layouts.over.p.value(),
            "spread": layouts.over.spread,
            "is_sensitive": layouts.is_sensitive,
            "needed": layouts.needed,
        })),
        "notes": change.notes,
    })
}

fn reason(verdict: &Verdict) -> Value {
    match verdict {
        Verdict::Regressed | Verdict::Improved | Verdict::Equivalent(Equivalence::Measured) => Value::Null,
        Verdict::Equivalent(Equivalence::Identical) => json!({"kind": "identical"}),
        Verdict::Inconclusive(doubt) => match doubt {
            Doubt::TooFew { count, needed } => json!({"kind": doubt.id(), "count": count, "needed": needed}),
            Doubt::Undecided { more } => json!({
                "kind": doubt.id(),
                "more_count": more.map(|more| more.count),
                "more_seconds": more.and_then(|more| more.seconds),
            }),
            Doubt::Suspect { adjusted } => json!({"kind": doubt.id(), "p_adjusted": adjusted}),
            Doubt::WitnessesDisagree(why) | Doubt::NoCanaries(why) => {
                json!({"kind": doubt.id(), "text": why})
            }
            Doubt::LayoutOpen { count, planned } => {
                json!({"kind": doubt.id(), "count": count, "planned": planned})
            }
            Doubt::LayoutNotExcluded | Doubt::NotConfirmed => json!({"kind": doubt.id()}),
            Doubt::Drift { envelope } => json!({"kind": doubt.id(), "envelope": envelope.exp_m1()}),
        },
        Verdict::NotComparable(obstacle) => match obstacle {
            Obstacle::OtherMachine => json!({"kind": obstacle.id()}),
            Obstacle::OtherSettings(facts) => json!({"kind": obstacle.id(), "facts": facts}),
            Obstacle::MixedSettings { side, facts } => {
                json!({"kind": obstacle.id(), "side": format!("{side:?}").to_lowercase(), "facts": facts})
            }
            Obstacle::OtherUnit { baseline, candidate } => {
                json!({"kind": obstacle.id(), "baseline": baseline, "candidate": candidate})
            }
            Obstacle::OtherCalibration { setting, baseline, candidate } => {
                json!({"kind": obstacle.id(), "setting": setting, "baseline": baseline, "candidate": candidate})
            }
            Obstacle::NotMeasured { side, why } | Obstacle::NoRatio { side, what: why } => {
                json!({"kind": obstacle.id(), "side": format!("{side:?}").to_lowercase(), "text": why})
            }
        },
    }
}

fn drift(drift: &Drift) -> Value {
    match drift {
        Drift::Within { on_cpu, storage } => {
            json!({"on_cpu": on_cpu.exp_m1(), "storage": storage.map(f64::exp_m1)})
        }
        Drift::Unknown(why) => json!({"unknown": why}),
    }
}

fn difference(difference: &Difference) -> Value {
    json!({
        "fact": difference.fact,
        "class": difference.class.id(),
        "baseline": value(difference.baseline.as_ref()),
        "candidate": value(difference.candidate.as_ref()),
        "decisive": difference.decisive,
    })
}

pub(in crate::report) fn value(value: Option<&FactValue>) -> Value {
    match value {
        None | Some(FactValue::Absent(_)) => Value::Null,
        Some(FactValue::Bool(value)) => json!(value),
        Some(FactValue::Integer(value)) => json!(value),
        Some(FactValue::Number(value)) => json!(value),
        Some(FactValue::Text(text)) => json!(text),
        Some(FactValue::List(texts)) => json!(texts),
    }
}

pub(in crate::report) fn estimate(estimate: &Estimate) -> Value {
    json!({
        "point": estimate.point,
        "interval": estimate.interval.map(|interval| json!({
            "lower": interval.lower(), "upper": interval.upper(), "level": interval.level().value(),
        })),
    })
}
