//! Reports as JUnit XML, which CI systems show as tests: a suite per bench target, a case per benchmark.
//!
//! It keeps to what the schema of Jenkins (`junit-10.xsd`) allows, which GitLab, GitHub's reporters, Azure and CircleCI
//! read as well. The seconds of a case are those of one iteration, not of measuring it.

use std::fmt::Write as _;

use super::place::Places;
use super::view::{Row, RunView};
use crate::budget::{Judged, Kept};
use crate::model::{Outcome, Skip, TargetRecord};

/// A whole file.
#[derive(Clone, Debug, Default)]
pub(super) struct Suites {
    pub(super) suites: Vec<Suite>,
}

/// The cases of one bench target.
#[derive(Clone, Debug, Default)]
pub(super) struct Suite {
    pub(super) name: String,
    /// Of the machine that measured.
    pub(super) host: Option<String>,
    /// RFC 3339 in UTC.
    pub(super) created_at: String,
    /// Path of the source file.
    pub(super) file: Option<String>,
    pub(super) properties: Vec<(&'static str, String)>,
    pub(super) cases: Vec<Case>,
}

/// One benchmark.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) seconds: Option<f64>,
    pub(super) end: End,
    /// What else is to be said of it.
    pub(super) notes: Vec<String>,
}

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    Passed,
    /// It is as it must not be: kind and sentence.
    Failed(&'static str, String),
    /// It could not be measured: kind, sentence, and what it said.
    Broken(&'static str, String, String),
    /// The question has no answer: why.
    Skipped(String),
}

/// One Run: what failed, and which budget is missed.
pub fn render(view: &RunView<'_>, places: &Places) -> String {
    let run = view.run;
    let environment = run.sessions.first().map(|session| &session.environment);
    let host = environment.and_then(|environment| environment.text("machine.name")).map(str::to_owned);
    let suite = |name: String, file: Option<String>, cases: Vec<Case>| Suite {
        name,
        host: host.clone(),
        created_at: run.created_at.clone(),
        file,
        properties: vec![
            ("run", run.id.clone()),
            ("commit", run.revision.commit.clone().unwrap_or_default()),
            ("lab_version", run.lab_version.clone()),
        ],
        cases,
    };
    let mut suites: Vec<Suite> = view
        .groups
        .iter()
        .map(|group| {
            let cases = group.rows.iter().map(|row| of_row(row, &view.budgets)).collect();
            suite(group.target.id.to_string(), Some(file_of(group.target, places)), cases)
        })
        .collect();
    suites.extend(
        view.skipped.iter().map(|target| {
            suite(target.id.to_string(), Some(file_of(target, places)), vec![of_skipped(target)])
        }),
    );
    let homeless: Vec<Case> =
        view.budgets.iter().filter(|judged| judged.benchmark.is_none()).filter_map(of_budget).collect();
    if !homeless.is_empty() {
        suites.push(suite("budgets".into(), None, homeless));
    }
    Suites { suites }.xml()
}

/// From the top of the repository where that is known, else from the workspace's root.
fn file_of(target: &TargetRecord, places: &Places) -> String {
    places.of_target(&target.id).map_or_else(|| target.source.clone(), |place| place.file)
}

fn of_row(row: &Row, budgets: &[Judged]) -> Case {
    let own = budgets.iter().filter(|judged| judged.benchmark.as_ref() == Some(&row.id));
    let wall = row.figures.iter().find(|figure| figure.unit == "ns");
    let missed: Vec<String> =
        own.filter(|judged| super::budget::is_missed(judged)).map(super::budget::sentence).collect();
    let end = match row.failures.first() {
        Some(outcome) => broken(outcome),
        None if !missed.is_empty() => End::Failed("budget", missed.join("; ")),
        None if row.figures.is_empty() => End::Skipped("not run".into()),
        None => End::Passed,
    };
    let notes = row.figures.iter().map(super::md::figure).collect();
    Case { name: path_of(&row.id), seconds: wall.map(|figure| figure.estimate.point / 1e9), end, notes }
}

/// The part of an id that its suite's name has not.
pub(super) fn path_of(id: &crate::model::BenchmarkId) -> String {
    let whole = id.to_string();
    whole.strip_prefix(&format!("{}/", id.target)).map(str::to_owned).unwrap_or(whole)
}

fn broken(outcome: &Outcome) -> End {
    match outcome {
        Outcome::Failed { reason, tail } => End::Broken("failed", reason.clone(), tail.clone()),
        Outcome::TimedOut { limit_ms, tail } => {
            End::Broken("timed_out", format!("killed after {limit_ms} ms"), tail.clone())
        }
        Outcome::Missing { reason } => End::Broken("missing", reason.clone(), String::new()),
        Outcome::Ok => End::Passed,
    }
}

fn of_skipped(target: &TargetRecord) -> Case {
    let why = target.skip.as_ref().map(ToString::to_string).unwrap_or_default();
    let end = match &target.skip {
        Some(Skip::BuildFailed(error)) => End::Broken("build", why, error.clone()),
        Some(Skip::ListFailed(error)) => End::Broken("list", why, error.clone()),
        _ => End::Skipped(why),
    };
    Case { name: target.id.name.clone(), seconds: None, end, notes: Vec::new() }
}

fn of_budget(judged: &Judged) -> Option<Case> {
    let Kept::Unmeasured(_) = &judged.kept else { return None };
    let end = End::Skipped(super::budget::sentence(judged));
    Some(Case { name: judged.pattern.clone(), seconds: None, end, notes: Vec::new() })
}

impl Suites {
    /// The file.
    pub(super) fn xml(&self) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let all = || self.suites.iter().flat_map(|suite| &suite.cases);
        let _ = writeln!(
            out,
            "<testsuites name=\"bench-lab\" tests=\"{}\" failures=\"{}\" errors=\"{}\">",
            all().count(),
            all().filter(|case| matches!(case.end, End::Failed(..))).count(),
            all().filter(|case| matches!(case.end, End::Broken(..))).count(),
        );
        for suite in &self.suites {
            suite.write(&mut out);
        }
        out.push_str("</testsuites>\n");
        out
    }
}

impl Suite {
    fn write(&self, out: &mut String) {
        let count = |is: fn(&End) -> bool| self.cases.iter().filter(|case| is(&case.end)).count();
        let _ = write!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"",
            escaped(&self.name),
            self.cases.len(),
            count(|end| matches!(end, End::Failed(..))),
            count(|end| matches!(end, End::Broken(..))),
            count(|end| matches!(end, End::Skipped(_))),
        );
        // Without the zone, which the oldest schemas refuse; it is always UTC.
        if let Some(stamp) = self.created_at.get(..19) {
            let _ = write!(out, " timestamp=\"{}\"", escaped(stamp));
        }
        for (key, value) in [("hostname", &self.host), ("file", &self.file)] {
            if let Some(value) = value {
                let _ = write!(out, " {key}=\"{}\"", escaped(value));
            }
        }
        out.push_str(">\n    <properties>\n");
        for (name, value) in &self.properties {
            let _ = writeln!(out, "      <property name=\"{name}\" value=\"{}\"/>", escaped(value));
        }
        out.push_str("    </properties>\n");
        for case in &self.cases {
            case.write(&self.name, out);
        }
        out.push_str("  </testsuite>\n");
    }
}

impl Case {
    fn write(&self, suite: &str, out: &mut String) {
        let _ =
            write!(out, "    <testcase name=\"{}\" classname=\"{}\"", escaped(&self.name), escaped(suite));
        if let Some(seconds) = self.seconds.filter(|seconds| seconds.is_finite()) {
            let _ = write!(out, " time=\"{seconds:.12}\"");
        }
        if self.end == End::Passed && self.notes.is_empty() {
            out.push_str("/>\n");
            return;
        }
        out.push_str(">\n");
        let _ = match &self.end {
            End::Passed => Ok(()),
            End::Failed(kind, message) => writeln!(
                out,
                "      <failure type=\"{kind}\" message=\"{0}\">{0}</failure>",
                escaped(message)
            ),
            End::Broken(kind, message, said) => writeln!(
                out,
                "      <error type=\"{kind}\" message=\"{}\">{}</error>",
                escaped(message),
                escaped(said)
            ),
            End::Skipped(why) => writeln!(out, "      <skipped message=\"{}\"/>", escaped(why)),
        };
        if !self.notes.is_empty() {
            let _ = writeln!(out, "      <system-out>{}</system-out>", escaped(&self.notes.join("\n")));
        }
        out.push_str("    </testcase>\n");
    }
}

/// Text that may stand in an attribute or an element. What XML 1.0 has no way to write becomes U+FFFD.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // An attribute would turn them into blanks.
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            character => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_would_end_an_attribute_is_written_otherwise() {
        assert_eq!(escaped("a<b> & \"c\"\n\u{1b}[0m"), "a&lt;b&gt; &amp; &quot;c&quot;&#10;\u{fffd}[0m");
    }

    #[test]
    fn a_case_without_more_to_say_is_one_empty_element() {
        let case = Case { name: "a".into(), seconds: Some(4.5e-8), end: End::Passed, notes: Vec::new() };
        let mut out = String::new();
        case.write("p/t", &mut out);
        assert_eq!(out, "    <testcase name=\"a\" classname=\"p/t\" time=\"0.000000045000\"/>\n");
    }

    proptest! {
        #[test]
        fn no_text_breaks_out_of_its_place(text in any::<String>()) {
            let escaped = escaped(&text);
            prop_assert!(!escaped.contains(['<', '>', '"']));
            prop_assert!(escaped.chars().all(|c| c >= ' '));
        }
    }
}
