//! What a verdict on one benchmark and metric rests on, from the strongest to the weakest.
//!
//! It holds numbers and judges nothing.

use std::fmt;

use crate::canary::{CanaryDrift, Resource, drift_between};
use crate::model::{CanaryExtract, Extract};

/// What is known of one benchmark and metric on both sides.
#[derive(Clone, Debug, PartialEq)]
pub enum Evidence {
    /// A live duel in turns of about a millisecond: ln(candidate / baseline), one per launch.
    Duel(Vec<f64>),
    /// Pairs of whole processes of one session in an order drawn by lot: ln(candidate / baseline), one per pair.
    Blocks(Vec<f64>),
    /// Processes of two Runs: the logarithms of their values. What the machine did between the two is not in them.
    Stored {
        /// One per process of the baseline.
        baseline: Vec<f64>,
        /// One per process of the candidate.
        candidate: Vec<f64>,
        /// What a verdict may spend of every error rate: all of it, or less where a side ended at one of several looks.
        share: f64,
    },
}

/// The strength of evidence, without its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EvidenceKind {
    /// [`Evidence::Duel`].
    Duel,
    /// [`Evidence::Blocks`].
    Blocks,
    /// [`Evidence::Stored`].
    Stored,
}

/// How far the machine itself may have moved between two Runs; it says nothing about a duel, which cancels it.
#[derive(Clone, Debug, PartialEq)]
pub enum Drift {
    /// Canaries ran in both: the machine's speed changed by at most this much, in ln units and not below zero.
    Within {
        /// For what keeps a CPU busy.
        on_cpu: f64,
        /// For what waits for the disk; absent when no canary felt it.
        storage: Option<f64>,
    },
    /// It is not known, and why.
    Unknown(String),
}

impl Drift {
    /// From the canaries of both sides.
    pub fn between(baseline: &Extract, candidate: &Extract) -> Self {
        let drift = drift_between(&baseline.canary, &candidate.canary);
        let of = |resources| drift.envelope(resources).map(|envelope| envelope.log_ratio());
        let felt_disk = drift
            .kernels
            .iter()
            .any(|kernel| kernel.resource == Resource::Storage && kernel.log_ratio.interval.is_some());
        match of(Resource::ON_CPU) {
            Some(on_cpu) => Self::Within { on_cpu, storage: of(Resource::ALL).filter(|_| felt_disk) },
            None => Self::Unknown(why_unknown(&baseline.canary, &candidate.canary, &drift)),
        }
    }
}

/// Why the canaries say nothing, as a clause.
fn why_unknown(baseline: &CanaryExtract, candidate: &CanaryExtract, drift: &CanaryDrift) -> String {
    match (baseline.kernels.is_empty(), candidate.kernels.is_empty(), drift.left_out.first()) {
        (true, true, _) => "no canary ran in either".into(),
        (true, false, _) => "no canary ran in the baseline".into(),
        (false, true, _) => "no canary ran in the candidate".into(),
        (false, false, Some(left)) if drift.kernels.is_empty() => {
            format!("no canary can be compared: {} {}", left.id, left.reason)
        }
        (false, false, _) => "its canaries ran in too few processes".into(),
    }
}

impl Evidence {
    /// Its strength.
    pub fn kind(&self) -> EvidenceKind {
        match self {
            Self::Duel(_) => EvidenceKind::Duel,
            Self::Blocks(_) => EvidenceKind::Blocks,
            Self::Stored { .. } => EvidenceKind::Stored,
        }
    }

    /// Replicates: launches, pairs, or processes of the side that has fewer.
    pub fn count(&self) -> usize {
        match self {
            Self::Duel(logs) | Self::Blocks(logs) => logs.len(),
            Self::Stored { baseline, candidate, .. } => baseline.len().min(candidate.len()),
        }
    }
}

impl EvidenceKind {
    /// Stored name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Duel => "duel",
            Self::Blocks => "blocks",
            Self::Stored => "stored",
        }
    }

    /// One replicate, in words.
    pub fn replicate(self) -> &'static str {
        match self {
            Self::Duel => "launch",
            Self::Blocks => "pair",
            Self::Stored => "invocation",
        }
    }
}

impl fmt::Display for EvidenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
