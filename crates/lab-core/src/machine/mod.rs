//! A machine as it was written down: what it is, where to measure on it, and what was found to differ.
//!
//! A definition is compared with an environment that somebody else read; nothing here looks at a machine.

mod canary;
mod definition;
mod error;
mod in_force;
mod known;
mod read;
mod seats;
mod threshold;
mod verify;
mod wish;
mod write;

pub use canary::{CanaryExpectation, CanaryFinding, CanaryFound, USUAL_TOLERANCE_SHARE, verify_canaries};
pub use definition::{Expectation, KnobWish, MachineDefinition, Role, Seats};
pub use error::{DefinitionError, Problem};
pub use in_force::{InForce, Match};
pub use known::{KNOWN, Kind, KnownFact, known};
pub use read::read;
pub use seats::{SeatError, place};
pub use threshold::{THRESHOLDS, Threshold};
pub use verify::{Finding, Found, Verification, shown, verify};
pub use wish::{KnownKnob, Takes, unmet};
pub use write::{Origin, write};
