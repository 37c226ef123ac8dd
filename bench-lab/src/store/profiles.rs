//! Profiles in the store: a folder each, apart from the Runs, since their times are no results.
//!
//! A folder appears whole, by one rename; what a crash leaves of one is cleared by the next.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use lab_core::model::{BenchmarkId, Revision, TargetId};
use serde::Deserialize;

use super::{Store, StoreError, create, durable, id};

/// The folder in a store that holds one folder per profile.
const PROFILES_FOLDER: &str = "profiles";

/// What a profile says of itself, in its folder.
const INDEX_FILE: &str = "profile.json";

/// The largest file of a profile that is read, in bytes: a flame graph of ten thousand frames is a tenth of it.
const FILE_MAX: u64 = 16 << 20;

/// A profile that was kept, as far as whoever looks for one has to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptProfile {
    /// Name of its folder.
    pub id: String,
    /// RFC 3339 in UTC.
    pub created_at: String,
    /// Of what.
    pub benchmark: BenchmarkId,
    /// The one side, or baseline and candidate.
    pub sides: Vec<ProfiledSide>,
    folder: PathBuf,
}

/// A profile that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadProfile {
    /// Its index.
    pub path: PathBuf,
    /// What is wrong with it.
    pub why: String,
}

/// What was profiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfiledSide {
    /// As it was called.
    pub name: String,
    /// The source.
    pub revision: Revision,
    /// SHA-256 of the executable, hex.
    pub sha256: Option<String>,
}

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

    /// Every profile that was kept, the newest first; in the place of one that cannot be read what it is.
    ///
    /// # Errors
    /// What the kernel says of the folder.
    pub fn profiles(&self) -> Result<Vec<Result<KeptProfile, UnreadProfile>>, StoreError> {
        let profiles = self.path.join(PROFILES_FOLDER);
        let entries = match fs::read_dir(&profiles) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(StoreError::io("list", &profiles, source)),
        };
        let mut folders: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.')))
            .collect();
        // The ids begin with the time.
        folders.sort();
        folders.reverse();
        Ok(folders.into_iter().map(kept).collect())
    }
}

impl KeptProfile {
    /// The text of one of its files; absent where it has none of that name that can be read.
    pub fn file(&self, name: &str) -> Option<String> {
        text(&self.folder.join(name)).ok()
    }
}

fn text(path: &Path) -> Result<String, String> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.len() > FILE_MAX => return Err(format!("is larger than {FILE_MAX} bytes")),
        Ok(_) => {}
        Err(error) => return Err(error.to_string()),
    }
    fs::read_to_string(path).map_err(|error| error.to_string())
}

fn kept(folder: PathBuf) -> Result<KeptProfile, UnreadProfile> {
    let index = folder.join(INDEX_FILE);
    let read = text(&index).and_then(|text| {
        let stored: Stored = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        Ok(stored)
    });
    match read {
        Ok(stored) => {
            let target = TargetId::new(stored.package, stored.target);
            let benchmark =
                BenchmarkId { occurrence: stored.occurrence, ..BenchmarkId::new(target, stored.path) };
            let sides = stored.sides.into_iter().map(|side| ProfiledSide {
                name: side.name,
                revision: Revision { commit: side.commit, branch: None, is_dirty: side.is_dirty },
                sha256: side.sha256,
            });
            let (id, created_at, sides) = (stored.id, stored.created_at, sides.collect());
            Ok(KeptProfile { id, created_at, benchmark, sides, folder })
        }
        Err(why) => Err(UnreadProfile { path: index, why }),
    }
}

/// What is read of `profile.json`.
#[derive(Deserialize)]
struct Stored {
    id: String,
    created_at: String,
    package: String,
    target: String,
    path: String,
    occurrence: u32,
    sides: Vec<StoredSide>,
}

#[derive(Deserialize)]
struct StoredSide {
    name: String,
    commit: Option<String>,
    is_dirty: Option<bool>,
    sha256: Option<String>,
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
