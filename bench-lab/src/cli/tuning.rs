//! `--tune`: whether the host is set for the time of a Run.
//!
//! It is only the choice; the keeper carries it out.

use clap::ValueEnum;

/// Whether the host is tuned for a Run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Tune {
    /// As far as this process has the rights
    Auto,
    /// Not at all
    Off,
    /// Wholly, through sudo -n bench-lab-hostctl if need be, or not measure
    Require,
}
