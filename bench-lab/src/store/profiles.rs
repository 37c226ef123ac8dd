//! Profiles in the store: a folder each, apart from the Runs, since their times are no results.
//!
//! A folder appears whole, by one rename; what a crash leaves of one is cleared by the next.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Store, StoreError, create, durable, id};

/// The folder in a store that holds one folder per profile.
const PROFILES_FOLDER: &str = "profiles";

/// What a profile says of itself, in its folder.
const INDEX_FILE: &str = "profile.json";

/// A profile that is being taken.
#[derive(Debug)]
pub struct OpenProfile {
    id: String,
    half_made: PathBuf,
    folder: PathBuf,
}

impl Store {
    /// Makes a folder for a profile that is taken now.
    ///
    /// # Errors
    /// [`StoreError::Time`] when `created_at` is no time, otherwise what the kernel says.
    pub fn create_profile(&self, created_at: &str, commit: Option<&str>) -> Result<OpenProfile, StoreError> {
        let _lock = self.lock()?;
        let profiles = self.path.join(PROFILES_FOLDER);
        fs::create_dir_all(&profiles).map_err(|source| StoreError::io("create", &profiles, source))?;
        create::clear_leftovers(&profiles)?;
        let mut attempt = 1;
        let (id, folder) = loop {
            let id = id::run_id(created_at, commit, attempt)?;
            let folder = profiles.join(&id);
            if fs::symlink_metadata(&folder).is_err() {
                break (id, folder);
            }
            attempt += 1;
        };
        let half_made = profiles.join(format!(".new-{id}"));
        fs::create_dir(&half_made).map_err(|source| StoreError::io("create", &half_made, source))?;
        Ok(OpenProfile { id, half_made, folder })
    }
}

impl OpenProfile {
    /// The name of its folder.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where its files go until it is whole.
    pub fn half_made(&self) -> &Path {
        &self.half_made
    }

    /// Writes one file.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn add(&self, file: &str, bytes: &[u8]) -> Result<(), StoreError> {
        durable::write_new(&self.half_made.join(file), bytes).map(drop)
    }

    /// Writes the index and puts the folder in its place; gives the place.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn keep(self, index: &[u8]) -> Result<PathBuf, StoreError> {
        self.add(INDEX_FILE, index)?;
        fs::rename(&self.half_made, &self.folder)
            .map_err(|source| StoreError::io("put in place", &self.folder, source))?;
        Ok(self.folder.clone())
    }
}

impl Drop for OpenProfile {
    fn drop(&mut self) {
        // Nothing is there any more once it was kept; what cannot be removed now is cleared by the next profile.
        let _ = fs::remove_dir_all(&self.half_made);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Location, Origin};

    #[test]
    fn a_profile_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location { path: folder.path().join("store"), origin: Origin::Flag };
        let store = Store::create(&location).unwrap();
        let at = "2026-08-01T10:15:00Z";
        let dropped = store.create_profile(at, Some("2e3b9d9c5f")).unwrap();
        dropped.add("flame.svg", b"<svg/>").unwrap();
        let place = location.path.join("profiles");
        drop(dropped);
        assert_eq!(fs::read_dir(&place).unwrap().count(), 0);
        for id in ["20260801T101500Z-2e3b9d9", "20260801T101500Z-2e3b9d9-2"] {
            let open = store.create_profile(at, Some("2e3b9d9c5f")).unwrap();
            open.add("flame.svg", b"<svg/>").unwrap();
            assert_eq!(open.id(), id);
            let kept = open.keep(b"{}").unwrap();
            assert_eq!(kept, place.join(id));
            assert_eq!(fs::read(kept.join("profile.json")).unwrap(), b"{}");
        }
        assert!(store.runs().read_dir().unwrap().next().is_none(), "no Run was made");
    }
}
