//! One change of memory, kernel, session or build.

use bench_lab::host::journal::{Header, Line};
use bench_lab::host::process::Process;
use lab_core::doctor::{Check, Lock, Profile};

use super::{CPUS, finds};
use crate::host::{Host, finding};
use crate::metal::{self};

#[test]
fn memory_and_swap() {
    let meminfo = |available: u64, swap_free: u64| {
        let text = format!(
            "MemTotal: 1000000 kB\nMemAvailable: {available} kB\nSwapTotal: 500000 kB\nSwapFree: {swap_free} kB\n"
        );
        metal::host().with("/proc/meminfo", &text)
    };
    finds(meminfo(100_000, 500_000), &[]);
    finds(meminfo(99_999, 500_000), &[(Check::MemoryFree, "FAIL")]);
    finds(meminfo(900_000, 499_999), &[(Check::MemoryFree, "note")]);
    let moving = metal::host()
        .probing(|probes| probes.spun = probes.spun.clone().with("/proc/vmstat", "pswpin 1\npswpout 12\n"));
    finds(moving, &[(Check::Swapping, "warn")]);
}

#[test]
fn clock_source() {
    let file = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    finds(metal::host().with(file, "arch_sys_counter"), &[]);
    finds(metal::host().with(file, "kvm-clock"), &[(Check::Clocksource, "note")]);
    finds(metal::host().with(file, "hpet"), &[(Check::Clocksource, "warn")]);
    let report = metal::host().with(file, "hpet").report();
    let remedy = finding(&report, Check::Clocksource).remedy.clone().unwrap();
    assert_eq!(remedy.fix, format!("echo tsc | sudo tee {file}"));
}

#[test]
fn counters_that_are_forbidden_are_told_from_those_that_are_not_there() {
    let counters = |why: &str| Host { has_counters: Err(why.into()), ..metal::host() };
    let refused = "permission denied: lower kernel.perf_event_paranoid, or grant CAP_PERFMON";
    finds(counters(refused), &[(Check::PerfCounters, "warn")]);
    finds(counters("counted 5 of 9 ns: too few counters are free"), &[(Check::PerfCounters, "warn")]);
    let missing = "the processor or its hypervisor offers no such counter";
    finds(counters(missing), &[(Check::PerfCounters, "n/a")]);
    let strict = counters(refused).with("/proc/sys/kernel/perf_event_paranoid", "4");
    let report = strict.report();
    let remedy = finding(&report, Check::PerfCounters).remedy.clone().unwrap();
    assert_eq!(remedy.fix, "sudo sysctl kernel.perf_event_paranoid=2");
    assert_eq!(remedy.undo.as_deref(), Some("sudo sysctl kernel.perf_event_paranoid=4"));

    let watchdog = "/proc/sys/kernel/nmi_watchdog";
    finds(metal::host().with(watchdog, "1"), &[(Check::NmiWatchdog, "warn")]);
    let nothing_to_hold = counters(missing).with(watchdog, "1");
    finds(nothing_to_hold, &[(Check::PerfCounters, "n/a"), (Check::NmiWatchdog, "n/a")]);
}

#[test]
fn address_layout() {
    let mode = |text| metal::host().with("/proc/sys/kernel/randomize_va_space", text);
    finds(mode("1"), &[(Check::Aslr, "note")]);
    finds(mode("0"), &[(Check::Aslr, "warn")]);
    let lost =
        metal::host().living(|live| live.fixed_layout = Ok(Err("a child asked for it and lost it".into())));
    finds(lost, &[(Check::FixedLayout, "warn")]);
    let unasked = metal::host().living(|live| live.fixed_layout = Err("no cat in PATH to ask with".into()));
    finds(unasked, &[(Check::FixedLayout, "unknown")]);
}

#[test]
fn kernel() {
    let open = metal::host().with(&format!("{CPUS}/vulnerabilities/meltdown"), "Vulnerable");
    finds(open, &[(Check::Mitigations, "note")]);
    finds(metal::host().without(&format!("{CPUS}/vulnerabilities")), &[(Check::Mitigations, "n/a")]);
    finds(metal::host().without("/sys/bus/event_source"), &[(Check::KernelFeatures, "note")]);
    let cpuinfo =
        "processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu cx8 cmov mmx fxsr sse sse2 syscall\n";
    finds(metal::host().with("/proc/cpuinfo", cpuinfo), &[(Check::Microcode, "note")]);
}

#[test]
fn kernel_log() {
    let log = |line: &str| metal::host().living(|live| live.kernel_log = Ok(line.to_owned()));
    let at = |seconds: u64, text: &str| log(&format!("6,339,{seconds}000000,-;{text}\n"));
    let killed = "Out of memory: Killed process 812 (rustc)";
    finds(at(86_400 - 3_601, killed), &[(Check::KernelLog, "note")]);
    finds(at(86_400 - 3_600, killed), &[(Check::KernelLog, "warn")]);
    finds(at(5, "mce: [Hardware Error]: Machine check events logged"), &[(Check::KernelLog, "warn")]);
    let refused =
        metal::host().living(|live| live.kernel_log = Err("/dev/kmsg: permission denied, needs root".into()));
    finds(refused, &[(Check::KernelLog, "unknown")]);
}

#[test]
fn session() {
    let held = metal::host().living(|live| live.lock = Ok(Lock::Held("process 7 of alice".into())));
    finds(held, &[(Check::HostLock, "FAIL")]);
    let journal = |boot: &str, pid: u32, more: &str| {
        let header = Line::Begin(Header {
            journal: Header::VERSION,
            boot_id: boot.into(),
            owner: Process { pid, start_ticks: Some(1900) },
            user: "alice".into(),
            since: "2026-11-21T06:00:00Z".into(),
            command: "bench-lab run".into(),
            bench_cpus: "1".into(),
        });
        metal::host().with("/run/bench-lab/journal.jsonl", &(header.to_text() + more))
    };
    let this_boot = "11111111-2222-3333-4444-555555555555";
    finds(journal(this_boot, 900, ""), &[(Check::Journal, "warn")]);
    finds(journal(this_boot, 901, ""), &[(Check::Journal, "FAIL")]);
    // Process 1 lives, and was started at another time: the number came back.
    finds(journal(this_boot, 1, ""), &[(Check::Journal, "FAIL")]);
    finds(journal(this_boot, 901, &Line::Kept {}.to_text()), &[(Check::Journal, "note")]);
    finds(journal("another", 900, ""), &[(Check::Journal, "note")]);
    // The engine refuses what it cannot read, and so does the doctor; a last line that a crash tore is no damage.
    finds(metal::host().with("/run/bench-lab/journal.jsonl", "gar{bage\n"), &[(Check::Journal, "FAIL")]);
    finds(journal(this_boot, 901, "gar{bage\n"), &[(Check::Journal, "FAIL")]);
    finds(journal(this_boot, 900, "gar{bage"), &[(Check::Journal, "warn")]);
}

#[test]
fn build() {
    let built = |change: fn(&mut bench_lab::host::doctor::AtHand)| {
        metal::host().living(|live| change(live.workspace.as_mut().unwrap()))
    };
    finds(
        built(|at| at.rustflags.flags = Ok(vec!["-Ctarget-cpu=native".into()])),
        &[(Check::Rustflags, "warn")],
    );
    finds(built(|at| at.rustflags.flags = Ok(vec!["-C".into(), "target-cpu=x86-64-v3".into()])), &[]);
    let profile = |level: &str, has_debug_assertions| {
        let profile = Profile { opt_level: level.into(), has_debug_assertions };
        metal::host().living(|live| live.workspace.as_mut().unwrap().profile = Ok(profile))
    };
    finds(profile("2", false), &[]);
    finds(profile("1", false), &[(Check::BuildProfile, "warn")]);
    finds(profile("3", true), &[(Check::BuildProfile, "warn")]);
    finds(built(|at| at.is_dirty = Ok(true)), &[(Check::Source, "note")]);
    let outside = metal::host().living(|live| live.workspace = Err("no Cargo.toml here or above".into()));
    finds(outside, &[(Check::Rustflags, "n/a"), (Check::BuildProfile, "n/a"), (Check::Source, "n/a")]);
}
