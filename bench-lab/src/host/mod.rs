//! The machine: what it is, which CPUs to measure on, and who may measure now.
//!
//! Everything is read through an injectable root, so that no rule needs the real machine to be tested.

pub mod sysfs;
