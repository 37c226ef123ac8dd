//! The exit codes, each with one meaning.
//!
//! A code is part of the interface: it is never reused for another meaning.

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitCode {
    /// All went well.
    Fine = 0,
    /// A regression was found or a budget was missed.
    Gate = 1,
    /// The command line, a file or the workspace is not usable as it is.
    Usage = 2,
    /// The host may not measure now: another session holds it.
    HostRefused = 3,
    /// A benchmark failed, hung, or was not there; the others were measured.
    BenchmarkFailed = 4,
    /// Two things that were to go together are not comparable.
    NotComparable = 5,
    /// A bug in bench-lab.
    Bug = 70,
    /// Stopped by Ctrl-C or a termination signal; what was finished is kept.
    Interrupted = 130,
}

/// The table that `--help` ends with.
pub(super) const TABLE: &str = "\
Exit codes:
  0    fine
  1    a regression was found or a budget was missed
  2    the command line, a file or the workspace cannot be used as it is
  3    the host may not measure now
  4    a benchmark failed; the others were measured
  5    not comparable
  70   a bug in bench-lab
  130  interrupted; what was finished is kept";

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}

/// Prints clap's own answer: help and version are fine, anything else is a usage error.
pub(super) fn usage(error: &clap::Error) -> ExitCode {
    let is_asked_for = !error.use_stderr();
    // A closed pipe (`bench-lab --help | head -1`) is no reason to fail.
    let _ = error.print();
    if is_asked_for { ExitCode::Fine } else { ExitCode::Usage }
}
