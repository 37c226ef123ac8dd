//! Folds the journal's rows into `current.csv`.
//!
//! It must never leave a moment at which a crash finds neither the old file with its journal nor enough to
//! know the new one: the new CSV is whole and on disk, and the journal says that it holds everything, before
//! the new CSV takes the old one's name.

use std::sync::Arc;

use seglog::Storage;

use crate::base::Base;
use crate::entry;
use crate::error::Error;
use crate::files::{self, CSV, NEXT_CSV};
use crate::identity::CsvIdentity;
use crate::snapshot::Snapshot;
use crate::writer::Writer;

/// Folds whatever the journal holds.
pub(crate) fn fold(writer: &mut Writer, storage: &dyn Storage) -> Result<(), Error> {
    refuse_to_overwrite_an_edit(writer, storage)?;
    writer.fold_over(storage)
}

/// Puts a synced [`NEXT_CSV`] of this content in the place of `current.csv`. Up to here, a failure changes
/// nothing; from here on it leaves open which file is there.
pub(crate) fn switch(writer: &mut Writer, storage: &dyn Storage, base: Arc<Base>) -> Result<(), Error> {
    let indexed = writer.rows.indexed().clone();
    writer.note(entry::PROMISE, base.identity())?;
    files::rename_synced(storage, NEXT_CSV, CSV).map_err(|error| writer.poison(error))?;
    writer.rows = Snapshot::new(base, writer.rows.sequence(), indexed);
    writer.unfolded = 0;
    writer.unfolded_bytes = 0;
    writer.stamp = storage.stamp(CSV).ok();
    writer.settle()
}

/// An edit that came while the table was open would be lost under the new file. One that comes between this
/// look and the rename still is: nobody but another writer can be kept out for that long.
pub(crate) fn refuse_to_overwrite_an_edit(writer: &Writer, storage: &dyn Storage) -> Result<(), Error> {
    let content = files::read(storage, CSV, u64::MAX)?.unwrap_or_default();
    if CsvIdentity::of(&content) == writer.rows.base().identity() {
        Ok(())
    } else {
        Err(Error::EditedOutside { path: storage.path(CSV), unfolded: writer.unfolded })
    }
}
