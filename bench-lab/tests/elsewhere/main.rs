//! The bench-lab of systems on which nothing can be measured: it is compiled for them, and here it is run.
//!
//! Without the feature `measure` the same program is built on Linux; only its answer to a refused command names another
//! reason.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../cli/bench_lab.rs"]
#[allow(dead_code, reason = "shared with the tests of other commands")]
mod bench_lab;
#[path = "../cli/matched.rs"]
mod matched;
#[path = "../cli/stored.rs"]
mod stored;

mod compiled;
mod reader;
mod refused;
mod same;
