//! Groups of this host's own kernel, made and taken away by the built programs, killed for real.
//!
//! Skipped where nobody may make one. Everything else of the host is a tree of files.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;
use std::thread;

use lab_core::cpulist::CpuList;
use rustix::process::{Signal, kill_process, kill_process_group};
use serde_json::Value;

use crate::process::{await_line, begin, kill_group, pid, random_moment};
use crate::run::{run, stored, text, wait_until};
use crate::tree::{Tree, json};

/// What a file of a process says behind a word at the beginning of a line.
fn says(process: u32, file: &str, word: &str) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{process}/{file}")).ok()?;
    Some(text.lines().find_map(|line| line.strip_prefix(word))?.trim().to_owned())
}

fn is_in(process: u32, group: &str) -> bool {
    let name = group.rsplit('/').next().unwrap();
    fs::read_to_string(format!("/proc/{process}/cgroup"))
        .is_ok_and(|text| text.contains(&format!("/{name}\n")))
}

fn cpus(process: u32) -> CpuList {
    says(process, "status", "Cpus_allowed_list:").unwrap().parse().unwrap()
}

/// The folders of groups that a guard has made.
fn groups_of(guard: u32) -> Vec<String> {
    let home = bench_lab::host::cpuset::find(&bench_lab::host::sysfs::SysRoot::live(), None).unwrap().home;
    let names = fs::read_dir(home).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with(&format!("bench-lab-{guard}-"))).collect()
}

#[test]
fn a_child_is_confined_in_a_real_group_and_comes_out_when_the_session_ends() {
    let Some(tree) = Tree::with_control_groups() else { return };
    let original = tree.values();
    let (mut session, guard, mut lines) = begin(&tree, "groups");
    let group = await_line(&mut lines, "group ");
    let child: u32 = await_line(&mut lines, "child ").parse().unwrap();
    assert!(Path::new(&group).is_dir() && is_in(child, &group));
    assert_eq!(cpus(child), "1".parse().unwrap());
    let journal = fs::read_to_string(tree.journal()).unwrap();
    assert!(journal.contains(&group), "{journal}");
    drop(session.stdin.take());
    assert!(session.wait().unwrap().success());
    assert_eq!(groups_of(guard), Vec::<String>::new());
    assert!(Path::new(&format!("/proc/{child}")).exists() && !is_in(child, &group), "it lives, elsewhere");
    kill_process(pid(child), Signal::KILL).unwrap();
    assert_eq!(tree.values(), original);
    assert!(!tree.journal().exists());
}

#[test]
fn a_child_without_rights_is_confined_by_a_guard_that_has_them() {
    let Some(tree) = Tree::with_control_groups() else { return };
    let (mut session, guard, mut lines) = begin(&tree, "groups of a user");
    let group = await_line(&mut lines, "group ");
    let child: u32 = await_line(&mut lines, "child ").parse().unwrap();
    assert_eq!(says(child, "status", "Uid:").unwrap().split_whitespace().next(), Some("65534"));
    assert!(is_in(child, &group) && cpus(child) == "1".parse().unwrap());
    drop(session.stdin.take());
    session.wait().unwrap();
    kill_process(pid(child), Signal::KILL).unwrap();
    assert_eq!(groups_of(guard), Vec::<String>::new());
    assert!(!tree.journal().exists());
}

#[test]
fn a_real_group_is_gone_after_the_session_was_killed_at_any_moment() {
    let Some(tree) = Tree::with_control_groups() else { return };
    let original = tree.values();
    let mut seen = 0;
    for kill in 0..24 {
        let (mut session, guard, mut lines) = begin(&tree, "groups");
        let mut child = None;
        match kill % 3 {
            0 => {
                await_line(&mut lines, "applied");
                thread::sleep(random_moment(4_000));
            }
            1 => thread::sleep(random_moment(30_000)),
            _ => {
                let group = await_line(&mut lines, "group ");
                child = Some(await_line(&mut lines, "child ").parse::<u32>().unwrap());
                assert!(is_in(child.unwrap(), &group));
                seen += 1;
            }
        }
        kill_group(&mut session);
        tree.wait_until_free();
        assert_eq!(groups_of(guard), Vec::<String>::new(), "kill {kill}");
        assert_eq!(tree.values(), original, "kill {kill}");
        assert!(!tree.journal().exists(), "kill {kill}");
        if let Some(child) = child {
            kill_process(pid(child), Signal::KILL).unwrap();
        }
    }
    assert_eq!(seen, 8);
}

#[test]
fn a_real_group_whose_guard_was_killed_too_is_taken_away_by_the_next_start() {
    let Some(tree) = Tree::with_control_groups() else { return };
    let original = tree.values();
    let mut left = 0;
    for kill in 0..12 {
        let (mut session, guard, mut lines) = begin(&tree, "groups");
        let mut child = None;
        if kill % 2 == 0 {
            await_line(&mut lines, "group ");
            child = Some(await_line(&mut lines, "child ").parse::<u32>().unwrap());
        } else {
            await_line(&mut lines, "applied");
            thread::sleep(random_moment(4_000));
        }
        kill_process(pid(guard), Signal::KILL).unwrap();
        kill_group(&mut session);
        tree.wait_until_free();
        left += groups_of(guard).len();
        json(&tree.bench_lab("tune restore --json"), 0);
        assert_eq!(groups_of(guard), Vec::<String>::new(), "kill {kill}");
        assert_eq!(tree.values(), original, "kill {kill}");
        assert!(!tree.journal().exists(), "kill {kill}");
        if let Some(child) = child {
            kill_process(pid(child), Signal::KILL).unwrap();
        }
    }
    assert!(left >= 6, "{left} groups were left by 12 kills");
}

/// The guard of the Run that goes on in a tree.
fn guard_of(tree: &Tree) -> u32 {
    let journal = fs::read_to_string(tree.journal()).unwrap();
    let head: Value = serde_json::from_str(journal.lines().next().unwrap()).unwrap();
    u32::try_from(head["begin"]["owner"]["pid"].as_u64().unwrap()).unwrap()
}

/// Benchmarks of the fixture that run in a group.
fn benches_in(group: &str) -> Vec<u32> {
    let ids =
        fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    ids.filter(|id| {
        let program = fs::read_link(format!("/proc/{id}/exe")).unwrap_or_default();
        program.to_string_lossy().contains("noisy_divan") && is_in(*id, group)
    })
    .collect()
}

#[test]
fn a_run_measures_in_a_real_group_and_records_it() {
    let Some(tree) = Tree::with_control_groups() else { return };
    let original = tree.values();
    let mut command = run(&tree, "--bench noisy_divan --invocations 40");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until(|| tree.journal().exists());
    let guard = guard_of(&tree);
    let mut seen = 0;
    wait_until(|| {
        for group in groups_of(guard) {
            for bench in benches_in(&group) {
                seen += usize::from(says(bench, "status", "Cpus_allowed_list:").as_deref() == Some("1"));
            }
        }
        seen >= 3
    });
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(groups_of(guard), Vec::<String>::new());
    assert_eq!(tree.values(), original);
    let session: Value = serde_json::from_str(&stored(&tree, "environment.json")).unwrap();
    let knobs = session["tuning"].as_array().unwrap();
    let group = knobs.iter().find(|knob| knob["knob"] == "cpuset").unwrap();
    assert_eq!([&group["settings"][0]["wanted"], &group["settings"][0]["outcome"]], ["1", "set"], "{group}");
    let rows = stored(&tree, "invocations.jsonl");
    assert!(
        rows.lines().count() >= 40 && !rows.contains("cpuset_refused") && !rows.contains("pinning_"),
        "{rows}"
    );
    assert!(!stored(&tree, "warnings.jsonl").contains("tuning_lost"));
}

#[test]
fn a_run_killed_in_a_real_group_leaves_none() {
    let Some(tree) = Tree::with_control_groups() else { return };
    let original = tree.values();
    for kill in 0..6 {
        let said = tree.lock().with_file_name("said");
        let mut command = run(&tree, "--bench noisy_divan --invocations 400");
        command.process_group(0).stdout(Stdio::null()).stderr(fs::File::create(&said).unwrap());
        let mut child = command.spawn().unwrap();
        let mut goes_on = || {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "kill {kill}: {ended:?}: {}", fs::read_to_string(&said).unwrap());
        };
        wait_until(|| {
            goes_on();
            tree.journal().exists()
        });
        let guard = guard_of(&tree);
        wait_until(|| {
            goes_on();
            !groups_of(guard).is_empty()
        });
        thread::sleep(random_moment(200_000));
        kill_process_group(pid(child.id()), Signal::KILL).unwrap();
        child.wait().unwrap();
        tree.wait_until_free();
        assert_eq!(groups_of(guard), Vec::<String>::new(), "kill {kill}");
        assert_eq!(tree.values(), original, "kill {kill}");
        assert!(!tree.journal().exists(), "kill {kill}");
    }
}
