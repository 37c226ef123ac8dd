//! The index of a store and the commands that read it, over stores whose values are known.
//!
//! Nothing is measured here.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../cli/bench_lab.rs"]
#[allow(dead_code, reason = "shared with the tests of other commands")]
mod bench_lab;
#[path = "../cli/stored.rs"]
#[allow(dead_code, reason = "shared with the tests of other commands")]
mod stored;

mod accept;
mod generator;
mod index;
mod trend;
