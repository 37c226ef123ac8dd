//! Reads holdings from an index, and notices when a row is not what was written.
//!
//! It changes nothing.

use std::collections::{BTreeMap, HashMap};

use lab_core::history::Moment;
use lab_core::model::MetricId;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::error::Fault;
use super::row::{MomentRow, checksum, decode};
use super::sources::Sources;
use super::{Holdings, SeriesName, SeriesValues, Wanted};

/// Benchmarks that are asked for one by one; more are sifted from all.
const NAMED_MAX: usize = 100;

pub(super) fn holdings(
    connection: &mut Connection,
    sources: Sources<'_>,
    wanted: &Wanted<'_>,
) -> Result<Holdings, Fault> {
    // One transaction, so that nothing changes between the tables.
    let transaction = connection.transaction()?;
    let mut holdings = Holdings::default();
    let places = moments(&transaction, &sources.shelf_name(), &mut holdings)?;
    let series = series(&transaction)?;
    let mut chosen: Vec<i64> = series
        .iter()
        .filter(|(_, name)| {
            name.metric == *wanted.metric
                && wanted.benchmarks.is_none_or(|benchmarks| benchmarks.contains(&name.benchmark))
        })
        .map(|(id, _)| *id)
        .collect();
    chosen.sort_unstable();
    let mut values: BTreeMap<i64, SeriesValues> = BTreeMap::new();
    let (query, parameters) = if chosen.len() <= NAMED_MAX {
        let marks = vec!["?"; chosen.len()].join(", ");
        let query = format!("SELECT series, source, value FROM point WHERE series IN ({marks})");
        (query, chosen.iter().map(|id| Value::Integer(*id)).collect())
    } else {
        ("SELECT series, source, value FROM point".to_owned(), Vec::new())
    };
    let mut statement = transaction.prepare(&query)?;
    let mut rows = statement.query(params_from_iter(parameters))?;
    while let Some(row) = rows.next()? {
        let (id, source): (i64, i64) = (row.get(0)?, row.get(1)?);
        // Values of another shelf, and of what a baseline repeats, have no place here.
        if chosen.binary_search(&id).is_err() {
            continue;
        }
        let Some(place) = places.get(&source) else { continue };
        let name = series.get(&id).ok_or_else(|| Fault::Damaged("a value of no benchmark".into()))?;
        let bytes = row.get_ref(2)?.as_blob().map_err(|error| Fault::Damaged(error.to_string()))?;
        let value = decode(id, source, bytes)?;
        let entry =
            values.entry(id).or_insert_with(|| SeriesValues { name: name.clone(), values: Vec::new() });
        entry.values.push((*place, value));
    }
    holdings.values = values.into_values().collect();
    holdings.series = series.into_values().collect();
    holdings.series.sort();
    Ok(holdings)
}

/// Fills in everything but values; gives the place of the moment of each source that has one of its own.
fn moments(
    connection: &Connection,
    shelf: &str,
    holdings: &mut Holdings,
) -> Result<HashMap<i64, usize>, Fault> {
    let mut statement = connection.prepare(
        "SELECT id, name, state, run, content, checksum FROM source WHERE shelf IN ('', ?1) ORDER BY shelf, name",
    )?;
    let mut rows = statement.query([shelf])?;
    let mut places = HashMap::new();
    // Of Runs first, as the store's shelf is called by nothing; then a baseline finds its Run.
    let mut of_runs: HashMap<String, usize> = HashMap::new();
    while let Some(row) = rows.next()? {
        let (id, name, state, content): (i64, String, String, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(4)?);
        let (run, sum): (Option<String>, i64) = (row.get(3)?, row.get(5)?);
        let origin = run.as_deref().unwrap_or_default();
        if checksum(&[name.as_bytes(), state.as_bytes(), origin.as_bytes(), content.as_bytes()]) != sum {
            return Err(Fault::Damaged(format!("the row of {name} is not what was written")));
        }
        match state.as_str() {
            "whole" => {
                let row: MomentRow = serde_json::from_str(&content)
                    .map_err(|error| Fault::Damaged(format!("the row of {name}: {error}")))?;
                let run_of_it = run.unwrap_or_else(|| name.clone());
                let is_baseline = run_of_it != name;
                match of_runs.get(&run_of_it).filter(|_| is_baseline) {
                    Some(place) => holdings.moments[*place].names.push(name),
                    None => {
                        let mut moment: Moment = row.moment();
                        if is_baseline {
                            moment.names.push(name);
                        }
                        places.insert(id, holdings.moments.len());
                        of_runs.insert(run_of_it, holdings.moments.len());
                        holdings.moments.push(moment);
                    }
                }
            }
            "open" => holdings.open.push(name),
            _ => holdings.unreadable.push((name, content)),
        }
    }
    Ok(places)
}

fn series(connection: &Connection) -> Result<HashMap<i64, SeriesName>, Fault> {
    let mut statement = connection.prepare("SELECT id, benchmark, metric, unit, checksum FROM series")?;
    let mut rows = statement.query([])?;
    let mut series = HashMap::new();
    while let Some(row) = rows.next()? {
        let names: [String; 3] = [row.get(1)?, row.get(2)?, row.get(3)?];
        if checksum(&names.each_ref().map(|name| name.as_bytes())) != row.get::<_, i64>(4)? {
            return Err(Fault::Damaged(format!("the row of {} is not what was written", names[0])));
        }
        let [benchmark, metric, unit] = names;
        series.insert(row.get(0)?, SeriesName { benchmark, metric: MetricId(metric), unit });
    }
    Ok(series)
}
