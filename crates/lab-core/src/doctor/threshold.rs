//! What a row of the table of thresholds is, and how a figure is held against it.
//!
//! It holds no limit; all of them are in the table.

use super::catalogue::Check;
use super::criterion::Criterion;
use super::finding::Severity;
use crate::report::number;

/// One row: a condition, and what it makes of its check.
#[derive(Clone, Copy, Debug)]
pub struct Threshold {
    /// The condition.
    pub criterion: Criterion,
    /// The check that it belongs to.
    pub check: Check,
    /// From where on it holds.
    pub limit: Limit,
    /// What is compared, or what is the case.
    pub what: &'static str,
    /// Why there.
    pub reason: &'static str,
}

/// When a condition holds. A figure equal to its limit is still well.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// It is simply the case.
    Found(Severity),
    /// A figure above the first limit warns, above the second fails.
    Above(Unit, Option<f64>, Option<f64>),
    /// A figure below the first limit warns, below the second fails.
    Below(Unit, Option<f64>, Option<f64>),
}

/// Of what a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Part of a whole, from 0 to 1.
    Share,
    /// Events a second.
    PerSecond,
    /// Microseconds.
    Microseconds,
    /// Degrees Celsius.
    Celsius,
    /// A number of things.
    Count,
    /// Minutes.
    Minutes,
}

impl Unit {
    /// A figure for people.
    pub fn show(self, value: f64) -> String {
        match self {
            Self::Share => number::percent(value),
            Self::PerSecond => format!("{}/s", short(value)),
            Self::Microseconds => number::quantity(value * 1e3, "ns"),
            Self::Celsius => format!("{} °C", short(value)),
            Self::Count => short(value),
            Self::Minutes => format!("{} min", short(value)),
        }
    }
}

/// Whole numbers whole, others with one decimal.
fn short(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}

impl Limit {
    /// What a figure means; a condition without a limit is not asked for figures and gives none.
    pub(super) fn judge(self, value: f64) -> Option<Severity> {
        let beyond = |limit: Option<f64>| match self {
            Self::Above(..) => limit.is_some_and(|limit| value > limit),
            Self::Below(..) => limit.is_some_and(|limit| value < limit),
            Self::Found(_) => false,
        };
        let (warn, fail) = self.limits();
        match (beyond(warn), beyond(fail)) {
            (_, true) => Some(Severity::Fail),
            (true, false) => Some(Severity::Warn),
            (false, false) => None,
        }
    }

    pub(super) fn limits(self) -> (Option<f64>, Option<f64>) {
        match self {
            Self::Found(_) => (None, None),
            Self::Above(_, warn, fail) | Self::Below(_, warn, fail) => (warn, fail),
        }
    }

    /// The worst that it can give.
    pub fn worst(self) -> Severity {
        match (self, self.limits()) {
            (Self::Found(severity), _) => severity,
            (_, (_, Some(_))) => Severity::Fail,
            (_, (_, None)) => Severity::Warn,
        }
    }

    /// For the table in the documentation and for JSON: `warns above 0.10 %, fails above 1.0 %`.
    pub fn describe(self) -> String {
        let (word, unit) = match self {
            Self::Found(Severity::Note) => return "is noted".into(),
            Self::Found(Severity::Warn) => return "warns".into(),
            Self::Found(Severity::Fail) => return "fails".into(),
            Self::Above(unit, ..) => ("above", unit),
            Self::Below(unit, ..) => ("below", unit),
        };
        let (warn, fail) = self.limits();
        let parts = [("warns", warn), ("fails", fail)];
        let parts = parts.iter().filter_map(|(verb, limit)| Some((verb, unit.show((*limit)?))));
        parts.map(|(verb, limit)| format!("{verb} {word} {limit}")).collect::<Vec<_>>().join(", ")
    }
}
