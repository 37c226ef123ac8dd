//! `bench-lab run` with a tree of files for its host: what it sets, what it stores, and that a kill undoes it.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use rustix::process::{Signal, kill_process, kill_process_group};
use serde_json::Value;

use crate::process::{pid, random_moment};
use crate::tree::Tree;

const GOVERNOR: &str = "sys/devices/system/cpu/cpufreq/policy1/scaling_governor";

pub(crate) fn store(tree: &Tree) -> PathBuf {
    tree.lock().with_file_name("store")
}

/// A Run over the fixture workspace, built where the other tests build it.
pub(crate) fn run(tree: &Tree, words: &str) -> Command {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/workspace/Cargo.toml");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fixture-workspace");
    let mut command = Command::new(env!("CARGO_BIN_EXE_bench-lab"));
    command.args(["run", "--quick", "--time", "10ms", "--cpus", "1", "--locked", "-p", "truth"]);
    command.args(words.split_whitespace());
    command.arg("--manifest-path").arg(fixture).arg("--target-dir").arg(target);
    tree.around(&mut command).env("BENCH_LAB_STORE", store(tree)).env_remove("BENCH_LAB_TUNE");
    command
}

/// The only Run's file of that name.
pub(crate) fn stored(tree: &Tree, name: &str) -> String {
    let runs: Vec<_> =
        fs::read_dir(store(tree).join("runs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    fs::read_to_string(runs[0].join(name)).unwrap_or_default()
}

pub(crate) fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_run_stores_what_it_set_and_puts_it_back() {
    let tree = Tree::new();
    let original = tree.values();
    let output = run(&tree, "--bench steady_divan").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let session: Value = serde_json::from_str(&stored(&tree, "environment.json")).unwrap();
    let knobs = session["tuning"].as_array().unwrap();
    let governor = knobs.iter().find(|knob| knob["knob"] == "governor").unwrap();
    let setting = &governor["settings"][0];
    let [original_value, reached] = [&setting["original"], &setting["reached"]];
    assert_eq!([original_value, reached, &setting["outcome"]], ["powersave", "performance", "set"]);
    assert!(knobs.iter().any(|knob| knob["nothing_here"].is_string()), "{knobs:?}");
    assert_eq!(tree.values(), original);
    assert!(!tree.journal().exists());
}

#[test]
fn the_wishes_of_a_machine_definition_are_followed_and_what_is_not_reached_is_told() {
    let tree = Tree::new();
    let original = tree.values();
    let definition = tree.lock().with_file_name("machine.toml");
    let written = "name = \"other\"\nexpect.required.cpu.brand = \"Z80\"\n[knobs]\ngovernor = \"powersave\"\nboost = true\n\
                epp = \"balance_power\"\nclock_clamp = 1200000\nnuma_balancing = \"leave\"\nstat_interval = 60\n\
                swappiness = 10\ncpuset = \"leave\"\n";
    fs::write(&definition, written).unwrap();
    let words = format!("--bench steady_divan --machine {} --machine-mismatch mark", definition.display());
    let output = run(&tree, &words).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let session: Value = serde_json::from_str(&stored(&tree, "environment.json")).unwrap();
    let knobs = session["tuning"].as_array().unwrap();
    let knob = |id: &str| knobs.iter().find(|knob| knob["knob"] == id).unwrap();
    let first = |id: &str| {
        let setting = &knob(id)["settings"][0];
        ["wanted", "reached", "outcome"].map(|key| setting[key].as_str().unwrap().to_owned())
    };
    assert_eq!(first("governor"), ["powersave", "powersave", "already"]);
    assert_eq!(first("boost"), ["0", "0", "already"]);
    assert_eq!(first("epp"), ["balance_power", "balance_power", "set"]);
    assert_eq!(first("clock_clamp"), ["1200000", "1200000", "set"]);
    assert_eq!(first("stat_interval"), ["60", "60", "set"]);
    assert_eq!(first("timer_migration"), ["0", "0", "set"], "without a wish it is the knob's own value");
    for id in ["numa_balancing", "cpuset"] {
        assert_eq!(knob(id)["nothing_here"], "left alone, as the machine's definition says");
    }
    let kept: Value = serde_json::from_str(&stored(&tree, "run.json")).unwrap();
    let warnings = kept["warnings"].as_array().unwrap();
    let unmet: Vec<_> = warnings.iter().filter(|warning| warning["kind"] == "knob_wish_not_met").collect();
    assert_eq!(unmet.len(), 1, "{unmet:?}");
    assert_eq!(unmet[0]["subject"], "swappiness");
    assert!(unmet[0]["text"].as_str().unwrap().contains("wants 10"), "{}", unmet[0]);
    assert_eq!(tree.values(), original);
}

#[test]
fn a_run_that_is_not_to_tune_changes_nothing_and_stores_nothing_of_it() {
    let tree = Tree::new();
    let output = run(&tree, "--bench steady_divan --tune off").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let session: Value = serde_json::from_str(&stored(&tree, "environment.json")).unwrap();
    assert!(session.get("tuning").is_none());
    assert!(!tree.run_dir().join("lock").exists(), "no session was begun");
}

#[test]
fn a_change_by_somebody_else_while_benchmarks_run_is_told_in_the_run() {
    let tree = Tree::new();
    let mut command = run(&tree, "--bench noisy_divan --invocations 60");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until(|| store(&tree).join("runs").exists() && tree.value(GOVERNOR) == "performance");
    wait_until(|| fs::read_dir(store(&tree).join("runs")).is_ok_and(|runs| runs.count() > 0));
    tree.set(GOVERNOR, "schedutil");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let warnings = stored(&tree, "warnings.jsonl");
    assert!(warnings.contains("tuning_lost") && warnings.contains("foreign_change"), "{warnings}");
    assert_eq!(tree.value(GOVERNOR), "schedutil", "it is left to whoever set it");
}

#[test]
fn a_run_killed_with_its_group_at_random_moments_leaves_the_host_as_it_was() {
    let tree = Tree::new();
    let original = tree.values();
    for kill in 0..10 {
        let words = "--bench noisy_divan --invocations 400";
        let mut command = run(&tree, words);
        let mut child = command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_until(|| tree.value(GOVERNOR) == "performance");
        thread::sleep(random_moment(400_000));
        kill_process_group(pid(child.id()), Signal::KILL).unwrap();
        assert!(child.wait().unwrap().code().is_none(), "kill {kill}: it was killed in the middle");
        tree.wait_until_free();
        assert_eq!(tree.values(), original, "kill {kill}");
        assert!(!tree.journal().exists(), "kill {kill}");
    }
}

#[test]
fn a_run_whose_guard_is_killed_puts_back_itself_and_says_so() {
    let tree = Tree::new();
    let original = tree.values();
    let mut command = run(&tree, "--bench noisy_divan --invocations 60");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until(|| fs::read_dir(store(&tree).join("runs")).is_ok_and(|runs| runs.count() > 0));
    let journal = fs::read_to_string(tree.journal()).unwrap();
    let head: Value = serde_json::from_str(journal.lines().next().unwrap()).unwrap();
    let guard = u32::try_from(head["begin"]["owner"]["pid"].as_u64().unwrap()).unwrap();
    kill_process(pid(guard), Signal::KILL).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let warnings = stored(&tree, "warnings.jsonl");
    assert!(warnings.contains("guard_lost") && warnings.contains("tuning_recovered"), "{warnings}");
    assert_eq!(tree.values(), original);
    assert!(!tree.journal().exists());
}

#[test]
fn no_bench_process_inherits_the_lock_or_the_line_to_the_guard() {
    let tree = Tree::new();
    let mut command = run(&tree, "--bench noisy_divan --invocations 200");
    let mut child = command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut seen = 0;
    wait_until(|| {
        for (bench, files) in bench_processes() {
            assert!(!files.contains(&tree.lock()), "{bench} holds {files:?}");
            let inherited: Vec<_> =
                files.iter().filter(|file| file.to_string_lossy().starts_with("socket:")).collect();
            assert!(inherited.is_empty(), "{bench} holds {inherited:?}");
            seen += 1;
        }
        seen > 20
    });
    kill_process_group(pid(child.id()), Signal::KILL).unwrap();
    child.wait().unwrap();
    tree.wait_until_free();
}

/// Every process of the bench that runs now, with the files it has open.
fn bench_processes() -> Vec<(String, Vec<PathBuf>)> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let folder = entry.ok()?.path();
        let program = fs::read_link(folder.join("exe")).ok()?;
        let name = program.file_name()?.to_string_lossy().into_owned();
        let files = fs::read_dir(folder.join("fd")).ok()?;
        let files = files.filter_map(|file| fs::read_link(file.ok()?.path()).ok()).collect();
        name.starts_with("noisy_divan").then_some((name, files))
    });
    processes.collect()
}

#[test]
fn what_is_required_and_not_to_be_had_is_no_run() {
    let tree = Tree::new();
    let original = tree.values();
    // The journal's place can be written by others, so nothing may be recorded there.
    fs::set_permissions(tree.run_dir(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let refused = run(&tree, "--bench steady_divan --tune require").output().unwrap();
    assert_eq!(refused.status.code(), Some(3), "{}", text(&refused));
    assert!(text(&refused).contains("can be written by others"), "{}", text(&refused));
    let untuned = run(&tree, "--bench steady_divan").output().unwrap();
    assert_eq!(untuned.status.code(), Some(0), "{}", text(&untuned));
    assert!(text(&untuned).contains("can be written by others"), "{}", text(&untuned));
    assert_eq!(tree.values(), original);
}

#[track_caller]
pub(crate) fn wait_until(mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(300), "waited in vain");
        thread::sleep(Duration::from_millis(5));
    }
}
