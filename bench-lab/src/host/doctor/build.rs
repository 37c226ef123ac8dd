//! How the workspace at hand would be built.
//!
//! It is told by whoever knows workspaces; here it only becomes readings.

use lab_core::doctor::{Build, Gap, Profile, Sourced};

use super::scene::Scene;
use crate::host::sysfs::Absence;
use crate::workspace::Rustflags;

/// A workspace, as far as a look at its files tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtHand {
    /// Flags for rustc besides the profile's.
    pub rustflags: Rustflags,
    /// The profile that benches are built with.
    pub profile: Result<Profile, Absence>,
    /// The manifest.
    pub manifest: String,
    /// Whether tracked files have uncommitted changes.
    pub is_dirty: Result<bool, Absence>,
}

pub(super) fn read(scene: &Scene<'_>) -> Build {
    match &scene.live.workspace {
        Ok(workspace) => Build {
            rustflags: reading(&workspace.rustflags.source, workspace.rustflags.flags.clone()),
            profile: reading(&workspace.manifest, workspace.profile.clone()),
            is_dirty: reading("git status", workspace.is_dirty.clone()),
        },
        Err(absence) => {
            let gap = || Gap::Absent(absence.clone());
            let source = "Cargo.toml";
            Build {
                rustflags: Sourced::new(source, Err(gap())),
                profile: Sourced::new(source, Err(gap())),
                is_dirty: Sourced::new("git status", Err(gap())),
            }
        }
    }
}

fn reading<T>(source: &str, value: Result<T, Absence>) -> Sourced<T> {
    Sourced::new(source, value.map_err(Gap::Unreadable))
}
