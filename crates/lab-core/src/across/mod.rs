//! What benchmarks cost on several machines, each measured by what its own machine can do.
//!
//! A time of one machine is never compared with a time of another: only ratios within a machine are.

mod differences;
mod effect;
mod engine;
mod error;
mod explained;
mod rank;
mod row;
mod scaling;
mod span;
mod yardstick;

#[cfg(test)]
mod tests;

pub use differences::FactAcross;
pub use effect::{AGREEMENT_P_MIN, Combined, Effect, Local, Witnessed, effects};
pub use engine::{Across, KernelRow, Unmatched, across, across_matches};
pub use error::AcrossError;
pub use explained::EXPLAINED;
pub use rank::{ORDER_LEVEL, Swap};
pub use row::{Cell, Row, Scaling, UNLIKE_RATIO_MIN};
pub(crate) use scaling::sizes_in;
pub use scaling::{Family, GROWTH_LEVEL, GROWTH_RATIO_MIN, Growth};
pub use yardstick::{BUSY_SHARE, WAITING_SHARE, Yardstick};
