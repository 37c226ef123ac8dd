//! Duels between real processes: what is recorded, in which order, and how each kind of failure is told.
//!
//! No test asserts a time. A verdict is asserted for one side that does twice the work only.

#![allow(clippy::print_stdout, reason = "what measures prints its table")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

mod counted;
mod ends;
mod fallback;
mod fixture;
mod slices;
mod spread;
mod versions;
