//! `--provenance`: where the benches come from, as Nix wrote it down.
//!
//! A launcher's word is never taken for benches that it does not bring. It reads one file; without Nix there is none, and that is no error.

use std::path::{Path, PathBuf};

use clap::Args;
use lab_core::format::read_provenance;
use lab_core::model::{Provenance, Revision, Warning};

use super::error::CommandError;
use super::exit::ExitCode;
use super::source::SourceArguments;
use crate::host::revision::Source;

/// The environment variable by which a launcher names the file about its own benches.
const PROVENANCE_VARIABLE: &str = "BENCH_LAB_PROVENANCE";

/// Name of the file beside a manifest that is about its benches.
const PROVENANCE_FILE: &str = "provenance.json";

/// Where the benches come from.
#[derive(Args, Clone, Debug)]
pub(super) struct ProvenanceArguments {
    /// File in which Nix wrote down where the benches come from; stored with the Run [env: BENCH_LAB_PROVENANCE]
    /// [default: provenance.json beside the manifest]
    // Not read by the parser: the variable is about the manifest that the other variable names, and no other one.
    #[arg(long, value_name = "FILE", help_heading = "What to build")]
    provenance: Option<PathBuf>,
}

impl ProvenanceArguments {
    /// What is said of the benches by the file that is about them, and what of it is unknown here; nothing where there is
    /// none.
    pub(super) fn read(
        &self,
        source: &SourceArguments,
    ) -> Result<(Option<Provenance>, Vec<Warning>), CommandError> {
        let launchers = std::env::var_os(PROVENANCE_VARIABLE).filter(|value| !value.is_empty());
        let launchers = launchers.map(PathBuf::from);
        let typed = source.typed_manifest();
        let told = if typed.is_some() { None } else { launchers.clone() };
        let beside = || {
            let path = source.manifest().ok()??.with_file_name(PROVENANCE_FILE);
            path.is_file().then_some(path)
        };
        if let Some(path) = self.provenance.clone().or(told).or_else(beside) {
            let (provenance, warnings) = read(&path)?;
            return Ok((Some(provenance), warnings));
        }
        let left_out = typed.zip(launchers).map(|(manifest, launchers)| {
            let text = format!(
                "{} is about other benches than those of {}, and is not kept with them; --provenance names what is",
                launchers.display(),
                manifest.display()
            );
            Warning::new("provenance_left_out", "", text)
        });
        Ok((None, left_out.into_iter().collect()))
    }
}

fn read(path: &Path) -> Result<(Provenance, Vec<Warning>), CommandError> {
    let usage = |message: String| {
        CommandError::text(ExitCode::Usage, message)
            .hint("--provenance and BENCH_LAB_PROVENANCE name the file that the flake writes; without Nix leave it out")
    };
    let bytes =
        std::fs::read(path).map_err(|error| usage(format!("could not read {}: {error}", path.display())))?;
    read_provenance(&path.display().to_string(), &bytes).map_err(|error| usage(error.to_string()))
}

/// The source as Nix knows it, where nobody else does: in its sandbox there is no repository.
pub(super) fn or_told(source: Source, provenance: Option<&Provenance>) -> Source {
    let Some(told) = provenance.and_then(|provenance| provenance.source.as_ref()) else { return source };
    if source.revision.commit.is_some() {
        return source;
    }
    let dirty = told.dirty_rev.as_deref().map(|rev| rev.strip_suffix("-dirty").unwrap_or(rev).to_owned());
    let is_dirty = told.rev.is_none() && dirty.is_some();
    match told.rev.clone().or(dirty) {
        Some(commit) => Source {
            revision: Revision { commit: Some(commit), branch: None, is_dirty: Some(is_dirty) },
            absence: None,
        },
        None => source,
    }
}

#[cfg(test)]
mod tests {
    use lab_core::model::NixSource;

    use super::*;

    fn told(
        rev: Option<&str>,
        dirty_rev: Option<&str>,
        known: Option<&str>,
    ) -> (Option<String>, Option<bool>) {
        let nix = NixSource {
            rev: rev.map(Into::into),
            dirty_rev: dirty_rev.map(Into::into),
            ..NixSource::default()
        };
        let provenance = Provenance { source: Some(nix), ..Provenance::default() };
        let source = Source {
            revision: Revision { commit: known.map(Into::into), ..Revision::default() },
            absence: None,
        };
        let revision = or_told(source, Some(&provenance)).revision;
        (revision.commit, revision.is_dirty)
    }

    #[test]
    fn nix_names_the_commit_where_nobody_else_can() {
        assert_eq!(told(Some("c0"), None, None), (Some("c0".into()), Some(false)));
        assert_eq!(told(None, Some("c0-dirty"), None), (Some("c0".into()), Some(true)));
        assert_eq!(told(Some("c0"), None, Some("d1")), (Some("d1".into()), None));
        assert_eq!(told(None, None, None), (None, None));
    }
}
