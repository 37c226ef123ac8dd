//! One change of what else goes on, on the host or above it.

use std::time::Duration;

use lab_core::doctor::{Check, Status};

use super::{CPUS, finds};
use crate::host::{Host, finding};
use crate::metal::{self, interrupts, process, stat, timers_in};

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
