//! Machines put together from the kernel's documentation (`admin-guide/pm/{cpufreq,intel_pstate,amd-pstate,cpuidle}.rst`,
//! `ABI/testing/sysfs-devices-system-cpu`), as none of them was at hand.
//!
//! Small ones: what matters is which files there are, not how many CPUs.

use crate::tree::Tree;

const CPUS: &str = "/sys/devices/system/cpu";

/// Every machine by the name of its snapshot.
pub(crate) fn all() -> Vec<(&'static str, Tree)> {
    vec![
        ("intel_pstate_active", intel_pstate_active()),
        ("intel_cpufreq_passive", intel_cpufreq_passive()),
        ("amd_pstate_epp", amd_pstate_epp()),
        ("amd_pstate_epp_without_boost_switch", amd_pstate_epp_old()),
        ("amd_pstate_passive", amd_pstate_passive()),
        ("amd_pstate_guided", amd_pstate_guided()),
        ("acpi_cpufreq", acpi_cpufreq()),
        ("hybrid", hybrid()),
        ("arm_capacities", arm_capacities()),
        ("two_sockets", two_sockets()),
        ("vm_without_cpufreq", Tree::captured("vm-kvm-2cpu").measuring("1", "0")),
        ("one_cpu", Tree::captured("vm-kvm-2cpu").with(&format!("{CPUS}/online"), 0).measuring("0", "0")),
        ("proc_only", proc_only()),
    ]
}

/// CPUs `0..count` of one socket with the kernel's own files; CPU `n` shares its core with `n + stride`, if any.
fn machine(count: u32, stride: Option<u32>) -> Tree {
    let every = format!("0-{}", count - 1);
    let mut tree = Tree::default()
        .below(CPUS, &[("present", &every), ("online", &every), ("isolated", "\n"), ("smt/control", "on")])
        .with("/proc/self/status", format!("Uid:\t0\t0\t0\t0\nCpus_allowed_list:\t{every}\n"))
        .with("/proc/self/cgroup", "0::/\n")
        .with("/proc/cpuinfo", "flags\t\t: fpu sse sse2 constant_tsc\n")
        .with("/dev/cpu_dma_latency", "")
        .with("/proc/irq/default_smp_affinity", format!("{:x}\n", (1_u64 << count) - 1))
        .with("/sys/devices/virtual/workqueue/cpumask", format!("{:x}\n", (1_u64 << count) - 1))
        .with("/sys/devices/virtual/workqueue/writeback/cpumask", format!("{:x}\n", (1_u64 << count) - 1))
        .with("/sys/kernel/mm/transparent_hugepage/khugepaged/defrag", "1\n")
        .with("/sys/kernel/mm/ksm/run", "0\n")
        .with("/proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n")
        .below("/proc/sys/vm", &[("swappiness", "60\n"), ("stat_interval", "1\n")])
        .below(
            "/proc/sys/kernel",
            &[
                ("timer_migration", "1\n"),
                ("numa_balancing", "0\n"),
                ("nmi_watchdog", "1\n"),
                ("watchdog_cpumask", &every),
                ("perf_event_paranoid", "2\n"),
            ],
        );
    for cpu in 0..count {
        let threads = match stride {
            Some(stride) => format!("{},{}", cpu % stride, cpu % stride + stride),
            None => cpu.to_string(),
        };
        let directory = format!("{CPUS}/cpu{cpu}");
        let core = stride.map_or(cpu, |stride| cpu % stride);
        tree = tree
            .with(&format!("{directory}/topology/core_cpus_list"), threads)
            .with(&format!("{directory}/topology/core_id"), core)
            .with(&format!("{directory}/power/pm_qos_resume_latency_us"), "0\n");
        // The boot CPU of x86 has no switch.
        if cpu > 0 {
            tree = tree.with(&format!("{directory}/online"), "1\n");
        }
    }
    tree
}

fn irq(tree: Tree, number: u32, actions: &str, cpus: &str) -> Tree {
    tree.with(&format!("/proc/irq/{number}/smp_affinity_list"), format!("{cpus}\n"))
        .with(&format!("/sys/kernel/irq/{number}/actions"), format!("{actions}\n"))
}

/// Idle states `(name, exit latency)` of each CPU.
fn idle(tree: Tree, cpus: std::ops::Range<u32>, states: &[(&str, u32)]) -> Tree {
    let states: Vec<_> =
        cpus.flat_map(|cpu| states.iter().enumerate().map(move |state| (cpu, state))).collect();
    states.into_iter().fold(tree, |tree, (cpu, (index, (name, latency_us)))| {
        let state = format!("{CPUS}/cpu{cpu}/cpuidle/state{index}");
        tree.with(&format!("{state}/name"), name).with(&format!("{state}/latency"), latency_us)
    })
}

/// The files of policy `number` over `cpus` (separated by blanks).
fn policy(tree: Tree, number: u32, cpus: &str, files: &[(&str, &str)]) -> Tree {
    let directory = format!("{CPUS}/cpufreq/policy{number}");
    tree.with(&format!("{directory}/affected_cpus"), cpus).below(&directory, files)
}

/// A policy of its own for each CPU.
fn policies(tree: Tree, cpus: std::ops::Range<u32>, files: &[(&str, &str)]) -> Tree {
    cpus.fold(tree, |tree, cpu| policy(tree, cpu, &cpu.to_string(), files))
}

const INTEL_IDLE: &[(&str, u32)] = &[("POLL", 0), ("C1", 2), ("C1E", 10), ("C6", 133)];
const AMD_IDLE: &[(&str, u32)] = &[("POLL", 0), ("C1", 1), ("C2", 18), ("C3", 350)];
const HWP: &str = "default performance balance_performance balance_power power\n";

/// Four cores with two threads each; the boot-time timer and the queues of a disk among the interrupts.
fn intel(files: &[(&str, &str)]) -> Tree {
    let tree = idle(machine(8, Some(4)), 0..8, INTEL_IDLE).measuring("2", "0-1,3-5,7");
    let tree =
        (0..8).fold(tree, |tree, cpu| tree.with(&format!("{CPUS}/cpu{cpu}/power/energy_perf_bias"), "6\n"));
    let tree = irq(irq(tree, 0, "timer", "0-7"), 9, "acpi", "0-7");
    let tree =
        irq(irq(tree, 125, "nvme0q2", "2"), 126, "nvme0q3", "3").with("/sys/kernel/irq/127/actions", "\n");
    let clocks = [
        ("cpuinfo_min_freq", "800000"),
        ("cpuinfo_max_freq", "4900000"),
        ("base_frequency", "2400000"),
        ("scaling_min_freq", "800000"),
        ("scaling_max_freq", "4900000"),
        ("energy_performance_preference", "balance_performance"),
        ("energy_performance_available_preferences", HWP),
    ];
    policies(policies(tree, 0..8, &clocks), 0..8, files).with(&format!("{CPUS}/intel_pstate/no_turbo"), 0)
}

fn intel_pstate_active() -> Tree {
    intel(&[
        ("scaling_driver", "intel_pstate"),
        ("scaling_governor", "powersave"),
        ("scaling_available_governors", "performance powersave"),
    ])
    .with(&format!("{CPUS}/intel_pstate/status"), "active")
}

fn intel_cpufreq_passive() -> Tree {
    intel(&[
        ("scaling_driver", "intel_cpufreq"),
        ("scaling_governor", "schedutil"),
        ("scaling_available_governors", "conservative ondemand userspace powersave performance schedutil"),
    ])
    .with(&format!("{CPUS}/intel_pstate/status"), "passive")
    .with(&format!("{CPUS}/cpufreq/schedutil/rate_limit_us"), 2000)
}

/// Two cores with two threads each.
fn amd(mode: &str, files: &[(&str, &str)]) -> Tree {
    let tree = idle(machine(4, Some(2)), 0..4, AMD_IDLE).measuring("1", "0,2");
    let tree = irq(tree, 40, "xhci_hcd", "0-3");
    let clocks = [
        ("cpuinfo_min_freq", "400000"),
        ("cpuinfo_max_freq", "5759000"),
        ("scaling_min_freq", "400000"),
        ("scaling_max_freq", "5759000"),
    ];
    let tree = policies(policies(tree, 0..4, &clocks), 0..4, files);
    let tree = (0..4)
        .fold(tree, |tree, cpu| tree.with(&format!("{CPUS}/cpu{cpu}/acpi_cppc/nominal_freq"), "4500\n"));
    tree.with(&format!("{CPUS}/amd_pstate/status"), mode)
}

const EPP: &[(&str, &str)] = &[
    ("scaling_driver", "amd-pstate-epp"),
    ("scaling_governor", "powersave"),
    ("scaling_available_governors", "performance powersave"),
    ("energy_performance_preference", "balance_performance"),
    ("energy_performance_available_preferences", HWP),
];

/// Kernel 6.12: a switch for all and one for each policy, of which one stands apart.
fn amd_pstate_epp() -> Tree {
    let tree = policies(amd("active", EPP), 0..4, &[("boost", "1\n")]);
    tree.with(&format!("{CPUS}/cpufreq/policy0/boost"), "0\n").with(&format!("{CPUS}/cpufreq/boost"), "1\n")
}

/// Kernel 6.6: no boost switch at all in active mode, only the clamp holds.
fn amd_pstate_epp_old() -> Tree {
    amd("active", EPP)
}

/// A power limit keeps CPU 1 below the nominal clock, an eager administrator CPU 0 above it.
fn amd_pstate_passive() -> Tree {
    amd(
        "passive",
        &[
            ("scaling_driver", "amd-pstate"),
            ("scaling_governor", "userspace"),
            ("scaling_setspeed", "3000000"),
            (
                "scaling_available_governors",
                "conservative ondemand userspace powersave performance schedutil",
            ),
        ],
    )
    .with(&format!("{CPUS}/cpufreq/boost"), "1\n")
    .with(&format!("{CPUS}/cpufreq/policy1/scaling_max_freq"), 2_000_000)
    .with(&format!("{CPUS}/cpufreq/policy0/scaling_min_freq"), 5_000_000)
}

/// Guided mode; a container engine on cgroups v1 has given the twin away, and Debian has forbidden counting.
fn amd_pstate_guided() -> Tree {
    amd(
        "guided",
        &[
            ("scaling_driver", "amd-pstate"),
            ("scaling_governor", "performance"),
            (
                "scaling_available_governors",
                "conservative ondemand userspace powersave performance schedutil",
            ),
        ],
    )
    .with(&format!("{CPUS}/cpufreq/boost"), "1\n")
    .with("/sys/fs/cgroup/cpuset/cpuset.cpus", "0-3\n")
    .with("/sys/fs/cgroup/cpuset/docker/cpuset.cpus", "0-1\n")
    .with("/sys/fs/cgroup/cpuset/docker/1f/cpuset.cpus", "1,3\n")
    .with("/proc/sys/kernel/perf_event_paranoid", "3\n")
}

/// An older server: policies of two threads, one set of tunables, nobody tells the nominal clock.
fn acpi_cpufreq() -> Tree {
    let tree = idle(machine(4, Some(2)), 0..4, &[("POLL", 0), ("C1", 1)]).measuring("1", "0,2");
    let tree = (0..2).fold(tree, |tree, number| {
        policy(
            tree,
            number,
            &format!("{number} {}", number + 2),
            &[
                ("scaling_driver", "acpi-cpufreq"),
                ("scaling_governor", "ondemand"),
                (
                    "scaling_available_governors",
                    "conservative ondemand userspace powersave performance schedutil",
                ),
                ("scaling_min_freq", "1400000"),
                ("scaling_max_freq", "2300000"),
            ],
        )
    });
    tree.with(&format!("{CPUS}/cpufreq/boost"), "1\n")
        .below(&format!("{CPUS}/cpufreq/ondemand"), &[("sampling_rate", "4000"), ("up_threshold", "95")])
}

/// Two performance cores with two threads (0-3), two efficiency cores (4-5).
fn hybrid() -> Tree {
    let mut tree = idle(machine(6, None), 0..6, INTEL_IDLE).measuring("2", "0-1,4-5");
    for cpu in 0..4 {
        let threads = format!("{}-{}", cpu & !1, cpu | 1);
        tree = tree.with(&format!("{CPUS}/cpu{cpu}/topology/core_cpus_list"), threads);
    }
    let files = |limit, base| {
        [
            ("scaling_driver", "intel_pstate"),
            ("scaling_governor", "powersave"),
            ("scaling_available_governors", "performance powersave"),
            ("energy_performance_preference", "balance_power"),
            ("cpuinfo_min_freq", "400000"),
            ("cpuinfo_max_freq", limit),
            ("base_frequency", base),
            ("scaling_min_freq", "400000"),
            ("scaling_max_freq", limit),
        ]
    };
    let tree = policies(tree, 0..4, &files("4600000", "1900000"));
    policies(tree, 4..6, &files("3400000", "1400000"))
        .below("/sys/devices", &[("cpu_core/cpus", "0-3"), ("cpu_atom/cpus", "4-5")])
        .below(&format!("{CPUS}/intel_pstate"), &[("no_turbo", "0"), ("status", "active")])
        .with("/proc/swaps", "Filename Type Size Used Priority\n/dev/dm-2 partition 8388604 0 -2\n")
}

/// Four small and two big cores, each kind with one policy and its own tunables; sleep states from the firmware.
fn arm_capacities() -> Tree {
    let mut tree = idle(machine(6, None), 0..6, &[("WFI", 1), ("cpu-sleep", 1500)]).measuring("4-5", "0-3");
    for cpu in 0..6 {
        tree = tree.with(&format!("{CPUS}/cpu{cpu}/cpu_capacity"), if cpu < 4 { 446 } else { 1024 });
    }
    let files = |limit| {
        [
            ("scaling_driver", "cpufreq-dt"),
            ("scaling_governor", "schedutil"),
            ("scaling_available_governors", "ondemand performance schedutil"),
            ("schedutil/rate_limit_us", "1000"),
            ("scaling_min_freq", "408000"),
            ("scaling_max_freq", limit),
        ]
    };
    let tree = policy(tree, 0, "0 1 2 3", &files("1800000"));
    let tree = policy(tree, 4, "4 5", &files("2362000"));
    irq(irq(tree, 13, "arch_timer", "0-5"), 61, "mmc0", "0-5")
        .with("/proc/cpuinfo", "Features\t: fp asimd\n")
        .with(&format!("{CPUS}/smt/control"), "notimplemented")
        .with(&format!("{CPUS}/cpu0/online"), "1\n")
        .without("/proc/sys/kernel/watchdog_cpumask")
        .without("/proc/sys/kernel/nmi_watchdog")
}

/// Four cores with two threads on each of two nodes, one network card on each; measured is one core of the second.
fn two_sockets() -> Tree {
    let mut tree = idle(machine(16, Some(8)), 0..16, AMD_IDLE).measuring("5", "0-4,6-12,14-15");
    for cpu in 0..16 {
        let node = cpu % 8 / 4;
        let directory = format!("{CPUS}/cpu{cpu}");
        tree = tree
            .with(&format!("{directory}/node{node}/link"), "")
            .with(&format!("{directory}/topology/physical_package_id"), node)
            .with(&format!("{directory}/acpi_cppc/nominal_freq"), "3200\n");
    }
    let tree = policies(
        tree,
        0..16,
        &[
            ("scaling_driver", "acpi-cpufreq"),
            ("scaling_governor", "performance"),
            ("scaling_available_governors", "ondemand performance"),
            ("cpuinfo_min_freq", "1500000"),
            ("cpuinfo_max_freq", "3200000"),
            ("scaling_min_freq", "1500000"),
            ("scaling_max_freq", "3200000"),
        ],
    );
    let tree = irq(irq(tree, 90, "eth0-rx-0", "0-3,8-11"), 91, "eth1-rx-0", "4-7,12-15");
    tree.with(&format!("{CPUS}/cpufreq/boost"), "1\n").with("/proc/sys/kernel/numa_balancing", "1\n")
}

/// A sandbox without `/sys`.
fn proc_only() -> Tree {
    Tree::default().with("/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu hypervisor\n").measuring("0", "0")
}
