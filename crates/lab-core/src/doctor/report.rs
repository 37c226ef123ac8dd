//! All findings of one look at a host, and what they come to.
//!
//! What does not apply or is not known never counts as a pass.

use super::catalogue::Cost;
use super::finding::{Finding, Severity, Status};
use crate::model::Warning;

/// The findings, one per check, in the order of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// One per check that was asked.
    pub findings: Vec<Finding>,
}

/// How many findings stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// As wanted.
    pub ok: usize,
    /// Worth knowing.
    pub note: usize,
    /// Warnings.
    pub warn: usize,
    /// Failures.
    pub fail: usize,
    /// The question does not arise.
    pub not_applicable: usize,
    /// The question could not be answered.
    pub unknown: usize,
}

/// Whether to measure here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing speaks against it.
    Fit,
    /// Something will show in the results.
    WithCare,
    /// Not before what failed is mended.
    Unfit,
}

impl Verdict {
    /// Stored name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Fit => "fit",
            Self::WithCare => "with_care",
            Self::Unfit => "unfit",
        }
    }

    /// In words for people.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Fit => "fit to measure",
            Self::WithCare => "fit to measure with care: the warnings will show in the results",
            Self::Unfit => "not fit to measure until the failures are mended",
        }
    }
}

impl Report {
    /// The same with every warning as a failure.
    pub fn strict(mut self) -> Self {
        for finding in &mut self.findings {
            if finding.status == Status::Warn {
                finding.status = Status::Fail;
            }
        }
        self
    }

    /// Only the checks that need no measurement of their own.
    pub fn fast(mut self) -> Self {
        self.findings.retain(|finding| finding.check.cost() == Cost::Fast);
        self
    }

    /// How many stand how.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for finding in &self.findings {
            *match finding.status {
                Status::Ok => &mut counts.ok,
                Status::Note => &mut counts.note,
                Status::Warn => &mut counts.warn,
                Status::Fail => &mut counts.fail,
                Status::NotApplicable(_) => &mut counts.not_applicable,
                Status::Unknown(_) => &mut counts.unknown,
            } += 1;
        }
        counts
    }

    /// What they come to.
    pub fn verdict(&self) -> Verdict {
        match self.counts() {
            Counts { fail: 1.., .. } => Verdict::Unfit,
            Counts { warn: 1.., .. } => Verdict::WithCare,
            _ => Verdict::Fit,
        }
    }

    /// What a Run must remember: warnings and failures, each as one sentence, with how bad it is.
    pub fn warnings(&self) -> Vec<(Severity, Warning)> {
        let bad = self.findings.iter().filter_map(|finding| {
            let severity = finding.status.severity().filter(|severity| *severity > Severity::Note)?;
            let value = finding.value.as_deref().unwrap_or("");
            let text = format!("{value} (wanted: {})", finding.check.wanted());
            Some((severity, Warning::new(&format!("doctor_{}", finding.check), finding.check.title(), text)))
        });
        bad.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Check;

    fn report(statuses: &[Status]) -> Report {
        let findings = Check::ALL.iter().zip(statuses).map(|(check, status)| Finding {
            status: status.clone(),
            ..Finding::new(*check, "x").value("seen")
        });
        Report { findings: findings.collect() }
    }

    #[test]
    fn what_is_not_known_is_no_pass_and_no_failure() {
        let report = report(&[Status::Ok, Status::NotApplicable("x".into()), Status::Unknown("y".into())]);
        let counts = Counts { ok: 1, not_applicable: 1, unknown: 1, ..Counts::default() };
        assert_eq!((report.counts(), report.verdict()), (counts, Verdict::Fit));
    }

    #[test]
    fn the_worst_decides_and_strictness_makes_warnings_failures() {
        let careful = report(&[Status::Note, Status::Warn]);
        assert_eq!(careful.verdict(), Verdict::WithCare);
        assert_eq!(careful.clone().strict().verdict(), Verdict::Unfit);
        assert_eq!(report(&[Status::Note]).strict().verdict(), Verdict::Fit);
        assert_eq!(report(&[Status::Fail, Status::Warn]).verdict(), Verdict::Unfit);
    }

    #[test]
    fn a_run_remembers_warnings_and_failures_only() {
        let warnings = report(&[Status::Fail, Status::Note, Status::Warn, Status::Ok]).warnings();
        let kinds: Vec<_> =
            warnings.iter().map(|(severity, warning)| (*severity, warning.kind.as_str())).collect();
        assert_eq!(kinds, [(Severity::Fail, "doctor_host_lock"), (Severity::Warn, "doctor_virtualisation")]);
        assert_eq!(warnings[0].1.to_string(), "host lock: seen (wanted: no other session measures)");
    }
}
