//! The built programs over a tree of files, killed for real.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};
use std::{env, fs, io, thread};

use bench_lab::host::lock::{Waiting, acquire};
use bench_lab::host::session::{Place, Program, Request, Session, guard_in_unit};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::tree::{Tree, json};

/// Tells a copy of this test executable to be a session.
pub(crate) const ROLE: &str = "BENCH_LAB_TEST_IS_SESSION";

/// Tells it to have its guard in a unit of systemd.
const UNIT: &str = "BENCH_LAB_TEST_IN_UNIT";

/// Not a test of its own: the session that the other tests kill. Without the variable it passes at once.
#[test]
#[expect(clippy::exit, reason = "leaving without any destructor is what is tested")]
fn session_process() {
    let Some(role) = env::var_os(ROLE) else { return };
    let lock = acquire(Waiting::Refuse).unwrap();
    let this: &str = env!("CARGO_BIN_EXE_bench-lab");
    let program = match env::var_os(UNIT) {
        Some(_) => guard_in_unit(&Place::of_process(), this.as_ref()).unwrap(),
        None => Program { path: this.into(), arguments: vec!["__guard".into()] },
    };
    let mut session = Session::start(&program, Some(&lock)).unwrap();
    println!("\nguard {}", session.guard());
    let request = Request::Apply {
        knobs: None,
        wishes: BTreeMap::new(),
        bench_cpus: "1".into(),
        command: "a test".into(),
        user: "alice".into(),
    };
    session.apply(&request).unwrap();
    println!("applied");
    if role == "groups of a user" {
        // As after sudo: the guard keeps root's rights and this thread, which starts the child, has none.
        rustix::thread::set_thread_uid(rustix::process::Uid::from_raw(65534)).unwrap();
    }
    let _child = role.to_str().is_some_and(|role| role.starts_with("groups")).then(|| enclose(&mut session));
    match role.to_str() {
        Some("panics") => panic!("on purpose"),
        Some("exits") => std::process::exit(9),
        // A child that lives longer must keep neither the lock nor the line.
        _ => {
            drop(Command::new("sleep").arg("120").stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap())
        }
    }
    io::stdin().read_to_end(&mut Vec::new()).unwrap();
    session.finish().unwrap();
}

/// Makes a group and moves a child in, that outlives the session; says where and who.
#[expect(clippy::print_stdout, reason = "it speaks to the test that started it")]
fn enclose(session: &mut Session) -> Child {
    let (group, report) = session.set_apart(&"1".parse().unwrap(), None).unwrap();
    let group = group.unwrap_or_else(|| panic!("no group: {report:?}"));
    println!("group {}", group.path);
    let mut sleep = Command::new("sleep");
    let child = sleep.arg("120").stdin(Stdio::null()).stdout(Stdio::null()).process_group(0).spawn().unwrap();
    // Neither the parent of all processes nor this process itself is a child of it.
    for stranger in [1, std::process::id(), u32::MAX] {
        session.admit(stranger).unwrap_err();
    }
    session.admit(child.id()).unwrap();
    println!("child {}", child.id());
    child
}

/// A session at the head of a process group of its own, and its guard's number.
pub(crate) fn begin(tree: &Tree, role: &str) -> (Child, u32, impl BufRead) {
    begin_with(tree, role, false)
}

/// The same, with the guard in a unit of systemd or not.
pub(crate) fn begin_with(tree: &Tree, role: &str, is_in_unit: bool) -> (Child, u32, impl BufRead) {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "process::session_process", "--nocapture"]).process_group(0);
    tree.around(&mut command)
        .env(ROLE, role)
        .envs(is_in_unit.then_some((UNIT, "1")))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let guard = await_line(&mut lines, "guard ").parse().unwrap();
    (child, guard, lines)
}

pub(crate) fn await_line(lines: &mut impl BufRead, start: &str) -> String {
    let mut line = String::new();
    while lines.read_line(&mut line).unwrap() > 0 {
        if let Some(rest) = line.strip_prefix(start) {
            return rest.trim().to_owned();
        }
        line.clear();
    }
    panic!("the session never said {start:?}");
}

pub(crate) fn pid(number: u32) -> Pid {
    Pid::from_raw(number.cast_signed()).unwrap()
}

pub(crate) fn kill_group(child: &mut Child) {
    kill_process_group(pid(child.id()), Signal::KILL).unwrap();
    child.wait().unwrap();
}

/// Moments that differ from one execution to the next.
pub(crate) fn random_moment(limit_us: u64) -> Duration {
    let nanos = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().subsec_nanos();
    Duration::from_micros(u64::from(nanos / 100) % limit_us)
}

const GOVERNOR: &str = "sys/devices/system/cpu/cpufreq/policy1/scaling_governor";
const TWIN: &str = "sys/devices/system/cpu/cpu3/online";

#[test]
fn a_process_group_killed_at_random_moments_is_put_back_by_the_guard() {
    let tree = Tree::new();
    let original = tree.values();
    let mut seen_tuned = 0;
    for kill in 0..30 {
        let (mut session, _, mut lines) = begin(&tree, "waits");
        if kill % 3 == 0 {
            await_line(&mut lines, "applied");
            assert_eq!([tree.value(GOVERNOR), tree.value(TWIN)], ["performance", "0"]);
            seen_tuned += 1;
        } else {
            thread::sleep(random_moment(20_000));
        }
        kill_group(&mut session);
        tree.wait_until_free();
        assert_eq!(tree.values(), original, "kill {kill}");
        assert!(!tree.journal().exists(), "kill {kill}");
    }
    assert_eq!(seen_tuned, 10);
}

#[test]
fn a_guard_killed_too_leaves_a_journal_that_the_next_start_replays() {
    let tree = Tree::new();
    let original = tree.values();
    let mut replayed = 0;
    for kill in 0..24 {
        let (mut session, guard, mut lines) = begin(&tree, "waits");
        if kill % 3 == 0 {
            await_line(&mut lines, "applied");
        } else {
            thread::sleep(random_moment(15_000));
        }
        // In either order, and together with the group.
        if kill % 2 == 0 {
            kill_process(pid(guard), Signal::KILL).unwrap();
            kill_group(&mut session);
        } else {
            kill_group(&mut session);
            let _ = kill_process(pid(guard), Signal::KILL);
        }
        tree.wait_until_free();
        if tree.journal().exists() {
            replayed += 1;
            let status = json(&tree.bench_lab("tune status --json"), 0);
            assert_eq!(status["journal"]["is_alive"], false, "{}", status["journal"]);
        }
        if kill % 4 == 0 {
            // A new session applies anew; what it keeps are the first originals.
            json(&tree.bench_lab("tune apply --bench-cpus 1 --json"), 0);
            assert_eq!(tree.value(GOVERNOR), "performance");
        }
        json(&tree.bench_lab("tune restore --json"), 0);
        assert_eq!(tree.values(), original, "kill {kill}");
        assert!(!tree.journal().exists(), "kill {kill}");
    }
    assert!(replayed >= 8, "{replayed} journals were left by 24 kills");
}

#[test]
fn every_way_out_of_a_session_puts_back() {
    let tree = Tree::new();
    let original = tree.values();
    for (role, signal) in [
        ("panics", None),
        ("exits", None),
        ("waits", None),
        ("waits", Some(Signal::INT)),
        ("waits", Some(Signal::TERM)),
        ("waits", Some(Signal::HUP)),
        ("waits", Some(Signal::SEGV)),
        ("hostctl", None),
        ("hostctl", Some(Signal::KILL)),
    ] {
        let (mut session, _, mut lines) = begin(&tree, role);
        await_line(&mut lines, "applied");
        match signal {
            Some(signal) => kill_process_group(pid(session.id()), signal).unwrap(),
            None => drop(session.stdin.take()),
        }
        session.wait().unwrap();
        tree.wait_until_free();
        assert_eq!(tree.values(), original, "{role} {signal:?}");
        assert!(!tree.journal().exists());
    }
}

#[test]
fn a_guard_is_deaf_to_polite_signals_and_out_of_the_group() {
    let tree = Tree::new();
    let (mut session, guard, mut lines) = begin(&tree, "waits");
    await_line(&mut lines, "applied");
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT, Signal::USR1, Signal::PIPE] {
        kill_process(pid(guard), signal).unwrap();
    }
    let stat = fs::read_to_string(format!("/proc/{guard}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    assert_eq!(
        [fields[2], fields[3]],
        [guard.to_string(), guard.to_string()],
        "group and session are its own"
    );
    assert_eq!(tree.value(GOVERNOR), "performance");
    drop(session.stdin.take());
    assert!(session.wait().unwrap().success());
}

#[test]
fn apply_status_and_restore_by_hand() {
    let tree = Tree::new();
    let original = tree.values();
    let applied = json(&tree.bench_lab("tune apply --bench-cpus 1 --json"), 0);
    let knobs = applied["knobs"].as_array().unwrap();
    let settings: Vec<_> =
        knobs.iter().flat_map(|knob| knob["settings"].as_array().cloned().unwrap_or_default()).collect();
    assert!(settings.len() >= 20, "{settings:?}");
    assert!(settings.iter().all(|setting| setting["outcome"] == "set" || setting["outcome"] == "already"));

    let status = json(&tree.bench_lab("tune status --json"), 0);
    assert_eq!((&status["bench_cpus"], &status["journal"]["is_kept"]), (&"1".into(), &true.into()));
    let governor =
        status["knobs"].as_array().unwrap().iter().find(|knob| knob["knob"] == "governor").unwrap();
    let file = &governor["files"][0];
    assert_eq!([&file["before"], &file["now"], &file["wanted"]], ["powersave", "performance", "performance"]);
    assert_eq!(file["is_in_force"], true);

    // Applied twice it keeps what it has, and what it had.
    let again = json(&tree.bench_lab("tune apply --bench-cpus 1 --json"), 0);
    assert_eq!(again["warnings"][0]["kind"], "tuned_by_hand");
    tree.set(GOVERNOR, "schedutil");
    let restored = json(&tree.bench_lab("tune restore --json"), 0);
    let foreign: Vec<_> =
        restored["warnings"].as_array().unwrap().iter().map(|warning| &warning["kind"]).collect();
    assert_eq!(foreign, ["foreign_change", "journal_put_aside"]);
    assert_eq!(tree.value(GOVERNOR), "schedutil", "somebody else's choice");
    tree.set(GOVERNOR, "powersave");
    assert_eq!(tree.values(), original);
    let nothing = tree.bench_lab("tune restore");
    assert_eq!(String::from_utf8(nothing.stdout).unwrap(), "nothing to put back\n");
}

#[test]
fn hostctl_does_the_same_and_takes_no_path_from_a_lender() {
    let tree = Tree::new();
    let original = tree.values();
    json(&tree.hostctl("apply --knobs governor --bench-cpus 1 --json"), 0);
    assert_eq!([tree.value(GOVERNOR), tree.value(TWIN)], ["performance", "1"], "the one that was named");
    assert_eq!(json(&tree.hostctl("status --json"), 0)["journal"]["is_kept"], true);
    json(&tree.hostctl("restore --json"), 0);
    assert_eq!(tree.values(), original);
    for words in
        ["apply --bench-cpus 9", "apply --knobs nonsense --bench-cpus 1", "apply --root / --bench-cpus 1"]
    {
        let refused = tree.hostctl(words);
        assert!(matches!(refused.status.code(), Some(2 | 3)), "{words}: {refused:?}");
    }
    // With borrowed rights the variables are not looked at: what is shown is the host, and not this tree.
    tree.set("proc/sys/kernel/timer_migration", "4711");
    for (lender, is_tree) in [(None, true), (Some("SUDO_UID"), false), (Some("PKEXEC_UID"), false)] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bench-lab-hostctl"));
        tree.around(command.args(["status", "--json"]));
        let output = command.envs(lender.map(|lender| (lender, "1000"))).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout).contains("4711"), is_tree, "{lender:?}");
    }
}

#[test]
fn a_live_session_is_named_and_nothing_is_changed_under_it() {
    let tree = Tree::new();
    let (mut session, guard, mut lines) = begin(&tree, "waits");
    await_line(&mut lines, "applied");
    let refused = tree.bench_lab("tune restore");
    assert_eq!(refused.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("another session tunes this host"));
    let refused = tree.bench_lab("tune apply --bench-cpus 1");
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("another session measures on this host: process")
    );
    let status = json(&tree.bench_lab("tune status --json"), 0);
    assert_eq!((&status["journal"]["pid"], &status["journal"]["is_alive"]), (&guard.into(), &true.into()));
    assert_eq!(tree.value(GOVERNOR), "performance");
    drop(session.stdin.take());
    session.wait().unwrap();
}
