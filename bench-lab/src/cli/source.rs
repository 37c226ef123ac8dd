//! What is measured: benches that are built here, or that were built before; and the same from a stored Run.
//!
//! It opens none of them.

use std::path::{Path, PathBuf};

use clap::{Args, Parser};

use super::arguments::BuildArguments;
use super::error::CommandError;
use super::exit::ExitCode;
use crate::bundle::MANIFEST_VARIABLE;

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

    /// The manifest that was typed; absent where the variable names the same one, or none was.
    pub(super) fn typed_manifest(&self) -> Option<&Path> {
        let launchers = std::env::var_os(MANIFEST_VARIABLE);
        self.manifest.as_deref().filter(|manifest| launchers.is_none_or(|launchers| launchers != *manifest))
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
