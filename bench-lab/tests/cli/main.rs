//! The built program, from its arguments to its exit code, over a stranger's workspace with known truth.
//!
//! `fixtures/workspace/README.md` says what is right of each bench. Nothing here asserts a time.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod across;
mod baseline;
mod bench_lab;
mod canary;
mod compare;
mod display;
mod formats;
mod grown;
mod host_checks;
mod judged;
mod killed;
mod matched;
mod measured;
mod occupied;
mod offered;
mod outcomes;
mod power;
mod prebuilt;
mod process;
mod profile;
mod refusals;
mod shell;
mod small;
mod stored;
