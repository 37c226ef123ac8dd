//! One change of the clock, or of the CPUs that are measured on.

use lab_core::doctor::{Check, Status};

use super::{CPUS, changes, everywhere, finds};
use crate::host::{Host, finding};
use crate::metal::{self, stat};

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
    let fix = |host: &Host| finding(&host.report(), Check::Isolation).remedy.clone().unwrap().fix;
    assert!(fix(&plain).contains("bench-lab makes none here: "), "{}", fix(&plain));
    let mounts = "26 22 0:24 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
    let able = plain
        .clone()
        .with("/proc/self/mountinfo", mounts)
        .with("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu")
        .with("/proc/sys/kernel/osrelease", "6.8.0-generic");
    assert!(fix(&able).contains("a partition of kind isolated around the bench CPUs"), "{}", fix(&able));
    let old = able.with("/proc/sys/kernel/osrelease", "5.15.0-generic");
    assert!(fix(&old).contains("CPU masks of other processes"), "{}", fix(&old));
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
