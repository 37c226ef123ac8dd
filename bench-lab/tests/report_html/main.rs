//! `bench-lab report --html` from its arguments to a page in a browser.
//!
//! What needs Chromium says one line where there is none; everything else holds everywhere.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../cli/bench_lab.rs"]
#[allow(dead_code, reason = "shared with the tests of other commands")]
mod bench_lab;
#[path = "../cli/stored.rs"]
mod stored;

mod browser;
mod command;
mod page;
mod sample;
