//! The report as JSON.
//!
//! It leaves nothing out: every check has a value or a reason.

use serde_json::{Value, json};

use super::finding::{Finding, Severity, Status};
use super::report::Report;

/// One object: verdict, counts, checks in the order of the report.
pub fn render(report: &Report) -> Value {
    let counts = report.counts();
    json!({
        "verdict": report.verdict().id(),
        "counts": {
            "ok": counts.ok,
            "note": counts.note,
            "warn": counts.warn,
            "fail": counts.fail,
            "not_applicable": counts.not_applicable,
            "unknown": counts.unknown,
        },
        "checks": report.findings.iter().map(check).collect::<Vec<_>>(),
    })
}

fn check(finding: &Finding) -> Value {
    let check = finding.check;
    let limits = check.thresholds().map(|row| format!("{}: {}", row.what, row.limit.describe()));
    let (status, reason) = match &finding.status {
        Status::Ok => ("ok", None),
        Status::Note => ("note", None),
        Status::Warn => ("warn", None),
        Status::Fail => ("fail", None),
        Status::NotApplicable(why) => ("not_applicable", Some(why)),
        Status::Unknown(why) => ("unknown", Some(why)),
    };
    let severity = match check.severity() {
        Severity::Note => "note",
        Severity::Warn => "warn",
        Severity::Fail => "fail",
    };
    json!({
        "id": check.id(),
        "title": check.title(),
        "status": status,
        "severity": severity,
        "value": finding.value,
        "reason": reason,
        "details": finding.details,
        "wanted": check.wanted(),
        "limits": limits.collect::<Vec<_>>(),
        "source": finding.source,
        "why": check.why(),
        "fix": finding.remedy.as_ref().map(|remedy| &remedy.fix),
        "undo": finding.remedy.as_ref().and_then(|remedy| remedy.undo.as_ref()),
    })
}
