//! The two sides as the preload library knows them.
//!
//! It holds no rule of its own.

use lab_core::model::Side;

/// A side as the preload library calls it.
pub(super) fn at_turnstile(side: Side) -> turnstile::turn::Side {
    match side {
        Side::Baseline => turnstile::turn::Side::Baseline,
        Side::Candidate => turnstile::turn::Side::Candidate,
    }
}
