//! Flags that several commands share: which workspace, and what to build of it.
//!
//! They are also what a Run stores of its build, so that it can be resumed with the same one.

use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf};

use clap::{Args, Parser};

use super::error::CommandError;
use super::exit::ExitCode;
use crate::bundle::MANIFEST_VARIABLE;
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

/// What is measured: benches that are built here, or that were built before.
#[derive(Args, Clone, Debug)]
pub(super) struct SourceArguments {
    #[command(flatten)]
    pub(super) build: BuildArguments,
    /// Run the prebuilt benches of this manifest, and build nothing; -p and --bench choose among them
    #[arg(long, value_name = "FILE", env = MANIFEST_VARIABLE, help_heading = "What to build")]
    manifest: Option<PathBuf>,
}

impl SourceArguments {
    /// The manifest of prebuilt benches; absent where they are built.
    ///
    /// # Errors
    /// Flags that say how to build, beside it.
    pub(super) fn manifest(&self) -> Result<Option<&Path>, CommandError> {
        let Some(manifest) = &self.manifest else { return Ok(None) };
        let flags = self.build.typed_for_the_build();
        if flags.is_empty() {
            return Ok(Some(manifest));
        }
        let message = format!(
            "{} for a build, and the benches of {} were built before",
            flags.join(", ") + if flags.len() == 1 { " is" } else { " are" },
            manifest.display()
        );
        Err(CommandError::text(ExitCode::Usage, message)
            .hint(format!("leave out the one or the other; the manifest may come from {MANIFEST_VARIABLE}")))
    }

    /// The same choice from another manifest, if one is given now: a bundle may have moved. What was built is built again.
    pub(super) fn or_from(self, given: &Self) -> Self {
        let manifest = self.manifest.map(|stored| given.manifest.clone().unwrap_or(stored));
        Self { manifest, ..self }
    }

    /// The flags to store with a Run; [`parse_stored`] understands them.
    pub(super) fn stored(&self, workspace_root: &Path) -> Vec<String> {
        let Some(manifest) = &self.manifest else { return self.build.stored(workspace_root) };
        let manifest = std::path::absolute(manifest).unwrap_or_else(|_| manifest.clone());
        let mut flags = vec!["--manifest".into(), manifest.display().to_string()];
        flags.extend(self.build.chosen());
        flags
    }
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
    fn chosen(&self) -> Vec<String> {
        let named = |flag: &'static str, names: &[String]| -> Vec<String> {
            names.iter().flat_map(|name| [flag.to_owned(), name.clone()]).collect()
        };
        [named("--package", &self.packages), named("--bench", &self.benches)].concat()
    }

    /// The flags that were typed and say how to build.
    fn typed_for_the_build(&self) -> Vec<&'static str> {
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

    /// The flags to store with a Run; [`parse_stored`] understands them.
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

/// Reads the flags of a stored Run back.
///
/// # Errors
/// clap's own message, for a Run whose flags another version wrote.
pub(super) fn parse_stored(flags: &[String]) -> Result<SourceArguments, clap::Error> {
    #[derive(Parser)]
    struct Stored {
        #[command(flatten)]
        source: SourceArguments,
    }
    let words = std::iter::once("bench-lab").chain(flags.iter().map(String::as_str));
    let mut source = Stored::try_parse_from(words)?.source;
    // The variable of this process is none of the Run's.
    if !flags.iter().any(|flag| flag == "--manifest") {
        source.manifest = None;
    }
    Ok(source)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_flags_read_back_as_the_same_selection() {
        let flags = [
            "--package",
            "a",
            "--bench",
            "speed",
            "--features",
            "x,y",
            "--no-default-features",
            "--profile",
            "fast",
            "--locked",
            "--config",
            "build.jobs=1",
            "--manifest-path",
            "/tmp/Cargo.toml",
            "--toolchain",
            "nightly",
            "--target-dir",
            "/tmp/target",
        ]
        .map(String::from);
        let first = parse_stored(&flags).unwrap();
        let again = parse_stored(&first.stored("/tmp".as_ref())).unwrap();
        assert_eq!(format!("{first:?}"), format!("{again:?}"));
    }

    #[test]
    fn a_manifest_is_stored_with_what_was_chosen_from_it() {
        let flags =
            ["--manifest", "/tmp/manifest.json", "--package", "a", "--bench", "speed"].map(String::from);
        let first = parse_stored(&flags).unwrap();
        assert_eq!(first.stored("/tmp".as_ref()), flags);
        assert_eq!(first.manifest().unwrap(), Some(Path::new("/tmp/manifest.json")));
        let none = parse_stored(&["--locked".to_owned()]).unwrap();
        let other = parse_stored(&["--manifest", "/tmp/other.json"].map(String::from)).unwrap();
        assert_eq!(first.clone().or_from(&other).manifest, other.manifest);
        assert_eq!(first.clone().or_from(&none).manifest, first.manifest);
        assert_eq!(none.clone().or_from(&other).manifest, None, "a Run that was built goes on so");
        assert_eq!(none.manifest().unwrap(), None);
    }

    #[test]
    fn flags_about_building_are_refused_beside_a_manifest() {
        let flags = ["--manifest", "m.json", "--features", "x", "--locked"].map(String::from);
        let message = parse_stored(&flags).unwrap().manifest().unwrap_err().message().to_owned();
        assert!(message.starts_with("--features, --locked are for a build"), "{message}");
    }
}
