//! What a child finds itself in: CPUs, layout, environment, directory, arguments, signals.

use std::ffi::OsString;
use std::path::Path;

use bench_lab::runner::affinity;
use bench_lab::runner::command::CommandSpec;
use bench_lab::runner::environment::{FIXED, INHERITED};
use bench_lab::runner::own_copy::OwnCopy;
use bench_lab::runner::spawn::Launch;
use lab_core::model::Aslr;

use crate::{launch, output, run, script};

const ALLOWED: &str = "grep Cpus_allowed_list /proc/self/status | cut -f2";

#[test]
fn a_pinned_child_may_run_on_its_cpu_only() {
    for cpu in affinity::allowed(None).unwrap() {
        let spec = script(ALLOWED);
        let completed = run(&Launch { cpus: &[cpu], ..launch(&spec) });
        assert_eq!(completed.captured.stdout_text().trim(), cpu.to_string());
        assert_eq!(completed.cpus, [cpu]);
        assert_eq!(completed.warnings, []);
    }
}

#[test]
fn a_child_that_is_not_pinned_keeps_every_cpu_and_is_called_unpinned() {
    let spec = script(ALLOWED);
    let completed = run(&launch(&spec));
    let own = std::fs::read_to_string("/proc/self/status").unwrap();
    let own = own.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap();
    assert_eq!(completed.captured.stdout_text().trim(), own.trim());
    assert!(completed.cpus.is_empty());
}

#[test]
fn a_cpu_that_is_not_there_is_a_warning_and_the_child_runs_unpinned() {
    for cpu in [1023, 5000] {
        let spec = script("echo ran");
        let completed = run(&Launch { cpus: &[cpu], ..launch(&spec) });
        assert_eq!(completed.captured.stdout_text(), "ran\n");
        assert!(completed.cpus.is_empty());
        let kinds: Vec<_> = completed.warnings.iter().map(|warning| warning.kind.as_str()).collect();
        assert_eq!(kinds, ["pinning_refused"], "{:?}", completed.warnings);
    }
}

#[test]
fn cpus_that_are_only_partly_there_are_read_back_as_they_are() {
    let cpu = *affinity::allowed(None).unwrap().last().unwrap();
    let spec = script(ALLOWED);
    let completed = run(&Launch { cpus: &[cpu, 1023], ..launch(&spec) });
    assert_eq!(completed.captured.stdout_text().trim(), cpu.to_string());
    assert_eq!(completed.cpus, [cpu]);
    assert_eq!(completed.warnings[0].kind, "pinning_partial");
}

/// The stack's place in a child that prints its own map.
fn stack(aslr: Aslr) -> (String, Vec<String>) {
    let spec = script("grep -F '[stack]' /proc/self/maps | cut -d- -f1");
    let completed = run(&Launch { aslr, ..launch(&spec) });
    let kinds = completed.warnings.into_iter().map(|warning| warning.kind).collect();
    (String::from_utf8(completed.captured.stdout).unwrap(), kinds)
}

#[test]
fn a_fixed_layout_puts_the_stack_at_one_place_or_says_that_it_could_not() {
    let (first, warnings) = stack(Aslr::Fixed);
    let (second, _) = stack(Aslr::Fixed);
    assert!(!first.is_empty());
    assert_eq!(first == second, warnings.is_empty(), "{first} {second} {warnings:?}");
}

#[test]
fn a_random_layout_moves_the_stack_or_says_that_the_host_forbids_it() {
    let (first, warnings) = stack(Aslr::Random);
    // Some 2^22 places: five processes at the same one are no chance.
    let is_moving = (0..5).any(|_| stack(Aslr::Random).0 != first);
    assert_eq!(is_moving, warnings.is_empty(), "{warnings:?}");
}

#[test]
fn the_environment_is_exactly_what_is_inherited_fixed_and_asked_for() {
    let asked = ("CARGO_PKG_NAME".to_owned(), OsString::from("itoa"));
    let mut spec = script("env");
    spec.environment.push(("FROM_HARNESS".into(), "1".into()));
    let text = output(&Launch { environment: &[asked], padding_bytes: 100, ..launch(&spec) });
    let mut names: Vec<&str> = text.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    // The shell adds these three by itself.
    names.retain(|name| !["PWD", "SHLVL", "_", "OLDPWD"].contains(name));
    names.sort_unstable();
    let mut expected: Vec<&str> =
        INHERITED.iter().copied().filter(|name| std::env::var_os(name).is_some()).collect();
    expected.extend(FIXED.iter().map(|(name, _)| name));
    expected.extend(["BENCH_LAB_PADDING", "CARGO_PKG_NAME", "FROM_HARNESS"]);
    expected.sort_unstable();
    assert_eq!(names, expected);
    assert!(text.lines().any(|line| line == "LANG=C.UTF-8"), "{text}");
}

#[test]
fn padding_is_as_long_as_asked_and_there_when_it_is_empty() {
    for padding_bytes in [0, 1, 4095] {
        let spec = script("echo ${#BENCH_LAB_PADDING} ${BENCH_LAB_PADDING+set}");
        let said = output(&Launch { padding_bytes, ..launch(&spec) });
        assert_eq!(said, format!("{padding_bytes} set"));
    }
}

#[test]
fn padding_moves_the_stack_of_a_fixed_layout() {
    let top = |padding_bytes| {
        // Field 28 of stat is the stack's start, just below arguments and environment (proc_pid_stat(5)).
        let spec = script("cut -d' ' -f28 /proc/self/stat");
        output(&Launch { padding_bytes, aslr: Aslr::Fixed, ..launch(&spec) }).parse::<u64>().unwrap()
    };
    let (none, some) = (top(0), top(1024));
    // Without personality(2) the layout is random and the difference is any.
    if none == top(0) {
        assert_eq!(none - some, 1024);
    }
}

#[test]
fn directory_arguments_and_name_are_those_ordered() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path().canonicalize().unwrap();
    let mut spec =
        script("pwd; echo \"$0\" \"$#\" \"$1\" \"$2\"; tr '\\0' '\\n' < /proc/$$/cmdline | head -1");
    spec.arguments.extend(["zero", "--exact", "a b"].map(String::from));
    let text = output(&Launch { directory: &directory, ..launch(&spec) });
    assert_eq!(text, format!("{}\nzero 2 --exact a b\n/bin/sh", directory.display()));
}

#[test]
fn a_relative_executable_is_found_from_the_runners_directory_not_the_childs() {
    let here = std::env::current_dir().unwrap();
    let up = "../".repeat(here.components().count());
    let executable = format!("{up}bin/sh");
    let spec = script("echo ran");
    assert_eq!(output(&Launch { executable: Path::new(&executable), ..launch(&spec) }), "ran");
}

#[test]
fn no_descriptor_of_the_runner_leaks_and_input_is_empty() {
    // Descriptor 10 and up are the shell's own; this one is of the runner, as a jobserver's would be.
    let leaky = std::fs::File::open("/dev/zero").unwrap();
    rustix::io::fcntl_setfd(&leaky, rustix::io::FdFlags::empty()).unwrap();
    let spec = script("readlink /proc/$$/fd/* | grep -c -e zero -e socket; readlink /proc/$$/fd/0; cat");
    assert_eq!(output(&launch(&spec)), "0\n/dev/null");
}

#[test]
fn a_broken_pipe_kills_and_no_signal_is_blocked() {
    // Rust ignores SIGPIPE at start-up; a benchmark that inherits that behaves otherwise than under cargo.
    let spec = script("grep -E 'Sig(Blk|Ign)' /proc/$$/status | cut -f2");
    let text = output(&launch(&spec));
    let masks: Vec<u64> = text.lines().map(|hex| u64::from_str_radix(hex, 16).unwrap()).collect();
    assert_eq!((masks[0], masks[1] & 1 << (libc::SIGPIPE - 1)), (0, 0), "{text}");
}

#[test]
fn a_scratch_directory_is_fresh_and_stays_until_it_was_read() {
    let spec = CommandSpec {
        scratch_variable: Some("CRITERION_HOME"),
        ..script("ls -A \"$CRITERION_HOME\"; echo kept > \"$CRITERION_HOME/file\"")
    };
    let completed = run(&launch(&spec));
    assert_eq!(completed.captured.stdout_text(), "");
    let scratch = completed.captured.scratch.unwrap();
    assert_eq!(std::fs::read_to_string(scratch.join("file")).unwrap(), "kept\n");
    std::fs::remove_dir_all(scratch).unwrap();
}

#[test]
fn a_copy_is_executed_under_the_name_of_its_original() {
    let copy = OwnCopy::make(Path::new("/bin/sh"), 1).unwrap();
    let spec = script("readlink /proc/$$/exe; tr '\\0' '\\n' < /proc/$$/cmdline | head -1");
    let text = output(&Launch { image: Some(copy.path()), ..launch(&spec) });
    let image = copy.path().canonicalize().unwrap();
    assert_eq!(text, format!("{}\n/bin/sh", image.display()));
}
