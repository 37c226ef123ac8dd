//! The `bench-lab` binary.
//!
//! It decides only whether it was started by a person, or by itself as a part of something larger.

use std::process::ExitCode;

use bench_lab::cli;

fn main() -> ExitCode {
    // Before anything else: a launch process must stay single-threaded and quick.
    #[cfg(measure)]
    if let Some(ended) = part() {
        return ended;
    }
    cli::main().into()
}

/// What bench-lab does as a process of its own making; absent when a person started it.
#[cfg(measure)]
fn part() -> Option<ExitCode> {
    use bench_lab::host::{guard, knob, rehearsal};
    use bench_lab::runner::launch;
    use bench_lab::{canary, exercise};

    let first = std::env::args_os().nth(1);
    let first = first.as_deref();
    if launch::is_launch(first) {
        Some(launch::main())
    } else if guard::is_guard(first) {
        Some(guard::main(knob::ALL))
    } else if canary::child::is_canary(first) {
        Some(canary::child::main())
    } else if exercise::child::is_exercise(first) {
        Some(exercise::child::main())
    } else if rehearsal::is_actor(first) {
        Some(rehearsal::main())
    } else {
        None
    }
}
