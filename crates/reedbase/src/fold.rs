//! Folds the journal's rows into `current.csv` and begins a new journal.
//!
//! It must never leave a moment at which a crash finds neither the old pair of files nor enough to know the
//! new one: the new CSV is whole and on disk, and the old journal says that it holds everything, before the
//! new CSV takes the old one's name.

use crate::entry::Entry;
use crate::error::Error;
use crate::identity::CsvIdentity;
use crate::journal::{Header, Journal};
use crate::storage;
use crate::table::{CSV, NEXT_CSV, Table};

/// Folds whatever the journal holds, also nothing.
pub(crate) fn fold(table: &mut Table) -> Result<(), Error> {
    refuse_to_overwrite_an_edit(table)?;
    write(table)
}

/// Makes the rows in memory the content of `current.csv`, whatever that is now.
pub(crate) fn write(table: &mut Table) -> Result<(), Error> {
    let rows = table.rows.folded();
    let identity = CsvIdentity::of(rows.base().as_bytes());
    // Up to here, and as long as the temporary file has not got its name, a failure changes nothing.
    storage::write_synced(&*table.storage, NEXT_CSV, rows.base().as_bytes())?;
    switch(table, identity).map_err(|error| table.poison(error))?;
    table.rows = rows;
    table.base = identity;
    table.unfolded = 0;
    Ok(())
}

fn switch(table: &mut Table, identity: CsvIdentity) -> Result<(), Error> {
    let storage = &*table.storage;
    let mut promise = Vec::new();
    Entry::Fold(identity).encode(&mut promise);
    let append = table.journal.append(&promise);
    append.map_err(Error::io("append to", storage.path(crate::journal::JOURNAL)))?;
    storage::rename_synced(storage, NEXT_CSV, CSV)?;
    let header = Header {
        first_sequence: table.journal.next_sequence(),
        base: identity,
        delimiter: table.options.delimiter,
    };
    table.journal = Journal::begin(storage, &header)?;
    Ok(())
}

/// An edit that came while the table was open would be lost under the new file. One that comes between this
/// look and the rename still is: nobody but another writer can be kept out for that long.
fn refuse_to_overwrite_an_edit(table: &Table) -> Result<(), Error> {
    let path = table.storage.path(CSV);
    let content = table.storage.read(CSV).map_err(Error::io("read", path.clone()))?;
    if CsvIdentity::of(&content) == table.base {
        Ok(())
    } else {
        Err(Error::EditedOutside { path, unfolded: table.unfolded })
    }
}
