//! Files that no revision holds and a build needs all the same: an ignored lock file, ignored configuration, and what
//! the user names.
//!
//! Whatever is carried is said, since it is the same on both sides whatever the revisions are.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use lab_core::model::Warning;
use sha2::{Digest, Sha256};

use super::snapshot::Snapshot;
use super::{Repository, RevisionError};

/// Looked for beside every manifest from the named one up; taken when git ignores them.
const CONFIGURATION: [&str; 4] =
    [".cargo/config.toml", ".cargo/config", "rust-toolchain.toml", "rust-toolchain"];

/// What the user wants to be there on both sides although git does not keep it.
#[derive(Clone, Debug, Default)]
pub struct Carry {
    /// Paths within the repository, as typed or absolute.
    pub paths: Vec<PathBuf>,
}

/// What is carried into one revision.
#[derive(Debug, Default)]
pub(super) struct Carried {
    /// Small files that cargo may change: copied. Paths from the top.
    copies: Vec<PathBuf>,
    /// Data: linked. Paths from the top.
    links: Vec<PathBuf>,
    pub(super) warnings: Vec<Warning>,
}

impl Carried {
    /// Looks for what a revision lacks; `manifest` is the folder of the manifest, from the top.
    pub(super) fn find(
        repository: &Repository,
        snapshot: &Snapshot,
        manifest: &Path,
        carry: &Carry,
    ) -> Result<Self, RevisionError> {
        let mut carried = Self::default();
        for folder in manifest.ancestors() {
            let is_lacking = |path: &Path| repository.top.join(path).is_file() && !snapshot.holds(path);
            let lock = folder.join("Cargo.lock");
            if is_lacking(&lock) {
                let text =
                    "this revision has no lock file: it is built with the dependencies of the current one";
                carried.warnings.push(Warning::new("lock_not_in_revision", lock.display(), text));
                carried.copies.push(lock);
            }
            for path in CONFIGURATION.map(|name| folder.join(name)) {
                if is_lacking(&path) && is_ignored(repository, &path) {
                    let text = "git ignores it, so both revisions are built with it as it is now";
                    carried.warnings.push(Warning::new("carried", path.display(), text));
                    carried.copies.push(path);
                }
            }
        }
        for typed in &carry.paths {
            let refused = |why| RevisionError::Carry { path: typed.clone(), why };
            let found = typed.canonicalize().map_err(|_| refused("it does not exist"))?;
            let inside =
                found.strip_prefix(&repository.top).map_err(|_| refused("it lies outside the repository"))?;
            if inside.as_os_str().is_empty() {
                return Err(refused("it is the whole repository"));
            }
            if snapshot.holds(inside) {
                // What a revision has of its own is what it is measured with.
                continue;
            }
            carried.links.push(inside.to_owned());
        }
        Ok(carried)
    }

    /// Puts everything into a folder with the revision's files.
    pub(super) fn place(&self, repository: &Repository, folder: &Path) -> Result<(), RevisionError> {
        for (paths, is_link) in [(&self.copies, false), (&self.links, true)] {
            for path in paths {
                let (from, to) = (repository.top.join(path), folder.join(path));
                let parent = to.parent().unwrap_or(folder);
                fs::create_dir_all(parent).map_err(RevisionError::io("create", parent))?;
                let placed = if is_link { symlink(&from, &to) } else { fs::copy(&from, &to).map(drop) };
                placed.map_err(RevisionError::io("carry along", from))?;
            }
        }
        Ok(())
    }

    /// Adds to a name for a build what of it comes from here; `false` when that cannot be told from the files.
    pub(super) fn describe(&self, repository: &Repository, hash: &mut Sha256) -> bool {
        for path in &self.copies {
            hash.update(path.as_os_str().as_encoded_bytes());
            hash.update(Sha256::digest(fs::read(repository.top.join(path)).unwrap_or_default()));
        }
        self.links.is_empty()
    }
}

fn is_ignored(repository: &Repository, path: &Path) -> bool {
    repository.git().text(&["check-ignore", "--quiet", "--", &path.to_string_lossy()]).is_ok()
}
