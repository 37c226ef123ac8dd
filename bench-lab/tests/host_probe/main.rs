//! The probe and the choice of CPUs on whole machines.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that goes wrong")]

mod build;
mod choice;
mod facts;
mod machines;
mod stability;
