//! `bench-lab ab` from its arguments to its exit code, over a repository with known truth.
//!
//! No test asserts a time. A verdict is asserted for what does twice the work, and for what is one and the same file.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../cli/bench_lab.rs"]
#[allow(dead_code, reason = "shared with the tests of other commands")]
mod bench_lab;
#[path = "../cli/process.rs"]
#[allow(dead_code, reason = "shared with the tests of other commands")]
mod process;
#[path = "../revisions/repository.rs"]
#[allow(dead_code, reason = "shared with the tests of revisions")]
mod repository;

mod killed;
mod layouts;
mod recheck;
mod refused;
mod sample;
mod verdicts;
mod witness;
