//! How a child ends, and that nothing of it stays.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bench_lab::runner::spawn::{Finished, Launch, SpawnError};
use lab_core::model::{Aslr, Exit};

use crate::{LONG, eventually, is_alive, launch, own_test, run, script, try_run};

#[test]
fn the_exit_is_the_childs_own() {
    for (text, exit) in
        [("exit 0", Exit::Code(0)), ("exit 101", Exit::Code(101)), ("kill -SEGV $$", Exit::Signal(11))]
    {
        let spec = script(text);
        assert_eq!(run(&launch(&spec)).captured.exit, exit);
    }
}

#[test]
fn both_streams_are_captured_whole_and_apart() {
    let spec = script("head -c 10485760 /dev/zero | tr '\\0' a; head -c 3000000 /dev/zero | tr '\\0' b >&2");
    let captured = run(&launch(&spec)).captured;
    assert_eq!((captured.stdout.len(), captured.stderr.len()), (10_485_760, 3_000_000));
    assert!(captured.stdout.iter().all(|byte| *byte == b'a'));
    assert!(captured.stderr.iter().all(|byte| *byte == b'b'));
}

#[test]
fn a_flood_is_cut_in_the_middle_and_said_to_be() {
    let spec = script("echo first; head -c 80000000 /dev/zero; echo last");
    let completed = run(&launch(&spec));
    let stdout = &completed.captured.stdout;
    assert!(stdout.starts_with(b"first\n") && stdout.ends_with(b"last\n"));
    assert!(stdout.len() < 70_000_000, "{}", stdout.len());
    assert_eq!(completed.warnings[0].kind, "output_cut");
}

#[test]
fn a_timeout_kills_the_child_and_its_children_and_keeps_what_it_said() {
    let spec = script("sleep 300 & echo $! $$; wait");
    let completed = run(&Launch { limit: Duration::from_millis(300), ..launch(&spec) });
    assert_eq!(completed.captured.exit, Exit::TimedOut { limit_ms: 300 });
    let text = completed.captured.stdout_text();
    let pids: Vec<&str> = text.split_whitespace().collect();
    assert_eq!(pids.len(), 2, "{text:?}");
    for pid in pids {
        eventually("the group is gone", || !is_alive(pid));
    }
}

#[test]
fn a_child_that_ignores_the_polite_signal_dies_all_the_same() {
    let spec = script("trap '' TERM INT HUP; echo deaf; while :; do sleep 1; done");
    let captured = run(&Launch { limit: Duration::from_millis(300), ..launch(&spec) }).captured;
    assert_eq!((captured.exit, captured.stdout_text()), (Exit::TimedOut { limit_ms: 300 }, "deaf\n".into()));
}

#[test]
fn children_left_in_the_group_die_with_the_child_and_hold_nothing_up() {
    let spec = script("sleep 300 & echo $!");
    let completed = run(&launch(&spec));
    assert_eq!(completed.captured.exit, Exit::Code(0));
    assert_eq!(completed.warnings, []);
    eventually("the grandchild is gone", || !is_alive(&completed.captured.stdout_text()));
}

#[test]
fn a_daemon_that_holds_the_output_open_is_named_and_does_not_hang_the_runner() {
    let spec = script("setsid sleep 300 & while ! grep -q sleep /proc/$!/comm; do :; done; echo $!");
    let completed = run(&launch(&spec));
    let pid = completed.captured.stdout_text();
    assert_eq!(completed.captured.exit, Exit::Code(0));
    assert!(is_alive(&pid), "the daemon left the group, so it lives");
    assert_eq!(completed.warnings[0].kind, "process_left_behind");
    Command::new("kill").args(["-9", pid.trim()]).status().unwrap();
}

#[test]
fn an_interrupt_kills_the_group_and_is_no_result() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("pids");
    let spec = script("sleep 300 & echo $! $$ > pids.part; mv pids.part pids; wait");
    let stop = AtomicBool::new(false);
    let finished = std::thread::scope(|scope| {
        let thread =
            scope.spawn(|| try_run(&Launch { directory: directory.path(), stop: &stop, ..launch(&spec) }));
        eventually("the child runs", || file.exists());
        stop.store(true, Ordering::Relaxed);
        thread.join().unwrap()
    });
    assert!(matches!(finished, Ok(Finished::Interrupted)), "{finished:?}");
    for pid in std::fs::read_to_string(file).unwrap().split_whitespace() {
        eventually("the group is gone", || !is_alive(pid));
    }
}

#[test]
fn a_program_that_cannot_be_executed_is_a_typed_error_and_no_failed_benchmark() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/launch");
    let kind = |executable: &Path| {
        let spec = script("");
        match try_run(&Launch { executable, ..launch(&spec) }) {
            Err(SpawnError::Exec { executable: said, source }) if said == executable => source.raw_os_error(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(kind(&fixtures.join("missing")), Some(libc::ENOENT));
    assert_eq!(kind(&fixtures), Some(libc::EACCES));
    // To a shell, and to execvp(3), this is a script that succeeds.
    assert_eq!(kind(&fixtures.join("empty")), Some(libc::ENOEXEC));
}

#[test]
fn what_a_sandbox_refuses_is_a_warning_and_the_benchmark_runs() {
    let launcher = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/launch/refused.sh");
    let spec = script("echo ran");
    let asked = Launch { launcher: &launcher, cpus: &[0], aslr: Aslr::Fixed, ..launch(&spec) };
    let completed = run(&asked);
    assert_eq!(completed.captured.stdout_text(), "ran\n");
    assert!(completed.cpus.is_empty());
    let kinds: Vec<_> = completed.warnings.iter().map(|warning| warning.kind.as_str()).collect();
    assert_eq!(kinds, ["pinning_refused", "aslr_left_on"]);
    let text = &completed.warnings[1].text;
    assert!(text.contains("personality") && text.contains("not permitted"), "{text}");
}

#[test]
fn a_missing_working_directory_or_launcher_is_a_typed_error() {
    let spec = script("");
    let missing = Path::new("/nonexistent/place");
    let result = try_run(&Launch { directory: missing, ..launch(&spec) });
    assert!(
        matches!(&result, Err(SpawnError::Directory { directory, .. }) if directory == missing),
        "{result:?}"
    );
    for launcher in [missing, Path::new("/bin/true"), Path::new("/bin/echo")] {
        let result = try_run(&Launch { launcher, ..launch(&spec) });
        assert!(
            matches!(&result, Err(SpawnError::Launcher { launcher: said, .. }) if said == launcher),
            "{result:?}"
        );
    }
}

#[test]
fn killing_the_runner_kills_the_child() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("pid");
    let (executable, spec) = own_test("ends::runner_that_waits_for_a_child");
    let mut runner = Command::new(executable);
    let runner = runner.args(spec.arguments).current_dir(directory.path()).stdout(Stdio::null());
    let mut runner = runner.spawn().unwrap();
    eventually("the runner's child runs", || file.exists());
    let child = std::fs::read_to_string(file).unwrap();
    assert!(is_alive(&child));
    runner.kill().unwrap();
    runner.wait().unwrap();
    eventually("the child is gone", || !is_alive(&child));
}

#[test]
#[ignore = "a runner that another test starts and kills"]
fn runner_that_waits_for_a_child() {
    let spec = script("echo $$ > pid.part; mv pid.part pid; exec sleep 300");
    let limit = 10 * LONG;
    run(&Launch { directory: &std::env::current_dir().unwrap(), limit, ..launch(&spec) });
}
