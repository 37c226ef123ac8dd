//! This test executable started once more, as the process that is killed, runs out of room or may not write.
//!
//! Alone it does nothing: the part it plays comes in by two variables.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use bench_lab::store::{Store, StoreError};
use lab_core::model::State;

use super::sample::{at, invocation, invocations, run, session, store};

const PART: &str = "STORE_TEST_PART";
const FOLDER: &str = "STORE_TEST_FOLDER";

/// How to start this executable in a part.
pub(crate) fn command(wrap: Option<&str>, part: &str, folder: &Path) -> Command {
    let executable = std::env::current_exe().expect("a running test has an executable");
    let arguments = ["child::plays_its_part", "--exact", "--ignored", "--nocapture"];
    let mut command = match wrap {
        None => Command::new(&executable),
        Some(script) => {
            let mut shell = Command::new("sh");
            shell.args(["-c", &format!("{script} && exec \"$@\""), "sh"]).arg(&executable);
            shell
        }
    };
    command.args(arguments).env(PART, part).env(FOLDER, folder);
    command
}

#[test]
#[ignore = "played by other tests, in a process of its own"]
fn plays_its_part() {
    let Some(part) = std::env::var_os(PART) else { return };
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    match part.to_str().unwrap() {
        "append" => append(&folder),
        "full" => full(&folder),
        "full_at_start" => full_at_start(&folder),
        "limited" => limited(&folder),
        "read_only" => read_only(&folder),
        part => panic!("no part is called {part}"),
    }
}

fn say(what: &str, index: u32) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{what} {index}").unwrap();
    out.flush().unwrap();
}

/// Resumes the Run and goes on to its end, saying each invocation that is acknowledged.
fn append(folder: &Path) {
    let mut resumed = Store::open(&at(folder)).unwrap().resume("latest").unwrap();
    let session_number = resumed.stored.run.sessions.len() as u32 + 1;
    let done = resumed.stored.run.invocations.len() as u32;
    let planned = resumed.stored.run.schedule.len() as u32;
    resumed.open.begin_session(&session(session_number)).unwrap();
    say("resumed", done);
    for index in done..planned {
        resumed.open.append(&invocation(index)).unwrap();
        say("acknowledged", index);
    }
    resumed.open.seal(None).unwrap();
    say("sealed", planned);
}

/// Fills the disk, frees some of it, goes on.
fn full(folder: &Path) {
    let ballast = folder.join("ballast");
    fs::write(&ballast, vec![0; 2 << 20]).unwrap();
    let store = store(&folder.join("store"));
    let mut open = store.create_run(&run(9000)).unwrap();
    let mut done = 0;
    let error = loop {
        match open.append(&invocation(done)) {
            Ok(()) => done += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    assert!(error.to_string().contains("invocations.jsonl"), "{error}");
    let stored = store.load("latest").unwrap();
    assert!(stored.run.invocations == invocations(done) && stored.damage.is_empty());

    fs::remove_file(ballast).unwrap();
    open.append(&invocation(done)).unwrap();
    let seal = open.seal(Some("disk full".into())).unwrap();
    let stored = store.load("latest").unwrap();
    assert!(stored.run.invocations == invocations(done + 1) && stored.damage.is_empty());
    assert_eq!(stored.run.state, State::Sealed(seal));
    say("done", done);
}

/// Finds no room for a Run, then some.
fn full_at_start(folder: &Path) {
    let store = store(&folder.join("store"));
    let ballast = folder.join("ballast");
    let mut file = fs::File::create(&ballast).unwrap();
    while file.write_all(&[0; 512]).is_ok() {}
    let error = store.create_run(&run(1000)).unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    assert_eq!(fs::read_dir(folder.join("store/runs")).unwrap().count(), 0, "nothing half made is left");
    drop(file);
    fs::remove_file(ballast).unwrap();
    store.create_run(&run(1000)).unwrap();
    assert_eq!(store.load("latest").unwrap().damage, Vec::new());
    say("done", 0);
}

/// Reaches the file size limit that the shell has set.
fn limited(folder: &Path) {
    let store = Store::open(&at(folder)).unwrap();
    let mut open = store.resume("latest").unwrap().open;
    let mut done = 0;
    let error = loop {
        match open.append(&invocation(done)) {
            Ok(()) => done += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    say("done", done);
}

/// Everything that writes is refused, everything that reads works.
fn read_only(folder: &Path) {
    let is_refused = |error: StoreError| {
        assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
        assert!(error.to_string().contains("--store"), "{error}");
    };
    is_refused(Store::create(&at(folder)).unwrap_err());
    is_refused(Store::create(&at(&folder.join("elsewhere"))).unwrap_err());
    let store = Store::open(&at(folder)).unwrap();
    is_refused(store.resume("latest").unwrap_err());
    is_refused(store.remove("latest").unwrap_err());
    assert_eq!(store.list().unwrap().len(), 1);
    assert_eq!(store.load("latest").unwrap().damage, Vec::new());
    say("done", 0);
}
