//! The text of a budgets file, checked and turned into [`Budget`]s.
//!
//! It passes nothing over: a budget with a slip of the pen would otherwise be kept by everything.

use super::{Budget, Measure, Target, TargetError};
use crate::mistake::Mistake;
use crate::model::{METRICS, MetricId};
use crate::policy::Rows;
use crate::toml_tree::{self as tree, Entry};

const KEYS: &[&str] = &["benchmarks", "target", "metric", "throughput", "relative_to", "percentile", "note"];

/// Reads a file of `[[budget]]` tables.
///
/// # Errors
/// The first mistake of the file, with its line.
pub fn read_budgets(text: &str) -> Result<Vec<Budget>, Mistake> {
    let parsed = tree::parse(text)?;
    let mut budgets = Vec::new();
    for entry in tree::entries(text, parsed.get_ref()) {
        match entry.key.as_str() {
            "budget" => budgets = read_rows(text, &entry)?,
            _ => return Err(Mistake::unknown(&entry, "", ["budget"])),
        }
    }
    Ok(budgets)
}

/// Reads the tables of a list that stands in some file.
///
/// # Errors
/// The first mistake, with its line.
pub(crate) fn read_rows(text: &str, list: &Entry<'_>) -> Result<Vec<Budget>, Mistake> {
    list.tables(text)?.iter().map(|row| budget(text, row)).collect()
}

fn budget(text: &str, row: &Entry<'_>) -> Result<Budget, Mistake> {
    let rows = Rows::of(text, row, "budget", KEYS)?;
    let optional = |key: &str| rows.get(key).map(Entry::text).transpose();
    let written = rows.need("target", "a budget is a target, as in \"< 100 us ±20 %\"")?;
    let target: Target =
        written.text()?.parse().map_err(|error: TargetError| Mistake::unfit(written, error.to_string()))?;
    let metric = match (rows.get("metric"), target.measure) {
        (Some(entry), measure) => metric(entry, measure)?,
        (None, Measure::Bytes | Measure::Count) => {
            rows.need("metric", "bytes and counts are of several kinds, as in metric = \"alloc_count\"")?;
            MetricId::wall_ns()
        }
        (None, _) => MetricId::wall_ns(),
    };
    let is_rate = matches!(target.measure, Measure::PerSecond | Measure::BytesPerSecond | Measure::Multiple);
    if let Some(entry) = rows.get("throughput").filter(|_| !is_rate) {
        return Err(Mistake::unfit(entry, "goes with a target per second, or with a multiple"));
    }
    match (rows.get("relative_to"), target.measure) {
        (None, Measure::Multiple) => {
            rows.need("relative_to", "a multiple is of another benchmark")?;
        }
        (Some(entry), measure) if measure != Measure::Multiple => {
            return Err(Mistake::unfit(entry, "goes with a target in x, as in \"> 6 x\""));
        }
        _ => {}
    }
    Ok(Budget {
        benchmarks: rows.need("benchmarks", "which benchmarks the target is for")?.text()?,
        package: None,
        target,
        metric,
        throughput: optional("throughput")?,
        relative_to: optional("relative_to")?,
        percentile: rows.get("percentile").map(percentile).transpose()?,
        note: optional("note")?,
        line: row.line,
    })
}

/// A known metric must be of the target's unit; one of a harness's own is taken as it is.
fn metric(entry: &Entry<'_>, measure: Measure) -> Result<MetricId, Mistake> {
    let id = entry.text()?;
    let wanted = match measure {
        Measure::Time | Measure::PerSecond | Measure::BytesPerSecond => "ns",
        Measure::Bytes => "bytes",
        Measure::Count => "count",
        Measure::Multiple => return Ok(MetricId(id)),
    };
    match METRICS.iter().find(|metric| metric.id == id) {
        Some(metric) if metric.unit != wanted => {
            let why = format!("{id} is in {}, and the target is not", metric.unit);
            Err(Mistake::unfit(entry, why))
        }
        _ => Ok(MetricId(id)),
    }
}

fn percentile(entry: &Entry<'_>) -> Result<f64, Mistake> {
    use toml::de::DeValue;
    let number = match entry.value {
        DeValue::Integer(integer) => integer.as_str().parse::<f64>().ok(),
        DeValue::Float(float) => float.as_str().parse().ok(),
        _ => None,
    };
    number
        .filter(|number| (0.0..100.0).contains(number) && *number > 0.0)
        .ok_or_else(|| Mistake::unfit(entry, "is a number between 0 and 100, as in 99.9"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(lines: &str) -> String {
        read_budgets(&format!("[[budget]]\n{lines}")).unwrap_err().to_string()
    }

    #[test]
    fn every_row_of_a_budgets_file_is_read() {
        let text = r#"
[[budget]]
benchmarks = "core_ops/read single row"
target = "< 100 us ±20 %"
note = "10,000 rows, random key"

[[budget]]
benchmarks = "memory/read"
metric = "alloc_count"
target = "< 10"

[[budget]]
benchmarks = "concurrent/reads t=8"
relative_to = "concurrent/reads t=1"
throughput = "elements"
target = "> 6 x"

[[budget]]
benchmarks = "io/fsync"
percentile = 99
target = "< 10 ms"
"#;
        let budgets = read_budgets(text).unwrap();
        assert_eq!(budgets.len(), 4);
        assert_eq!(budgets[0].note.as_deref(), Some("10,000 rows, random key"));
        assert_eq!((budgets[1].metric.0.as_str(), budgets[1].line), ("alloc_count", 7));
        assert_eq!(budgets[2].relative_to.as_deref(), Some("concurrent/reads t=1"));
        assert_eq!(budgets[3].percentile, Some(99.0));
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (lines, why) in [
            ("benchmarks = \"a\"", "line 1: target is missing"),
            ("target = \"< 1 ms\"", "line 1: benchmarks is missing"),
            ("benchmarks = \"a\"\ntraget = \"< 1 ms\"", "line 3: unknown key \"traget\" in [budget]"),
            ("benchmarks = \"a\"\ntarget = \"1 ms\"", "line 3: target: \"1 ms\" is no target"),
            ("benchmarks = \"a\"\ntarget = \"< 5 MB\"", "line 1: metric is missing"),
            (
                "benchmarks = \"a\"\ntarget = \"< 5 MB\"\nmetric = \"alloc_count\"",
                "line 4: metric: alloc_count is in count",
            ),
            ("benchmarks = \"a\"\ntarget = \"> 6 x\"", "line 1: relative_to is missing"),
            (
                "benchmarks = \"a\"\ntarget = \"< 1 ms\"\nrelative_to = \"b\"",
                "line 4: relative_to: goes with",
            ),
            (
                "benchmarks = \"a\"\ntarget = \"< 1 ms\"\nthroughput = \"bytes\"",
                "line 4: throughput: goes with",
            ),
            ("benchmarks = \"a\"\ntarget = \"< 1 ms\"\npercentile = 100", "line 4: percentile: is a number"),
        ] {
            let error = refused(lines);
            assert!(error.starts_with(why), "{lines}: {error}");
        }
    }
}
