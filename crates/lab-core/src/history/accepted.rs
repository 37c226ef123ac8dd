//! Steps that somebody accepted, in a text that git keeps: which benchmark, from which commit on, and why.
//!
//! It explains a history and lets nothing pass: the gate asks waivers, which have an end.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::day::{Day, DayError};
use crate::mistake::Mistake;
use crate::model::MetricId;
use crate::policy::{Rows, required};
use crate::toml_text::quoted;
use crate::toml_tree::{self as tree, Entry};

/// Name of the file, in the folder of the baselines.
pub const ACCEPTED_FILE: &str = "accepted.toml";

/// Fewest digits of a commit: git's own shortest.
const COMMIT_DIGITS_MIN: usize = 7;

const KEYS: &[&str] = &["benchmark", "commit", "why", "who", "day", "metric", "machine", "change"];

const HEADER: &str = "\
# Steps in the history that were accepted. `bench-lab accept` adds to it; editing by hand is fine.
# It explains `bench-lab trend` and `compare`; what the gate lets pass is said by waivers.
";

/// Every accepted step of a workspace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Accepted {
    /// In the order of the file.
    pub steps: Vec<AcceptedStep>,
    /// The first commit that was measured at or behind an accepted one, by the accepted one as it is written; filled by
    /// who knows the line of commits.
    pub measured_as: BTreeMap<String, String>,
}

/// One accepted step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedStep {
    /// The benchmark's whole id.
    pub benchmark: String,
    /// The commit that made the step, or the first one that was measured behind it: its hash, or at least seven digits.
    pub commit: String,
    /// Why it is accepted.
    pub why: String,
    /// Who accepted it.
    pub who: String,
    /// When.
    pub day: Day,
    /// Of which metric; absent for time.
    pub metric: Option<MetricId>,
    /// On which machine; absent for all.
    pub machine: Option<String>,
    /// How large it was when it was accepted, for readers; absent where that was not known.
    pub change: Option<String>,
    /// Line in the file, from 1; 0 for one that is in no file yet.
    pub line: usize,
}

impl Accepted {
    /// The acceptance of a step whose commits are `commits`, the newest one that holds.
    pub fn find(
        &self,
        (benchmark, metric, machine): (&str, &MetricId, &str),
        commits: impl Fn(&str) -> bool,
    ) -> Option<&AcceptedStep> {
        self.steps.iter().rev().find(|step| {
            step.benchmark == benchmark
                && step.metric.as_ref().map_or(metric.0 == "wall_ns", |own| own == metric)
                && step.machine.as_deref().is_none_or(|own| own == machine)
                && (commits(&step.commit)
                    || self.measured_as.get(&step.commit).is_some_and(|one| commits(one)))
        })
    }
}

/// Reads the file's text.
///
/// # Errors
/// The first mistake, with its line.
pub fn read_accepted(text: &str) -> Result<Accepted, Mistake> {
    let parsed = tree::parse(text)?;
    let mut steps = Vec::new();
    for entry in tree::entries(text, parsed.get_ref()) {
        match entry.key.as_str() {
            "accepted" => {
                for row in entry.tables(text)? {
                    steps.push(step(text, &row)?);
                }
            }
            _ => return Err(Mistake::unknown(&entry, "", ["accepted"])),
        }
    }
    Ok(Accepted { steps, measured_as: BTreeMap::new() })
}

fn step(text: &str, row: &Entry<'_>) -> Result<AcceptedStep, Mistake> {
    let rows = Rows::of(text, row, "accepted", KEYS)?;
    let optional = |key: &str| rows.get(key).map(Entry::text).transpose();
    let commit = required(&rows, "commit", "from which commit on the new level holds")?;
    if commit.len() < COMMIT_DIGITS_MIN || !commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let entry = rows.need("commit", "")?;
        return Err(Mistake::unfit(
            entry,
            format!("{commit:?} is no commit: at least seven digits of its hash"),
        ));
    }
    let day = rows.need("day", "when it was accepted")?;
    let written = match day.value {
        toml::de::DeValue::Datetime(date) => date.to_string(),
        _ => day.text()?,
    };
    Ok(AcceptedStep {
        benchmark: required(&rows, "benchmark", "whose step is accepted")?,
        commit: commit.to_ascii_lowercase(),
        why: required(&rows, "why", "why it is accepted")?,
        who: required(&rows, "who", "whom to ask")?,
        day: written.parse().map_err(|error: DayError| Mistake::unfit(day, error.to_string()))?,
        metric: optional("metric")?.map(MetricId),
        machine: optional("machine")?,
        change: optional("change")?,
        line: row.line,
    })
}

/// The text of a file with one more step at its end; what stands there stays as it is.
pub fn with_step(text: &str, step: &AcceptedStep) -> String {
    let mut text = if text.trim().is_empty() { HEADER.to_owned() } else { text.trim_end().to_owned() + "\n" };
    text.push_str("\n[[accepted]]\n");
    let mut line = |key: &str, value: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{key} = {}", quoted(value));
    };
    line("benchmark", &step.benchmark);
    if let Some(metric) = &step.metric {
        line("metric", &metric.0);
    }
    if let Some(machine) = &step.machine {
        line("machine", machine);
    }
    line("commit", &step.commit);
    if let Some(change) = &step.change {
        line("change", change);
    }
    line("why", &step.why);
    line("who", &step.who);
    let _ = writeln!(text, "day = {}", step.day);
    text
}

/// The text of a file without the step that begins at a line. Comments right above the next step stay with that one.
pub fn without_step(text: &str, line: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let begin = line.saturating_sub(1).min(lines.len());
    let next = (begin + 1..lines.len()).find(|index| lines[*index].trim_start().starts_with('['));
    let mut end = next.unwrap_or(lines.len());
    while next.is_some() && end > begin + 1 && lines[end - 1].trim_start().starts_with('#') {
        end -= 1;
    }
    let kept: Vec<&str> = lines[..begin].iter().chain(&lines[end.min(lines.len())..]).copied().collect();
    kept.join("\n").trim_end().to_owned() + "\n"
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WHOLE: &str = r#"
[[accepted]]
benchmark = "store/io/write bulk"
commit = "9c44d10"
change = "+16.0 %"
why = "fsync per batch: durability was asked for"
who = "Ada"
day = 2026-11-21
"#;

    #[test]
    fn a_step_is_found_by_benchmark_metric_machine_and_commit() {
        let accepted = read_accepted(WHOLE).unwrap();
        let of = |benchmark, metric: &str, commit: &str| {
            let metric = MetricId(metric.into());
            accepted.find((benchmark, &metric, "m"), |own| commit.starts_with(own)).is_some()
        };
        assert!(of("store/io/write bulk", "wall_ns", "9c44d10ffff"));
        assert!(!of("store/io/write bulk", "alloc_count", "9c44d10ffff"));
        assert!(!of("store/io/write", "wall_ns", "9c44d10ffff"));
        assert!(!of("store/io/write bulk", "wall_ns", "8c44d10ffff"));
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        let refused = |from: &str, to: &str| read_accepted(&WHOLE.replace(from, to)).unwrap_err().to_string();
        assert_eq!(refused("why =", "wy ="), "line 6: unknown key \"wy\" in [accepted]");
        assert_eq!(
            refused("9c44d10", "main"),
            "line 4: commit: \"main\" is no commit: at least seven digits of its hash"
        );
        assert_eq!(
            refused("why = \"fsync per batch: durability was asked for\"", "why = \" \""),
            "line 6: why: is empty: why it is accepted"
        );
        assert_eq!(refused("who = \"Ada\"\n", ""), "line 2: who is missing: whom to ask");
        assert_eq!(
            refused("2026-11-21", "\"soon\""),
            "line 8: day: \"soon\" is no day: write it as 2026-08-01"
        );
        assert!(refused("[[accepted]]", "[accepted]").starts_with("line 2: accepted takes a list of tables"));
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_reads_back_and_leaves_without_a_trace(
            benchmark in "\\PC{1,20}x", why in "[\\x00-\\x7f]{0,20}x", who in "\\PC{0,5}x",
            machine in proptest::option::of("[a-z]{1,9}"), commit in "[0-9a-f]{7,40}",
        ) {
            let step = AcceptedStep {
                benchmark, commit, why, who, day: "2026-11-21".parse().unwrap(),
                metric: None, machine, change: Some("+1.0 %".into()), line: 0,
            };
            let one = with_step("# ours\n", &step);
            let two = with_step(&one, &step);
            let read = read_accepted(&two).unwrap();
            let unplaced = |read: &AcceptedStep| AcceptedStep { line: 0, ..read.clone() };
            prop_assert_eq!(read.steps.iter().map(unplaced).collect::<Vec<_>>(), [step.clone(), step.clone()]);
            for place in 0..2 {
                prop_assert_eq!(&without_step(&two, read.steps[place].line), &one);
            }
            prop_assert_eq!(without_step(&one, read.steps[0].line), "# ours\n");
        }
    }
}
