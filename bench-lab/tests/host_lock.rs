//! The host lock between real processes.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that goes wrong")]
#![expect(clippy::zombie_processes, reason = "the orphan is meant to outlive its parent")]

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs, io};

use bench_lab::host::lock::{LockError, Waiting, acquire, acquire_at};

/// Tells a copy of this test executable to take the lock and keep it until it is killed.
const ROLE: &str = "BENCH_LAB_TEST_HOLDS_LOCK";

/// Not a test of its own: what the other processes run. Without the variable it passes at once.
#[test]
fn holder_process() {
    if env::var_os(ROLE).is_none() {
        return;
    }
    let _lock = acquire(Waiting::Refuse).unwrap();
    // A child that outlives its parent must not keep the lock; it would if it inherited the descriptor.
    let _orphan = Command::new("sleep").arg("20").stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    println!("\nholding");
    io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

/// Starts a process that holds the lock, and waits until it does.
fn start_holder(path: &Path) -> Child {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "holder_process", "--nocapture"])
        .env(ROLE, "1")
        .env("BENCH_LAB_LOCK", path)
        .env("USER", "alice")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "holding"), "the holder never got the lock");
    child
}

fn place() -> (tempfile::TempDir, Vec<PathBuf>) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("lock");
    (directory, vec![path])
}

#[test]
fn a_second_session_is_refused_and_the_holder_named() {
    let (_directory, places) = place();
    let mut holder = start_holder(&places[0]);
    let error = acquire_at(&places, Waiting::Refuse).unwrap_err();
    let LockError::Held { holder: named, path } = &error else { panic!("{error}") };
    assert_eq!(named.pid, Some(holder.id()));
    assert_eq!(named.user.as_deref(), Some("alice"));
    assert!(named.command.as_deref().unwrap().contains("holder_process"), "{named:?}");
    assert_eq!(named.directory.as_deref(), env::current_dir().unwrap().to_str());
    assert_eq!(path, &places[0]);
    let text = error.to_string();
    assert!(text.contains(&format!("process {} of alice since 20", holder.id())), "{text}");
    holder.kill().unwrap();
    holder.wait().unwrap();
}

#[test]
fn a_killed_holder_leaves_the_lock_free_though_its_child_lives() {
    let (_directory, places) = place();
    let mut holder = start_holder(&places[0]);
    holder.kill().unwrap();
    holder.wait().unwrap();
    let record = fs::read_to_string(&places[0]).unwrap();
    assert!(record.contains(&format!("pid: {}\n", holder.id())), "the stale record is still there: {record}");
    let lock = acquire_at(&places, Waiting::Refuse).unwrap();
    let record = fs::read_to_string(lock.path()).unwrap();
    assert!(record.starts_with(&format!("pid: {}\n", std::process::id())), "{record}");
    assert!(!record.contains("alice") || env::var("USER").is_ok_and(|user| user == "alice"), "{record}");
}

#[test]
fn waiting_ends_when_the_holder_does() {
    let (_directory, places) = place();
    let mut holder = start_holder(&places[0]);
    let waiter = std::thread::spawn(move || acquire_at(&places, Waiting::UpTo(Duration::from_secs(60))));
    std::thread::sleep(Duration::from_millis(300));
    assert!(!waiter.is_finished());
    holder.kill().unwrap();
    holder.wait().unwrap();
    waiter.join().unwrap().unwrap();
}

#[test]
fn waiting_ends_with_the_holder_named_when_the_time_is_over() {
    let (_directory, places) = place();
    let _held = acquire_at(&places, Waiting::Refuse).unwrap();
    let error = acquire_at(&places, Waiting::UpTo(Duration::from_millis(250))).unwrap_err();
    let LockError::Held { holder, .. } = error else { panic!("{error}") };
    assert_eq!(holder.pid, Some(std::process::id()));
}

#[test]
fn a_released_lock_names_nobody_and_can_be_taken_again() {
    let (_directory, places) = place();
    let first = acquire_at(&places, Waiting::Refuse).unwrap();
    drop(first);
    assert_eq!(fs::read_to_string(&places[0]).unwrap(), "");
    acquire_at(&places, Waiting::Refuse).unwrap();
}

#[test]
fn everybody_may_lock_the_file_that_one_made() {
    let (_directory, places) = place();
    let _held = acquire_at(&places, Waiting::Refuse).unwrap();
    assert_eq!(fs::metadata(&places[0]).unwrap().permissions().mode() & 0o777, 0o666);
}

#[test]
fn the_next_place_is_tried_and_all_are_named_when_none_will_do() {
    let (directory, good) = place();
    let bad = directory.path().join("missing/lock");
    let lock = acquire_at(&[bad.clone(), good[0].clone()], Waiting::Refuse).unwrap();
    assert_eq!(lock.path(), good[0]);
    let folder = directory.path().to_path_buf();
    let error = acquire_at(&[bad.clone(), folder.clone()], Waiting::Refuse).unwrap_err();
    let LockError::NoPlace { tried } = &error else { panic!("{error}") };
    assert!(tried[0].starts_with(&bad.display().to_string()), "{tried:?}");
    assert!(tried[1].starts_with(&folder.display().to_string()), "{tried:?}");
}

#[test]
fn a_link_in_place_of_the_lock_file_is_not_followed() {
    let (directory, places) = place();
    let precious = directory.path().join("precious");
    fs::write(&precious, "keep").unwrap();
    std::os::unix::fs::symlink(&precious, &places[0]).unwrap();
    assert!(matches!(acquire_at(&places, Waiting::Refuse), Err(LockError::NoPlace { .. })));
    assert_eq!(fs::read_to_string(&precious).unwrap(), "keep");
}
