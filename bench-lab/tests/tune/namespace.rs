//! The built program over its usual paths, in a mount namespace where they are files of ours; killed for real.

use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, thread};

use rustix::process::{Signal, kill_process_group};

use crate::process::{ROLE, await_line, pid, random_moment};
use crate::tree::Tree;

/// What the namespace shows from the tree, and the knobs write.
const MOUNTED: [&str; 8] = [
    "sys/devices/system/cpu",
    "sys/devices/virtual/workqueue",
    "sys/kernel/mm/ksm",
    "sys/kernel/mm/transparent_hugepage",
    "sys/kernel/irq",
    "proc/irq",
    "proc/sys/kernel",
    "proc/sys/vm",
];

/// A shell command that mounts the tree over the host's files.
fn mounts(tree: &Tree) -> String {
    let binds = MOUNTED.map(|path| format!("mount --bind '{}/{path}' '/{path}'", tree.root().display()));
    binds.join(" && ")
}

#[test]
fn the_usual_paths_are_put_back_after_a_kill_of_the_whole_group() {
    let tree = Tree::new();
    let probe = Command::new("unshare").args(["-m", "sh", "-c", &mounts(&tree)]).output();
    match probe {
        Ok(output) if output.status.success() => {}
        Ok(output) => {
            let why = String::from_utf8_lossy(&output.stderr);
            println!("skipped: no mount namespace of its own here: {}", why.trim());
            return;
        }
        Err(error) => {
            println!("skipped: no unshare(1) here: {error}");
            return;
        }
    }
    let original = tree.values();
    let mut seen_tuned = 0;
    for kill in 0..12 {
        let inner = format!(
            "{} && exec '{}' --exact process::session_process --nocapture",
            mounts(&tree),
            env::current_exe().unwrap().display()
        );
        let mut command = Command::new("unshare");
        tree.around(command.args(["-m", "sh", "-c", &inner]))
            .env_remove("BENCH_LAB_HOST_ROOT")
            .env(ROLE, "waits")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut session = std::os::unix::process::CommandExt::process_group(&mut command, 0).spawn().unwrap();
        let mut lines = std::io::BufReader::new(session.stdout.take().unwrap());
        await_line(&mut lines, "guard ");
        if kill % 2 == 0 {
            await_line(&mut lines, "applied");
            assert_eq!(tree.value("sys/devices/system/cpu/cpufreq/policy1/scaling_governor"), "performance");
            assert_eq!(tree.value("proc/sys/kernel/timer_migration"), "0");
            seen_tuned += 1;
        } else {
            thread::sleep(random_moment(20_000).max(Duration::from_micros(1)));
        }
        kill_process_group(pid(session.id()), Signal::KILL).unwrap();
        session.wait().unwrap();
        tree.wait_until_free();
        assert_eq!(tree.values(), original, "kill {kill}");
        assert!(!tree.journal().exists(), "kill {kill}");
    }
    assert_eq!(seen_tuned, 6);
}
