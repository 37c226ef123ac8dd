//! The compiler's own `#[bench]` harness (nightly): one benchmark a process, median and spread from its one line.
//!
//! It offers no say over time or samples, so a calibration is always empty and the requested time is not kept:
//! libtest measures for some tenths of a second up to a few seconds, as it sees fit.

use lab_core::model::{
    BenchmarkId, BenchmarkRecord, Calibration, Exit, Measurement, MetricId, Observation, Outcome, Printed,
    TargetId, Throughput, Values, Warning,
};

use super::ending::{bad_ending, tail, unreadable};
use super::{Answer, Harness, Listing, ReadError, Request, Selection};
use crate::runner::command::{Captured, CommandSpec};
use crate::workspace::BenchTarget;

/// The libtest harness.
#[derive(Clone, Copy, Debug)]
pub struct Libtest;

impl Harness for Libtest {
    fn id(&self) -> &'static str {
        "libtest"
    }

    fn markers(&self) -> &'static [&'static str] {
        &["RUST_TEST_THREADS", "RUST_TEST_NOCAPTURE"]
    }

    /// None: it comes with the compiler.
    fn crate_names(&self) -> &'static [&'static str] {
        &[]
    }

    fn list_commands(&self, _target: &BenchTarget) -> Vec<CommandSpec> {
        vec![command(&["--list", "--format", "terse"])]
    }

    fn read_list(
        &self,
        target: &TargetId,
        _attempt: usize,
        captured: &Captured,
    ) -> Result<Listing, ReadError> {
        if captured.exit != Exit::Code(0) {
            return Err(unreadable("libtest refused to list", captured));
        }
        let text = captured.stdout_text();
        let record = |path: &str| BenchmarkRecord {
            id: BenchmarkId::new(target.clone(), path),
            is_ignored: false,
            calibration: Calibration::default(),
            thread_count_max: None,
        };
        let benchmarks = listed(&text).map(record).collect();
        Ok(Listing { benchmarks, selection: Selection::Each, harness_version: None, warnings: Vec::new() })
    }

    fn detail_commands(&self, _target: &BenchTarget, _attempt: usize) -> Vec<CommandSpec> {
        vec![command(&["--list", "--format", "terse", "--ignored"])]
    }

    fn complete(
        &self,
        target: &TargetId,
        _attempt: usize,
        listing: Listing,
        details: &[Captured],
    ) -> Listing {
        let mut listing = listing;
        match details {
            [ignored] if ignored.exit == Exit::Code(0) => {
                let text = ignored.stdout_text();
                for path in listed(&text) {
                    let found = listing.benchmarks.iter_mut().find(|record| record.id.path == path);
                    if let Some(record) = found {
                        record.is_ignored = true;
                    }
                }
            }
            _ => {
                let text = "which benchmarks are marked #[ignore] could not be read";
                listing.warnings.push(Warning::new("ignored_unknown", target, text));
            }
        }
        listing
    }

    /// Without `--bench` libtest runs each benchmark once, which shows whether it works. One test thread makes it
    /// run on the main thread, as it does when it measures.
    fn pilot_command(&self, request: &Request<'_>) -> CommandSpec {
        selecting(&["--test-threads=1"], request)
    }

    fn calibrate(&self, request: &Request<'_>, captured: &Captured) -> Result<Vec<Calibration>, ReadError> {
        if captured.exit != Exit::Code(0) {
            return Err(unreadable("the benchmark does not run even once", captured));
        }
        Ok(vec![Calibration::default(); request.benchmarks.len()])
    }

    fn command(&self, request: &Request<'_>) -> CommandSpec {
        selecting(&["--bench"], request)
    }

    fn read(&self, request: &Request<'_>, captured: &Captured) -> Answer {
        let text = captured.stdout_text();
        let observations = request
            .benchmarks
            .iter()
            .map(|record| {
                let result = text.lines().rev().find_map(|line| result_of(line, &record.id.path));
                observation(record, result, captured)
            })
            .collect();
        Answer { observations, warnings: Vec::new() }
    }
}

fn command(arguments: &[&str]) -> CommandSpec {
    CommandSpec { arguments: arguments.iter().map(ToString::to_string).collect(), ..CommandSpec::default() }
}

fn selecting(flags: &[&str], request: &Request<'_>) -> CommandSpec {
    let mut spec = command(flags);
    if request.benchmarks.iter().any(|record| record.is_ignored) {
        spec.arguments.push("--include-ignored".into());
    }
    if request.selection == Selection::Each {
        spec.arguments.push("--exact".into());
        spec.arguments.extend(request.benchmarks.iter().map(|record| record.id.path.clone()));
    }
    spec
}

/// Paths of a terse list; its tests are passed over.
fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.strip_suffix(": benchmark").or_else(|| line.strip_suffix(": bench")))
}

/// What stands behind `test NAME ... `.
fn result_of<'a>(line: &'a str, path: &str) -> Option<&'a str> {
    let padded = line.strip_prefix("test ")?.strip_prefix(path)?;
    padded.trim_start().strip_prefix("... ").map(str::trim)
}

fn observation(record: &BenchmarkRecord, result: Option<&str>, captured: &Captured) -> Observation {
    let failed = |reason: &str| Outcome::Failed { reason: reason.into(), tail: tail(captured) };
    let (outcome, measurements) = match result {
        Some("ignored") => (failed("was left out by libtest, for it is marked #[ignore]"), Vec::new()),
        Some(text) if text.starts_with("bench:") => match measurement(text) {
            Some(_) if is_zero(text) => (
                failed("measured no time: it is below libtest's last digit, or never calls `iter`"),
                Vec::new(),
            ),
            Some(measurement) => (Outcome::Ok, vec![measurement]),
            None => (failed("printed a result that cannot be read"), Vec::new()),
        },
        _ => {
            let missing = || Outcome::Missing {
                reason: "the process ended well without running it; the list and the executable disagree"
                    .into(),
            };
            (bad_ending(captured).unwrap_or_else(missing), Vec::new())
        }
    };
    Observation { benchmark: record.id.clone(), outcome, measurements }
}

fn is_zero(text: &str) -> bool {
    measurement(text).and_then(|measurement| measurement.representative()) == Some(0.0)
}

/// `bench:   1,578,721.60 ns/iter (+/- 20,855.19) = 3333 MB/s`; older versions print whole
/// numbers.
fn measurement(text: &str) -> Option<Measurement> {
    let rest = text.strip_prefix("bench:")?.trim_start();
    let (median, rest) = rest.split_once(" ns/iter (+/- ")?;
    let (deviation, rest) = rest.split_once(')')?;
    let (median, deviation) = (number(median)?, number(deviation)?);
    let throughput = bytes(rest, &median).into_iter().collect();
    Some(Measurement {
        metric: MetricId::wall_ns(),
        unit: "ns".into(),
        values: Values::Center { median, deviation },
        throughput,
        settings: std::collections::BTreeMap::new(),
    })
}

/// A number with thousands set apart by commas. libtest rounds decimals, so the truth lies within half a step on
/// either side; the whole numbers of older versions are cut.
///
/// The groups are added up and not just joined: 1999.996 is printed as `1,1000.00`.
fn number(text: &str) -> Option<Printed> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let are_groups = whole.split(',').all(|group| !group.is_empty() && is_digits(group));
    if !are_groups || !is_digits(fraction) {
        return None;
    }
    let groups = text.split(',').map(|group| group.parse::<f64>().ok());
    let value = groups.reduce(|sum, group| Some(sum? * 1000.0 + group?))??;
    let step = format!("1e-{}", fraction.len()).parse().ok()?;
    value.is_finite().then(|| Printed { text: text.to_owned(), value, step })
}

/// Bytes of an iteration from ` = 3333 MB/s`.
///
/// libtest divides in whole numbers, `bytes * 1000 / whole_ns`, so bytes are the least whole number that gives
/// this rate: exact below a microsecond, and short by less than a part in the printed rate above.
fn bytes(text: &str, median: &Printed) -> Option<Throughput> {
    let rate: f64 = text.trim().strip_prefix("= ")?.strip_suffix(" MB/s")?.parse::<u64>().ok()? as f64;
    let whole_ns = median.value.trunc().max(1.0);
    Some(Throughput { kind: "bytes_decimal".into(), per_iteration: (rate * whole_ns / 1000.0).ceil() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn center(text: &str) -> (f64, f64, f64) {
        match measurement(text).unwrap().values {
            Values::Center { median, deviation } => (median.value, deviation.value, median.step),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn decimals_of_new_and_whole_numbers_of_old_versions_are_read() {
        assert_eq!(center("bench:   1,578,721.60 ns/iter (+/- 20,855.19)"), (1_578_721.6, 20_855.19, 0.01));
        assert_eq!(center("bench:      13,574 ns/iter (+/- 1,200)"), (13_574.0, 1200.0, 1.0));
    }

    #[test]
    fn a_last_group_rounded_up_to_a_thousand_is_carried() {
        assert_eq!(center("bench:       1,1000.00 ns/iter (+/- 0.50)").0, 2000.0);
    }

    #[test]
    fn bytes_come_back_exactly_below_a_microsecond() {
        let measurement = measurement("bench:         496.19 ns/iter (+/- 51.71) = 8258 MB/s").unwrap();
        assert_eq!(measurement.throughput[0].per_iteration, 4096.0);
    }

    #[test]
    fn a_name_that_begins_like_another_is_not_taken_for_it() {
        assert_eq!(result_of("test leaf::a ... bench: 1 ns/iter (+/- 0)", "leaf"), None);
        assert_eq!(result_of("test leaf      ... ignored", "leaf"), Some("ignored"));
    }

    proptest! {
        #[test]
        fn any_line_is_read_or_refused(line in "(test a \\.\\.\\. bench: )?[0-9., ns/iter(+)=MB-]{0,60}|\\PC{0,60}") {
            if let Some(result) = result_of(&line, "a") {
                let _ = measurement(result);
            }
            let _ = measurement(&line);
        }
    }
}
