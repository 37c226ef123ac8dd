//! Flags that several commands share: which workspace, and what to build of it.
//!
//! They are also what a Run stores of its build, so that it can be resumed with the same one.

use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::workspace::{Access, FeatureBase, Features, Packages, Progress, Selection, Stop};

/// The profile that cargo builds benches with.
const USUAL_PROFILE: &str = "bench";

/// Which workspace, and what to build of it. Names and meanings are cargo's own.
#[derive(Args, Clone, Debug)]
pub(super) struct BuildArguments {
    /// Cargo.toml of the workspace or package [default: the nearest from the current directory up]
    #[arg(long, value_name = "PATH", help_heading = "What to build")]
    manifest_path: Option<PathBuf>,
    /// Only the bench targets of this package (name or glob, can be repeated)
    #[arg(long = "package", short, value_name = "NAME", help_heading = "What to build")]
    packages: Vec<String>,
    /// The bench targets of all packages of the workspace
    #[arg(long, conflicts_with = "packages", help_heading = "What to build")]
    workspace: bool,
    /// Only this bench target (name or glob, can be repeated)
    #[arg(long = "bench", value_name = "NAME", help_heading = "What to build")]
    benches: Vec<String>,
    /// Features to enable, separated by commas (can be repeated)
    #[arg(long, short = 'F', value_name = "FEATURES", help_heading = "What to build")]
    features: Vec<String>,
    /// Enable all features
    #[arg(long, conflicts_with = "no_default_features", help_heading = "What to build")]
    all_features: bool,
    /// Leave the default features off
    #[arg(long, help_heading = "What to build")]
    no_default_features: bool,
    /// Cargo profile to build with
    #[arg(long, value_name = "NAME", default_value = USUAL_PROFILE, help_heading = "What to build")]
    profile: String,
    /// Where cargo puts what it builds
    #[arg(long, value_name = "DIR", help_heading = "What to build")]
    target_dir: Option<PathBuf>,
    /// Installed rustup toolchain to build with [default: the one the workspace asks for]
    #[arg(long, value_name = "NAME", help_heading = "What to build")]
    toolchain: Option<String>,
    /// Override a cargo configuration value, as cargo's own --config
    #[arg(long, value_name = "KEY=VALUE", help_heading = "What to build")]
    config: Vec<String>,
    /// Do not let cargo change Cargo.lock
    #[arg(long, help_heading = "What to build")]
    locked: bool,
    /// Do not let cargo use the network
    #[arg(long, help_heading = "What to build")]
    offline: bool,
    /// Both --locked and --offline
    #[arg(long, help_heading = "What to build")]
    frozen: bool,
}

/// How loud cargo is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loudness {
    /// As a person wants to see it.
    Usual,
    /// Errors only.
    Quiet,
}

impl BuildArguments {
    /// Whether only some targets of the packages are built.
    pub(super) fn chooses_targets(&self) -> bool {
        !self.benches.is_empty()
    }

    /// The flags that choose among benches.
    pub(super) fn chosen(&self) -> Vec<String> {
        let named = |flag: &'static str, names: &[String]| -> Vec<String> {
            names.iter().flat_map(|name| [flag.to_owned(), name.clone()]).collect()
        };
        [named("--package", &self.packages), named("--bench", &self.benches)].concat()
    }

    /// The flags that were typed and say how to build.
    pub(super) fn typed_for_the_build(&self) -> Vec<&'static str> {
        [
            ("--manifest-path", self.manifest_path.is_some()),
            ("--features", !self.features.is_empty()),
            ("--all-features", self.all_features),
            ("--no-default-features", self.no_default_features),
            ("--profile", self.profile != USUAL_PROFILE),
            ("--target-dir", self.target_dir.is_some()),
            ("--toolchain", self.toolchain.is_some()),
            ("--config", !self.config.is_empty()),
            ("--locked", self.locked),
            ("--offline", self.offline),
            ("--frozen", self.frozen),
        ]
        .into_iter()
        .filter_map(|(flag, is_typed)| is_typed.then_some(flag))
        .collect()
    }

    /// As typed.
    pub(super) fn manifest_path(&self) -> Option<&Path> {
        self.manifest_path.as_deref()
    }

    /// What is meant.
    pub(super) fn selection(&self, loudness: Loudness) -> Selection {
        let packages = match (self.workspace, self.packages.as_slice()) {
            (true, _) => Packages::Workspace,
            (false, []) => Packages::Default,
            (false, names) => Packages::Named(names.to_vec()),
        };
        let base = match (self.all_features, self.no_default_features) {
            (true, _) => FeatureBase::All,
            (false, true) => FeatureBase::Bare,
            (false, false) => FeatureBase::Default,
        };
        let access = match (self.frozen || (self.locked && self.offline), self.locked, self.offline) {
            (true, _, _) => Access::Frozen,
            (false, true, _) => Access::Locked,
            (false, false, true) => Access::Offline,
            (false, false, false) => Access::Free,
        };
        Selection {
            manifest_path: self.manifest_path.clone(),
            packages,
            benches: self.benches.clone(),
            features: Features { base, named: self.features.clone() },
            profile: Some(self.profile.clone()),
            target_dir: self.target_dir.clone(),
            toolchain: self.toolchain.clone(),
            access,
            config: self.config.clone(),
            extra_arguments: Vec::new(),
            link_order: None,
            progress: progress(loudness),
            stop: Stop::default(),
        }
    }

    /// The flags to store with a Run; [`parse_stored`](super::source::parse_stored) understands them.
    pub(super) fn stored(&self, workspace_root: &Path) -> Vec<String> {
        let manifest = self.manifest_path.clone().unwrap_or_else(|| workspace_root.join("Cargo.toml"));
        let manifest = std::path::absolute(&manifest).unwrap_or(manifest);
        let mut flags = self.selection(Loudness::Quiet).build_arguments();
        flags.extend(["--manifest-path".into(), manifest.display().to_string()]);
        for (flag, value) in [
            ("--target-dir", self.target_dir.as_ref().map(|directory| directory.display().to_string())),
            ("--toolchain", self.toolchain.clone()),
        ] {
            flags.extend(value.into_iter().flat_map(|value| [flag.to_owned(), value]));
        }
        flags
    }
}

fn progress(loudness: Loudness) -> Progress {
    if loudness == Loudness::Quiet {
        return Progress::Quiet;
    }
    if !stderr().is_terminal() {
        return Progress::Lines;
    }
    match rustix::termios::tcgetwinsize(stderr()) {
        Ok(size) if size.ws_col > 0 => Progress::Terminal { width: size.ws_col },
        _ => Progress::Terminal { width: 80 },
    }
}
