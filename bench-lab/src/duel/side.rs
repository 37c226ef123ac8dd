//! The two sides as the model, the shared memory and arrays know them.
//!
//! It holds no rule of its own.

use lab_core::model::Side;

/// A side's place in arrays: baseline first.
pub(super) fn index(side: Side) -> usize {
    match side {
        Side::Baseline => 0,
        Side::Candidate => 1,
    }
}

/// A side as the preload library calls it.
pub(super) fn at_turnstile(side: Side) -> turnstile::turn::Side {
    match side {
        Side::Baseline => turnstile::turn::Side::Baseline,
        Side::Candidate => turnstile::turn::Side::Candidate,
    }
}

/// A side in words.
pub(super) fn name(side: Side) -> &'static str {
    match side {
        Side::Baseline => "baseline",
        Side::Candidate => "candidate",
    }
}
