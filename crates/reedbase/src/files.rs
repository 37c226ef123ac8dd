//! Whole files: written so that they are there or not, read so that they fit into memory.
//!
//! It must never give a name to a file whose content is not on disk.

use std::io;

use seglog::Storage;

use crate::error::Error;

/// The truth about a table's rows, together with the journal.
pub(crate) const CSV: &str = "current.csv";
pub(crate) const NEXT_CSV: &str = "current.csv.tmp";
/// The directory of the journal's segments.
pub(crate) const JOURNAL: &str = "journal";
/// Held by whoever writes.
pub(crate) const LOCK: &str = "lock";

/// Makes a file of this content and returns when it is on disk; its name may not be yet.
pub(crate) fn write_synced(storage: &dyn Storage, name: &str, content: &[u8]) -> Result<(), Error> {
    let failed = |action| Error::write(action, storage.path(name));
    let file = storage.create(name).map_err(failed("create"))?;
    file.write_at(content, 0).map_err(failed("write"))?;
    file.sync().map_err(failed("sync"))
}

/// Puts a synced file in the place of another, durably.
pub(crate) fn rename_synced(storage: &dyn Storage, from: &str, to: &str) -> Result<(), Error> {
    storage.rename(from, to).map_err(Error::write("rename a new file to", storage.path(to)))?;
    sync_names(storage)
}

/// As [`rename_synced`], but keeps what was there under the new file's old name where the file system can do
/// that in one step.
pub(crate) fn swap_synced(storage: &dyn Storage, from: &str, to: &str) -> Result<(), Error> {
    match storage.exchange(from, to) {
        Ok(true) => sync_names(storage),
        Ok(false) => rename_synced(storage, from, to),
        Err(source) => Err(Error::write("exchange a new file with", storage.path(to))(source)),
    }
}

/// Returns when all names are on disk.
pub(crate) fn sync_names(storage: &dyn Storage) -> Result<(), Error> {
    storage.sync_directory().map_err(Error::write("sync the directory", storage.path("")))
}

/// Puts a file of this content in the place of another, durably and at once.
pub(crate) fn replace(storage: &dyn Storage, name: &str, content: &[u8]) -> Result<(), Error> {
    let next = format!("{name}.tmp");
    write_synced(storage, &next, content)?;
    rename_synced(storage, &next, name)
}

/// The whole content of a file of at most `limit` bytes; `None` when there is no file.
pub(crate) fn read(storage: &dyn Storage, name: &str, limit: u64) -> Result<Option<Vec<u8>>, Error> {
    let failed = |action| Error::io(action, storage.path(name));
    let file = match storage.open(name) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("open")(error)),
    };
    let bytes = file.length().map_err(failed("read"))?;
    if bytes > limit {
        return Err(Error::OutOfMemory { what: "a file of the table", bytes, limit });
    }
    seglog::read_all(&*file).map(Some).map_err(failed("read"))
}

/// Removes a file, if there is one.
pub(crate) fn remove(storage: &dyn Storage, name: &str) -> Result<(), Error> {
    match storage.remove(name) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::write("remove", storage.path(name))(error))
        }
        _ => Ok(()),
    }
}
