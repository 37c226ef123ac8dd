//! Why a bench process could not be run.
//!
//! It never stands for a benchmark that failed.

use std::io;
use std::path::PathBuf;

/// Why no bench process could be run. A benchmark that fails is no error; it is a [`Completed`](super::spawn::Completed) with its exit.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// The kernel gave no pipe, socket, thread or directory that the runner needs for itself.
    #[error("cannot prepare the start of {executable}: no {what}")]
    Prepare {
        /// The bench executable.
        executable: PathBuf,
        /// What could not be had.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The launch process did not start or did not do its part.
    #[error("the launch process {launcher} {what}")]
    Launcher {
        /// The program started as launch process.
        launcher: PathBuf,
        /// What it did instead.
        what: String,
        /// Why, when the kernel said so.
        source: Option<io::Error>,
    },
    /// The working directory cannot be entered.
    #[error("cannot enter the working directory {directory}")]
    Directory {
        /// The directory.
        directory: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is no program that runs here; a build removed or replaced it, or it is for another system.
    #[error("cannot execute {executable}")]
    Exec {
        /// The bench executable.
        executable: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The running child could not be waited for.
    #[error("cannot wait for {executable} (process {pid})")]
    Wait {
        /// The bench executable.
        executable: PathBuf,
        /// The child.
        pid: u32,
        /// Why.
        source: io::Error,
    },
}
