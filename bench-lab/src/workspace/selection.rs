//! What to build: cargo's own choices, as the user made them.
//!
//! It is data and the flags that follow from it; it looks at no file.

use std::path::PathBuf;

use super::stop::Stop;

/// Which bench targets of which workspace, built how. The default is what a plain `cargo bench` builds.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// A `Cargo.toml`, or the directory that holds one; absent for the nearest from the current directory up.
    pub manifest_path: Option<PathBuf>,
    /// The packages.
    pub packages: Packages,
    /// Names or glob patterns of bench targets; empty for all.
    pub benches: Vec<String>,
    /// Features of the selected packages.
    pub features: Features,
    /// Cargo profile; absent for `bench`.
    pub profile: Option<String>,
    /// Where cargo puts what it builds; absent for its own choice.
    pub target_dir: Option<PathBuf>,
    /// A toolchain by rustup's name; absent for the one that the workspace asks for.
    pub toolchain: Option<String>,
    /// What cargo may fetch and change.
    pub access: Access,
    /// `--config` arguments: `KEY=VALUE` or a path.
    pub config: Vec<String>,
    /// Further flags for `cargo build`, as typed.
    pub extra_arguments: Vec<String>,
    /// Links the one bench target that is selected in the order of this number, from 1; absent for the linker's own.
    pub link_order: Option<u32>,
    /// How cargo shows what it is doing.
    pub progress: Progress,
    /// What ends cargo early.
    pub stop: Stop,
}

/// Packages, in cargo's terms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Packages {
    /// The package in whose directory we are, or the default members.
    #[default]
    Default,
    /// All members.
    Workspace,
    /// By name or glob pattern.
    Named(Vec<String>),
}

/// Features, in cargo's terms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// What is on before anything is named.
    pub base: FeatureBase,
    /// Named features, in typed order; each may be a list as cargo takes it.
    pub named: Vec<String>,
}

/// The features that are on without being named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FeatureBase {
    /// The package's `default` feature.
    #[default]
    Default,
    /// None.
    Bare,
    /// Every one.
    All,
}

/// What cargo may do besides compiling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Fetch crates and update the lock file.
    #[default]
    Free,
    /// Fetch crates; the lock file stays as it is.
    Locked,
    /// Fetch nothing.
    Offline,
    /// Neither.
    Frozen,
}

/// How cargo's own progress is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// Errors and warnings only.
    Quiet,
    /// Plain lines.
    #[default]
    Lines,
    /// Colours and a bar.
    Terminal {
        /// Columns of the terminal.
        width: u16,
    },
}

impl Selection {
    /// The flags that decide what is built, to be stored with a Run.
    pub fn build_arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        match &self.packages {
            Packages::Default => {}
            Packages::Workspace => arguments.push("--workspace".into()),
            Packages::Named(names) => names.iter().for_each(|name| pair(&mut arguments, "--package", name)),
        }
        self.benches.iter().for_each(|name| pair(&mut arguments, "--bench", name));
        arguments.extend(self.feature_arguments());
        pair(&mut arguments, "--profile", self.profile_name());
        arguments.extend(self.shared_arguments());
        arguments.extend(self.extra_arguments.iter().cloned());
        arguments
    }

    /// The profile, named.
    pub fn profile_name(&self) -> &str {
        self.profile.as_deref().unwrap_or("bench")
    }

    /// The flags of `cargo build`, but for the bench targets.
    pub(super) fn cargo_build_arguments(&self) -> Vec<String> {
        let verb = if self.link_order.is_some() { "rustc" } else { "build" };
        let mut arguments = vec![verb.into()];
        let without_benches = Self { benches: Vec::new(), ..self.clone() };
        arguments.extend(without_benches.build_arguments());
        if let Some(directory) = &self.target_dir {
            pair(&mut arguments, "--target-dir", &directory.to_string_lossy());
        }
        match self.progress {
            Progress::Quiet => arguments.push("--quiet".into()),
            Progress::Lines => pair(&mut arguments, "--color", "never"),
            Progress::Terminal { .. } => pair(&mut arguments, "--color", "always"),
        }
        arguments
    }

    /// What follows all flags of cargo: an option for the linker of the last executable, which shuffles the sections of
    /// functions (lld's manual, `--shuffle-sections`; 0 would be another order each time).
    pub(super) fn linker_arguments(&self) -> Vec<String> {
        let Some(seed) = self.link_order else { return Vec::new() };
        ["--".to_owned(), "-C".to_owned(), format!("link-arg=-Wl,--shuffle-sections=.text*={seed}")].into()
    }

    /// The flags of `cargo metadata`.
    pub(super) fn cargo_metadata_arguments(&self, host: &str) -> Vec<String> {
        // Without the filter cargo wants the crates of every platform there is, and fails offline.
        let mut arguments: Vec<String> =
            ["metadata", "--format-version", "1", "--color", "never", "--filter-platform", host]
                .map(Into::into)
                .into();
        if self.progress == Progress::Quiet {
            arguments.push("--quiet".into());
        }
        arguments.extend(self.feature_arguments());
        arguments.extend(self.shared_arguments());
        arguments
    }

    fn feature_arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        match self.features.base {
            FeatureBase::Default => {}
            FeatureBase::Bare => arguments.push("--no-default-features".into()),
            FeatureBase::All => arguments.push("--all-features".into()),
        }
        self.features.named.iter().for_each(|name| pair(&mut arguments, "--features", name));
        arguments
    }

    fn shared_arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        match self.access {
            Access::Free => {}
            Access::Locked => arguments.push("--locked".into()),
            Access::Offline => arguments.push("--offline".into()),
            Access::Frozen => arguments.push("--frozen".into()),
        }
        self.config.iter().for_each(|value| pair(&mut arguments, "--config", value));
        arguments
    }
}

fn pair(arguments: &mut Vec<String>, flag: &str, value: &str) {
    arguments.extend([flag.into(), value.into()]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_asks_for_the_bench_profile_and_nothing_else() {
        assert_eq!(Selection::default().build_arguments(), ["--profile", "bench"]);
    }

    #[test]
    fn every_choice_becomes_a_flag() {
        let selection = Selection {
            packages: Packages::Named(vec!["a".into(), "b".into()]),
            benches: vec!["speed".into()],
            features: Features { base: FeatureBase::Bare, named: vec!["x,y".into()] },
            profile: Some("fast".into()),
            access: Access::Frozen,
            config: vec!["build.jobs=1".into()],
            extra_arguments: vec!["-j".into(), "1".into()],
            ..Selection::default()
        };
        let line = selection.build_arguments().join(" ");
        assert_eq!(
            line,
            "--package a --package b --bench speed --no-default-features --features x,y --profile fast \
             --frozen --config build.jobs=1 -j 1"
        );
        assert!(!selection.cargo_build_arguments().contains(&"--bench".into()));
    }
}
