//! What a check found: how it stands, what was seen, and what to do about it.
//!
//! It is made from a reading and the table of thresholds; it holds no limit itself.

use super::catalogue::Check;
use super::criterion::Criterion;
use super::reading::Gap;

/// How bad a condition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// It shows in measurements.
    Warn,
    /// What is measured now is not worth keeping.
    Fail,
}

/// How a check stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// As wanted.
    Ok,
    /// Worth knowing.
    Note,
    /// It shows in measurements.
    Warn,
    /// What is measured now is not worth keeping.
    Fail,
    /// The question does not arise here, and why. That is no pass: nothing is known to be well.
    NotApplicable(String),
    /// The question arises and could not be answered, and why.
    Unknown(String),
}

impl Status {
    /// The word for it, in texts and JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warn => "warn",
            Self::Fail => "FAIL",
            Self::NotApplicable(_) => "n/a",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The mark beside the word.
    pub fn mark(&self) -> char {
        match self {
            Self::Ok => '✓',
            Self::Note => '·',
            Self::Warn => '!',
            Self::Fail => '✗',
            Self::NotApplicable(_) => '-',
            Self::Unknown(_) => '?',
        }
    }

    /// How bad it is; absent when all is well or nothing is known.
    pub fn severity(&self) -> Option<Severity> {
        match self {
            Self::Note => Some(Severity::Note),
            Self::Warn => Some(Severity::Warn),
            Self::Fail => Some(Severity::Fail),
            Self::Ok | Self::NotApplicable(_) | Self::Unknown(_) => None,
        }
    }
}

impl From<Severity> for Status {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Note => Self::Note,
            Severity::Warn => Self::Warn,
            Severity::Fail => Self::Fail,
        }
    }
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// A command, or advice where no command does it.
    pub fix: String,
    /// The command that puts things back as they were found; absent when the fix changes nothing for good.
    pub undo: Option<String>,
}

/// The answer to one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which check.
    pub check: Check,
    /// How it stands.
    pub status: Status,
    /// What was seen; absent when the status says why nothing was.
    pub value: Option<String>,
    /// Where it was read: a path, a command, a probe.
    pub source: String,
    /// More about what was seen, a line each.
    pub details: Vec<String>,
    /// What to do; absent when nothing is wrong or nothing can be done.
    pub remedy: Option<Remedy>,
}

impl Finding {
    /// All is well, as far as is known yet.
    pub(super) fn new(check: Check, source: &str) -> Self {
        Self {
            check,
            status: Status::Ok,
            value: None,
            source: source.into(),
            details: Vec::new(),
            remedy: None,
        }
    }

    /// There is no reading.
    pub(super) fn of_gap(check: Check, gap: &Gap, source: &str) -> Self {
        let status = match gap {
            Gap::Virtual(why) => Status::NotApplicable(format!("virtual: {why}")),
            Gap::Absent(why) => Status::NotApplicable(why.clone()),
            Gap::Unreadable(why) => Status::Unknown(why.clone()),
        };
        Self { status, ..Self::new(check, source) }
    }

    /// What was seen.
    pub(super) fn value(self, value: impl Into<String>) -> Self {
        Self { value: Some(value.into()), ..self }
    }

    /// One more line about it.
    pub(super) fn detail(mut self, line: impl Into<String>) -> Self {
        self.details.push(line.into());
        self
    }

    /// A condition that is the case or is not.
    pub(super) fn when(self, criterion: Criterion, holds: bool) -> Self {
        let severity = holds.then(|| criterion.row().limit.worst());
        self.raise(criterion, severity)
    }

    /// A figure against its limits.
    pub(super) fn judged(self, criterion: Criterion, value: f64) -> Self {
        self.raise(criterion, criterion.judge(value))
    }

    fn raise(self, criterion: Criterion, severity: Option<Severity>) -> Self {
        debug_assert_eq!(criterion.row().check, self.check, "a row of another check");
        match severity {
            Some(severity) if Some(severity) > self.status.severity() => {
                Self { status: severity.into(), ..self }
            }
            _ => self,
        }
    }

    /// What to do about it; kept only when something is wrong, so it comes after the judging.
    pub(super) fn remedy(self, fix: impl Into<String>, undo: Option<String>) -> Self {
        match self.status.severity() {
            Some(_) => Self { remedy: Some(Remedy { fix: fix.into(), undo }), ..self },
            None => self,
        }
    }
}
