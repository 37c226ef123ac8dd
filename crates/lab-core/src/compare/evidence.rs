//! What a verdict on one benchmark and metric rests on, from the strongest to the weakest.
//!
//! It holds numbers and judges nothing.

use std::fmt;

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
    /// Canaries ran in both: the machine's speed changed by at most this much.
    Within {
        /// In ln units, not below zero.
        envelope: f64,
    },
    /// It is not known, and why.
    Unknown(String),
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
            Self::Stored { baseline, candidate } => baseline.len().min(candidate.len()),
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
