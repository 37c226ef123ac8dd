//! What a definition file says, as values.
//!
//! It holds no opinion about the machine at hand; [`super::verify()`] has one.

use std::collections::BTreeMap;
use std::fmt;

use super::canary::CanaryExpectation;
use crate::cpulist::CpuList;
use crate::model::FactValue;
use crate::taint::Thresholds;

/// A machine that measurements are pinned to.
#[derive(Clone, Debug, PartialEq)]
pub struct MachineDefinition {
    /// What people call it; made of letters, digits and hyphens.
    pub name: String,
    /// What is expected of it, sorted by role and fact; at least one fact is required.
    pub expectations: Vec<Expectation>,
    /// Where to measure; whatever is left open the topology decides.
    pub seats: Seats,
    /// Wanted values of host settings by knob id.
    pub knobs: BTreeMap<String, KnobWish>,
    /// From where on an invocation is tainted here: the usual thresholds, with those replaced that the file names.
    pub thresholds: Thresholds,
    /// Times of canaries by kernel id; empty where nobody measured any.
    pub canaries: BTreeMap<String, CanaryExpectation>,
}

/// One fact and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// Dotted name, as the environment has it.
    pub fact: String,
    /// What another value means.
    pub role: Role,
    /// Never [`FactValue::Absent`]: what was not readable once proves nothing.
    pub value: FactValue,
}

/// What it means when a fact has another value than the definition says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It is another machine.
    Required,
    /// It is the same machine and not quite what it was.
    Drift,
}

impl Role {
    /// Name of the table of the file, below `expect`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Drift => "drift",
        }
    }
}

/// CPUs by use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seats {
    /// For benchmarks; one of them is chosen for benchmarks with one thread.
    pub bench: Option<CpuList>,
    /// For benchmarks with several threads, when it is not `bench`.
    pub threaded: Option<CpuList>,
    /// For the lab itself; none of `bench` is in it.
    pub housekeeping: Option<CpuList>,
}

/// The wanted value of a host setting, as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnobWish {
    /// On or off.
    Switch(bool),
    /// A number in the knob's own unit.
    Number(i64),
    /// One of the knob's own words.
    Word(String),
}

impl fmt::Display for KnobWish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch(is_on) => write!(f, "{is_on}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Word(word) => f.write_str(word),
        }
    }
}
