//! What a definition expects of the canaries, and what they took.
//!
//! A figure that was not measured meets no expectation and misses none.

use std::fmt;

use lab_stats::{Observations, median};

use crate::canary::canary;
use crate::model::{CanaryExtract, Warning};
use crate::report::number;

/// Tolerance where a definition names none: what single clock steps, firmware and the load of a quiet host make of a
/// median stays below it, and a missing memory channel or a lost boost does not.
pub const USUAL_TOLERANCE_SHARE: f64 = 0.05;

/// A new definition tolerates so many times the spread of what was measured for it, where that is more.
const SPREADS: f64 = 4.0;

/// The time of one kernel on a machine as it should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CanaryExpectation {
    /// Median time of its usual pass in nanoseconds; above 0.
    pub median_ns: f64,
    /// How far a median may lie from it either way, as a share of it; not below 0.
    pub tolerance_share: f64,
}

/// One expectation and what there was.
#[derive(Clone, Debug, PartialEq)]
pub struct CanaryFinding {
    /// The kernel's stored name.
    pub id: String,
    /// What the definition says.
    pub expectation: CanaryExpectation,
    /// What the machine says.
    pub found: CanaryFound,
}

/// What the machine says of a kernel.
#[derive(Clone, Debug, PartialEq)]
pub enum CanaryFound {
    /// The median in nanoseconds.
    Median(f64),
    /// No figure, for this reason.
    Unknown(String),
}

impl CanaryExpectation {
    /// What a new definition expects, from the times of several processes; absent without any.
    pub fn of_times(times: &[f64]) -> Option<Self> {
        let observations = Observations::new(times).ok()?;
        let spread = lab_stats::relative_spread(&observations).unwrap_or(0.0);
        let whole_percent = (SPREADS * spread * 100.0).ceil() / 100.0;
        let tolerance_share = USUAL_TOLERANCE_SHARE.max(whole_percent);
        Some(Self { median_ns: median(&observations).round(), tolerance_share })
    }

    fn admits(&self, median_ns: f64) -> bool {
        (median_ns / self.median_ns - 1.0).abs() <= self.tolerance_share
    }
}

impl fmt::Display for CanaryExpectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = number::quantity(self.median_ns, "ns");
        write!(f, "{time} ± {}", number::percent(self.tolerance_share))
    }
}

impl fmt::Display for CanaryFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Median(median_ns) => f.write_str(&number::quantity(*median_ns, "ns")),
            Self::Unknown(reason) => write!(f, "unknown ({reason})"),
        }
    }
}

impl CanaryFinding {
    /// Whether the machine is known not to be what it was.
    pub fn is_drift(&self) -> bool {
        matches!(self.found, CanaryFound::Median(median_ns) if !self.expectation.admits(median_ns))
    }

    /// `machine_drift` for a figure outside its tolerance, `machine_canary_unknown` for one that is not there.
    pub fn warning(&self) -> Option<Warning> {
        let name = canary(&self.id).map_or(self.id.as_str(), |canary| canary.name);
        let subject = format!("canary {name}");
        match &self.found {
            CanaryFound::Median(median_ns) if self.is_drift() => {
                let change = number::change((median_ns / self.expectation.median_ns).ln());
                let text = format!(
                    "took {} a pass, {change} of the {} that the machine's definition says",
                    self.found, self.expectation
                );
                Some(Warning::new("machine_drift", subject, text))
            }
            CanaryFound::Median(_) => None,
            CanaryFound::Unknown(reason) => {
                let text = format!("could not be held against the machine's definition: {reason}");
                Some(Warning::new("machine_canary_unknown", subject, text))
            }
        }
    }
}

/// Compares expectations with what canaries gave, or with the reason why they gave nothing.
pub fn verify_canaries<'a>(
    expected: impl IntoIterator<Item = (&'a String, &'a CanaryExpectation)>,
    measured: Result<&CanaryExtract, &str>,
) -> Vec<CanaryFinding> {
    let finding = |(id, expectation): (&String, &CanaryExpectation)| CanaryFinding {
        id: id.clone(),
        expectation: *expectation,
        found: match measured.map_err(str::to_owned).and_then(|measured| median_of(id, measured)) {
            Ok(median_ns) => CanaryFound::Median(median_ns),
            Err(reason) => CanaryFound::Unknown(reason),
        },
    };
    expected.into_iter().map(finding).collect()
}

fn median_of(id: &str, measured: &CanaryExtract) -> Result<f64, String> {
    let kernel = measured.kernels.iter().find(|kernel| kernel.id == id).ok_or("it was not run")?;
    if !measured.is_optimised {
        return Err("this bench-lab was built without optimisations".into());
    }
    let observations = Observations::new(kernel.values.clone()).map_err(|_| "no process measured it")?;
    Ok(median(&observations))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::KernelExtract;

    fn measured(id: &str, values: &[f64], is_optimised: bool) -> CanaryExtract {
        let kernel = KernelExtract { id: id.into(), units: 1, values: values.to_vec() };
        CanaryExtract { sha256: None, is_optimised, kernels: vec![kernel] }
    }

    fn found(measured: Result<&CanaryExtract, &str>) -> CanaryFinding {
        let expectation = CanaryExpectation { median_ns: 500_000.0, tolerance_share: 0.05 };
        let expected = [("integer_v1".to_owned(), expectation)];
        verify_canaries(expected.iter().map(|(id, one)| (id, one)), measured).remove(0)
    }

    #[test]
    fn a_median_within_the_tolerance_is_no_news() {
        for median_ns in [475_001.0, 500_000.0, 524_999.0] {
            let finding = found(Ok(&measured("integer_v1", &[median_ns, 1.0, 9e9], true)));
            assert_eq!((finding.is_drift(), finding.warning()), (false, None));
        }
    }

    #[test]
    fn a_median_beyond_it_either_way_is_a_drift_with_both_figures() {
        for (median_ns, said) in [
            (540_000.0, "canary integer: took 540.0 µs a pass, +8.0 % of the 500.0 µs ± 5.0 % that"),
            (450_000.0, "canary integer: took 450.0 µs a pass, -10.0 % of the 500.0 µs ± 5.0 % that"),
        ] {
            let finding = found(Ok(&measured("integer_v1", &[median_ns], true)));
            let warning = finding.warning().unwrap();
            assert_eq!((finding.is_drift(), warning.kind.as_str()), (true, "machine_drift"));
            assert!(warning.to_string().starts_with(said), "{warning}");
        }
    }

    #[test]
    fn what_was_not_measured_is_unknown_with_its_reason_and_no_drift() {
        let (other, empty, plain) = (
            measured("float_v1", &[1.0], true),
            measured("integer_v1", &[], true),
            measured("integer_v1", &[1.0], false),
        );
        for (measured, reason) in [
            (Err("the host is held"), "the host is held"),
            (Ok(&other), "it was not run"),
            (Ok(&empty), "no process measured it"),
            (Ok(&plain), "this bench-lab was built without optimisations"),
        ] {
            let finding = found(measured);
            assert_eq!((finding.is_drift(), &finding.found), (false, &CanaryFound::Unknown(reason.into())));
            assert_eq!(finding.warning().unwrap().kind, "machine_canary_unknown");
        }
    }

    #[test]
    fn a_new_definition_tolerates_what_it_was_measured_with() {
        let steady = CanaryExpectation::of_times(&[100.2, 100.3, 100.1]).unwrap();
        assert_eq!(steady, CanaryExpectation { median_ns: 100.0, tolerance_share: 0.05 });
        let noisy = CanaryExpectation::of_times(&[80.0, 90.0, 100.0, 110.0, 120.0]).unwrap();
        assert_eq!(noisy.tolerance_share, 0.60, "four times 14.8 %, in whole per cent");
        assert_eq!(CanaryExpectation::of_times(&[]), None);
    }
}
