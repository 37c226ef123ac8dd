//! The lab examined by itself: how often its verdicts are wrong and what they find, on noise that is simulated and on
//! this machine.
//!
//! It must never move a goal to where the result fell: every rule and its number stands in [`rules`].

mod cell;
mod control;
mod pooled;
mod rules;
mod simulated;

use crate::model::Environment;

pub use cell::{Cell, Ends, Plant, Stream};
pub use control::Control;
pub use pooled::Pooled;
pub use rules::{Count, Ruling, Status, rulings};
pub use simulated::{Simulated, simulate};

/// One examination, as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Validation {
    /// Name in the store.
    pub id: String,
    /// Version of the bench-lab that examined itself.
    pub lab_version: String,
    /// Its start, RFC 3339 in UTC.
    pub created_at: String,
    /// Name of the machine; examinations of equal machines are added up.
    pub machine: String,
    /// Seed of every draw.
    pub seed: u64,
    /// The host at the start.
    pub environment: Environment,
    /// What the rule does with simulated noise.
    pub simulated: Vec<Simulated>,
    /// Simulated lists whose sides always come in one order: called changed, of so many.
    pub simulated_control: (usize, usize),
    /// What it does on this machine, one per exercise and plant.
    pub cells: Vec<Cell>,
    /// What the usual way would have said.
    pub control: Control,
    /// Why it ended before its time, or an exercise is missing; one sentence each.
    pub remarks: Vec<String>,
}
