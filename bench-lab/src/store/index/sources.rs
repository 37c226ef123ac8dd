//! What an index is made of: the Runs of a store and the baselines of a shelf, each with a stamp that tells whether it
//! changed.
//!
//! It reads names and stamps, never contents.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::error::IndexError;
use crate::baseline::{BaselineError, Place, Shelf};
use crate::store::{Store, StoreError};

/// Where Runs are kept.
#[derive(Clone, Copy)]
pub(super) struct Sources<'a> {
    pub(super) store: Option<&'a Store>,
    pub(super) shelf: &'a Shelf,
}

/// One kept Run as it lies there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    /// Empty for the store, else the folder of the shelf.
    pub(super) shelf: String,
    /// The Run's id, or `machine/name`.
    pub(super) name: String,
    /// Names, lengths and times of its files.
    pub(super) stamp: String,
    /// Its place on the shelf; absent for a Run.
    pub(super) place: Option<Place>,
}

impl Sources<'_> {
    /// The shelf's folder as the index calls it.
    pub(super) fn shelf_name(&self) -> String {
        let path = self.shelf.path();
        path.canonicalize().unwrap_or_else(|_| path.to_owned()).display().to_string()
    }

    /// Everything that is kept now.
    pub(super) fn kept(&self) -> Result<Vec<Kept>, IndexError> {
        let mut kept = Vec::new();
        if let Some(store) = self.store {
            for id in store.ids()? {
                let folder = store.runs().join(&id);
                let stamp = stamp(&folder).map_err(|source| StoreError::io("look at", &folder, source))?;
                kept.push(Kept { shelf: String::new(), name: id, stamp, place: None });
            }
        }
        let shelf = self.shelf_name();
        for place in self.shelf.list()? {
            let folder = self.shelf.path().join(&place.machine).join(&place.name);
            let stamp = stamp(&folder).map_err(|source| BaselineError::io("look at", &folder, source))?;
            kept.push(Kept { shelf: shelf.clone(), name: place.to_string(), stamp, place: Some(place) });
        }
        Ok(kept)
    }
}

/// Name, length, inode and times of every file in a folder. A change that keeps all of them was made on purpose.
fn stamp(folder: &Path) -> std::io::Result<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_file() {
            files.push(format!(
                "{}:{}:{}:{}.{}",
                entry.file_name().to_string_lossy(),
                metadata.len(),
                metadata.ino(),
                metadata.mtime(),
                metadata.mtime_nsec()
            ));
        }
    }
    files.sort();
    Ok(files.join(" "))
}
