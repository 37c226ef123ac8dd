//! What a project asks of its benchmarks: how sure a verdict must be, which change matters, what the gate lets pass.
//!
//! Every number has a default, so that a workspace without a policy file is judged as well.

mod read;
mod waiver;

use std::collections::{BTreeMap, BTreeSet};

pub use read::read_policy;
pub(crate) use read::{Rows, required};
pub use waiver::{Waiver, read_waivers};

use crate::filter::Filter;
use crate::model::{BenchmarkId, MetricId, TaintRule};

/// Name of the policy file in a workspace root.
pub const POLICY_FILE: &str = "bench-lab.toml";

/// The rules a comparison and its gate go by.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Chance of calling a change where there is none, per benchmark; and the expected share of false calls among all
    /// that are called, over a suite.
    pub alpha: f64,
    /// The metric that decides; absent to let the evidence choose: cycles for code that keeps its CPU busy in a live
    /// comparison, wall time otherwise.
    pub metric: Option<MetricId>,
    /// For every benchmark without limits of its own.
    pub limits: Limits,
    /// Limits of some benchmarks; of several that fit, the last one counts, key by key.
    pub overrides: Vec<Override>,
    /// Invocations that broke one of these rules are left out, on both sides and before anything is compared.
    pub leave_out: BTreeSet<TaintRule>,
    /// Facts that may differ although they are decisive.
    pub allowed_differences: BTreeSet<String>,
    /// The baseline's id of a benchmark by the candidate's.
    pub renamed: BTreeMap<String, String>,
    /// What the gate does about benchmarks without an answer.
    pub inconclusive: Fate,
    /// What the gate does about benchmarks that are gone.
    pub removed: Fate,
    /// Which baseline is compared against when none is named.
    pub default_baseline: DefaultBaseline,
    /// Path of the waivers file from the policy file; absent when there is none.
    pub waivers: Option<String>,
}

/// Sizes of change, each as a share: 0.05 is 5 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// The smallest change that matters; below it two sides may be called equivalent.
    pub margin: f64,
    /// A larger regression is told.
    pub warn: f64,
    /// A larger one fails the gate, unless a waiver covers it.
    pub fail: f64,
    /// A larger one fails the gate, unless a waiver covers it and says up to what size.
    pub block: f64,
}

/// Limits of the benchmarks that a pattern selects.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    /// As on the command line: an id, a part of one, or a regular expression.
    pub pattern: String,
    /// See [`Limits`]; absent to leave it as it is.
    pub margin: Option<f64>,
    /// See [`Limits`].
    pub warn: Option<f64>,
    /// See [`Limits`].
    pub fail: Option<f64>,
    /// See [`Limits`].
    pub block: Option<f64>,
}

/// What the gate does about something that is no regression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is told.
    Pass,
    /// It fails.
    Fail,
}

/// Which baseline stands for which branch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DefaultBaseline {
    /// For branches that are not named; absent to ask the machine's own `default` file.
    pub any: Option<String>,
    /// By branch.
    pub of_branch: BTreeMap<String, String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            alpha: 0.01,
            metric: None,
            limits: Limits::default(),
            overrides: Vec::new(),
            leave_out: BTreeSet::new(),
            allowed_differences: BTreeSet::new(),
            renamed: BTreeMap::new(),
            inconclusive: Fate::Pass,
            removed: Fate::Pass,
            default_baseline: DefaultBaseline::default(),
            waivers: None,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        // The margin is below 1 %, so that a true change of 1 % does not stand on the edge.
        Self { margin: 0.0075, warn: 0.05, fail: 0.2, block: 0.3 }
    }
}

impl Policy {
    /// The limits of each benchmark, in the order of the ids.
    pub fn limits_of(&self, ids: &[BenchmarkId]) -> Vec<Limits> {
        let mut limits: BTreeMap<&BenchmarkId, Limits> = ids.iter().map(|id| (id, self.limits)).collect();
        for own in &self.overrides {
            for id in Filter::new(std::slice::from_ref(&own.pattern)).select(ids) {
                if let Some(limits) = limits.get_mut(id) {
                    own.lay_over(limits);
                }
            }
        }
        ids.iter().map(|id| limits.get(id).copied().unwrap_or(self.limits)).collect()
    }
}

impl Override {
    fn lay_over(&self, limits: &mut Limits) {
        limits.margin = self.margin.unwrap_or(limits.margin);
        limits.warn = self.warn.unwrap_or(limits.warn);
        limits.fail = self.fail.unwrap_or(limits.fail);
        limits.block = self.block.unwrap_or(limits.block);
    }
}
