//! Every check on both sides of its limits: a host that is well, one thing changed, and exactly that is found.

use std::time::Duration;

use lab_core::doctor::{Check, Lock, Profile, Status};

use crate::host::{Host, finding};
use crate::metal::{self, interrupts, process, stat, timers_in};

const CPUS: &str = "/sys/devices/system/cpu";

/// The checks whose status is another one than on the host that is well, with the new status.
fn changes(host: &Host) -> Vec<(Check, &'static str)> {
    let (well, now) = (metal::host().report(), host.report());
    let pairs = well.findings.iter().zip(&now.findings);
    let other = pairs.filter(|(before, after)| before.status.word() != after.status.word());
    other.map(|(_, after)| (after.check, after.status.word())).collect()
}

#[track_caller]
fn finds(host: Host, expected: &[(Check, &'static str)]) {
    assert_eq!(changes(&host), expected, "{:#?}", host.report().findings);
}

/// The same file of every CPU.
fn everywhere(file: &str, text: &str) -> Host {
    (0..4).fold(metal::host(), |host, cpu| host.with(&format!("{CPUS}/cpu{cpu}/{file}"), text))
}

#[test]
fn a_host_that_is_well_has_nothing_to_say() {
    let report = metal::host().report();
    let checks: Vec<Check> = report.findings.iter().map(|finding| finding.check).collect();
    assert_eq!(checks, Check::ALL, "one finding per check, in order");
    for finding in &report.findings {
        let expected = match finding.check {
            // Without a hypervisor nobody could steal: that is no pass.
            Check::Steal => "n/a",
            _ => "ok",
        };
        assert_eq!(finding.status.word(), expected, "{finding:#?}");
    }
}

#[test]
fn governor() {
    finds(everywhere("cpufreq/scaling_governor", "schedutil"), &[(Check::Governor, "warn")]);
    let one = metal::host().with(&format!("{CPUS}/cpu3/cpufreq/scaling_governor"), "powersave");
    let report = one.report();
    let governor = finding(&report, Check::Governor);
    assert!(governor.value.as_ref().unwrap().contains("CPU 3: powersave"), "{governor:?}");
    let remedy = governor.remedy.as_ref().unwrap();
    let file = format!("{CPUS}/cpu3/cpufreq/scaling_governor");
    assert_eq!(remedy.fix, format!("echo performance | sudo tee {file}"));
    assert_eq!(remedy.undo, Some(format!("echo powersave | sudo tee {file}")));
}

#[test]
fn boost_is_found_by_the_right_file_and_unknown_is_not_off() {
    let no_turbo = format!("{CPUS}/intel_pstate/no_turbo");
    let both = [(Check::Boost, "warn"), (Check::ParallelBoost, "warn")];
    finds(metal::host().with(&no_turbo, "0"), &both);
    let amd = || metal::host().without(&format!("{CPUS}/intel_pstate"));
    finds(amd().with(&format!("{CPUS}/cpufreq/boost"), "1"), &both);
    finds(amd().with(&format!("{CPUS}/cpufreq/boost"), "0"), &[]);
    finds(amd(), &[(Check::Boost, "warn"), (Check::ParallelBoost, "n/a")]);
    let report = amd().report();
    assert!(finding(&report, Check::Boost).value.as_ref().unwrap().starts_with("unknown: "));
}

#[test]
fn clock_limits_and_energy_preference() {
    finds(everywhere("cpufreq/scaling_min_freq", "800000"), &[(Check::ClockLimits, "note")]);
    let file = "cpufreq/energy_performance_preference";
    finds(everywhere(file, "balance_performance"), &[(Check::EnergyPreference, "warn")]);
}

#[test]
fn platform_profile_and_power_supply() {
    let profile = |text| metal::host().with("/sys/firmware/acpi/platform_profile", text);
    finds(profile("balanced"), &[(Check::PlatformProfile, "note")]);
    finds(profile("low-power"), &[(Check::PlatformProfile, "warn")]);
    let battery = |status| {
        metal::host()
            .with("/sys/class/power_supply/BAT0/type", "Battery")
            .with("/sys/class/power_supply/BAT0/status", status)
    };
    finds(battery("Charging"), &[]);
    finds(battery("Discharging"), &[(Check::PowerSupply, "FAIL")]);
    finds(battery("Discharging").with("/sys/class/power_supply/BAT0/scope", "Device"), &[]);
    finds(metal::host().without("/sys/class/power_supply"), &[(Check::PowerSupply, "n/a")]);
}

#[test]
fn measured_clock() {
    let spins = |ghz: [f64; 3]| metal::host().probing(|probes| probes.clocks = Ok(vec![(3, ghz.to_vec())]));
    finds(spins([2.1, 2.1, 2.1209]), &[]);
    finds(spins([2.1, 2.1, 2.1215]), &[(Check::Clock, "warn")]);
    finds(spins([2.05, 2.1, 2.16]), &[(Check::Clock, "FAIL")]);
    // Boost is said to be off.
    finds(spins([2.12; 3]), &[]);
    finds(spins([2.13; 3]), &[(Check::Clock, "warn")]);
    finds(spins([3.8; 3]), &[(Check::Clock, "FAIL")]);
    finds(spins([2.06; 3]), &[]);
    finds(spins([2.05; 3]), &[(Check::Clock, "warn")]);
    finds(spins([1.9; 3]), &[(Check::Clock, "FAIL")]);
    // With boost on, above nominal is what it is for.
    let boosted = spins([3.8; 3]).with(&format!("{CPUS}/intel_pstate/no_turbo"), "0");
    finds(boosted, &[(Check::Boost, "warn"), (Check::ParallelBoost, "warn")]);
    let none = metal::host().probing(|probes| {
        probes.clocks = Err("the processor or its hypervisor offers no such counter".into());
    });
    finds(none, &[(Check::Clock, "unknown")]);
}

#[test]
fn isolation() {
    let plain = metal::host().without(&format!("{CPUS}/isolated"));
    let cpus = changes(&plain.clone());
    assert!(cpus.contains(&(Check::Isolation, "note")), "{cpus:?}");
    let partition = plain.with("/sys/fs/cgroup/user.slice/cpuset.cpus.partition", "isolated");
    assert_eq!(finding(&partition.report(), Check::Isolation).status, Status::Ok);
    let refused = metal::host()
        .without(&format!("{CPUS}/isolated"))
        .with("/sys/fs/cgroup/user.slice/cpuset.cpus.partition", "isolated invalid (Cpu list empty)");
    assert_eq!(finding(&refused.report(), Check::Isolation).status, Status::Note);
    let single = metal::host()
        .without(&format!("{CPUS}/isolated"))
        .with(&format!("{CPUS}/online"), "3")
        .with("/proc/self/status", "Cpus_allowed_list:\t3\n")
        .with("/sys/fs/cgroup/user.slice/cpuset.cpus.effective", "3");
    assert_eq!(finding(&single.report(), Check::Isolation).status, Status::Warn);
}

#[test]
fn bench_cpus_of_two_kinds_or_caches_are_refused() {
    let hybrid =
        Host { first: crate::machines::hybrid_laptop(), probes: None, cpus: Some("4,10"), ..metal::host() };
    let report = hybrid.report();
    let mixed = finding(&report, Check::BenchSet);
    assert_eq!(mixed.status, Status::Fail);
    assert_eq!(
        mixed.value.as_deref(),
        Some("kinds of core: efficiency, performance; greatest clocks: 3.40 GHz, 4.60 GHz")
    );
    let chosen = Host { cpus: None, ..hybrid };
    assert_eq!(finding(&chosen.report(), Check::BenchSet).status, Status::Ok);
}

/// CPU 7, the twin of CPU 3, is back, and busy for so many of 200 ticks.
fn with_twin(busy: u64) -> Host {
    let line = |host: Host, cpu: u32| {
        host.with(&format!("{CPUS}/cpu{cpu}/topology/core_cpus_list"), "3,7")
            .with(&format!("{CPUS}/cpu{cpu}/topology/core_id"), "3")
    };
    let host = metal::host()
        .with(&format!("{CPUS}/online"), "0-3,7")
        .with("/proc/self/status", "Cpus_allowed_list:\t0-3,7\n");
    let times =
        |busy: u64, idle: u64| format!("{}cpu7 {busy} 0 0 {idle} 0 0 0 0 0 0\n", stat(&[[0; 4]; 4], 1));
    let mut host = line(line(host, 3), 7).with("/sys/fs/cgroup/user.slice/cpuset.cpus.effective", "0-3,7");
    host.first = host.first.with("/proc/stat", &times(0, 0));
    host.probing(|probes| probes.rested = probes.rested.clone().with("/proc/stat", &times(busy, 200 - busy)))
}

#[test]
fn smt_twins() {
    let status = |busy| finding(&with_twin(busy).report(), Check::SmtTwins).status.clone();
    assert_eq!(status(0), Status::Note);
    assert_eq!(status(2), Status::Note, "1 % is the limit itself");
    assert_eq!(status(3), Status::Warn);
    let report = with_twin(3).report();
    let remedy = finding(&report, Check::SmtTwins).remedy.clone().unwrap();
    assert_eq!(remedy.fix, format!("echo 0 | sudo tee {CPUS}/cpu7/online"));
    assert_eq!(remedy.undo, Some(format!("echo 1 | sudo tee {CPUS}/cpu7/online")));
}

#[test]
fn device_interrupts() {
    let served = |count| {
        let host = metal::host();
        host.probing(|probes| {
            probes.rested = probes.rested.clone().with("/proc/interrupts", &interrupts(count, 2))
        })
    };
    assert_eq!(finding(&served(20).report(), Check::Interrupts).status, Status::Ok);
    let report = served(21).report();
    let busy = finding(&report, Check::Interrupts);
    assert_eq!(busy.status, Status::Warn);
    assert_eq!(busy.value.as_deref(), Some("10.5/s: nvme0q3 (IRQ 24) 10.5/s"));
    assert!(busy.remedy.as_ref().unwrap().fix.starts_with("for i in 24; do echo 0"), "{busy:?}");
}

#[test]
fn ticks_count_against_a_cpu_that_was_promised_none() {
    let ticked = |count| {
        metal::host().probing(|probes| {
            probes.spun = probes.spun.clone().with("/proc/interrupts", &interrupts(3, count))
        })
    };
    finds(ticked(2 + 60), &[]);
    finds(ticked(2 + 61), &[(Check::Ticks, "warn")]);
    let usual = ticked(2 + 750).with(&format!("{CPUS}/nohz_full"), " (null)\n");
    finds(usual, &[(Check::Ticks, "note")]);
}

#[test]
fn jitter() {
    let gaps = |lost_ns, longest_ns| {
        metal::host().probing(|probes| {
            let gaps = probes.gaps.as_mut().unwrap();
            (gaps.lost_ns, gaps.longest_ns) = (lost_ns, longest_ns);
        })
    };
    finds(gaps(3_000_000, 100_000), &[]);
    finds(gaps(3_000_001, 100_000), &[(Check::Jitter, "warn")]);
    finds(gaps(3_000_000, 100_001), &[(Check::Jitter, "warn")]);
    finds(gaps(30_000_001, 1_000), &[(Check::Jitter, "FAIL")]);
    let refused = metal::host().probing(|probes| probes.gaps = Err("cannot be pinned".into()));
    finds(refused, &[(Check::Jitter, "unknown")]);
}

#[test]
fn steal_is_judged_where_somebody_could_steal() {
    let stolen = |ticks: u64| {
        let virtual_machine = metal::host().with("/sys/hypervisor/type", "xen");
        virtual_machine.probing(|probes| {
            let cpus = [[4, 496, 0, 0], [0, 500, 0, 0], [0, 500, 0, 0], [3000 - ticks, 200, 0, ticks]];
            probes.spun = probes.spun.clone().with("/proc/stat", &stat(&cpus, 1));
        })
    };
    let status = |ticks| finding(&stolen(ticks).report(), Check::Steal).status.clone();
    assert_eq!(status(0), Status::Ok);
    assert_eq!(status(3), Status::Ok);
    assert_eq!(status(4), Status::Warn);
    assert_eq!(status(30), Status::Warn);
    assert_eq!(status(31), Status::Fail);
}

#[test]
fn virtualisation_names_every_layer() {
    let checked = |host: Host| {
        let report = host.report();
        let finding = finding(&report, Check::Virtualisation);
        (finding.status.word(), finding.value.clone().unwrap())
    };
    let machine = || metal::host().with("/sys/hypervisor/type", "xen");
    assert_eq!(checked(machine()), ("warn", "virtual machine (xen)".into()));
    let boxed = |host: Host| host.with("/.dockerenv", "");
    assert_eq!(checked(boxed(metal::host())), ("note", "container (docker)".into()));
    assert_eq!(checked(boxed(machine())), ("warn", "virtual machine (xen), container (docker)".into()));
    let wsl = machine().with("/proc/sys/kernel/osrelease", "6.6.36.6-microsoft-standard-WSL2");
    assert_eq!(checked(wsl), ("warn", "Windows Subsystem for Linux".into()));
}

#[test]
fn cpu_quota() {
    let quota = |text| metal::host().with("/sys/fs/cgroup/user.slice/cpu.max", text);
    finds(quota("350000 100000"), &[(Check::CpuQuota, "FAIL")]);
    finds(quota("400000 100000"), &[(Check::CpuQuota, "note")]);
    let stopped =
        quota("50000 100000").with("/sys/fs/cgroup/user.slice/cpu.stat", "nr_periods 9\nnr_throttled 7\n");
    let report = stopped.report();
    let finding = finding(&report, Check::CpuQuota);
    assert_eq!(finding.value.as_deref(), Some("0.5 CPUs' worth of time, 4 usable"));
    assert_eq!(finding.details, ["stopped the group 7 times so far"]);
}

#[test]
fn load_by_pressure_and_by_names() {
    // 2000 µs of 2 s are spent waiting on the host that is well.
    let pressed = |total_us: u64| {
        metal::host().probing(|probes| {
            let text = format!("some avg10=0.00 avg60=0.00 avg300=0.00 total={}\n", 1000 + total_us);
            probes.rested = probes.rested.clone().with("/proc/pressure/cpu", &text);
        })
    };
    finds(pressed(20_000), &[]);
    finds(pressed(20_001), &[(Check::Load, "warn")]);
    finds(pressed(200_001), &[(Check::Load, "FAIL")]);
    let running = |count| {
        let mut host = metal::host();
        host.first = host.first.with("/proc/stat", &stat(&[[0; 4]; 4], count));
        host
    };
    finds(running(2), &[]);
    finds(running(3), &[(Check::Load, "warn")]);
    let busy = pressed(200_001).probing(|probes| {
        let machine = probes.rested.clone();
        let machine = machine.with("/proc/900/stat", &process(900, "sshd", 21));
        probes.rested = machine.with("/proc/901/stat", &process(901, "rustc", 182));
    });
    let report = busy.report();
    let value = finding(&report, Check::Load).value.clone().unwrap();
    assert!(value.ends_with("; rustc (901) 91.0 %, sshd (900) 0.50 %"), "{value}");
}

#[test]
fn load_without_watching_is_the_kernels_own_mean() {
    let fast = |text: &str| {
        let host = Host { probes: None, ..metal::host() }.with("/proc/pressure/cpu", text);
        finding(&host.report(), Check::Load).status.clone()
    };
    assert_eq!(fast("some avg10=1.00 avg60=9.00 avg300=9.00 total=1000\n"), Status::Ok);
    assert_eq!(fast("some avg10=1.01 avg60=0.00 avg300=0.00 total=1000\n"), Status::Warn);
    let none = Host { probes: None, ..metal::host() }.without("/proc/pressure").without("/proc/stat");
    assert_eq!(finding(&none.report(), Check::Load).status.word(), "n/a");
}

#[test]
fn programs_are_known_by_the_names_the_kernel_keeps() {
    let runs = |name: &str| metal::host().with("/proc/700/stat", &process(700, name, 0));
    for daemon in ["irqbalance", "tuned", "power-profiles-", "auto-cpufreq", "thermald"] {
        finds(runs(daemon), &[(Check::Daemons, "warn")]);
    }
    finds(runs("tuned-gui"), &[]);
    finds(metal::host().with("/run/tlp/last_pwr", "0"), &[(Check::Daemons, "warn")]);
    for program in ["dpkg", "unattended-upgr", "restic"] {
        finds(runs(program), &[(Check::Maintenance, "warn")]);
    }
    let report = runs("power-profiles-").report();
    let remedy = finding(&report, Check::Daemons).remedy.clone().unwrap();
    assert_eq!(remedy.fix, "sudo systemctl stop power-profiles-daemon");
}

#[test]
fn timers() {
    let in_minutes = |minutes: u64| {
        metal::host().living(|live| live.timers = Ok(timers_in(Duration::from_secs(60 * minutes))))
    };
    finds(in_minutes(10), &[]);
    finds(in_minutes(9), &[(Check::Timers, "warn")]);
    let report = in_minutes(9).report();
    assert_eq!(finding(&report, Check::Timers).value.as_deref(), Some("fstrim.service in 9 m 00 s"));
    finds(metal::host().living(|live| live.timers = Ok("NEXT LEFT".into())), &[(Check::Timers, "unknown")]);
    let absent = metal::host().living(|live| live.timers = Err("no systemd runs here".into()));
    finds(absent, &[(Check::Timers, "n/a")]);
}

#[test]
fn heat() {
    let sensor = |text| metal::host().with("/sys/class/hwmon/hwmon2/temp1_input", text);
    finds(sensor("90000"), &[]);
    finds(sensor("90100"), &[(Check::Temperature, "warn")]);
    finds(metal::host().without("/sys/class/hwmon"), &[(Check::Temperature, "n/a")]);
    let file = format!("{CPUS}/cpu3/thermal_throttle/core_throttle_count");
    finds(metal::host().with(&file, "7"), &[(Check::Throttling, "note")]);
    let moving = metal::host().probing(|probes| probes.spun = probes.spun.clone().with(&file, "1"));
    finds(moving, &[(Check::Throttling, "warn")]);
}

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
        let header = format!(
            r#"{{"begin":{{"boot_id":"{boot}","owner":{{"pid":{pid},"start_ticks":1900}},"user":"alice"}}}}"#
        );
        metal::host().with("/run/bench-lab/journal.jsonl", &format!("{header}\n{more}\n"))
    };
    let this_boot = "11111111-2222-3333-4444-555555555555";
    finds(journal(this_boot, 900, ""), &[(Check::Journal, "warn")]);
    finds(journal(this_boot, 901, ""), &[(Check::Journal, "FAIL")]);
    // Process 1 lives, and was started at another time: the number came back.
    finds(journal(this_boot, 1, ""), &[(Check::Journal, "FAIL")]);
    finds(journal(this_boot, 901, r#"{"kept":{}}"#), &[(Check::Journal, "note")]);
    finds(journal("another", 900, ""), &[(Check::Journal, "note")]);
    finds(metal::host().with("/run/bench-lab/journal.jsonl", ""), &[]);
    finds(metal::host().with("/run/bench-lab/journal.jsonl", "gar{bage"), &[(Check::Journal, "FAIL")]);
}

#[test]
fn build() {
    let built = |change: fn(&mut bench_lab::host::doctor::AtHand)| {
        metal::host().living(|live| change(live.workspace.as_mut().unwrap()))
    };
    finds(built(|at| at.rustflags = Ok(vec!["-Ctarget-cpu=native".into()])), &[(Check::Rustflags, "warn")]);
    finds(built(|at| at.rustflags = Ok(vec!["-C".into(), "target-cpu=x86-64-v3".into()])), &[]);
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
