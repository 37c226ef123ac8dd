//! Versions of a table: made, listed, read, gone back to, and packed.
//!
//! It must never return the text of a version whose hash does not hold, nor keep a writer waiting while a
//! version is made.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use seglog::Storage;
use sha2::{Digest as _, Sha256};

use crate::base::Base;
use crate::delta::Delta;
use crate::error::Error;
use crate::files::{self, NEXT_CSV};
use crate::fold;
use crate::lock::Lock;
use crate::open;
use crate::snapshot::Snapshot;
use crate::table::Table;
use crate::version_log::{Stored, Version, VersionLog};
use crate::writer::now_ns;

/// The directory of the deltas.
const DELTAS: &str = "deltas";
/// Held by whoever makes versions or packs them, beside and not instead of the writers' lock.
const VERSION_LOCK: &str = "version.lock";
/// The text of the last version, so that the next delta need not wait for it to be put together again. Never
/// synced and never trusted: its hash says whether it is what it should be.
const LAST_TEXT: &str = "last.csv";
/// After so many deltas one after another, a version is stored whole.
const DEPTH_MAX: u32 = 16;

/// What the threads that make versions share.
#[derive(Debug)]
pub(crate) struct Versions {
    lock: Lock,
    /// The version made or read last, for as long as the table has its text in memory anyway.
    last: Mutex<(u64, Weak<Base>)>,
}

impl Versions {
    pub(crate) fn new(storage: &dyn Storage) -> Result<Self, Error> {
        Ok(Self { lock: Lock::open(storage, VERSION_LOCK)?, last: Mutex::default() })
    }

    fn last(&self) -> MutexGuard<'_, (u64, Weak<Base>)> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn file_name(number: u64) -> String {
    format!("{number:010}.rbd")
}

impl Table {
    /// Keeps the rows as they are now as a version, and returns it when it is on disk. Writers go on
    /// meanwhile.
    ///
    /// # Errors
    /// [`Error::LockTimeout`] when others write or make versions for too long; [`Error::Corrupt`] and
    /// [`Error::Delta`] when earlier versions are damaged; [`Error::Write`]; [`Error::Io`].
    pub fn commit_version(&self, message: &str) -> Result<Version, Error> {
        let mut last = self.versions.last();
        let _held = self.versions.lock.wait(self.shared.options.lock_timeout)?;
        let rows = self.shared.exclusively(|writer| Ok(writer.rows.clone()))?;
        let base = match rows.changed_count() {
            0 => rows.base().clone(),
            _ => Arc::new(rows.folded(now_ns())),
        };
        let mut log = VersionLog::read(&*self.shared.storage)?;
        let previous = log.versions.last();
        let number = previous.map_or(1, |previous| previous.number + 1);
        let sha256 = base.identity().sha256;
        let text = base.text().as_bytes();
        let (stored, depth) = match previous {
            Some(same) if same.sha256 == sha256 => (Stored::Same { version: same.number }, same.depth),
            Some(earlier) if earlier.depth < DEPTH_MAX => {
                let known = last.1.upgrade().filter(|_| last.0 == earlier.number);
                let earlier_text = match known {
                    Some(known) => known.text().as_bytes().to_vec(),
                    None => self.last_text(earlier).map_or_else(|| self.text_of(&log, earlier), Ok)?,
                };
                self.write_delta(number, Some(&earlier_text), text)?;
                (Stored::Delta { base: earlier.number }, earlier.depth + 1)
            }
            _ => {
                self.write_delta(number, None, text)?;
                (Stored::Whole, 0)
            }
        };
        let version = Version {
            number,
            created_ns: now_ns(),
            message: message.to_owned(),
            row_count: u64::from(base.len()),
            bytes: text.len() as u64,
            sha256,
            stored,
            depth,
        };
        log.append(&*self.shared.storage, version.clone())?;
        *last = (number, Arc::downgrade(&base));
        self.keep_text(text);
        Ok(version)
    }

    /// Leaves the text of the last version where [`last_text`](Self::last_text) looks for it.
    fn keep_text(&self, text: &[u8]) {
        // Without it, all is as well and takes longer.
        let _ = self.deltas().map(|deltas| deltas.create(LAST_TEXT).and_then(|file| file.write_at(text, 0)));
    }

    /// The text of a version, if it is the one that was kept.
    fn last_text(&self, version: &Version) -> Option<Vec<u8>> {
        let file = self.deltas().ok()?.open(LAST_TEXT).ok()?;
        let text = (file.length().ok()? == version.bytes).then(|| seglog::read_all(&*file).ok())??;
        (*Sha256::digest(&text) == version.sha256).then_some(text)
    }

    fn write_delta(&self, number: u64, base: Option<&[u8]>, text: &[u8]) -> Result<(), Error> {
        let options = &self.shared.options;
        let deltas = self.deltas()?;
        let name = file_name(number);
        let file = Delta::encode(base, text, options.codec, options.delimiter)
            .map_err(|problem| Error::Delta { path: deltas.path(&name), problem })?;
        files::replace(&*deltas, &name, &file)
    }

    pub(crate) fn deltas(&self) -> Result<Arc<dyn Storage>, Error> {
        let storage = &self.shared.storage;
        storage.directory(DELTAS).map_err(Error::write("make", storage.path(DELTAS)))
    }

    /// All versions, oldest first.
    ///
    /// # Errors
    /// [`Error::Corrupt`], [`Error::Io`].
    pub fn list_versions(&self) -> Result<Vec<Version>, Error> {
        VersionLog::read(&*self.shared.storage).map(|log| log.versions)
    }

    /// The rows as they were in a version.
    ///
    /// # Errors
    /// [`Error::VersionNotFound`]; [`Error::Corrupt`] and [`Error::Delta`] for damage to it or to one that it
    /// is stored in; [`Error::OutOfMemory`]; [`Error::Io`].
    pub fn read_version(&self, number: u64) -> Result<Snapshot, Error> {
        let log = VersionLog::read(&*self.shared.storage)?;
        let version = self.find_version(&log, number)?;
        let base = self.base_of(&log, version)?;
        Ok(Snapshot::new(Arc::new(base), 0, Arc::default()))
    }

    pub(crate) fn find_version<'l>(&self, log: &'l VersionLog, number: u64) -> Result<&'l Version, Error> {
        let path = || self.shared.storage.path("");
        log.find(number).ok_or_else(|| Error::VersionNotFound { path: path(), version: number })
    }

    fn base_of(&self, log: &VersionLog, version: &Version) -> Result<Base, Error> {
        let text = self.text_of(log, version)?;
        open::parse(&*self.shared.storage, text, self.shared.options.delimiter, version.created_ns)
    }

    /// Makes the rows those of a version, in `current.csv` as well, and keeps that as a new version, which is
    /// returned. Changes since the last version are lost to it: make a version of them first to keep them.
    ///
    /// # Errors
    /// As [`read_version`](Self::read_version) and [`fold`](Self::fold). After [`Error::Write`] the rows may
    /// already be those of the version without the new version being there.
    pub fn rollback(&self, number: u64) -> Result<Version, Error> {
        let _last = self.versions.last();
        let _held = self.versions.lock.wait(self.shared.options.lock_timeout)?;
        let storage = &self.shared.storage;
        let mut log = VersionLog::read(&**storage)?;
        let version = self.find_version(&log, number)?.clone();
        let base = self.base_of(&log, &version)?;
        self.shared.exclusively(|writer| {
            fold::refuse_to_overwrite_an_edit(writer, &**storage)?;
            files::write_synced(&**storage, NEXT_CSV, base.text().as_bytes())?;
            fold::switch(writer, &**storage, Arc::new(base))
        })?;
        let number = log.versions.last().map_or(1, |last| last.number + 1);
        let again = Version {
            number,
            created_ns: now_ns(),
            message: format!("rollback to version {}", version.number),
            stored: Stored::Same { version: version.number },
            ..version
        };
        log.append(&**storage, again.clone())?;
        Ok(again)
    }

    /// Folds, and keeps only the last `keep` versions; their numbers stay. Returns how many went.
    ///
    /// # Errors
    /// As [`fold`](Self::fold) and [`read_version`](Self::read_version). Whatever fails, the versions to be
    /// kept stay readable.
    pub fn compact(&self, keep: usize) -> Result<usize, Error> {
        self.fold()?;
        let _last = self.versions.last();
        let _held = self.versions.lock.wait(self.shared.options.lock_timeout)?;
        let log = VersionLog::read(&*self.shared.storage)?;
        // The last one is kept in any case: the count goes on from it.
        let going = log.versions.len().saturating_sub(keep.max(1));
        let (gone, kept) = log.versions.split_at(going);
        let Some(newest_gone) = gone.last().map(|version| version.number) else { return Ok(0) };
        let mut packed: Vec<Version> = Vec::with_capacity(kept.len());
        for version in kept {
            let leans_on = match version.stored {
                Stored::Whole => None,
                Stored::Delta { base: other } | Stored::Same { version: other } => Some(other),
            };
            let mut version = version.clone();
            if leans_on.is_some_and(|other| other <= newest_gone) {
                let text = self.text_of(&log, &version)?;
                self.write_delta(version.number, None, &text)?;
                version.stored = Stored::Whole;
            }
            version.depth = depth_of(&version, &packed);
            packed.push(version);
        }
        VersionLog::replace(&*self.shared.storage, &packed)?;
        self.remove_unused(&packed)?;
        Ok(going)
    }

    /// Removes the delta files that no version is stored in: also those that a crash left behind.
    fn remove_unused(&self, versions: &[Version]) -> Result<(), Error> {
        let deltas = self.deltas()?;
        let used = |version: &&Version| !matches!(version.stored, Stored::Same { .. });
        let used: Vec<String> =
            versions.iter().filter(used).map(|version| file_name(version.number)).collect();
        for name in deltas.list().map_err(Error::io("list", deltas.path("")))? {
            if name != LAST_TEXT && !used.contains(&name) {
                files::remove(&*deltas, &name)?;
            }
        }
        files::sync_names(&*deltas)
    }

    /// Reads everything that is stored and returns what it found wrong; nothing is changed.
    ///
    /// # Errors
    /// [`Error::LockTimeout`]. Damage is not an error here but a result.
    pub fn verify(&self) -> Result<Verification, Error> {
        let _last = self.versions.last();
        let _held = self.versions.lock.wait(self.shared.options.lock_timeout)?;
        let mut found = Verification::default();
        let rows = self.shared.exclusively(|writer| {
            let csv = fold::refuse_to_overwrite_an_edit(writer, &*self.shared.storage);
            found.problems.extend(csv.err());
            match writer.read_journal() {
                Ok(count) => found.journal_record_count = count,
                Err(error) => found.problems.push(error),
            }
            Ok(writer.rows.len())
        });
        match rows {
            Ok(count) => found.row_count = count as u64,
            Err(error @ Error::LockTimeout { .. }) => return Err(error),
            Err(error) => found.problems.push(error),
        }
        match VersionLog::read(&*self.shared.storage) {
            Err(error) => found.problems.push(error),
            Ok(log) => {
                found.version_count = log.versions.len() as u64;
                for version in &log.versions {
                    found.problems.extend(self.base_of(&log, version).err());
                }
            }
        }
        Ok(found)
    }
}

fn depth_of(version: &Version, earlier: &[Version]) -> u32 {
    let depth = |number: u64| {
        earlier.iter().find(|version| version.number == number).map_or(0, |version| version.depth)
    };
    match version.stored {
        Stored::Whole => 0,
        Stored::Delta { base } => depth(base) + 1,
        Stored::Same { version } => depth(version),
    }
}

/// What [`Table::verify`] read, and what of it is not as it should be.
#[derive(Debug, Default)]
pub struct Verification {
    /// Rows in the table.
    pub row_count: u64,
    /// Records that the journal keeps.
    pub journal_record_count: u64,
    /// Versions that are listed; each was rebuilt and its hash compared.
    pub version_count: u64,
    /// What is damaged, missing or edited outside; empty for a sound table.
    pub problems: Vec<Error>,
}
