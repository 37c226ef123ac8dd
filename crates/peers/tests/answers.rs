//! Every peer gives the answers that ReedBase gives, to the same questions about the same rows.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

use peers::{
    COLUMNS, CsvFile, DeltaCodec, Error, Qbsdiff, Redb, Row, Shared, SharedSqlite, Sqlite, Store, Vcdiff,
    ZstdPrefix,
};
use reedbase::{Aggregate, Change, Comparison, Filter, Options, Query, Table, Value};

/// ReedBase behind the peers' own interface.
struct Reed(Table);

fn of_city(city: &str) -> Filter {
    Filter::Compare("city".to_owned(), Comparison::Eq, Value::Text(city.to_owned()))
}

fn plain(row: reedbase::Row) -> Row {
    row.values().map(str::to_owned).collect()
}

fn turned(error: reedbase::Error) -> Error {
    match error {
        reedbase::Error::KeyExists { key } => Error::KeyExists(key),
        reedbase::Error::NotFound { key } => Error::NotFound(key),
        other => Error::Io(std::io::Error::other(other)),
    }
}

impl Store for Reed {
    fn create(directory: &Path) -> Result<Self, Error> {
        Table::create(directory, &COLUMNS, Options::default()).map(Self).map_err(turned)
    }

    fn read(&self, key: &str) -> Result<Option<Row>, Error> {
        Ok(self.0.read(key).ok().map(plain))
    }

    fn read_many(&self, keys: &[String]) -> Result<Vec<Option<Row>>, Error> {
        Ok(self.0.read_many(keys).into_iter().map(|row| row.map(plain)).collect())
    }

    fn read_all(&self) -> Result<Vec<Row>, Error> {
        Ok(self.0.snapshot().scan().map(plain).collect())
    }

    fn insert(&self, rows: &[Row]) -> Result<(), Error> {
        let changes: Vec<Change> = rows.iter().map(|row| Change::Insert(reedbase::Row::new(row))).collect();
        self.0.write_batch(&changes).map_err(turned)
    }

    fn update(&self, row: &Row) -> Result<(), Error> {
        self.0.update(reedbase::Row::new(row)).map_err(turned)
    }

    fn delete(&self, key: &str) -> Result<(), Error> {
        self.0.delete(key).map_err(turned)
    }

    fn of_city(&self, city: &str) -> Result<Vec<Row>, Error> {
        let query = Query { filter: Some(of_city(city)), ..Query::default() };
        Ok(self.0.query(&query).map_err(turned)?.into_iter().map(plain).collect())
    }

    fn count_of_city(&self, city: &str) -> Result<usize, Error> {
        self.0.count(Some(&of_city(city))).map_err(turned)
    }

    fn sum_of_amounts(&self) -> Result<f64, Error> {
        Ok(self.0.aggregate(None, Aggregate::Sum, "amount").map_err(turned)?.unwrap())
    }
}

/// All that can be asked, after all that can be done, in words that can be compared.
fn story<S: Store>() -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let store = S::create(directory.path()).unwrap();
    let rows = workload::table(500, 200, 1).rows;
    let others = workload::table(500, 200, 2).rows;
    let mut told = vec![format!("{:?}", store.read_all().unwrap())];
    store.insert(&rows[..300]).unwrap();
    rows[300..320].iter().for_each(|row| store.insert(std::slice::from_ref(row)).unwrap());
    others[..50].iter().for_each(|row| store.update(row).unwrap());
    (100..120).for_each(|number| store.delete(&workload::key(number)).unwrap());
    // A batch with one row too many is not there at all.
    told.push(format!("{:?}", store.insert(&rows[319..330])));
    told.push(format!("{:?}", store.update(&rows[400])));
    told.push(format!("{:?}", store.delete("nobody")));
    let keys: Vec<String> = [0, 60, 110, 319, 320, 999].map(workload::key).to_vec();
    told.extend(keys.iter().map(|key| format!("{:?}", store.read(key).unwrap())));
    told.push(format!("{:?}", store.read_many(&keys).unwrap()));
    told.push(format!("{:?}", store.read_all().unwrap()));
    for city in ["Bergen", "Ceuta, ES", "Ha Long \"Bay\"", "nowhere"] {
        let found = store.of_city(city).unwrap();
        assert_eq!(store.count_of_city(city).unwrap(), found.len(), "{city}");
        told.push(format!("{found:?}"));
    }
    told.push(format!("{:.2}", store.sum_of_amounts().unwrap()));
    told
}

#[test]
fn sqlite_tells_the_same_story() {
    assert_eq!(story::<Sqlite>(), story::<Reed>());
}

#[test]
fn redb_tells_the_same_story() {
    assert_eq!(story::<Redb>(), story::<Reed>());
}

#[test]
fn a_csv_file_tells_the_same_story() {
    assert_eq!(story::<CsvFile>(), story::<Reed>());
}

#[test]
fn the_story_tells_stores_apart() {
    let told = story::<Reed>();
    assert!(told.iter().any(|line| line.contains("KeyExists")) && told.iter().any(|line| line == "None"));
    assert!(told.iter().all(|line| !line.is_empty()));
}

fn patches_of<C: DeltaCodec>() {
    let base = workload::table(300, 200, 1).rows.concat().concat().into_bytes();
    let mut result = base.clone();
    result[5000..5100].fill(b'b');
    result.extend_from_slice(b"and more");
    for (base, result) in [(&base[..], &result[..]), (&[], &result), (&base, &[]), (&[], &[])] {
        let patch = C::pack(base, result).unwrap();
        assert_eq!(C::apply(base, &patch).unwrap(), result, "{} to {} bytes", base.len(), result.len());
    }
    let patch = C::pack(&base, &result).unwrap();
    assert!(patch.len() < 1000, "{} bytes", patch.len());
    assert_ne!(C::apply(&base[10_000..], &patch).ok().as_ref(), Some(&result), "another base");
}

#[test]
fn patches_of_qbsdiff_give_the_later_text() {
    patches_of::<Qbsdiff>();
}

#[test]
fn patches_of_vcdiff_give_the_later_text() {
    patches_of::<Vcdiff>();
}

#[test]
fn patches_of_zstd_give_the_later_text() {
    patches_of::<ZstdPrefix>();
}

/// Four threads write rows of their own, each of them seen at once by two that read.
fn threads_share<S: Shared>() {
    let directory = tempfile::tempdir().unwrap();
    let store = S::create(directory.path()).unwrap();
    let rows = workload::table(200, 200, 1).rows;
    std::thread::scope(|scope| {
        for share in rows.chunks(50) {
            let (store, read) = (&store, store.reader().unwrap());
            scope.spawn(move || {
                for row in share {
                    store.insert(std::slice::from_ref(row)).unwrap();
                    assert_eq!(read(&row[0]).unwrap().as_ref(), Some(row));
                }
            });
        }
        for _ in 0..2 {
            let (read, rows) = (store.reader().unwrap(), &rows);
            scope.spawn(move || {
                // From the last to the first: most are not there yet, and no row is ever another.
                for row in rows.iter().rev().cycle().take(2000) {
                    assert!(read(&row[0]).unwrap().is_none_or(|found| found == *row));
                }
            });
        }
    });
    let read = store.reader().unwrap();
    assert!(rows.iter().all(|row| read(&row[0]).unwrap().as_ref() == Some(row)));
    assert!(matches!(store.insert(&rows[..1]), Err(Error::KeyExists(key)) if key == rows[0][0]));
    assert_eq!(read("nobody").unwrap(), None);
}

#[test]
fn threads_share_sqlite() {
    threads_share::<SharedSqlite>();
}

#[test]
fn threads_share_redb() {
    threads_share::<Redb>();
}
