//! Machine definitions against captured machines, this machine, and real runs; and the files that name them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

#[allow(dead_code, reason = "shared with the tests of the command line, which use all of it")]
#[path = "../cli/bench_lab.rs"]
mod bench_lab;
mod documented;
mod facts;
mod here;
#[allow(dead_code, reason = "shared with the tests of the probe, which use all of it")]
#[path = "../host_probe/machines.rs"]
mod machines;
mod pinned;
#[allow(dead_code, reason = "shared with the tests of the command line, which use all of it")]
#[path = "../cli/process.rs"]
mod process;
mod reboot;
mod runners;
mod workflows;

use std::path::{Path, PathBuf};

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("bench-lab lies in the repository").to_owned()
}
