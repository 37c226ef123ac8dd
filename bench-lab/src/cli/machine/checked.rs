//! A machine beside its definition: fact by fact and canary by canary, as a table and as JSON.
//!
//! It shows what was found and looks at nothing itself.

use lab_core::machine::{CanaryFinding, CanaryFound, Finding, Found, Match, Role, Verification, shown};
use lab_core::placement::Placement;
use lab_core::report::table;
use serde_json::{Value, json};

use super::super::env::value_as_json;
use super::super::error::CommandError;
use super::super::exit::ExitCode;
use super::super::pinned::DefinitionFile;

/// Widest cell of a value in the table; kernel parameters can fill a page.
const VALUE_WIDTH_MAX: usize = 44;

/// A machine beside a definition.
pub(super) struct Checked<'a> {
    pub(super) file: &'a DefinitionFile,
    pub(super) verification: &'a Verification,
    pub(super) placed: Result<&'a Placement, &'a CommandError>,
    pub(super) canaries: &'a [CanaryFinding],
}

impl Checked<'_> {
    pub(super) fn exit_code(&self) -> ExitCode {
        let is_fit = self.placed.is_ok() && self.verification.verdict() != Match::Other;
        if is_fit { ExitCode::Fine } else { ExitCode::HostRefused }
    }

    pub(super) fn as_text(&self) -> String {
        let head = ["fact", "role", "expected", "found", "verdict"].map(str::to_owned);
        let facts = self.verification.findings.iter().map(row);
        let rows: Vec<[String; 5]> =
            std::iter::once(head).chain(facts).chain(self.canaries.iter().map(canary_row)).collect();
        let widths: Vec<usize> = (0..4)
            .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
            .collect();
        let mut text = String::new();
        for row in &rows {
            for (cell, width) in row.iter().zip(&widths) {
                text.push_str(&format!("{cell:width$}  "));
            }
            text.push_str(&format!("{}\n", row[4]));
        }
        text.push('\n');
        match self.placed {
            Ok(placed) => text.push_str(&format!(
                "benchmarks on CPU {}, threads on {}, the lab on {}\n",
                placed.cpus, placed.threaded_cpus, placed.housekeeping
            )),
            Err(error) => text.push_str(&format!("{}\n", error.message())),
        }
        text.push_str(&self.sentence());
        text
    }

    /// Drift of a canary is drift of the machine; it never makes it another one.
    fn verdict(&self) -> Match {
        match self.verification.verdict() {
            Match::Same if self.canaries.iter().any(CanaryFinding::is_drift) => Match::Drifted,
            verdict => verdict,
        }
    }

    fn canary_clause(&self) -> String {
        let outside = self.canaries.iter().filter(|finding| finding.is_drift()).count();
        match self.canaries.len() {
            0 => String::new(),
            all => format!(", {outside} of {all} canaries are outside their tolerance"),
        }
    }

    fn sentence(&self) -> String {
        let name = &self.file.definition.name;
        let differ = |findings: Vec<&Finding>, role: Role| {
            let of_role = |finding: &&Finding| finding.expectation.role == role;
            let total = self.verification.findings.iter().filter(of_role).count();
            format!("{} of {total} {} facts differ", findings.len(), role.id())
        };
        let required = differ(self.verification.mismatches(), Role::Required);
        let drift = differ(self.verification.drifts(), Role::Drift) + &self.canary_clause();
        match self.verdict() {
            Match::Same => format!("this machine is {name}: {required}, {drift}\n"),
            Match::Drifted => format!("this machine is {name}, with drift: {required}, {drift}\n"),
            Match::Other => format!("this machine is not {name}: {required}, {drift}\n"),
        }
    }

    pub(super) fn as_json(&self) -> Value {
        let facts: Vec<Value> = self.verification.findings.iter().map(finding_as_json).collect();
        let cpus = match self.placed {
            Ok(placed) => json!({
                "bench": placed.cpus.to_string(),
                "threaded": placed.threaded_cpus.to_string(),
                "housekeeping": placed.housekeeping.to_string(),
                "reason": null,
            }),
            Err(error) => {
                json!({"bench": null, "threaded": null, "housekeeping": null, "reason": error.message()})
            }
        };
        json!({
            "definition": self.file.definition.name,
            "path": self.file.path,
            "sha256": self.file.sha256,
            "verdict": self.verdict().id(),
            "facts": facts,
            "canaries": self.canaries.iter().map(canary_as_json).collect::<Vec<_>>(),
            "cpus": cpus,
        })
    }
}

fn row(finding: &Finding) -> [String; 5] {
    let expected = shown(&finding.expectation.value);
    let found = match &finding.found {
        Found::Same => "the same".to_owned(),
        found => found.to_string(),
    };
    let cell = |text: &str| table::elide(text, VALUE_WIDTH_MAX);
    let role = finding.expectation.role.id().to_owned();
    [finding.expectation.fact.clone(), role, cell(&expected), cell(&found), verdict(finding).to_owned()]
}

fn verdict(finding: &Finding) -> &'static str {
    match (&finding.found, finding.expectation.role) {
        (Found::Same, _) => "ok",
        (_, Role::Drift) => "drift",
        (_, Role::Required) => "MISMATCH",
    }
}

fn finding_as_json(finding: &Finding) -> Value {
    let (found, reason) = match &finding.found {
        Found::Same => (value_as_json(&finding.expectation.value), None),
        Found::Other(value) => (value_as_json(value), None),
        Found::Unknown(reason) => (Value::Null, Some(reason)),
    };
    json!({
        "fact": finding.expectation.fact,
        "role": finding.expectation.role.id(),
        "expected": value_as_json(&finding.expectation.value),
        "found": found,
        "reason": reason,
        "verdict": verdict(finding).to_lowercase(),
    })
}

fn canary_row(finding: &CanaryFinding) -> [String; 5] {
    let expected = finding.expectation.to_string();
    let found = table::elide(&finding.found.to_string(), VALUE_WIDTH_MAX);
    [finding.id.clone(), "canary".into(), expected, found, canary_verdict(finding).into()]
}

fn canary_verdict(finding: &CanaryFinding) -> &'static str {
    match &finding.found {
        CanaryFound::Unknown(_) => "unknown",
        CanaryFound::Median(_) if finding.is_drift() => "drift",
        CanaryFound::Median(_) => "ok",
    }
}

fn canary_as_json(finding: &CanaryFinding) -> Value {
    let (found, reason) = match &finding.found {
        CanaryFound::Median(median_ns) => (Some(median_ns), None),
        CanaryFound::Unknown(reason) => (None, Some(reason)),
    };
    json!({
        "id": finding.id,
        "expected_ns": finding.expectation.median_ns,
        "tolerance_share": finding.expectation.tolerance_share,
        "found_ns": found,
        "reason": reason,
        "verdict": canary_verdict(finding),
    })
}
