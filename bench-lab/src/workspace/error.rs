//! Why a workspace could not be discovered.
//!
//! Each variant carries what a hint needs; the hint itself is written by the command line.

use std::io;
use std::path::PathBuf;

use lab_core::model::TargetId;

/// What went wrong between the flags and the built bench targets.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// No manifest where one was looked for.
    #[error("no Cargo.toml in {} or any directory above it", searched_from.display())]
    NoManifest {
        /// Where the search began.
        searched_from: PathBuf,
    },
    /// The manifest that was named does not exist.
    #[error("there is no manifest at {}", path.display())]
    ManifestMissing {
        /// As it was understood.
        path: PathBuf,
    },
    /// Cargo could not be found.
    #[error("cargo was not found: neither on PATH ({path}) nor in the variable CARGO")]
    CargoMissing {
        /// The search path, as it was.
        path: String,
    },
    /// A program of the toolchain did not start.
    #[error("{} could not be started", program.display())]
    Start {
        /// What was started.
        program: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A toolchain was named that rustup does not have.
    #[error("the toolchain '{name}' is not installed")]
    ToolchainMissing {
        /// As named.
        name: String,
        /// What rustup has.
        installed: Vec<String>,
    },
    /// A toolchain was named, and there is no rustup to ask for it.
    #[error("the toolchain '{name}' was asked for, but {} does not belong to rustup", cargo.display())]
    NoRustup {
        /// As named.
        name: String,
        /// The cargo that was found.
        cargo: PathBuf,
    },
    /// The toolchain does not answer.
    #[error("the toolchain for {} does not answer: {message}", directory.display())]
    Toolchain {
        /// The directory for which it was asked.
        directory: PathBuf,
        /// Its own words, short.
        message: String,
    },
    /// `cargo metadata` refused.
    #[error("cargo cannot read the workspace of {}: {message}", directory.display())]
    Metadata {
        /// The directory it was asked in.
        directory: PathBuf,
        /// Cargo's own words, short.
        message: String,
    },
    /// `cargo metadata` answered what cannot be understood.
    #[error("cargo's description of the workspace of {} cannot be read", directory.display())]
    MetadataFormat {
        /// The directory it was asked in.
        directory: PathBuf,
        /// Where it stopped making sense.
        source: serde_json::Error,
    },
    /// A package was named that is no member.
    #[error("the workspace has no package '{wanted}'")]
    PackageMissing {
        /// As named.
        wanted: String,
        /// Members with names like it, best first.
        nearest: Vec<String>,
    },
    /// A bench target was named that no selected package has.
    #[error("no selected package has a bench target '{wanted}'")]
    BenchMissing {
        /// As named.
        wanted: String,
        /// Bench targets with names like it, best first.
        nearest: Vec<String>,
        /// Packages of the workspace that were not selected and have it.
        elsewhere: Vec<String>,
    },
    /// The selected packages have no bench target at all.
    #[error("no bench target in {}", packages.join(", "))]
    NoBenchTargets {
        /// The selected packages.
        packages: Vec<String>,
        /// Packages of the workspace that were not selected and have some.
        elsewhere: Vec<String>,
    },
    /// A glob pattern that is none.
    #[error("'{pattern}' is not a pattern: {message}")]
    Pattern {
        /// As typed.
        pattern: String,
        /// What is wrong with it.
        message: String,
    },
    /// `[package.metadata.bench-lab]` holds a value of the wrong type.
    #[error("package '{package}': `{key}` in its Cargo.toml {message}")]
    Settings {
        /// The package.
        package: String,
        /// The whole dotted key.
        key: String,
        /// What is wrong with it.
        message: String,
    },
    /// It was to stop: [`Selection::stop`](super::Selection::stop) was raised.
    #[error("stopped while cargo was at work")]
    Stopped,
    /// A file of the workspace could not be read.
    #[error("{} could not be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A TOML file of the workspace could not be understood.
    #[error("{} is not valid TOML: {message}", path.display())]
    Toml {
        /// The file.
        path: PathBuf,
        /// Where it stopped making sense.
        message: String,
    },
    /// Not one bench target compiled.
    #[error("none of the {} bench targets compiled: {}", failures.len(), first_failure(failures))]
    BuildFailed {
        /// Each target with its first error line.
        failures: Vec<(TargetId, String)>,
    },
}

fn first_failure(failures: &[(TargetId, String)]) -> String {
    failures.first().map_or_else(String::new, |(target, error)| format!("{target}: {error}"))
}
