//! The doctor on whole machines: one that is well, what each single change does to it, a captured one, and this one.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that goes wrong")]

mod binary;
mod host;
#[path = "../host_probe/machines.rs"]
#[expect(dead_code, reason = "the probe's tests use more of it")]
mod machines;
mod metal;
mod one_change;
mod reports;
