//! What happens with fewer rights: those that were lent are given back, and without any nothing is changed.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::process::Command;
use std::{env, fs};

use bench_lab::host::invoker::Invoker;
use bench_lab::host::session::{Program, Request, Session};
use lab_core::model::SettingOutcome;

use crate::tree::Tree;

/// Tells a copy of this test executable what to be.
const ROLE: &str = "BENCH_LAB_TEST_HAS_RIGHTS";

/// The user that every system has and nobody is.
const NOBODY: u32 = 65534;

/// Not a test of its own: without the variable it passes at once.
#[test]
fn process_with_rights() {
    let Some(role) = env::var_os(ROLE) else { return };
    if role == "user" {
        return ask();
    }
    let invoker = Invoker::of_process().unwrap().expect("sudo started it");
    invoker.become_for_good().unwrap();
    assert_eq!(rustix::process::geteuid().as_raw(), NOBODY);
    if role == "drops" {
        // What it starts and what it writes belongs to the user, and there is no way back.
        let file = env::var("BENCH_LAB_TEST_FILE").unwrap();
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let ids: Vec<&str> =
            status.lines().filter(|line| line.starts_with("Uid:") || line.starts_with("Gid:")).collect();
        for id in ids {
            assert!(id.split_whitespace().skip(1).all(|id| id == "65534"), "{id}");
        }
        let groups = status.lines().find(|line| line.starts_with("Groups:")).unwrap();
        assert!(groups.split_whitespace().skip(1).all(|group| group == "65534"), "{groups}");
        assert!(status.lines().any(|line| line.starts_with("CapEff:") && line.ends_with("0000000000000000")));
        assert_eq!(env::var("USER").unwrap(), "nobody");
        let started = Command::new("sh").args(["-c", &format!("id -u > '{file}'")]).status().unwrap();
        assert!(started.success());
        assert!(rustix::thread::set_thread_uid(rustix::process::Uid::ROOT).is_err(), "root is gone for good");
        return;
    }
    // A guard ignores the variables of the test as long as it is told of a lender.
    let mut user = Command::new("/proc/self/exe");
    user.args(["--exact", "rights::process_with_rights", "--nocapture"]);
    assert!(user.env(ROLE, "user").env_remove("SUDO_UID").status().unwrap().success());
}

/// What a session without rights gets.
fn ask() {
    let program = Program { path: env!("CARGO_BIN_EXE_bench-lab").into(), arguments: vec!["__guard".into()] };
    let mut session = Session::start(&program, None).unwrap();
    let request = Request::Apply {
        knobs: Some(vec!["governor".into()]),
        wishes: BTreeMap::new(),
        bench_cpus: "1".into(),
        command: "a test".into(),
        user: "nobody".into(),
    };
    let report = session.apply(&request).unwrap();
    let setting = &report.knobs[0].settings[0];
    assert_eq!(setting.outcome, SettingOutcome::Refused);
    let why = setting.reason.as_deref().unwrap();
    assert!(why.contains("only root may set what has to be put back"), "{why}");
    assert!(report.warnings[0].text.contains("so a governor that follows"), "{}", report.warnings[0]);
    assert_eq!(session.finish().unwrap().restoration, None);
}

fn role(name: &str) -> Option<Command> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let mut command = Command::new("/proc/self/exe");
    command
        .args(["--exact", "rights::process_with_rights"])
        .env(ROLE, name)
        .env("SUDO_UID", NOBODY.to_string());
    Some(command)
}

#[test]
fn rights_that_sudo_lent_are_given_back_for_good() {
    let Some(mut command) = role("drops") else {
        println!("skipped: only root can give rights up");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    let file = folder.path().join("written");
    let output = command.env("BENCH_LAB_TEST_FILE", &file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(fs::read_to_string(&file).unwrap(), "65534\n");
    assert_eq!(fs::metadata(&file).unwrap().uid(), NOBODY);
}

#[test]
fn without_rights_nothing_is_changed_and_the_cost_is_told() {
    let Some(mut command) = role("asks") else {
        println!("skipped: only root can give rights up");
        return;
    };
    let tree = Tree::new();
    tree.open_to_all();
    let original = tree.values();
    let output = tree.around(&mut command).env("SUDO_UID", NOBODY.to_string()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    assert_eq!(tree.values(), original);
}
