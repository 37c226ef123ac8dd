//! Regressions that somebody accepted, with a reason, a name and a day on which that ends.
//!
//! A waiver that has ended covers nothing and is named, so that none is forgotten.

use super::read::{Rows, required};
use crate::day::Day;
use crate::filter::Filter;
use crate::mistake::Mistake;
use crate::model::BenchmarkId;
use crate::toml_tree::{self as tree, Entry};

/// One accepted regression.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiver {
    /// As on the command line: an id, a part of one, or a regular expression.
    pub benchmarks: String,
    /// Why it is accepted.
    pub reason: String,
    /// Who accepted it.
    pub who: String,
    /// The last day on which it holds.
    pub until: Day,
    /// The largest regression it covers, as a share; absent for one below the blocking limit.
    pub up_to: Option<f64>,
    /// Line in the file.
    pub line: usize,
}

const KEYS: &[&str] = &["benchmarks", "reason", "who", "until", "up_to"];

/// Reads a file of `[[waiver]]` tables.
///
/// # Errors
/// The first mistake of the file, with its line.
pub fn read_waivers(text: &str) -> Result<Vec<Waiver>, Mistake> {
    let parsed = tree::parse(text)?;
    let mut waivers = Vec::new();
    for entry in tree::entries(text, parsed.get_ref()) {
        match entry.key.as_str() {
            "waiver" => {
                for row in entry.tables(text)? {
                    waivers.push(waiver(text, &row)?);
                }
            }
            _ => return Err(Mistake::unknown(&entry, "", ["waiver"])),
        }
    }
    Ok(waivers)
}

fn waiver(text: &str, row: &Entry<'_>) -> Result<Waiver, Mistake> {
    let rows = Rows::of(text, row, "waiver", KEYS)?;
    let until = rows.need("until", "a waiver without an end is a change of the limits")?;
    Ok(Waiver {
        benchmarks: required(&rows, "benchmarks", "which regression is accepted")?,
        reason: required(&rows, "reason", "why it is accepted")?,
        who: required(&rows, "who", "whom to ask")?,
        until: day(until)?,
        up_to: rows.get("up_to").map(Entry::share).transpose()?,
        line: row.line,
    })
}

/// A TOML date, or a text that is one.
fn day(entry: &Entry<'_>) -> Result<Day, Mistake> {
    let text = match entry.value {
        toml::de::DeValue::Datetime(date) => date.to_string(),
        _ => entry.text()?,
    };
    text.parse().map_err(|error: crate::day::DayError| Mistake::unfit(entry, error.to_string()))
}

impl Waiver {
    /// Whether it speaks of this benchmark; `all` is every benchmark of the comparison.
    pub fn names(&self, benchmark: &BenchmarkId, all: &[BenchmarkId]) -> bool {
        Filter::new(std::slice::from_ref(&self.benchmarks)).select(all).contains(&benchmark)
    }

    /// Whether it has ended.
    pub fn has_ended(&self, today: Day) -> bool {
        today > self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
[[waiver]]
benchmarks = "reedbase/io/fsync"
reason = "every page has a checksum now"
who = "Ada"
until = 2027-01-31
up_to = "40 %"

[[waiver]]
benchmarks = "parse"
reason = "accepts more"
who = "Bo"
until = "2026-12-01"
"#;

    #[test]
    fn waivers_are_read_with_their_ends() {
        let waivers = read_waivers(WHOLE).unwrap();
        assert_eq!((waivers[0].up_to, waivers[0].line), (Some(0.4), 2));
        assert_eq!(waivers[1].until.to_string(), "2026-12-01");
        assert!(waivers[1].has_ended("2026-12-02".parse().unwrap()));
        assert!(!waivers[1].has_ended("2026-12-01".parse().unwrap()));
    }

    #[test]
    fn a_mistake_is_named_with_its_line_and_what_was_meant() {
        let refused = |text: &str| read_waivers(text).unwrap_err().to_string();
        let slip = refused(&WHOLE.replace("reason = \"accepts", "raeson = \"accepts"));
        assert_eq!(slip, "line 11: unknown key \"raeson\" in [waiver]");
        let endless = refused(&WHOLE.replace("until = 2027-01-31\n", ""));
        assert_eq!(endless, "line 2: until is missing: a waiver without an end is a change of the limits");
        let never = refused(&WHOLE.replace("2026-12-01", "2026-13-01"));
        assert_eq!(never, "line 13: until: \"2026-13-01\" is no day: write it as 2026-08-01");
        assert!(refused("[waivers]\n").starts_with("line 1: unknown key \"waivers\""));
    }
}
