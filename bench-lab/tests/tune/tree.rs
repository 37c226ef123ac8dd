//! A folder that looks like the files of an Intel machine with four threads on two cores, and the real program over it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use bench_lab::host::lock::{HostLock, Waiting, acquire_at};
use bench_lab::host::sysfs::SysRoot;
use serde_json::Value;
use tempfile::TempDir;

/// The tree, with a place for journal and locks beside it.
pub(crate) struct Tree {
    folder: TempDir,
    /// Held while groups of the host are made: a partition would have its CPU refused to the next.
    _turn: Option<HostLock>,
}

const CPU: &str = "sys/devices/system/cpu";

impl Tree {
    pub(crate) fn new() -> Self {
        let tree = Self { folder: tempfile::tempdir().unwrap(), _turn: None };
        fs::create_dir(tree.run_dir()).unwrap();
        for name in ["present", "possible", "online"] {
            tree.write(&format!("{CPU}/{name}"), "0-3");
        }
        for cpu in 0..4 {
            let one = format!("{CPU}/cpu{cpu}");
            let (core, siblings) = (cpu % 2, format!("{},{}", cpu % 2, cpu % 2 + 2));
            tree.write(&format!("{one}/topology/core_id"), &core.to_string());
            tree.write(&format!("{one}/topology/physical_package_id"), "0");
            tree.write(&format!("{one}/topology/thread_siblings_list"), &siblings);
            tree.write(&format!("{one}/topology/core_cpus_list"), &siblings);
            tree.write(&format!("{one}/power/pm_qos_resume_latency_us"), "0");
            tree.write(&format!("{one}/power/energy_perf_bias"), "6");
            if cpu > 0 {
                tree.write(&format!("{one}/online"), "1");
            }
            let policy = format!("{CPU}/cpufreq/policy{cpu}");
            for (name, value) in [
                ("affected_cpus", cpu.to_string().as_str()),
                ("related_cpus", cpu.to_string().as_str()),
                ("scaling_driver", "intel_pstate"),
                ("scaling_governor", "powersave"),
                ("scaling_available_governors", "performance powersave"),
                ("energy_performance_preference", "balance_performance"),
                ("base_frequency", "2400000"),
                ("cpuinfo_min_freq", "800000"),
                ("cpuinfo_max_freq", "4200000"),
                ("scaling_min_freq", "800000"),
                ("scaling_max_freq", "4200000"),
            ] {
                tree.write(&format!("{policy}/{name}"), value);
            }
        }
        tree.write(&format!("{CPU}/intel_pstate/no_turbo"), "0");
        for (irq, action) in [(24, "nvme0q0"), (25, "eth0")] {
            tree.write(&format!("proc/irq/{irq}/smp_affinity_list"), "0-3");
            tree.write(&format!("sys/kernel/irq/{irq}/actions"), action);
        }
        tree.write("proc/irq/default_smp_affinity", "f");
        tree.write("sys/devices/virtual/workqueue/cpumask", "f");
        for (name, value) in [
            ("kernel/random/boot_id", "one-boot"),
            ("kernel/timer_migration", "1"),
            ("kernel/numa_balancing", "1"),
            ("kernel/perf_event_paranoid", "4"),
            ("kernel/watchdog", "1"),
            ("kernel/nmi_watchdog", "1"),
            ("kernel/watchdog_cpumask", "0-3"),
            ("vm/stat_interval", "1"),
            ("vm/swappiness", "60"),
        ] {
            tree.write(&format!("proc/sys/{name}"), value);
        }
        tree.write("sys/kernel/mm/ksm/run", "1");
        tree.write("sys/kernel/mm/transparent_hugepage/khugepaged/defrag", "1");
        tree
    }

    /// The same with the control groups of this host in it, where a test can make one: for the root user, with two CPUs.
    /// Nothing else of the host can be reached through it.
    #[expect(clippy::print_stdout, reason = "a test that is skipped says why")]
    pub(crate) fn with_control_groups() -> Option<Self> {
        let host = SysRoot::live();
        let cpus = bench_lab::host::topology::read(&host).online();
        let hierarchy = bench_lab::host::cpuset::find(&host, None);
        match hierarchy {
            Ok(_) if rustix::process::geteuid().is_root() && cpus.contains(1) && cpus.count() > 1 => {}
            Ok(_) => {
                println!("skipped: it takes root and two CPUs to make a group");
                return None;
            }
            Err(why) => {
                println!("skipped: {why}");
                return None;
            }
        }
        let tree = Self { _turn: Some(turn_of_real_groups()), ..Self::new() };
        for path in ["/proc/self/cgroup", "/proc/self/mountinfo", "/proc/sys/kernel/osrelease"] {
            tree.write(path.trim_start_matches('/'), &host.read(path).unwrap());
        }
        fs::create_dir_all(tree.root().join("sys/fs")).unwrap();
        std::os::unix::fs::symlink("/sys/fs/cgroup", tree.root().join("sys/fs/cgroup")).unwrap();
        Some(tree)
    }

    fn write(&self, path: &str, value: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("{value}\n")).unwrap();
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    pub(crate) fn run_dir(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.folder.path().join("lock")
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.run_dir().join("journal.jsonl")
    }

    /// Lets every user look at the files.
    pub(crate) fn open_to_all(&self) {
        fs::set_permissions(self.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Every file with its text; what a write in flight left beside one is none.
    pub(crate) fn values(&self) -> BTreeMap<PathBuf, String> {
        let mut values = BTreeMap::new();
        collect(&self.root(), &mut values);
        values
    }

    pub(crate) fn value(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap().trim().to_owned()
    }

    pub(crate) fn set(&self, path: &str, value: &str) {
        self.write(path, value);
    }

    /// Has a program see this tree and nothing of the host.
    pub(crate) fn around<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        for lender in ["SUDO_UID", "SUDO_USER", "DOAS_USER", "PKEXEC_UID"] {
            command.env_remove(lender);
        }
        command
            .env("BENCH_LAB_HOST_ROOT", self.root())
            .env("BENCH_LAB_RUN_DIR", self.run_dir())
            .env("BENCH_LAB_LOCK", self.lock())
            .stdin(Stdio::null())
    }

    pub(crate) fn bench_lab(&self, words: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bench-lab"));
        self.around(command.args(words.split(' '))).output().unwrap()
    }

    pub(crate) fn hostctl(&self, words: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bench-lab-hostctl"));
        self.around(command.args(words.split(' '))).output().unwrap()
    }

    /// Waits until nobody holds the host: then a guard has done its work.
    pub(crate) fn wait_until_free(&self) {
        drop(acquire_at(&[self.lock()], Waiting::UpTo(Duration::from_secs(60))).unwrap());
    }
}

/// Two groups that want the same CPU are in each other's way, so the tests that make real ones take turns.
pub(crate) fn turn_of_real_groups() -> HostLock {
    let turn = std::env::temp_dir().join("bench-lab-test-of-groups");
    acquire_at(&[turn], Waiting::UpTo(Duration::from_secs(500))).unwrap()
}

fn collect(folder: &Path, values: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_symlink() {
            // The control groups of the host.
        } else if path.is_dir() {
            collect(&path, values);
        } else if !path.file_name().unwrap().to_string_lossy().starts_with('.') {
            let text = fs::read_to_string(&path).unwrap();
            values.insert(path, text);
        }
    }
}

/// Standard output as one JSON value, of a command that ended with this code.
#[track_caller]
pub(crate) fn json(output: &Output, code: i32) -> Value {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}\n{err}");
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}\n{err}"))
}
