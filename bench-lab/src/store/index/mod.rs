//! The index of a store: one value per Run, benchmark and metric in one SQLite file, so that a history answers at once.
//!
//! It is never the truth: the files are. It may be deleted at any time, and is made anew from them.

mod error;
mod gather;
mod open;
mod row;
mod sources;
mod update;

use std::path::Path;

use lab_core::history::{DigestValue, Moment};
use lab_core::model::MetricId;
use lab_stats::Estimate;

use error::Fault;
pub use error::IndexError;
use sources::Sources;

use super::Store;
use crate::baseline::Shelf;

/// Name of the index in a store's folder.
pub const INDEX_FILE: &str = "index.sqlite";

/// Which values are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The metric.
    pub metric: &'a MetricId,
    /// Whole ids of benchmarks; absent for all.
    pub benchmarks: Option<&'a [String]>,
}

/// What an index holds of a store and a shelf.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Holdings {
    /// Every whole Run, and every baseline whose Run is not in the store, in no order.
    pub moments: Vec<Moment>,
    /// The ids of Runs that are not finished; they have no values yet.
    pub open: Vec<String>,
    /// What cannot be read: its name, and why.
    pub unreadable: Vec<(String, String)>,
    /// Every benchmark and metric that any of them has.
    pub series: Vec<SeriesName>,
    /// The values that were wanted.
    pub values: Vec<SeriesValues>,
}

/// A benchmark and a metric.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SeriesName {
    /// The benchmark's whole id.
    pub benchmark: String,
    /// What was measured.
    pub metric: MetricId,
    /// Its unit.
    pub unit: String,
}

/// The values of one benchmark and metric.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesValues {
    /// Whose.
    pub name: SeriesName,
    /// With the place of the moment in [`Holdings::moments`].
    pub values: Vec<(usize, IndexedValue)>,
}

/// One value, without the names that it shares with its series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IndexedValue {
    /// See [`DigestValue::centre`].
    pub centre: Estimate,
    /// See [`DigestValue::invocation_count`].
    pub invocation_count: u32,
    /// See [`DigestValue::tainted_count`].
    pub tainted_count: u32,
}

impl From<&DigestValue> for IndexedValue {
    fn from(value: &DigestValue) -> Self {
        let DigestValue { centre, invocation_count, tainted_count, .. } = *value;
        Self { centre, invocation_count, tainted_count }
    }
}

/// Brings the index of a store and a shelf up to date, and reads what is wanted from it.
///
/// It lies in the store's folder; where that cannot be written, or there is no store, it is made in memory for this once.
/// An index that is damaged, or of another version, is deleted and made anew, which is told in one line. `tell` gets what a
/// person should know while they wait.
///
/// # Errors
/// [`IndexError`] when the store or the shelf cannot be listed, or the index fails for another reason than its own state.
pub fn consult(
    store: Option<&Store>,
    shelf: &Shelf,
    wanted: &Wanted<'_>,
    tell: &mut dyn FnMut(&str),
) -> Result<Holdings, IndexError> {
    let sources = Sources { store, shelf };
    let Some(folder) = store.map(Store::path).filter(|folder| open::can_write(folder)) else {
        return in_memory(sources, wanted, tell);
    };
    match on_disk(folder, sources, wanted, tell) {
        Err(Fault::Damaged(why)) => {
            tell(&format!("index: {why}; it is deleted and made anew from the files"));
            open::discard(folder)?;
            match on_disk(folder, sources, wanted, tell) {
                Err(Fault::Damaged(why)) => {
                    tell(&format!("index: {why} again; it is kept in memory for this once"));
                    in_memory(sources, wanted, tell)
                }
                ended => ended.map_err(IndexError::from),
            }
        }
        Err(Fault::Unwritable(why)) => {
            tell(&format!("index: {why}; it is kept in memory for this once"));
            in_memory(sources, wanted, tell)
        }
        ended => ended.map_err(IndexError::from),
    }
}

fn on_disk(
    folder: &Path,
    sources: Sources<'_>,
    wanted: &Wanted<'_>,
    tell: &mut dyn FnMut(&str),
) -> Result<Holdings, Fault> {
    let mut connection = {
        // Only its holder writes, and only its holder may delete the file.
        let _lock = open::lock(folder, tell)?;
        let mut connection = open::file(&folder.join(INDEX_FILE))?;
        update::bring_up_to_date(&mut connection, sources, tell)?;
        connection
    };
    gather::holdings(&mut connection, sources, wanted)
}

fn in_memory(
    sources: Sources<'_>,
    wanted: &Wanted<'_>,
    tell: &mut dyn FnMut(&str),
) -> Result<Holdings, IndexError> {
    let mut connection = open::memory()?;
    update::bring_up_to_date(&mut connection, sources, tell)?;
    Ok(gather::holdings(&mut connection, sources, wanted)?)
}
