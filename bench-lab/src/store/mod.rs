//! Runs on disk: made whole, appended line by line, sealed, listed and read back.
//!
//! It never changes a finished line, and it knows nothing of what the bytes mean: that is
//! [`lab_core::format`]. `docs/FORMAT.md` has every file.

mod create;
pub(crate) mod durable;
mod error;
mod id;
pub mod index;
mod line_file;
mod load;
mod location;
mod matches;
mod open_match;
mod open_run;
mod output;
mod profiles;
mod reference;
mod validations;

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use lab_core::format::{INVOCATIONS_FILE, SEAL_FILE, StoredRun};
use lab_core::model::Run;

pub use error::StoreError;
pub use load::Listed;
pub use location::{Location, Origin, STORE_FOLDER, STORE_VARIABLE};
pub use matches::{ListedMatch, MatchContent, ResumedMatch};
pub use open_match::OpenMatch;
pub use open_run::OpenRun;
pub use output::OUTPUT_FOLDER;
pub use profiles::{KeptProfile, OpenProfile, ProfiledSide, UnreadProfile};
pub use reference::ReferenceError;

/// The folder in a store that holds one folder per Run.
const RUNS_FOLDER: &str = "runs";

/// Held for the moments in which a Run's folder appears, is reopened or vanishes.
const LOCK_FILE: &str = "lock";

/// A folder of Runs.
#[derive(Clone, Debug)]
pub struct Store {
    path: PathBuf,
}

/// One folder of the store, with its Run as far as a list shows it.
#[derive(Debug)]
pub struct ListedRun {
    /// Name of the folder: the Run's id.
    pub id: String,
    /// The Run, or why it cannot be read.
    pub content: Result<Listed, StoreError>,
}

/// A Run that goes on.
#[derive(Debug)]
pub struct Resumed {
    /// Takes what is measured from now on.
    pub open: OpenRun,
    /// What was measured so far.
    pub stored: StoredRun,
}

impl Store {
    /// Opens a store for writing and makes it when it is not there. A folder that is made for it gets a
    /// `.gitignore` that covers all of it, so that nobody's repository has to be edited.
    ///
    /// # Errors
    /// [`StoreError::NotAFolder`], [`StoreError::ReadOnly`], [`StoreError::Denied`], [`StoreError::Full`].
    pub fn create(location: &Location) -> Result<Self, StoreError> {
        create::store(&location.path)?;
        let store = Self { path: location.path.clone() };
        // A store that cannot be written is better known before anything is built or measured.
        store.lock()?;
        Ok(store)
    }

    /// Opens a store for reading.
    ///
    /// # Errors
    /// [`StoreError::NoStore`] when there is none.
    pub fn open(location: &Location) -> Result<Self, StoreError> {
        let runs = location.path.join(RUNS_FOLDER);
        match fs::metadata(&runs) {
            Ok(metadata) if metadata.is_dir() => Ok(Self { path: location.path.clone() }),
            Ok(_) => Err(StoreError::NotAFolder { path: runs, tried: "open a store" }),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(StoreError::NoStore { path: location.path.clone(), origin: location.origin.to_string() })
            }
            Err(source) => Err(StoreError::io("open a store in", &location.path, source)),
        }
    }

    /// The folder of the store.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a Run's folder with all that the Run holds so far, and keeps it open. The id is chosen here, from
    /// the Run's start and commit; a crash leaves either no Run or one that can be read.
    ///
    /// # Errors
    /// [`StoreError::Time`] when `created_at` is no time, [`StoreError::Format`] when the schedule names a
    /// benchmark that is not listed, otherwise what the kernel says.
    pub fn create_run(&self, run: &Run) -> Result<OpenRun, StoreError> {
        let _lock = self.lock()?;
        create::run(&self.runs(), run)
    }

    /// Takes hold of an open Run and reads what it has; a line that a crash tore is cut off first.
    ///
    /// # Errors
    /// [`StoreError::Sealed`], [`StoreError::InUse`], and those of [`Self::load`].
    pub fn resume(&self, reference: &str) -> Result<Resumed, StoreError> {
        let id = self.find(reference)?;
        let folder = self.runs().join(&id);
        // A Run that this version cannot read must not be touched.
        load::listed(&folder, &id)?;
        let mut open = {
            let _lock = self.lock()?;
            OpenRun::reopen(id.clone(), folder.clone())?
        };
        let stored = load::run(&folder, &id)?;
        open.count_from(&stored.run);
        Ok(Resumed { open, stored })
    }

    /// Every Run, from oldest to newest; those that cannot be read say why.
    ///
    /// # Errors
    /// What the kernel says about the store's own folder.
    pub fn list(&self) -> Result<Vec<ListedRun>, StoreError> {
        let runs = self.runs();
        Ok(self
            .ids()?
            .into_iter()
            .map(|id| ListedRun { content: load::listed(&runs.join(&id), &id), id })
            .collect())
    }

    /// The Runs that can be resumed, from oldest to newest.
    ///
    /// # Errors
    /// Those of [`Self::list`].
    pub fn open_runs(&self) -> Result<Vec<ListedRun>, StoreError> {
        let mut runs = self.list()?;
        runs.retain(|run| run.content.as_ref().is_ok_and(|listed| listed.seal.is_none()));
        Ok(runs)
    }

    /// Reads the Run that is called `latest`, `latest~2`, by its id or by the start of its id.
    ///
    /// # Errors
    /// [`StoreError::Reference`] when no Run is called so, [`StoreError::Format`] when its `run.json` cannot be
    /// read or a file is of a newer version. Lesser damage is part of the [`StoredRun`].
    pub fn load(&self, reference: &str) -> Result<StoredRun, StoreError> {
        let id = self.find(reference)?;
        load::run(&self.runs().join(&id), &id)
    }

    /// Removes a Run with all its files and returns its id.
    ///
    /// # Errors
    /// [`StoreError::InUse`] while it is being measured, [`StoreError::Reference`], and what the kernel says.
    pub fn remove(&self, reference: &str) -> Result<String, StoreError> {
        let id = self.find(reference)?;
        let _lock = self.lock()?;
        let folder = self.runs().join(&id);
        let held = folder.join(INVOCATIONS_FILE);
        match File::open(&held) {
            Ok(file) => open_run::lock(&file, &id, &held)?,
            // A damaged Run may lack the file; it can be removed all the same.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(source) => return Err(StoreError::io("open", &held, source)),
        }
        create::discard(&self.runs(), &id)?;
        Ok(id)
    }

    /// The id that a reference names.
    ///
    /// # Errors
    /// [`StoreError::Reference`].
    pub fn find(&self, reference: &str) -> Result<String, StoreError> {
        let ids = self.ids()?;
        let store = self.path.display().to_string();
        Ok(reference::resolve(reference, &ids, &store)?.to_owned())
    }

    /// Whether a Run is finished, by the file that says so; nothing else is read.
    ///
    /// # Errors
    /// What the kernel says.
    fn is_sealed(&self, id: &str) -> Result<bool, StoreError> {
        let seal = self.runs().join(id).join(SEAL_FILE);
        seal.try_exists().map_err(|source| StoreError::io("look for", &seal, source))
    }

    fn runs(&self) -> PathBuf {
        self.path.join(RUNS_FOLDER)
    }

    /// The names of the Runs' folders, from oldest to newest.
    fn ids(&self) -> Result<Vec<String>, StoreError> {
        folders(&self.runs())
    }

    /// Waits for the store's own lock; it is held for moments only.
    fn lock(&self) -> Result<File, StoreError> {
        let path = self.path.join(LOCK_FILE);
        let open = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let file = open.map_err(|source| StoreError::io("open", &path, source))?;
        file.lock().map_err(|source| StoreError::io("lock", &path, source))?;
        Ok(file)
    }
}

/// The names of the folders in a folder, from oldest to newest; half-made ones begin with a dot.
fn folders(around: &Path) -> Result<Vec<String>, StoreError> {
    let failed = |source| StoreError::io("list", around, source);
    let mut ids = Vec::new();
    for entry in fs::read_dir(around).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && entry.path().is_dir() {
            ids.push(name);
        }
    }
    ids.sort_by_cached_key(|id| id::age_key(id));
    Ok(ids)
}
