//! The file of an index: opened, checked, locked, thrown away.
//!
//! It knows tables and no value in them.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::INDEX_FILE;
use super::error::{Fault, IndexError};

/// Held by whoever writes the index.
const LOCK_FILE: &str = "index.lock";

/// Version of the tables; another one is made anew.
const VERSION: i32 = 1;

/// `blab`: says that a SQLite file is an index of bench-lab.
const APPLICATION: i32 = 0x626c_6162;

/// How long to wait for a reader to finish.
const BUSY: Duration = Duration::from_secs(20);

const TABLES: &str = "
CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    shelf TEXT NOT NULL,
    name TEXT NOT NULL,
    stamp TEXT NOT NULL,
    state TEXT NOT NULL,
    run TEXT,
    content TEXT NOT NULL,
    value_count INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    UNIQUE (shelf, name)
);
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    benchmark TEXT NOT NULL,
    metric TEXT NOT NULL,
    unit TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    UNIQUE (benchmark, metric, unit)
);
CREATE TABLE point (
    series INTEGER NOT NULL,
    source INTEGER NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (series, source)
) WITHOUT ROWID;
";

/// Whether files can be made in a folder, found out by making one: permissions alone do not say it of a mount.
pub(super) fn can_write(folder: &Path) -> bool {
    OpenOptions::new().write(true).create(true).truncate(false).open(folder.join(LOCK_FILE)).is_ok()
}

/// Waits until nobody else writes the index.
pub(super) fn lock(folder: &Path, tell: &mut dyn FnMut(&str)) -> Result<File, Fault> {
    let path = folder.join(LOCK_FILE);
    let failed = |tried| {
        let path = path.clone();
        move |source| Fault::Other(IndexError::Io { path, tried, source })
    };
    let open = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
    let file = open.map_err(failed("open"))?;
    if file.try_lock().is_err() {
        tell("index: another bench-lab is bringing it up to date; waiting");
        file.lock().map_err(failed("lock"))?;
    }
    Ok(file)
}

/// Opens the file, and makes it where it is not there or empty.
pub(super) fn file(path: &Path) -> Result<Connection, Fault> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    // A lost index costs time and no value, so it waits for the disk where SQLite says a crash may corrupt it otherwise.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    let (application, version): (i32, i32) = (
        connection.pragma_query_value(None, "application_id", |row| row.get(0))?,
        connection.pragma_query_value(None, "user_version", |row| row.get(0))?,
    );
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (application, version, tables) {
        (0, 0, 0) => make_tables(&connection)?,
        (APPLICATION, VERSION, _) => {}
        (APPLICATION, other, _) => {
            return Err(Fault::Damaged(format!(
                "its tables have version {other}, this bench-lab's {VERSION}"
            )));
        }
        _ => return Err(Fault::Damaged("the file is no index of bench-lab".into())),
    }
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(Fault::Damaged(verdict.lines().next().unwrap_or_default().to_owned()));
    }
    Ok(connection)
}

/// An index that nobody keeps.
pub(super) fn memory() -> Result<Connection, Fault> {
    let connection = Connection::open_in_memory()?;
    make_tables(&connection)?;
    Ok(connection)
}

/// Throws the file away, with what SQLite keeps beside it.
pub(super) fn discard(folder: &Path) -> Result<(), IndexError> {
    let _lock = lock(folder, &mut |_| {}).map_err(IndexError::from)?;
    for ending in ["", "-journal", "-wal", "-shm"] {
        let path = folder.join(format!("{INDEX_FILE}{ending}"));
        match fs::remove_file(&path) {
            Err(source) if source.kind() != ErrorKind::NotFound => {
                return Err(IndexError::Io { path, tried: "remove", source });
            }
            _ => {}
        }
    }
    Ok(())
}

fn make_tables(connection: &Connection) -> Result<(), Fault> {
    let version = format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION};");
    Ok(connection.execute_batch(&format!("BEGIN; {TABLES} {version} COMMIT;"))?)
}
