//! A bare-metal host as its owner should leave it: every check that applies is well.
//!
//! Put together from the kernel's documentation (`admin-guide/pm/intel_pstate.rst`, `admin-guide/cgroup-v2.rst`,
//! `hwmon/sysfs-interface.rst`, `filesystems/proc.rst`), as no such machine was at hand.

use std::time::Duration;

use bench_lab::host::doctor::{AtHand, Live};
use bench_lab::workspace::Rustflags;
use lab_core::doctor::{Gaps, Lock, Profile};

use crate::host::{Host, Probes};
use crate::machines::Machine;

const CPUS: &str = "/sys/devices/system/cpu";

/// Four cores whose twins are offline; CPU 3 is isolated and without ticks.
pub(crate) fn machine() -> Machine {
    let mut machine = Machine::default()
        .with("/proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 143\nmodel name\t: \
               Intel(R) Xeon(R) w3-2423\nstepping\t: 8\nmicrocode\t: 0x2b0004d0\nflags\t\t: fpu cx8 cmov mmx fxsr sse \
               sse2 syscall constant_tsc nonstop_tsc\n")
        .with("/proc/self/status", "Uid:\t1000\t1000\t1000\t1000\nCpus_allowed_list:\t0-3\n")
        .with("/proc/self/cgroup", "0::/user.slice\n")
        .with("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n")
        .with("/sys/fs/cgroup/user.slice/cpuset.cpus.effective", "0-3\n")
        .with("/sys/fs/cgroup/user.slice/cpu.max", "max 100000\n")
        .with("/sys/fs/cgroup/user.slice/cpu.stat", "usage_usec 12345\nnr_periods 0\nnr_throttled 0\n")
        .with(&format!("{CPUS}/intel_pstate/no_turbo"), "1")
        .with(&format!("{CPUS}/intel_pstate/status"), "active")
        .with(&format!("{CPUS}/smt/control"), "off")
        .with(&format!("{CPUS}/present"), "0-7")
        .with(&format!("{CPUS}/online"), "0-3")
        .with(&format!("{CPUS}/isolated"), "3")
        .with(&format!("{CPUS}/nohz_full"), "3")
        .with(&format!("{CPUS}/vulnerabilities/spectre_v2"), "Mitigation: Enhanced IBRS")
        .with(&format!("{CPUS}/vulnerabilities/meltdown"), "Not affected")
        .with("/sys/bus/event_source/devices/msr/events/aperf", "event=0x01")
        .with("/sys/firmware/acpi/platform_profile", "performance")
        .with("/sys/class/power_supply/AC/type", "Mains")
        .with("/sys/class/hwmon/hwmon2/name", "coretemp")
        .with("/sys/class/hwmon/hwmon2/temp1_input", "41000")
        .with("/sys/class/hwmon/hwmon2/temp1_crit", "100000")
        .with("/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc")
        .with("/sys/devices/system/clocksource/clocksource0/available_clocksource", "tsc hpet acpi_pm")
        .with("/proc/meminfo", "MemTotal: 1000000 kB\nMemAvailable: 900000 kB\nSwapTotal: 500000 kB\nSwapFree: 500000 kB\n")
        .with("/proc/vmstat", "pswpin 0\npswpout 12\n")
        .with("/proc/pressure/cpu", "some avg10=0.20 avg60=0.00 avg300=0.00 total=1000\n")
        .with("/proc/stat", &stat(&[[0; 4]; 4], 1))
        .with("/proc/interrupts", &interrupts(0, 0))
        .with("/proc/1/stat", &process(1, "systemd", 300))
        .with("/proc/900/stat", &process(900, "sshd", 20))
        .with("/proc/cmdline", "root=/dev/sda1 isolcpus=3 nohz_full=3")
        .with("/proc/sys/kernel/random/boot_id", "11111111-2222-3333-4444-555555555555");
    for (name, text) in [
        ("osrelease", "6.12.0"),
        ("version", "#1 SMP PREEMPT_DYNAMIC"),
        ("nmi_watchdog", "0"),
        ("randomize_va_space", "2"),
        ("perf_event_paranoid", "2"),
    ] {
        machine = machine.with(&format!("/proc/sys/kernel/{name}"), text);
    }
    for cpu in 0..4 {
        for (name, text) in [
            ("topology/core_id", cpu.to_string().as_str()),
            ("topology/physical_package_id", "0"),
            ("topology/core_cpus_list", cpu.to_string().as_str()),
            ("cache/index3/level", "3"),
            ("cache/index3/shared_cpu_list", "0-3"),
            ("cpufreq/scaling_driver", "intel_pstate"),
            ("cpufreq/scaling_governor", "performance"),
            ("cpufreq/scaling_min_freq", "2100000"),
            ("cpufreq/scaling_max_freq", "2100000"),
            ("cpufreq/cpuinfo_max_freq", "4200000"),
            ("cpufreq/base_frequency", "2100000"),
            ("cpufreq/energy_performance_preference", "performance"),
            ("thermal_throttle/core_throttle_count", "0"),
            ("thermal_throttle/package_throttle_count", "0"),
        ] {
            machine = machine.with(&format!("{CPUS}/cpu{cpu}/{name}"), text);
        }
    }
    machine
}

/// `/proc/stat` with user, idle, I/O wait and steal ticks of each CPU.
pub(crate) fn stat(cpus: &[[u64; 4]], running: u32) -> String {
    let lines = cpus.iter().enumerate().map(|(cpu, [user, idle, wait, steal])| {
        format!("cpu{cpu} {user} 0 0 {idle} {wait} 0 0 {steal} 0 0\n")
    });
    format!("{}procs_running {running}\n", lines.collect::<String>())
}

/// `/proc/interrupts` with so many device interrupts and ticks on CPU 3.
pub(crate) fn interrupts(devices: u64, ticks: u64) -> String {
    format!(
        "           CPU0       CPU1       CPU2       CPU3\n 24:      100      0      0      {devices}  IR-PCI-MSI-0000:01:00.0 \
         1-edge      nvme0q3\nLOC:   1000   1000   1000   {ticks}   Local timer interrupts\nERR:  0\n"
    )
}

/// `/proc/PID/stat` with user ticks.
pub(crate) fn process(pid: u32, name: &str, ticks: u64) -> String {
    format!("{pid} ({name}) S 1 {pid} {pid} 0 -1 0 0 0 0 0 {ticks} 0 0 0 20 0 1 0 {} 1 1", 1000 + pid)
}

/// What the machine says while it is watched for two seconds and while CPU 3 spins for three.
pub(crate) fn watched(first: &Machine) -> (Machine, Machine) {
    let rested = first
        .clone()
        .with("/proc/stat", &stat(&[[2, 198, 0, 0], [0, 200, 0, 0], [0, 200, 0, 0], [0, 200, 0, 0]], 1))
        .with("/proc/pressure/cpu", "some avg10=0.20 avg60=0.00 avg300=0.00 total=3000\n")
        .with("/proc/interrupts", &interrupts(2, 2));
    let spun = rested
        .clone()
        .with("/proc/stat", &stat(&[[4, 496, 0, 0], [0, 500, 0, 0], [0, 500, 0, 0], [300, 200, 0, 0]], 1))
        .with("/proc/interrupts", &interrupts(3, 5));
    (rested, spun)
}

/// The whole host.
pub(crate) fn host() -> Host {
    let first = machine();
    let (rested, spun) = watched(&first);
    let gaps = Gaps {
        watched_ns: 3_000_000_000,
        lost_ns: 90_000,
        longest_ns: 9_000,
        histogram: vec![(1_000, 30), (10_000, 0)],
    };
    Host {
        first,
        live: live(),
        has_counters: Ok(()),
        cpus: None,
        probes: Some(Probes {
            rested,
            spun,
            gaps: Ok(gaps),
            clocks: Ok(vec![(3, vec![2.1, 2.1005, 2.0998])]),
        }),
    }
}

/// What the running system would answer.
fn live() -> Live {
    Live {
        lock: Ok(Lock::Free),
        timers: Ok(timers_in(Duration::from_secs(3600))),
        now_us: NOW_US,
        kernel_log: Ok("6,339,5140900,-;EXT4-fs (sda1): mounted filesystem\n SUBSYSTEM=block\n".into()),
        uptime_seconds: 86_400.0,
        fixed_layout: Ok(Ok(())),
        workspace: Ok(workspace()),
    }
}

/// The time at which the timers were listed.
const NOW_US: i64 = 1_795_000_000_000_000;

/// One timer to come and one that is done, as systemd 252 writes them.
pub(crate) fn timers_in(wait: Duration) -> String {
    let next = NOW_US + i64::try_from(wait.as_micros()).unwrap();
    format!(
        r#"[{{"next":0,"left":0,"last":0,"passed":0,"unit":"done.timer","activates":"done.service"}},
        {{"next":{next},"left":1,"last":1,"passed":1,"unit":"fstrim.timer","activates":"fstrim.service"}}]"#
    )
}

pub(crate) fn workspace() -> AtHand {
    AtHand {
        rustflags: Rustflags { flags: Ok(Vec::new()), source: "no RUSTFLAGS".into() },
        profile: Ok(Profile { opt_level: "3".into(), has_debug_assertions: false }),
        manifest: "/home/user/project/Cargo.toml".into(),
        is_dirty: Ok(false),
    }
}
