//! Profiles of one benchmark: samples of its stacks, its system calls and page faults, its heap, its instructions.
//!
//! It starts other people's tools around bench processes and reads what they say; what was timed under them enters no Run.

mod draw;
mod heap;
mod kernel;
mod sample;
mod take;
mod tool;

pub use draw::{Drawing, draw};
pub use sample::Sampling;
pub use take::{Choice, Subject, Wanted, take};
pub use tool::{Missing, Tool};
