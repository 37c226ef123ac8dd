//! The settings that shape a measurement: what is asked for on the command line, and what was in force.
//!
//! Settings of Criterion's own analysis are left out: no analysis runs while the lab listens.

use std::collections::BTreeMap;
use std::time::Duration;

use super::dialect::Seconds;

/// Criterion asserts at least this many.
const SAMPLE_COUNT_MIN: u64 = 10;

/// Criterion's own default, and more than the median of one process gains from.
const SAMPLE_COUNT_MAX: u64 = 100;

/// Measuring time per sample. Ten milliseconds keep even the first of a linear plan (2/(n+1) of the mean) far above
/// the clock's step, and let a benchmark of up to 10 ms an iteration keep to its time.
const SAMPLE_MS: u64 = 10;

/// Resamples of the bootstrap, which runs only in a process that did not connect, and that nobody reads.
pub(super) const RESAMPLE_COUNT: u32 = 100;

/// Times differ by less than this when a version rounds them on the way through a float.
pub(super) const TIME_STEP: Duration = Duration::from_micros(1);

/// How a benchmark is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    /// Batches.
    pub(super) sample_size: u64,
    /// Time to run before measuring.
    pub(super) warm_up: Duration,
    /// Time that all samples together shall take.
    pub(super) measurement: Duration,
}

impl Settings {
    /// What to ask for so that a benchmark measures for about `time_ms`, after a third of it as warm-up.
    pub(super) fn for_time(time_ms: u64, seconds: Seconds) -> Self {
        let exact = Duration::from_millis(time_ms.max(1));
        let (measurement, warm_up) = match seconds {
            Seconds::Fractional => (exact, exact / 3),
            Seconds::Whole => (whole(exact), whole(exact / 3)),
        };
        let fitting = measurement.as_millis() as u64 / SAMPLE_MS;
        Self { sample_size: fitting.clamp(SAMPLE_COUNT_MIN, SAMPLE_COUNT_MAX), warm_up, measurement }
    }

    /// The flags that ask for it.
    pub(super) fn arguments(&self) -> Vec<String> {
        let flags = [
            ("--sample-size", self.sample_size.to_string()),
            ("--warm-up-time", seconds_text(self.warm_up)),
            ("--measurement-time", seconds_text(self.measurement)),
            ("--nresamples", RESAMPLE_COUNT.to_string()),
        ];
        flags.into_iter().flat_map(|(flag, value)| [flag.into(), value]).collect()
    }

    /// Each setting in force that is not the asked one, as `sample_size 12 instead of 30`.
    pub(super) fn differences_from(&self, asked: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        if self.sample_size != asked.sample_size {
            differences.push(format!("sample_size {} instead of {}", self.sample_size, asked.sample_size));
        }
        let times =
            [("warm_up", self.warm_up, asked.warm_up), ("measurement", self.measurement, asked.measurement)];
        for (name, in_force, asked) in times {
            if in_force.abs_diff(asked) > TIME_STEP {
                differences.push(format!("{name} {} ms instead of {} ms", ms_text(in_force), ms_text(asked)));
            }
        }
        differences
    }

    /// As stored with a measurement.
    pub(super) fn to_map(&self) -> BTreeMap<String, String> {
        BTreeMap::from([
            ("sample_size".into(), self.sample_size.to_string()),
            ("warm_up_ms".into(), ms_text(self.warm_up)),
            ("measurement_ms".into(), ms_text(self.measurement)),
        ])
    }
}

fn whole(duration: Duration) -> Duration {
    Duration::from_secs(duration.as_millis().div_ceil(1000).max(1) as u64)
}

/// Milliseconds with microseconds behind the point: what the flag holds is what is compared later.
fn seconds_text(duration: Duration) -> String {
    (duration.as_micros() as f64 / 1e6).to_string()
}

fn ms_text(duration: Duration) -> String {
    (duration.as_micros() as f64 / 1e3).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn versions_that_count_whole_seconds_get_the_next_whole_second() {
        let asked = Settings::for_time(300, Seconds::Whole);
        assert_eq!(asked.measurement, Duration::from_secs(1));
        assert_eq!(asked.warm_up, Duration::from_secs(1));
        assert_eq!(
            asked.arguments()[..6].join(" "),
            "--sample-size 100 --warm-up-time 1 --measurement-time 1"
        );
        assert_eq!(Settings::for_time(1001, Seconds::Whole).measurement, Duration::from_secs(2));
    }

    #[test]
    fn other_versions_get_the_time_as_asked_and_a_third_of_it_as_warm_up() {
        let arguments = Settings::for_time(300, Seconds::Fractional).arguments();
        assert_eq!(arguments[..6].join(" "), "--sample-size 30 --warm-up-time 0.1 --measurement-time 0.3");
    }

    #[test]
    fn a_rounded_time_is_no_difference_and_a_changed_one_is() {
        let asked = Settings::for_time(10, Seconds::Fractional);
        let mut in_force = Settings { warm_up: Duration::from_nanos(3_333_000), ..asked.clone() };
        assert!(in_force.differences_from(&asked).is_empty());
        in_force.measurement = Duration::from_secs(5);
        assert_eq!(in_force.differences_from(&asked), ["measurement 5000 ms instead of 10 ms"]);
    }

    proptest! {
        #[test]
        fn criterion_accepts_every_setting(time_ms in 0_u64..10_000_000, is_whole: bool) {
            let seconds = if is_whole { Seconds::Whole } else { Seconds::Fractional };
            let asked = Settings::for_time(time_ms, seconds);
            prop_assert!(asked.sample_size >= 10);
            for value in [&asked.arguments()[3], &asked.arguments()[5]] {
                prop_assert!(value.parse::<f64>().unwrap() > 0.0);
                prop_assert!(!is_whole || value.parse::<u64>().is_ok(), "{} is not whole", value);
            }
        }
    }
}
