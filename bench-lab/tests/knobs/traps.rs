//! The traps that the knobs' files name, one by one.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use bench_lab::host::knob::{ALL, Setting, Shape};

use crate::machines;
use crate::tree::Tree;

const CPUS: &str = "/sys/devices/system/cpu";

fn machine(name: &str) -> Tree {
    machines::all().into_iter().find(|(known, _)| *known == name).expect("there is such a machine").1
}

fn paths(settings: &[Setting]) -> Vec<&str> {
    settings.iter().map(|setting| setting.path.as_str()).collect()
}

fn place(id: &str) -> usize {
    ALL.iter().position(|knob| knob.id() == id).unwrap()
}

#[test]
fn each_knob_stands_where_its_way_back_needs_it() {
    assert_eq!(place("smt_twins"), 0, "CPUs that leave take interrupts and policies along");
    assert!(place("epp") < place("governor"), "restored after it: no other preference under performance");
    assert!(place("governor") < place("boost"), "old kernels reset no_turbo with the governor");
    assert!(place("boost") < place("clock_clamp"), "some kernels reset the greatest clock with the switch");
}

#[test]
fn a_twin_that_everything_else_runs_on_stays_and_is_tuned_with_its_core() {
    let tree = machine("intel_pstate_active").measuring("2", "6").plant();
    assert_eq!(tree.of("smt_twins").unwrap_err(), "CPU 6 is needed for everything that is not measured");
    let governors = tree.of("governor").unwrap();
    let policy = |cpu: u32| format!("{CPUS}/cpufreq/policy{cpu}/scaling_governor");
    assert_eq!(paths(&governors), [policy(2), policy(6)]);
}

#[test]
fn a_twin_that_is_off_already_is_not_ours() {
    let tree = machine("intel_pstate_active").with(&format!("{CPUS}/online"), "0-5,7").plant();
    let why = tree.of("smt_twins").unwrap_err();
    assert_eq!(why, "no other online CPU shares a core with 2 (smt/control: on)");
}

#[test]
fn a_twin_that_belongs_to_others_is_not_taken_from_them() {
    let tree = machine("intel_pstate_active")
        .with("/proc/self/status", "Cpus_allowed_list:\t0-3\n")
        .with("/sys/fs/cgroup/cpuset.cpus.effective", "0-3\n")
        .plant();
    let why = tree.of("smt_twins").unwrap_err();
    assert_eq!(why, "CPU 6 is outside the cpuset of this process and belongs to others");
}

#[test]
fn a_twin_without_a_switch_stays() {
    let tree = machine("intel_pstate_active").without(&format!("{CPUS}/cpu6/online")).plant();
    assert_eq!(tree.of("smt_twins").unwrap_err(), "the kernel gives no switch for CPU 6");
}

#[test]
fn cpusets_of_version_1_that_remember_do_not_keep_the_twin() {
    let guided = machine("amd_pstate_guided");
    assert!(guided.plant().of("smt_twins").is_err());
    let mounts = "cgroup /sys/fs/cgroup/cpuset cgroup rw,relatime,cpuset,cpuset_v2_mode 0 0\n";
    let settings = guided.with("/proc/self/mounts", mounts).plant().of("smt_twins").unwrap();
    assert_eq!(paths(&settings), [format!("{CPUS}/cpu3/online")]);
}

#[test]
fn tunables_are_kept_before_the_governor_takes_them_along() {
    let settings = machine("acpi_cpufreq").plant().of("governor").unwrap();
    let shapes: Vec<Shape> = settings.iter().map(|setting| setting.shape).collect();
    assert_eq!(shapes, [Shape::Drifting, Shape::Drifting, Shape::Plain]);
    assert_eq!((settings[0].wanted.as_str(), settings[1].wanted.as_str()), ("4000", "95"));
}

#[test]
fn a_tunable_that_cannot_be_written_is_not_declared() {
    let path = format!("{CPUS}/cpufreq/ondemand/sampling_rate");
    let planted = machine("acpi_cpufreq").plant();
    fs::set_permissions(planted.root.path(&path), fs::Permissions::from_mode(0o444)).unwrap();
    let settings = planted.of("governor").unwrap();
    assert!(!paths(&settings).contains(&path.as_str()), "{settings:?}");
}

#[test]
fn a_driver_without_the_performance_governor_says_what_it_has() {
    let governors = format!("{CPUS}/cpufreq/policy1/scaling_available_governors");
    let tree = machine("acpi_cpufreq").with(&governors, "ondemand userspace\n").plant();
    let why = tree.of("governor").unwrap_err();
    assert_eq!(why, "acpi-cpufreq offers no performance governor: \"ondemand userspace\"");
}

#[test]
fn a_nominal_clock_of_nothing_is_unknown() {
    let zeroed = (0..4).fold(machine("amd_pstate_epp"), |tree, cpu| {
        tree.with(&format!("{CPUS}/cpu{cpu}/acpi_cppc/nominal_freq"), "0\n")
    });
    let why = zeroed.plant().of("clock_clamp").unwrap_err();
    assert!(why.starts_with("nominal clock unknown: amd-pstate-epp"), "{why}");
}

#[test]
fn a_nominal_clock_beyond_the_drivers_range_is_cut_to_it() {
    let limit = format!("{CPUS}/cpufreq/policy1/cpuinfo_max_freq");
    let settings = machine("amd_pstate_epp").with(&limit, 4_000_000).plant().of("clock_clamp").unwrap();
    let of_cpu_1: Vec<&Setting> =
        settings.iter().filter(|setting| setting.path.contains("policy1/")).collect();
    assert_eq!(of_cpu_1.len(), 2);
    assert!(of_cpu_1.iter().all(|setting| setting.wanted == "4000000"), "{of_cpu_1:?}");
}

#[test]
fn a_latency_that_nothing_heeds_is_not_declared() {
    let mut tree = machine("intel_pstate_active");
    for cpu in 0..8 {
        tree = tree.without(&format!("{CPUS}/cpu{cpu}/cpuidle"));
    }
    let planted = tree.plant();
    for id in ["cpu_latency", "resume_latency"] {
        assert!(planted.of(id).unwrap_err().starts_with("no cpuidle states"), "{id}");
    }
}

#[test]
fn a_state_that_is_left_at_once_does_not_make_the_machine_spin() {
    let tree = (0..8).fold(machine("intel_pstate_active"), |tree, cpu| {
        tree.with(&format!("{CPUS}/cpu{cpu}/cpuidle/state1/latency"), 0)
    });
    assert_eq!(tree.plant().of("cpu_latency").unwrap()[0].wanted, "1");
}

#[test]
fn the_interrupts_of_the_taken_twin_move_as_well() {
    let tree = machine("intel_pstate_active").with("/proc/irq/125/smp_affinity_list", "6\n").plant();
    let settings = tree.of("irq_affinity").unwrap();
    let moved = settings.iter().find(|setting| setting.path.contains("/125/")).unwrap();
    assert_eq!(moved.wanted, "0-1,3-5,7");
}

#[test]
fn an_interrupt_that_cannot_be_moved_is_named_where_it_matters() {
    let planted = machine("intel_pstate_active").plant();
    for number in [125, 126] {
        let path = planted.root.path(&format!("/proc/irq/{number}/smp_affinity_list"));
        fs::set_permissions(path, fs::Permissions::from_mode(0o444)).unwrap();
    }
    let settings = planted.of("irq_affinity").unwrap();
    let list = |number: u32| format!("/proc/irq/{number}/smp_affinity_list");
    assert_eq!(paths(&settings), [list(9), list(125)], "126 comes to CPU 3 only, which is not measured");
}

#[test]
fn interrupts_that_could_not_be_known_again_are_left() {
    let tree = machine("two_sockets").without("/sys/kernel/irq").plant();
    let why = tree.of("irq_affinity").unwrap_err();
    assert_eq!(why, "no interrupt has both a mask and a name in /sys/kernel/irq to know it by");
}

#[test]
fn a_hard_lockup_detector_without_hardware_is_told_from_one() {
    let planted = machine("intel_pstate_active").measuring("0-7", "0-7").plant();
    assert_eq!(paths(&planted.of("watchdog").unwrap()), ["/proc/sys/kernel/nmi_watchdog"]);
    let path = planted.directory.path().join("proc/sys/kernel/nmi_watchdog");
    fs::set_permissions(path, fs::Permissions::from_mode(0o444)).unwrap();
    let why = planted.of("watchdog").unwrap_err();
    assert_eq!(why, "no hard lockup detector: nmi_watchdog is read-only");
}

#[test]
fn values_that_are_better_than_wanted_are_kept() {
    let wanted = |path: &str, text: &str, id: &str| {
        let tree = machine("hybrid").with(path, text).plant();
        tree.of(id).unwrap()[0].wanted.clone()
    };
    let paranoid = "/proc/sys/kernel/perf_event_paranoid";
    assert_eq!(wanted(paranoid, "4\n", "perf_paranoid"), "2");
    assert_eq!(wanted(paranoid, "-1\n", "perf_paranoid"), "-1");
    assert_eq!(wanted("/proc/sys/vm/stat_interval", "120\n", "stat_interval"), "120");
    assert_eq!(wanted("/proc/sys/vm/swappiness", "0\n", "swappiness"), "0");
}

#[test]
fn a_file_that_makes_no_sense_is_quoted() {
    let tree = machine("hybrid").with("/proc/sys/vm/stat_interval", "soon\n").plant();
    let why = tree.of("stat_interval").unwrap_err();
    assert_eq!(why, "/proc/sys/vm/stat_interval holds \"soon\", which is no number");
    let tree = machine("hybrid").with("/proc/irq/default_smp_affinity", "zz\n").plant();
    let why = tree.of("default_irq_affinity").unwrap_err();
    assert_eq!(why, "/proc/irq/default_smp_affinity holds \"zz\", which is no mask");
}
