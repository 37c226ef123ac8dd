//! The benches of a Run: built here, or opened as they were built before.
//!
//! Whoever measures them need not know which; what differs is where results lie and who knows the source.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use lab_core::model::Warning;

use super::arguments::Loudness;
use super::error::CommandError;
use super::exit::ExitCode;
use super::lab::Lab;
use super::rules::workspace_root;
use super::source::SourceArguments;
use super::{hints, output};
use crate::bundle;
use crate::host::revision::{self, Source};
use crate::store::Location;
use crate::workspace::Workspace;

/// Names a folder that benches may write to, in every Run.
pub(super) const SCRATCH_VARIABLE: &str = "BENCH_LAB_SCRATCH";

/// Benches that can be run.
#[derive(Debug)]
pub(super) struct Benches {
    /// Where they are and what they need.
    pub(super) workspace: Workspace,
    /// What was built.
    pub(super) source: Source,
    /// Around which results and baselines lie.
    pub(super) home: PathBuf,
}

/// What is done with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A Run, which is kept.
    Measuring,
    /// They are listed or tried; nothing is kept.
    Looking,
}

impl Lab {
    /// Builds the selected bench targets, or opens the manifest that was named.
    pub(super) fn open_benches(
        &mut self,
        arguments: &SourceArguments,
        loudness: Loudness,
        purpose: Purpose,
    ) -> Result<Benches, CommandError> {
        let mut benches = match arguments.manifest()? {
            None => {
                let workspace = self.discover(&arguments.build, loudness)?;
                let (source, home) = (revision::read(&workspace.root), workspace.root.clone());
                Benches { workspace, source, home }
            }
            Some(manifest) => self.open_manifest(manifest, arguments, purpose)?,
        };
        let folder = self.scratch(&benches, arguments, purpose)?;
        if let Some(warning) = lend(&mut benches.workspace, &folder) {
            self.warn(&warning);
            benches.workspace.warnings.push(warning);
        }
        Ok(benches)
    }

    fn open_manifest(
        &mut self,
        manifest: &Path,
        arguments: &SourceArguments,
        purpose: Purpose,
    ) -> Result<Benches, CommandError> {
        let selection = arguments.build.selection(Loudness::Quiet);
        let bundle = bundle::open(manifest, &selection).map_err(|error| hints::bundle(&error))?;
        for warning in &bundle.workspace.warnings {
            self.warn(warning);
        }
        let absence = bundle.revision.commit.is_none().then(|| "the manifest does not say".to_owned());
        let home = workspace_root(&current_directory()?);
        if purpose == Purpose::Measuring {
            let store = Location::of(self.store.as_deref(), &home);
            output::note(&format!(
                "prebuilt benches of {}; results go to {}",
                manifest.display(),
                store.path.display()
            ));
        }
        Ok(Benches {
            workspace: bundle.workspace,
            source: Source { revision: bundle.revision, absence },
            home,
        })
    }

    /// A folder that exists and that benches may write to: the one that is named, else the one that cargo has for them,
    /// else one in the store, empty at the start of a Run.
    fn scratch(
        &self,
        benches: &Benches,
        arguments: &SourceArguments,
        purpose: Purpose,
    ) -> Result<PathBuf, CommandError> {
        let named = std::env::var_os(SCRATCH_VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
        let folder = match (named, arguments.manifest()?, purpose) {
            (Some(named), ..) => std::path::absolute(&named).unwrap_or(named),
            (None, None, _) => benches.workspace.target_directory.join("tmp"),
            (None, Some(_), Purpose::Looking) => std::env::temp_dir(),
            (None, Some(_), Purpose::Measuring) => {
                let folder = self.create_store(&benches.home)?.path().join("scratch");
                // What a killed process left there is nobody's.
                let _ = std::fs::remove_dir_all(&folder);
                std::path::absolute(&folder).unwrap_or(folder)
            }
        };
        std::fs::create_dir_all(&folder).map_err(|error| {
            let message = format!("{} cannot be made for what benches write: {error}", folder.display());
            CommandError::text(ExitCode::Usage, message)
                .hint(format!("{SCRATCH_VARIABLE} names a folder that may be written"))
        })?;
        Ok(folder)
    }
}

/// Tells every target the folder, under the name of the lab and under its own, where nobody set that. Says when a target
/// asked for a folder and gets one in memory.
fn lend(workspace: &mut Workspace, folder: &Path) -> Option<Warning> {
    let mut has_asked = false;
    for target in &mut workspace.targets {
        let own = workspace.settings.get(&target.id).and_then(|settings| settings.scratch.clone());
        has_asked |= own.is_some();
        for name in [Some(SCRATCH_VARIABLE.to_owned()), own].into_iter().flatten() {
            if !target.environment.iter().any(|(known, _)| *known == name) {
                let inherited = std::env::var_os(&name).filter(|value| !value.is_empty());
                target.environment.push((name, inherited.unwrap_or_else(|| OsString::from(folder))));
            }
        }
    }
    (has_asked && is_in_memory(folder)).then(|| {
        let text = format!(
            "benches write to {}, which is in memory: what they wait for there is no disk. {SCRATCH_VARIABLE} names \
             another folder",
            folder.display()
        );
        Warning::new("scratch_in_memory", "", text)
    })
}

/// `TMPFS_MAGIC` and `RAMFS_MAGIC` of statfs(2).
fn is_in_memory(path: &Path) -> bool {
    rustix::fs::statfs(path).is_ok_and(|stat| matches!(stat.f_type, 0x0102_1994 | 0x8584_58f6))
}

fn current_directory() -> Result<PathBuf, CommandError> {
    std::env::current_dir().map_err(|error| CommandError::new(ExitCode::Usage, &error))
}
