//! Folds the journal's rows into `current.csv`.
//!
//! It must never leave a moment at which a crash finds neither the old file with its journal nor enough to
//! know the new one: the new CSV is whole and on disk, and the journal says that it holds everything, before
//! the new CSV takes the old one's name.

use std::path::PathBuf;
use std::sync::Arc;

use seglog::Storage;

use crate::base::Base;
use crate::entry;
use crate::error::Error;
use crate::files::{self, CSV, NEXT_CSV};
use crate::identity::CsvIdentity;
use crate::snapshot::Snapshot;
use crate::writer::{Writer, now_ns};

/// Folds whatever the journal holds.
pub(crate) fn fold(writer: &mut Writer, storage: &dyn Storage) -> Result<(), Error> {
    refuse_to_overwrite_an_edit(writer, storage)?;
    writer.fold_over(storage)
}

/// Puts a synced [`NEXT_CSV`] of this content in the place of `current.csv`. Up to here, a failure changes
/// nothing; from here on it leaves open which file is there.
pub(crate) fn switch(writer: &mut Writer, storage: &dyn Storage, base: Arc<Base>) -> Result<(), Error> {
    let indexed = writer.rows.indexed().clone();
    let known = [writer.rows.base().identity(), base.identity()];
    writer.note(entry::PROMISE, base.identity())?;
    // Before the journal says that all is settled: after a crash in between, the next open looks for an edit.
    let edit = files::swap_synced(storage, NEXT_CSV, CSV).and_then(|()| set_edit_aside(storage, &known));
    let edit = edit.map_err(|error| writer.poison(error))?;
    writer.rows = Snapshot::new(base, writer.rows.sequence(), indexed);
    writer.unfolded = 0;
    writer.unfolded_bytes = 0;
    writer.stamp = storage.stamp(CSV).ok();
    writer.settle()?;
    edit.map_or(Ok(()), |path| Err(Error::EditSetAside { path }))
}

/// Looks at what the new file has taken the place of. Is it none of the files that the table knows, then
/// something else wrote it between the last look and the exchange: it gets a name of its own, which is
/// returned. Where files cannot be exchanged, there is nothing to look at, and such an edit is lost.
pub(crate) fn set_edit_aside(storage: &dyn Storage, known: &[CsvIdentity]) -> Result<Option<PathBuf>, Error> {
    let Some(replaced) = files::read(storage, NEXT_CSV, u64::MAX)? else { return Ok(None) };
    if known.contains(&CsvIdentity::of(&replaced)) {
        files::remove(storage, NEXT_CSV)?;
        return Ok(None);
    }
    let name = format!("{CSV}.edited-{}", now_ns());
    files::rename_synced(storage, NEXT_CSV, &name)?;
    Ok(Some(storage.path(&name)))
}

/// An edit that came while the table was open would be lost under the new file. One that comes after this look
/// is found by [`set_edit_aside`].
pub(crate) fn refuse_to_overwrite_an_edit(writer: &Writer, storage: &dyn Storage) -> Result<(), Error> {
    let content = files::read(storage, CSV, u64::MAX)?.unwrap_or_default();
    if CsvIdentity::of(&content) == writer.rows.base().identity() {
        Ok(())
    } else {
        Err(Error::EditedOutside { path: storage.path(CSV), unfolded: writer.unfolded })
    }
}
