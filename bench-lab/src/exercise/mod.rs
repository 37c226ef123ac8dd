//! Exercises: pieces of work of an exactly known amount, by which the lab examines itself.
//!
//! They run as bench processes do, through the same spawner, the same preload library and the same duel. They measure
//! nothing for a user: `validate` alone starts them.

pub mod child;
mod course;
mod harness;
mod line;
pub mod work;

pub use course::{Course, Findings, Halt, Stop, run};
