//! A Cargo workspace as the lab sees it: its bench executables and what each needs to run.
//!
//! It asks cargo and reads its answers; it never edits a file of the workspace.

mod target;

pub use target::{BenchTarget, Dependency};
