//! What a bisection says: each comparison as it ends, then the culprit or the range that is left.
//!
//! Text goes line by line to standard error while it works; the answer stands on standard output.

use lab_core::compare::Change;
use lab_core::history::LineCommit;
use lab_core::report::number::{change as percent, counted};
use serde_json::{Value, json};

use super::hunt::Compared;
use super::{Arguments, Stop};
use crate::bisect::Found;
use crate::cli::output;
use crate::progress::Display;

/// One commit that was tried.
pub(super) struct Trial<'a> {
    pub(super) commit: &'a LineCommit,
    pub(super) found: &'a Found,
    pub(super) compared: Option<&'a Compared>,
}

/// What is said, and what was said so far.
pub(super) struct Report {
    display: Display,
    benchmark: String,
    good: LineCommit,
    bad: LineCommit,
    commit_count: usize,
    alpha: f64,
    most: u32,
    rows: Vec<Value>,
}

impl Report {
    pub(super) fn new(
        arguments: &Arguments,
        (good, commits): (&LineCommit, &[LineCommit]),
        (alpha, most): (f64, u32),
    ) -> Self {
        Self {
            display: arguments.display(),
            benchmark: arguments.benchmark.clone(),
            good: good.clone(),
            bad: commits[commits.len() - 1].clone(),
            commit_count: commits.len(),
            alpha,
            most,
            rows: Vec::new(),
        }
    }

    pub(super) fn begin(&self) {
        let share = |alpha: f64| format!("{} %", (alpha * 1e8).round() / 1e6);
        self.say(&format!(
            "bisect {}: {} after {}, at most {} comparisons at {} each, {} in all",
            self.benchmark,
            counted(self.commit_count, "commit"),
            short(&self.good),
            self.most,
            share(self.alpha / f64::from(self.most)),
            share(self.alpha)
        ));
    }

    /// The first comparison, of both ends.
    pub(super) fn confirmed(&mut self, bad: &LineCommit, compared: &Compared) {
        self.benchmark = compared.change.benchmark.to_string();
        self.say(&format!(
            "{}  {}  BAD against GOOD: {}",
            short(bad),
            size(&compared.change),
            verdict(&compared.change)
        ));
        self.rows.push(row(bad, "ends", Some(compared)));
    }

    pub(super) fn tried(&mut self, trial: &Trial<'_>) {
        let (what, id) = match trial.found {
            Found::LikeGood => ("like GOOD".to_owned(), "like_good"),
            Found::LikeBad => ("like BAD".to_owned(), "like_bad"),
            Found::Untestable(why) => (format!("left out: {why}"), "untestable"),
            Found::Undecided(why) => (why.clone(), "undecided"),
        };
        let size = trial.compared.map_or_else(|| "-".into(), |compared| size(&compared.change));
        self.say(&format!("{}  {size}  {what}  \"{}\"", short(trial.commit), trial.commit.subject));
        let mut row = row(trial.commit, id, trial.compared);
        if let Found::Untestable(why) | Found::Undecided(why) = trial.found {
            row["why"] = json!(why);
        }
        self.rows.push(row);
    }

    /// The ends do not differ.
    pub(super) fn nothing(&self, compared: &Compared) -> Result<(), Stop> {
        let said = format!(
            "{}: {} against {} is {} ({}); there is nothing to find\n",
            self.benchmark,
            short(&self.bad),
            short(&self.good),
            verdict(&compared.change),
            size(&compared.change)
        );
        self.answer(&said, json!({"answer": "no_difference"}))
    }

    pub(super) fn culprit(&mut self, commit: &LineCommit, compared: &Compared) -> Result<(), Stop> {
        self.rows.push(row(commit, "against_parent", Some(compared)));
        let day = commit.committed_at.get(..10).unwrap_or_default();
        let mut said = format!(
            "culprit {}  {day}  \"{}\"\n{}: {}, {} against its parent (match {})\n",
            commit.commit,
            commit.subject,
            self.benchmark,
            size(&compared.change),
            verdict(&compared.change),
            compared.id
        );
        if compared.effect().is_none() {
            said.push_str("its own share is not shown: several commits may have a part in it\n");
        }
        let result = json!({
            "answer": "culprit",
            "culprit": {"commit": commit.commit, "subject": commit.subject, "committed_at": commit.committed_at},
            "against_parent": of(compared),
        });
        self.answer(&said, result)
    }

    /// Only a range is left.
    pub(super) fn among(&self, left: &[LineCommit], found: &[Option<Found>]) -> Result<(), Stop> {
        let mut said = format!("{}: the culprit is one of these {} commits\n", self.benchmark, left.len());
        for (place, commit) in left.iter().enumerate() {
            let why = match found.get(place).and_then(Option::as_ref) {
                Some(Found::Untestable(why) | Found::Undecided(why)) => format!("  ({why})"),
                _ => String::new(),
            };
            said.push_str(&format!("  {}  \"{}\"{why}\n", short(commit), commit.subject));
        }
        let commits: Vec<&str> = left.iter().map(|commit| commit.commit.as_str()).collect();
        self.answer(&said, json!({"answer": "range", "commits": commits}))
    }

    fn answer(&self, said: &str, mut result: Value) -> Result<(), Stop> {
        if self.display != Display::Json {
            return output::text(said).map_err(Stop::Error);
        }
        result["benchmark"] = json!(self.benchmark);
        result["good"] = json!(self.good.commit);
        result["bad"] = json!(self.bad.commit);
        result["commit_count"] = json!(self.commit_count);
        result["alpha"] = json!(self.alpha);
        result["comparisons_max"] = json!(self.most);
        result["comparisons"] = json!(self.rows);
        output::json(&json!({"event": "result", "result": result})).map_err(Stop::Error)
    }

    fn say(&self, line: &str) {
        if self.display == Display::Auto {
            output::note(line);
        }
    }
}

fn short(commit: &LineCommit) -> &str {
    commit.commit.get(..7).unwrap_or(&commit.commit)
}

/// `+10.2 % (95 % CI +9.8 % to +10.6 %)`; the level is that of the interval.
fn size(change: &Change) -> String {
    let Some(ratio) = change.ratio else { return verdict(change).to_owned() };
    let point = percent(ratio.point.ln());
    match ratio.interval.filter(|interval| interval.lower() > 0.0) {
        None => point,
        Some(interval) => {
            let [lower, upper] = [interval.lower(), interval.upper()].map(|end| percent(end.ln()));
            format!("{point} ({:.2} % CI {lower} to {upper})", interval.level().value() * 100.0)
        }
    }
}

fn verdict(change: &Change) -> &'static str {
    change.verdict.id()
}

fn row(commit: &LineCommit, found: &str, compared: Option<&Compared>) -> Value {
    json!({
        "commit": commit.commit,
        "subject": commit.subject,
        "found": found,
        "compared": compared.map(of),
    })
}

fn of(compared: &Compared) -> Value {
    let change = &compared.change;
    json!({
        "match": compared.id,
        "verdict": verdict(change),
        "metric": change.metric.0,
        "launch_count": change.count,
        "ratio": change.ratio.map(|ratio| json!({
            "point": ratio.point,
            "interval": ratio.interval.map(|interval| json!({
                "lower": interval.lower(), "upper": interval.upper(), "level": interval.level().value(),
            })),
        })),
    })
}
