//! The `bench-lab` binary.
//!
//! It decides only whether it was started by a person, or by itself as a part of something larger.

use std::env;
use std::process::ExitCode;

use bench_lab::canary::child;
use bench_lab::cli;
use bench_lab::exercise;
use bench_lab::host::{guard, knob, rehearsal};
use bench_lab::runner::launch;

fn main() -> ExitCode {
    // Before anything else: a launch process must stay single-threaded and quick.
    let first = env::args_os().nth(1);
    if launch::is_launch(first.as_deref()) {
        return launch::main();
    }
    if guard::is_guard(first.as_deref()) {
        return guard::main(knob::ALL);
    }
    if child::is_canary(first.as_deref()) {
        return child::main();
    }
    if exercise::child::is_exercise(first.as_deref()) {
        return exercise::child::main();
    }
    if rehearsal::is_actor(first.as_deref()) {
        return rehearsal::main();
    }
    cli::main().into()
}
