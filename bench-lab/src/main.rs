//! The `bench-lab` binary.
//!
//! It decides only whether it was started by a person or by its own runner.

use std::env;
use std::process::ExitCode;

use bench_lab::cli;
use bench_lab::runner::launch;

fn main() -> ExitCode {
    // Before anything else: a launch process must stay single-threaded and quick.
    if launch::is_launch(env::args_os().nth(1).as_deref()) {
        return launch::main();
    }
    cli::main().into()
}
