//! Brings an index up to date: what is new or changed is read, what is gone goes.
//!
//! A Run that cannot be read is noted with its reason, and read again when its files change.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use lab_core::history::{RunDigest, Source};
use lab_core::model::{Extract, Origin};
use rusqlite::{Connection, Transaction, params};

use super::error::Fault;
use super::row::{MomentRow, checksum, encode};
use super::sources::{Kept, Sources};

/// How long a transaction gathers Runs: so much is read again after a kill.
const TRANSACTION: Duration = Duration::from_secs(2);

/// From how many Runs on a person is told that they wait.
const MANY: usize = 50;

/// What the index says of one kept Run.
pub(super) enum State {
    /// It has a moment and values.
    Whole,
    /// It is being measured, or can be resumed.
    Open,
    /// It cannot be read.
    Unreadable,
}

impl State {
    pub(super) fn id(&self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Open => "open",
            Self::Unreadable => "unreadable",
        }
    }
}

/// What is written of one kept Run.
struct Content {
    state: State,
    /// The Run that a baseline was made of.
    run: Option<String>,
    /// The moment, or why there is none.
    text: String,
    digest: Option<RunDigest>,
}

pub(super) fn bring_up_to_date(
    connection: &mut Connection,
    sources: Sources<'_>,
    tell: &mut dyn FnMut(&str),
) -> Result<(), Fault> {
    let kept = sources.kept()?;
    let known = known(connection, &sources.shelf_name())?;
    let fresh: Vec<&Kept> = kept
        .iter()
        .filter(|one| {
            known.get(&(one.shelf.clone(), one.name.clone())).is_none_or(|(_, stamp)| *stamp != one.stamp)
        })
        .collect();
    let there: std::collections::HashSet<(&str, &str)> =
        kept.iter().map(|one| (one.shelf.as_str(), one.name.as_str())).collect();
    let gone = known.iter().filter(|((shelf, name), _)| !there.contains(&(shelf.as_str(), name.as_str())));
    let gone: Vec<i64> = gone.map(|(_, (id, _))| *id).collect();
    if fresh.is_empty() && gone.is_empty() {
        return Ok(());
    }
    if fresh.len() >= MANY {
        tell(&format!("index: reading {} Runs, once", fresh.len()));
    }
    let mut open = fresh.into_iter().peekable();
    let mut first = Some(gone);
    while first.is_some() || open.peek().is_some() {
        let begun = Instant::now();
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for id in first.take().into_iter().flatten() {
            forget(&transaction, id)?;
        }
        while begun.elapsed() < TRANSACTION {
            let Some(one) = open.next() else { break };
            if let Some((id, _)) = known.get(&(one.shelf.clone(), one.name.clone())) {
                forget(&transaction, *id)?;
            }
            write(&transaction, one, read(sources, one))?;
        }
        transaction.commit()?;
    }
    Ok(())
}

type Known = HashMap<(String, String), (i64, String)>;

/// What the index has of the store and of this shelf, with its stamps.
fn known(connection: &Connection, shelf: &str) -> Result<Known, Fault> {
    let mut statement =
        connection.prepare("SELECT id, shelf, name, stamp FROM source WHERE shelf IN ('', ?1)")?;
    let rows =
        statement.query_map([shelf], |row| Ok(((row.get(1)?, row.get(2)?), (row.get(0)?, row.get(3)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn forget(transaction: &Transaction<'_>, id: i64) -> Result<(), Fault> {
    transaction.prepare_cached("DELETE FROM point WHERE source = ?1")?.execute([id])?;
    transaction.prepare_cached("DELETE FROM source WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// Reads one Run from its files; whatever is wrong with it becomes its state.
fn read(sources: Sources<'_>, kept: &Kept) -> Content {
    let unreadable = |why: String| Content { state: State::Unreadable, run: None, text: why, digest: None };
    let (extract, source, run, folder) = match &kept.place {
        Some(place) => match sources.shelf.load(place) {
            Err(error) => return unreadable(error.to_string()),
            Ok(found) => {
                let run = found.baseline.run().map(str::to_owned);
                let extract = found.baseline.extract;
                let source = match extract.origin {
                    Origin::Run(_) => Source::Baseline(kept.name.clone()),
                    Origin::Import { .. } => Source::Import(kept.name.clone()),
                };
                (extract, source, run, Some(place.machine.as_str()))
            }
        },
        None => {
            let Some(store) = sources.store else { return unreadable("there is no store".into()) };
            match store.is_sealed(&kept.name) {
                Err(error) => return unreadable(error.to_string()),
                Ok(false) => {
                    return Content { state: State::Open, run: None, text: String::new(), digest: None };
                }
                Ok(true) => {}
            }
            match store.load(&kept.name) {
                Err(error) => return unreadable(error.to_string()),
                Ok(stored) => (Extract::of_run(&stored.run), Source::Run(kept.name.clone()), None, None),
            }
        }
    };
    let digest = RunDigest::of(&extract, source, folder);
    match serde_json::to_string(&MomentRow::of(&digest.moment)) {
        Ok(text) => Content { state: State::Whole, run, text, digest: Some(digest) },
        Err(error) => unreadable(error.to_string()),
    }
}

fn write(transaction: &Transaction<'_>, kept: &Kept, content: Content) -> Result<(), Fault> {
    let values = content.digest.as_ref().map_or(&[][..], |digest| &digest.values);
    let state = content.state.id();
    let run = content.run.as_deref().unwrap_or_default();
    let sum = checksum(&[kept.name.as_bytes(), state.as_bytes(), run.as_bytes(), content.text.as_bytes()]);
    transaction
        .prepare_cached(
            "INSERT INTO source (shelf, name, stamp, state, run, content, value_count, checksum)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            kept.shelf,
            kept.name,
            kept.stamp,
            state,
            content.run,
            content.text,
            values.len() as i64,
            sum
        ])?;
    let source = transaction.last_insert_rowid();
    let mut point = transaction.prepare_cached("INSERT OR REPLACE INTO point VALUES (?1, ?2, ?3)")?;
    for value in values {
        let names = [value.benchmark.as_str(), value.metric.0.as_str(), value.unit.as_str()];
        let series = series(transaction, names)?;
        point.execute(params![series, source, encode(series, source, &value.into())])?;
    }
    Ok(())
}

/// The number of a series, a new one where it has none.
fn series(transaction: &Transaction<'_>, names: [&str; 3]) -> Result<i64, Fault> {
    let mut known = transaction
        .prepare_cached("SELECT id FROM series WHERE benchmark = ?1 AND metric = ?2 AND unit = ?3")?;
    if let Some(row) = known.query(names)?.next()? {
        return Ok(row.get(0)?);
    }
    let sum = checksum(&names.map(str::as_bytes));
    transaction
        .prepare_cached("INSERT INTO series (benchmark, metric, unit, checksum) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![names[0], names[1], names[2], sum])?;
    Ok(transaction.last_insert_rowid())
}
