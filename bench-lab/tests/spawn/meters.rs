//! What the meters read of real children.

use std::time::Duration;

use bench_lab::runner::affinity::{self, Housekeeping};
use bench_lab::runner::spawn::{Completed, Launch, Metering};
use lab_core::model::{Exit, Reading, SIGNALS};

use crate::{is_alive, launch, own_test, run, script};

/// Runs a metered script on the last allowed CPU.
fn metered(text: &str) -> Completed {
    let cpu = *affinity::allowed(None).unwrap().last().unwrap();
    let spec = script(text);
    run(&Launch { metering: Metering::On, cpus: &[cpu], ..launch(&spec) })
}

fn value(completed: &Completed, id: &str) -> f64 {
    match &completed.signals[id] {
        Reading::Value(value) => *value,
        Reading::Absent(reason) => panic!("{id}: {reason}"),
    }
}

#[test]
fn every_signal_is_there_with_a_value_or_a_reason() {
    let completed = metered("sleep 0.2");
    let ids: Vec<_> = completed.signals.keys().map(String::as_str).collect();
    let mut expected: Vec<_> = SIGNALS.iter().map(|signal| signal.id).collect();
    expected.sort_unstable();
    assert_eq!(ids, expected);
    for (id, reading) in &completed.signals {
        match reading {
            Reading::Value(value) => assert!(value.is_finite() && *value >= 0.0, "{id} is {value}"),
            Reading::Absent(reason) => assert!(reason.len() > 5, "{id} is absent: {reason:?}"),
        }
    }
}

#[test]
fn without_meters_nothing_is_read() {
    let spec = script("");
    assert!(run(&launch(&spec)).signals.is_empty());
}

#[test]
fn work_is_seen_as_cpu_time_and_sleep_is_not() {
    let work = metered("i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done");
    let sleep = metered("exec sleep 0.3");
    let cpu = |completed| value(completed, "cpu_user_ns") + value(completed, "cpu_system_ns");
    assert!(cpu(&work) > 10.0 * cpu(&sleep), "{} against {}", cpu(&work), cpu(&sleep));
    let wall = work.captured.wall.as_nanos() as f64;
    // One tick of 10 ms is what two clocks may differ by.
    assert!(cpu(&work) <= wall + 1e7, "{} in {wall}", cpu(&work));
    assert!(sleep.captured.wall >= Duration::from_millis(300));
}

#[test]
fn counters_are_read_or_say_why_not() {
    let completed = metered("i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done");
    let reading = |id: &str| completed.signals[id].clone();
    if let Reading::Value(clock_ns) = reading("task_clock_ns") {
        let cpu = value(&completed, "cpu_user_ns") + value(&completed, "cpu_system_ns");
        assert!((clock_ns / cpu - 1.0).abs() < 0.2, "task clock {clock_ns}, rusage {cpu}");
    }
    if let Reading::Value(migrations) = reading("migrations_count") {
        assert_eq!(migrations, 0.0, "pinned to one CPU");
    }
    match (reading("instructions_count"), reading("cycles_user_count")) {
        (Reading::Value(instructions), _) => assert!(instructions > 1e7, "{instructions}"),
        (Reading::Absent(reason), _) => {
            assert!(reason.contains("perf_event_open") || reason.contains("multiplexed"), "{reason}");
        }
    }
    if let (Reading::Value(cycles), Reading::Value(time)) =
        (reading("cycles_count"), reading("task_clock_ns"))
    {
        assert_eq!(reading("clock_ghz"), Reading::Value(cycles / time));
    }
}

#[test]
fn what_the_launch_used_is_not_the_benchmarks() {
    // The child's own file counts page faults since the process was made, by which it was the launch process.
    let completed = metered("exec cut -d' ' -f10 /proc/self/stat");
    let since_launch: f64 = completed.captured.stdout_text().trim().parse().unwrap();
    let faults = value(&completed, "faults_minor_count");
    assert!(faults > 10.0 && faults < since_launch, "{faults}, and {since_launch} with the launch");
}

#[test]
fn a_big_runner_is_not_taken_for_a_big_benchmark() {
    // The kernel hands the peak of the parent's memory on through vfork and exec.
    let ballast = vec![1_u8; 300 << 20];
    let completed = metered("sleep 0.3");
    assert!(ballast.iter().step_by(4096).all(|byte| *byte == 1));
    let peak = value(&completed, "rss_max_bytes");
    assert!(peak > 100e3 && peak < 100e6, "{peak}");
}

#[test]
fn the_greatest_number_of_threads_is_seen() {
    let (executable, spec) = own_test("meters::child_with_four_more_threads");
    let completed = run(&Launch { executable: executable.as_ref(), ..launch(&spec) });
    assert_eq!(completed.captured.exit, Exit::Code(0));
    // Its main thread, the one that runs the test or is main itself, and four.
    let threads = completed.thread_count_max.unwrap();
    assert!((5..=6).contains(&threads), "{threads}");
}

#[test]
#[ignore = "a child of another test"]
fn child_with_four_more_threads() {
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| std::thread::sleep(Duration::from_secs(1)));
        }
    });
}

#[test]
fn a_runner_keeps_off_the_bench_cpus_and_its_children_do_not() {
    let (executable, spec) = own_test("meters::runner_that_keeps_off");
    let completed = run(&Launch { executable: executable.as_ref(), ..launch(&spec) });
    let text = completed.captured.stdout_text() + &completed.captured.stderr_text();
    assert_eq!(completed.captured.exit, Exit::Code(0), "{text}");
}

#[test]
#[ignore = "a runner that another test starts, since it changes the affinity of the whole process"]
fn runner_that_keeps_off() {
    let allowed = affinity::allowed(None).unwrap();
    let bench = *allowed.last().unwrap();
    let rest: Vec<u32> = allowed.iter().copied().filter(|cpu| *cpu != bench).collect();
    let kept = affinity::keep_off(&[bench], None).unwrap();
    if rest.is_empty() {
        assert_eq!(kept, Housekeeping::Shared);
        return;
    }
    assert_eq!(kept, Housekeeping::Apart(rest.clone()));
    assert_eq!(affinity::allowed(None).unwrap(), rest);
    let own = std::fs::read_dir("/proc/self/task").unwrap().map(|task| task.unwrap().file_name());
    for thread in own {
        let pid = rustix::process::Pid::from_raw(thread.to_str().unwrap().parse().unwrap());
        assert_eq!(affinity::allowed(pid).unwrap(), rest);
    }
    let list = "grep Cpus_allowed_list /proc/self/status | cut -f2";
    let spec = script(list);
    let pinned = run(&Launch { cpus: &[bench], ..launch(&spec) });
    assert_eq!(pinned.captured.stdout_text().trim(), bench.to_string());
    let free = run(&launch(&spec));
    let text = free.captured.stdout_text();
    assert!(text.trim().ends_with(&bench.to_string()), "not given its CPUs back: {text}");
    // A place that is wanted is taken as far as it is off the bench CPUs.
    assert_eq!(affinity::keep_off(&[], Some(&[bench])).unwrap(), Housekeeping::Apart(vec![bench]));
    assert_eq!(affinity::allowed(None).unwrap(), [bench]);
    assert_eq!(affinity::keep_off(&[bench], Some(&[bench])).unwrap(), Housekeeping::Apart(rest));
    assert_eq!(affinity::keep_off(&allowed, None).unwrap(), Housekeeping::Shared);
    assert!(is_alive(&std::process::id().to_string()));
}
