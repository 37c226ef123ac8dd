//! The `bench-lab-hostctl` binary: the one part of bench-lab that may be given root's rights.
//!
//! It takes knob names from its own list and numbers of CPUs, never a path, and starts no program but itself.

use std::process::ExitCode;

use bench_lab::cli;

fn main() -> ExitCode {
    cli::hostctl_main()
}
