//! A Run's view as JSON for programs: the same decisions as the table, at full precision.
//!
//! It is not the stored format; `docs/FORMAT.md` describes that one.

use serde_json::{Value, json};

use super::canary;
use super::compared;
use super::provenance;
use super::view::{Figure, LEVEL, Row, RunView};
use crate::model::{Outcome, State};

/// The view as one JSON object.
pub fn render(view: &RunView<'_>) -> Value {
    let run = view.run;
    json!({
        "run": run.id,
        "created_at": run.created_at,
        "lab_version": run.lab_version,
        "workspace": run.workspace,
        "commit": run.revision.commit,
        "branch": run.revision.branch,
        "is_dirty": run.revision.is_dirty,
        "provenance": provenance::as_json(run.provenance.as_ref()),
        "state": match &run.state { State::Open => "open", State::Sealed(_) => "sealed" },
        "cut_short": match &run.state { State::Open => None, State::Sealed(seal) => seal.cut_short.clone() },
        "invocation_count": view.invocation_count,
        "scheduled_count": view.scheduled_count,
        "tainted_count": view.tainted_count,
        "taints": view.taints.iter().map(|(rule, count)| (rule.id().to_owned(), json!(count)))
            .collect::<serde_json::Map<_, _>>(),
        "digests": run.sessions.first().map(|session| {
            let digests = session.environment.digests();
            json!({
                "machine": digests.machine,
                "configuration": digests.configuration,
                "build": digests.build,
            })
        }),
        "canaries": view.canaries.as_ref().map(canary::as_json),
        "level": LEVEL,
        "benchmarks": view.groups.iter().flat_map(|group| {
            group.rows.iter().map(move |row| benchmark(group.target.harness.as_deref(), row))
        }).collect::<Vec<_>>(),
        "skipped": view.skipped.iter().map(|target| json!({
            "target": target.id.to_string(),
            "reason": target.skip.as_ref().map(ToString::to_string),
        })).collect::<Vec<_>>(),
        "budgets": view.budgets.iter().map(compared::json::budget).collect::<Vec<_>>(),
        "warnings": view.warnings.iter().map(|warning| json!({
            "kind": warning.kind, "subject": warning.subject, "text": warning.text,
        })).collect::<Vec<_>>(),
    })
}

fn benchmark(harness: Option<&str>, row: &Row) -> Value {
    json!({
        "id": row.id.to_string(),
        "target": row.id.target.to_string(),
        "path": row.id.path,
        "occurrence": row.id.occurrence,
        "harness": harness,
        "figures": row.figures.iter().map(figure).collect::<Vec<_>>(),
        "tainted_count": row.tainted_count,
        "failures": row.failures.iter().map(failure).collect::<Vec<_>>(),
    })
}

fn figure(figure: &Figure) -> Value {
    json!({
        "metric": figure.metric.0,
        "unit": figure.unit,
        "median": figure.estimate.point,
        "interval": figure.estimate.interval.map(|interval| json!({
            "lower": interval.lower(), "upper": interval.upper(), "level": interval.level().value(),
        })),
        "invocation_count": figure.invocation_count,
        "throughput": figure.throughput.iter().map(|throughput| json!({
            "kind": throughput.kind, "per_iteration": throughput.per_iteration,
        })).collect::<Vec<_>>(),
    })
}

/// An outcome that is not ok, with what is known about it.
pub(super) fn failure(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Ok => json!({"outcome": "ok"}),
        Outcome::Failed { reason, tail } => json!({"outcome": "failed", "reason": reason, "tail": tail}),
        Outcome::TimedOut { limit_ms, tail } => {
            json!({"outcome": "timed_out", "limit_ms": limit_ms, "tail": tail})
        }
        Outcome::Missing { reason } => json!({"outcome": "missing", "reason": reason}),
    }
}
