//! Flags that several commands share: which workspace, what to build of it, which benchmarks.
//!
//! The build flags are also what a Run stores, so that it can be resumed with the same build.

use std::path::PathBuf;

use clap::Args;

/// Which workspace, and what to build of it. Names and meanings are cargo's own.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct BuildArguments {
    /// Cargo.toml of the workspace or package [default: the one of the current directory]
    #[arg(long, value_name = "PATH", help_heading = "Workspace")]
    pub(super) manifest_path: Option<PathBuf>,
    /// Only the bench targets of this package (can be repeated)
    #[arg(long = "package", short, value_name = "NAME", help_heading = "Workspace")]
    pub(super) packages: Vec<String>,
    /// Only this bench target (can be repeated)
    #[arg(long = "bench", value_name = "NAME", help_heading = "Workspace")]
    pub(super) benches: Vec<String>,
    /// Features to enable, separated by commas
    #[arg(long, short = 'F', value_name = "FEATURES", value_delimiter = ',', help_heading = "Workspace")]
    pub(super) features: Vec<String>,
    /// Enable all features
    #[arg(long, help_heading = "Workspace")]
    pub(super) all_features: bool,
    /// Leave the default features off
    #[arg(long, help_heading = "Workspace")]
    pub(super) no_default_features: bool,
    /// Cargo profile to build with
    #[arg(long, value_name = "NAME", default_value = "bench", help_heading = "Workspace")]
    pub(super) profile: String,
    /// Where cargo puts what it builds
    #[arg(long, value_name = "DIR", help_heading = "Workspace")]
    pub(super) target_dir: Option<PathBuf>,
    /// Installed rustup toolchain to build with [default: the one the workspace asks for]
    #[arg(long, value_name = "NAME", help_heading = "Workspace")]
    pub(super) toolchain: Option<String>,
    /// Do not let cargo change Cargo.lock
    #[arg(long, help_heading = "Workspace")]
    pub(super) locked: bool,
    /// Do not let cargo use the network
    #[arg(long, help_heading = "Workspace")]
    pub(super) offline: bool,
}
