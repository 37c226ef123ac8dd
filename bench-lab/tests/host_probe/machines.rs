//! The machines that the probe is tried on: captured ones, and ones put together from the kernel's documentation.
//!
//! Each is a set of files under a temporary root; nothing of the running machine shows through.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bench_lab::host::sysfs::SysRoot;
use tempfile::TempDir;

const CPUS: &str = "/sys/devices/system/cpu";

/// Files of a machine by absolute path.
#[derive(Clone, Default)]
pub(crate) struct Machine(BTreeMap<String, String>);

/// The machine on disk; gone when dropped.
pub(crate) struct Planted {
    directory: TempDir,
}

impl Planted {
    pub(crate) fn root(&self) -> SysRoot {
        SysRoot::at(self.directory.path())
    }
}

impl Machine {
    pub(crate) fn with(mut self, path: &str, text: &str) -> Self {
        self.0.insert(path.into(), text.into());
        self
    }

    pub(crate) fn without(mut self, beginning: &str) -> Self {
        self.0.retain(|path, _| !path.starts_with(beginning));
        self
    }

    pub(crate) fn plant(&self) -> Planted {
        // Thousands of small files: in memory where there is a place for that.
        let memory = Path::new("/dev/shm");
        let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let directory = tempfile::tempdir_in(place).unwrap();
        for (path, text) in &self.0 {
            let path = directory.path().join(path.trim_start_matches('/'));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Planted { directory }
    }

    /// Several files below one directory.
    fn below(self, directory: &str, files: &[(&str, &str)]) -> Self {
        files.iter().fold(self, |machine, (name, text)| machine.with(&format!("{directory}/{name}"), text))
    }

    /// Where a CPU sits; its last cache is a unified third level unless `l3` is empty.
    fn cpu(self, id: u32, seat: &Seat<'_>) -> Self {
        let cpu = format!("{CPUS}/cpu{id}");
        let package = seat.package.to_string();
        let machine = self.below(
            &format!("{cpu}/topology"),
            &[
                ("core_id", &seat.core.to_string()),
                ("physical_package_id", &package),
                ("die_id", "0"),
                ("core_cpus_list", seat.threads),
            ],
        );
        let machine = machine.cache(&cpu, 1, seat.l1, seat.threads);
        let machine = match seat.l3 {
            "" => machine,
            cpus => machine.cache(&cpu, 3, "32768K", cpus),
        };
        machine.with(&format!("{cpu}/node{package}/link"), "")
    }

    /// A cache of a CPU; the first level holds data only.
    fn cache(self, cpu: &str, level: u32, size: &str, cpus: &str) -> Self {
        let files = [
            ("level", level.to_string()),
            ("type", if level == 1 { "Data" } else { "Unified" }.to_owned()),
            ("size", size.to_owned()),
            ("shared_cpu_list", cpus.to_owned()),
            ("coherency_line_size", "64".to_owned()),
        ];
        let files = files.iter().map(|(name, text)| (*name, text.as_str())).collect::<Vec<_>>();
        self.below(&format!("{cpu}/cache/index{level}"), &files)
    }

    fn online(self, list: &str) -> Self {
        self.below(CPUS, &[("present", list), ("online", list), ("isolated", "\n")])
    }

    /// A process of an ordinary user in its login session.
    fn login(self, mask: &str, cpuset: &str) -> Self {
        self.with("/proc/self/status", &format!("Uid:\t1000\t1000\t1000\t1000\nCpus_allowed_list:\t{mask}\n"))
            .with("/proc/self/cgroup", "0::/user.slice/user-1000.slice/session-2.scope\n")
            .with("/sys/fs/cgroup/user.slice/cpuset.cpus.effective", cpuset)
            .with("/sys/fs/cgroup/user.slice/user-1000.slice/memory.max", "max")
    }
}

struct Seat<'a> {
    core: u32,
    package: u32,
    threads: &'a str,
    l1: &'a str,
    l3: &'a str,
}

/// Machines of `fixtures/sysfs/*.tree`.
const CAPTURED: &[&str] = &["vm-kvm-2cpu"];

/// Every machine by the name of its `.facts` file.
pub(crate) fn all() -> Vec<(&'static str, Machine)> {
    let mut machines: Vec<_> = CAPTURED.iter().map(|name| (*name, captured(name))).collect();
    machines.extend([
        ("hybrid-laptop", hybrid_laptop()),
        ("epyc-two-sockets", epyc_two_sockets()),
        ("arm-big-little", arm_big_little()),
        ("docker-container", docker_container()),
        ("proc-only", proc_only()),
    ]);
    machines
}

pub(crate) fn fixture(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "fixtures", "sysfs", name].iter().collect()
}

pub(crate) fn captured(name: &str) -> Machine {
    let text = fs::read_to_string(fixture(&format!("{name}.tree"))).unwrap();
    let mut machine = Machine::default();
    let mut path = None;
    for line in text.lines() {
        if let Some(next) = line.strip_prefix("== ") {
            machine.0.insert(next.into(), String::new());
            path = Some(next.to_owned());
        } else {
            let path = path.as_ref().expect("a tree begins with a path");
            let text = machine.0.get_mut(path).unwrap();
            text.push_str(line);
            text.push('\n');
        }
    }
    machine
}

/// intel_pstate in active mode: four performance cores with two threads each (0-7), four efficiency cores (8-11).
pub(crate) fn hybrid_laptop() -> Machine {
    let cpuinfo: String = (0..12)
        .map(|cpu| {
            format!(
                "processor\t: {cpu}\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 186\nmodel name\t: 13th Gen \
                 Intel(R) Core(TM) i5-1340P\nstepping\t: 2\nmicrocode\t: 0x4121\ncpu MHz\t\t: {}.123\nflags\t\t: fpu \
                 cx8 cmov mmx fxsr sse sse2 syscall constant_tsc nonstop_tsc pni ssse3 fma cx16 sse4_1 sse4_2 movbe \
                 popcnt aes xsave avx f16c rdrand lahf_lm abm bmi1 avx2 bmi2 ibrs stibp\nbogomips\t: 4377.60\n\n",
                1000 + cpu
            )
        })
        .collect();
    let mut machine =
        Machine::default().online("0-11").login("0-11", "0-11\n").with("/proc/cpuinfo", &cpuinfo);
    for cpu in 0..12 {
        let pair = format!("{}-{}", cpu & !1, cpu | 1);
        let own = cpu.to_string();
        let is_fast = cpu < 8;
        let seat = Seat {
            core: cpu / 2 * 4,
            package: 0,
            threads: if is_fast { &pair } else { &own },
            l1: if is_fast { "48K" } else { "32K" },
            l3: "0-11",
        };
        let clocks = if is_fast { ("4600000", "1900000") } else { ("3400000", "1400000") };
        machine = machine.cpu(cpu, &seat).below(
            &format!("{CPUS}/cpu{cpu}"),
            &[
                ("cpufreq/cpuinfo_max_freq", clocks.0),
                ("cpufreq/cpuinfo_min_freq", "400000"),
                ("cpufreq/base_frequency", clocks.1),
                ("cpufreq/scaling_driver", "intel_pstate"),
                ("cpufreq/scaling_governor", "powersave"),
                ("cpufreq/scaling_min_freq", "400000"),
                ("cpufreq/scaling_max_freq", clocks.0),
                ("cpufreq/energy_performance_preference", "balance_performance"),
                ("power/energy_perf_bias", "6"),
                ("cpuidle/state0/name", "POLL"),
                ("cpuidle/state0/latency", "0"),
                ("cpuidle/state0/disable", "0"),
                ("cpuidle/state1/name", "C1E"),
                ("cpuidle/state1/latency", "2"),
                ("cpuidle/state1/disable", "0"),
                ("cpuidle/state2/name", "C10"),
                ("cpuidle/state2/latency", "230"),
                ("cpuidle/state2/disable", if is_fast { "1" } else { "0" }),
            ],
        );
    }
    machine
        .below("/sys/devices", &[("cpu_core/cpus", "0-7"), ("cpu_atom/cpus", "8-11")])
        .below(&format!("{CPUS}/intel_pstate"), &[("no_turbo", "0"), ("status", "active")])
        .below(&format!("{CPUS}/cpuidle"), &[("current_driver", "intel_idle"), ("current_governor", "menu")])
        .below(CPUS, &[("nohz_full", " (null)\n"), ("smt/control", "on")])
        .below(
            "/sys/class/dmi/id",
            &[("sys_vendor", "Framework"), ("product_name", "Laptop (13th Gen)"), ("bios_version", "03.05")],
        )
        .below(&format!("{CPUS}/vulnerabilities"), &[("meltdown", "Not affected")])
        .with("/sys/devices/system/node/node0/cpulist", "0-11")
        .with("/sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never")
        .with("/proc/meminfo", "MemTotal:       32554928 kB\n")
        .with("/proc/swaps", "Filename Type Size Used Priority\n/dev/dm-2 partition 8388604 0 -2\n")
        .with("/proc/cmdline", "BOOT_IMAGE=/vmlinuz root=UUID=1-2 ro quiet splash preempt=full")
        .with("/proc/sys/kernel/osrelease", "6.11.0-21-generic")
        .with("/proc/sys/kernel/version", "#21-Ubuntu SMP PREEMPT_DYNAMIC Wed Feb 19")
        .with("/boot/config-6.11.0-21-generic", "CONFIG_HZ_1000=y\nCONFIG_HZ=1000\n")
        .with("/etc/os-release", "ID=ubuntu\nVERSION_ID=\"24.10\"\nPRETTY_NAME=\"Ubuntu 24.10\"\n")
}

/// acpi-cpufreq with the global boost switch: two sockets of eight cores with two threads, two L3 a socket, and
/// `isolcpus=` over the last core of each socket.
pub(crate) fn epyc_two_sockets() -> Machine {
    let cpuinfo = "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 1\nmodel name\t: AMD EPYC 7343 \
                   16-Core Processor\nstepping\t: 1\nmicrocode\t: 0xa0011d5\nflags\t\t: fpu cx8 cmov mmx fxsr sse sse2 \
                   syscall constant_tsc nonstop_tsc pni ssse3 fma cx16 sse4_1 sse4_2 movbe popcnt aes xsave avx f16c \
                   lahf_lm abm bmi1 avx2 bmi2\n";
    let mut machine = Machine::default().online("0-31").login("0-6,8-14,16-22,24-30", "0-31");
    for cpu in 0..32_u32 {
        let core = cpu % 16;
        let threads = format!("{core},{}", core + 16);
        let (first, last) = (core / 4 * 4, core / 4 * 4 + 3);
        let l3 = format!("{first}-{last},{}-{}", first + 16, last + 16);
        machine =
            machine.cpu(cpu, &Seat { core, package: core / 8, threads: &threads, l1: "32K", l3: &l3 }).below(
                &format!("{CPUS}/cpu{cpu}"),
                &[
                    ("cpufreq/cpuinfo_max_freq", "3200000"),
                    ("cpufreq/cpuinfo_min_freq", "1500000"),
                    ("cpufreq/scaling_driver", "acpi-cpufreq"),
                    ("cpufreq/scaling_governor", if cpu == 7 { "performance" } else { "schedutil" }),
                    ("cpufreq/scaling_min_freq", "1500000"),
                    ("cpufreq/scaling_max_freq", "3200000"),
                    ("acpi_cppc/nominal_freq", "3200"),
                ],
            );
    }
    machine
        .with("/proc/cpuinfo", cpuinfo)
        .with(&format!("{CPUS}/isolated"), "7,15,23,31")
        .with(&format!("{CPUS}/nohz_full"), "7,15")
        .with(&format!("{CPUS}/cpufreq/boost"), "1")
        .with(&format!("{CPUS}/smt/control"), "on")
        .with("/sys/devices/system/node/node0/cpulist", "0-7,16-23")
        .with("/sys/devices/system/node/node1/cpulist", "8-15,24-31")
        .below("/sys/class/dmi/id", &[("sys_vendor", "Supermicro"), ("board_name", "H12DSi-N6")])
        .with("/proc/meminfo", "MemTotal:       527976516 kB\n")
        .with("/proc/cmdline", "root=/dev/sda1 isolcpus=7,15,23,31 nohz_full=7,15 rcu_nocbs=7,15")
        .with("/proc/sys/kernel/osrelease", "6.1.0-31-amd64")
        .with("/proc/sys/kernel/version", "#1 SMP PREEMPT_RT Debian 6.1.128-1")
}

/// Four small and two big cores; no third level cache, no DMI, not even an x86 flag line.
pub(crate) fn arm_big_little() -> Machine {
    let part = |cpu| if cpu < 4 { "0xd05" } else { "0xd0a" };
    let cpuinfo: String = (0..6)
        .map(|cpu| {
            format!(
                "processor\t: {cpu}\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics \
                 fphp asimdhp cpuid\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x2\nCPU part\t: \
                 {}\nCPU revision\t: 0\n\n",
                part(cpu)
            )
        })
        .collect();
    let mut machine = Machine::default().online("0-5").login("0-5", "0-5").with("/proc/cpuinfo", &cpuinfo);
    for cpu in 0..6_u32 {
        let is_big = cpu >= 4;
        let own = cpu.to_string();
        let seat = Seat { core: cpu, package: 0, threads: &own, l1: "32K", l3: "" };
        let directory = format!("{CPUS}/cpu{cpu}");
        machine =
            machine.cpu(cpu, &seat).cache(&directory, 2, "1024K", if is_big { "4-5" } else { "0-3" }).below(
                &directory,
                &[
                    ("cpu_capacity", if is_big { "1024" } else { "446" }),
                    ("cpufreq/cpuinfo_max_freq", if is_big { "2362000" } else { "1800000" }),
                    ("cpufreq/scaling_driver", "cpufreq-dt"),
                    ("cpufreq/scaling_governor", "schedutil"),
                ],
            );
    }
    machine
        .with("/proc/device-tree/model", "Example Board\0")
        .with("/proc/meminfo", "MemTotal:        3884364 kB\n")
        .with("/proc/sys/kernel/osrelease", "6.6.51")
        .with("/proc/sys/kernel/version", "#1 SMP PREEMPT Thu Oct 3")
}

/// A container on bare metal, as a container engine leaves it: two of four CPUs, a quota, files masked by empty ones,
/// firmware hidden.
pub(crate) fn docker_container() -> Machine {
    let mut machine = Machine::default().online("0-3");
    for cpu in 0..4_u32 {
        let own = cpu.to_string();
        machine = machine.cpu(cpu, &Seat { core: cpu, package: 0, threads: &own, l1: "32K", l3: "0-3" });
    }
    machine
        .with(
            "/proc/cpuinfo",
            "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\nmodel name\t: Intel(R) Xeon(R) \
             Gold 6230 CPU @ 2.10GHz\nstepping\t: 7\nflags\t\t: fpu sse sse2\n",
        )
        .with("/proc/self/status", "Uid:\t0\t0\t0\t0\nCpus_allowed_list:\t2-3\n")
        .with("/proc/self/cgroup", "0::/\n")
        .with("/sys/fs/cgroup/cpuset.cpus.effective", "2-3")
        .with("/sys/fs/cgroup/cpu.max", "150000 100000")
        .with("/sys/fs/cgroup/memory.max", "4294967296")
        .with("/proc/interrupts", "")
        .with("/proc/meminfo", "MemTotal:       65536000 kB\n")
        .with("/proc/sys/kernel/osrelease", "5.15.0-130-generic")
        .with("/proc/sys/kernel/version", "#140-Ubuntu SMP Wed Dec 18")
        .with("/.dockerenv", "")
}

/// A sandbox without `/sys`.
pub(crate) fn proc_only() -> Machine {
    Machine::default().with(
        "/proc/cpuinfo",
        "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: unknown\nflags\t\t: fpu hypervisor\n",
    )
}
