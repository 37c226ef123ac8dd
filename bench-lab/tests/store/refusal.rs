//! Places that cannot hold a store: each is refused with its path, and nothing finished is lost.
//!
//! Mounts live in a namespace of their own, so that a failing test leaves none behind.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use bench_lab::store::{Store, StoreError};

use super::child;
use super::sample::{at, invocation, invocations, run, store};

/// Runs a part behind a shell script, in a mount namespace; `None` when this machine refuses mounts.
fn in_namespace(script: &str, part: &str, folder: &Path) -> Result<Output, String> {
    let probe = Command::new("unshare")
        .args(["--map-root-user", "--mount", "mount", "-t", "tmpfs", "none"])
        .arg(folder)
        .output()
        .map_err(|error| format!("unshare: {error}"))?;
    if !probe.status.success() {
        return Err(String::from_utf8_lossy(&probe.stderr).trim().to_owned());
    }
    let inner = child::command(Some(script), part, folder);
    let mut outer = Command::new("unshare");
    outer.args(["--map-root-user", "--mount"]).arg(inner.get_program()).args(inner.get_args());
    outer.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("AT", folder);
    Ok(outer.output().expect("unshare was there a moment ago"))
}

fn assert_played(output: &Output) {
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("\ndone "), "{said}\n{complaint}");
}

#[test]
fn a_full_disk_keeps_what_was_finished_and_takes_more_once_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    match in_namespace("mount -t tmpfs -o size=8m none \"$AT\"", "full", folder.path()) {
        Ok(output) => assert_played(&output),
        Err(reason) => eprintln!("skipped: no tmpfs can be mounted here ({reason})"),
    }
}

#[test]
fn a_disk_without_room_for_a_run_is_left_without_a_trace_of_it() {
    let folder = tempfile::tempdir().unwrap();
    match in_namespace("mount -t tmpfs -o size=256k none \"$AT\"", "full_at_start", folder.path()) {
        Ok(output) => assert_played(&output),
        Err(reason) => eprintln!("skipped: no tmpfs can be mounted here ({reason})"),
    }
}

#[test]
fn a_read_only_store_can_be_read_and_says_why_it_takes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    store(folder.path()).create_run(&run(3)).unwrap();
    let script = "mount --bind \"$AT\" \"$AT\" && mount -o remount,bind,ro \"$AT\"";
    match in_namespace(script, "read_only", folder.path()) {
        Ok(output) => assert_played(&output),
        Err(reason) => eprintln!("skipped: nothing can be mounted here ({reason})"),
    }
}

/// Needs no mount: a limit on file sizes stops a write in its middle just like a full disk.
#[test]
fn a_write_that_stops_in_its_middle_leaves_whole_lines_only() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    drop(store.create_run(&run(100)).unwrap());
    let output =
        child::command(Some("trap '' XFSZ; ulimit -f 64"), "limited", folder.path()).output().unwrap();
    assert_played(&output);
    let bytes =
        fs::read(folder.path().join("runs").join(super::sample::ID).join("invocations.jsonl")).unwrap();
    assert_eq!(bytes.last(), Some(&b'\n'));
    let mut resumed = store.resume("latest").unwrap();
    let done = resumed.stored.run.invocations.len() as u32;
    assert_eq!(resumed.stored.damage, Vec::new());
    assert_eq!(resumed.stored.run.invocations, invocations(done));
    assert!(String::from_utf8_lossy(&output.stdout).contains(&format!("\ndone {done}\n")));
    resumed.open.append(&invocation(done)).unwrap();
    assert_eq!(store.load("latest").unwrap().run.invocations, invocations(done + 1));
}

#[test]
fn a_file_in_the_way_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("below")] {
        for error in [Store::create(&at(&path)).unwrap_err(), Store::open(&at(&path)).unwrap_err()] {
            assert!(matches!(error, StoreError::NotAFolder { .. }), "{error:?}");
            assert!(error.to_string().contains(file.to_str().unwrap()), "{error}");
        }
    }
    fs::create_dir(folder.path().join("store")).unwrap();
    fs::write(folder.path().join("store/runs"), "").unwrap();
    for error in [
        Store::create(&at(&folder.path().join("store"))).unwrap_err(),
        Store::open(&at(&folder.path().join("store"))).unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::NotAFolder { .. }), "{error:?}");
    }
}

#[test]
fn a_place_that_even_root_may_not_write_is_named() {
    // sysfs makes no folders: EPERM for root, EACCES for others, EROFS where a container mounts it read-only.
    let path = Path::new("/sys/bench-lab-store");
    let error = Store::create(&at(path)).unwrap_err();
    assert!(matches!(error, StoreError::Denied { .. } | StoreError::ReadOnly { .. }), "{error:?}");
    assert!(error.to_string().contains("/sys/bench-lab-store"), "{error}");
}

#[test]
fn a_store_that_is_not_there_says_who_named_it() {
    let folder = tempfile::tempdir().unwrap();
    let error = Store::open(&at(&folder.path().join("none"))).unwrap_err().to_string();
    assert!(error.contains("none (named by --store): `bench-lab run` makes one"), "{error}");
}
