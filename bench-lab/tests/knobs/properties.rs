//! What holds on every machine: where settings may point, which CPUs they may name, and that each step is one the
//! kernel accepts, forth and back.

use std::collections::BTreeMap;

use bench_lab::host::knob::{Setting, Shape, mask};
use lab_core::cpulist::CpuList;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::tree::{Planted, Tree};

const CPUS: &str = "/sys/devices/system/cpu";

/// A machine of `cores` cores with one or two threads, and chosen CPUs that may overlap as a caller may have them.
#[derive(Clone, Debug)]
struct Sketch {
    cores: u32,
    threads: u32,
    /// By CPU: online, a bench CPU, a housekeeping CPU.
    roles: Vec<(bool, bool, bool)>,
    /// By interrupt: the CPUs it may go to.
    interrupts: Vec<u16>,
    /// By CPU, in MHz: least and greatest clock, nominal clock.
    clocks: Vec<(u32, u32, u32)>,
    are_policies_shared: bool,
}

fn sketches() -> impl Strategy<Value = Sketch> {
    (1_u32..6, 1_u32..3, any::<bool>()).prop_flat_map(|(cores, threads, are_policies_shared)| {
        let count = (cores * threads) as usize;
        let roles = vec((prop::bool::weighted(0.8), any::<bool>(), any::<bool>()), count);
        let clock = (400_u32..2000, 0_u32..3000, 0_u32..5000);
        let clocks = vec(clock.prop_map(|(least, span, nominal)| (least, least + span, nominal)), count);
        (roles, vec(1_u16..1 << count, 0..4), clocks).prop_map(move |(roles, interrupts, clocks)| Sketch {
            cores,
            threads,
            roles,
            interrupts,
            clocks,
            are_policies_shared,
        })
    })
}

impl Sketch {
    fn chosen(&self, role: impl Fn(&(bool, bool, bool)) -> bool) -> CpuList {
        let cpus = self.roles.iter().enumerate().filter(|(_, roles)| roles.0 && role(roles));
        cpus.map(|(cpu, _)| cpu as u32).collect()
    }

    fn plant(&self) -> Planted {
        let online = self.chosen(|_| true).to_string();
        let bench = self.chosen(|roles| roles.1).to_string();
        // As a placement has it: apart from the bench CPUs, unless nothing is left.
        let apart = self.chosen(|roles| roles.2 && !roles.1).to_string();
        let housekeeping = if apart.is_empty() { &bench } else { &apart };
        let count = self.cores * self.threads;
        let all = (0..count).collect::<CpuList>();
        let mut tree = Tree::default()
            .measuring(&bench, housekeeping)
            .below(CPUS, &[("present", &all.to_string()), ("online", &online), ("cpufreq/boost", "1")])
            .with("/proc/self/status", format!("Cpus_allowed_list:\t{online}\n"))
            .with("/proc/irq/default_smp_affinity", mask::print(&all))
            .with("/sys/devices/virtual/workqueue/cpumask", mask::print(&all))
            .with("/proc/sys/kernel/watchdog_cpumask", &all)
            .with("/proc/sys/kernel/nmi_watchdog", 1)
            .with("/dev/cpu_dma_latency", "");
        for cpu in 0..count {
            let core = cpu % self.cores;
            let siblings: CpuList = (0..self.threads)
                .map(|thread| core + thread * self.cores)
                .filter(|&cpu| online_is(&online, cpu))
                .collect();
            let directory = format!("{CPUS}/cpu{cpu}");
            tree = tree.with(&format!("{directory}/online"), 1);
            if !siblings.is_empty() {
                tree = tree.with(&format!("{directory}/topology/core_cpus_list"), siblings);
            }
            tree = tree.with(&format!("{directory}/power/pm_qos_resume_latency_us"), 0);
            for (state, name, latency) in [(0, "POLL", 0), (1, "C1", 2), (2, "C6", 133)] {
                let state = format!("{directory}/cpuidle/state{state}");
                tree = tree.with(&format!("{state}/name"), name).with(&format!("{state}/latency"), latency);
            }
            tree = self.clocked(tree, cpu, &online);
        }
        for (number, cpus) in self.interrupts.iter().enumerate() {
            let cpus = mask::parse(&format!("{cpus:x}")).unwrap();
            tree = tree
                .with(&format!("/proc/irq/{number}/smp_affinity_list"), cpus)
                .with(&format!("/sys/kernel/irq/{number}/actions"), format!("device{number}"));
        }
        tree.plant()
    }

    /// The policy of a CPU: its own, or that of its core.
    fn clocked(&self, tree: Tree, cpu: u32, online: &str) -> Tree {
        if self.are_policies_shared && cpu >= self.cores {
            return tree;
        }
        let mut cpus: Vec<u32> = vec![cpu];
        if self.are_policies_shared && self.threads == 2 {
            cpus.push(cpu + self.cores);
        }
        let affected: Vec<String> =
            cpus.into_iter().filter(|&cpu| online_is(online, cpu)).map(|cpu| cpu.to_string()).collect();
        let policy = format!("{CPUS}/cpufreq/policy{cpu}");
        let (least, greatest, nominal) = self.clocks[cpu as usize];
        tree.with(&format!("{policy}/affected_cpus"), affected.join(" "))
            .with(&format!("{policy}/scaling_governor"), "schedutil")
            .with(&format!("{policy}/scaling_available_governors"), "schedutil performance")
            .with(&format!("{policy}/schedutil/rate_limit_us"), 1000)
            .with(&format!("{policy}/boost"), 1)
            .with(&format!("{policy}/scaling_min_freq"), u64::from(least) * 1000)
            .with(&format!("{policy}/scaling_max_freq"), u64::from(greatest) * 1000)
            .with(&format!("{policy}/base_frequency"), u64::from(nominal) * 1000)
    }
}

fn online_is(online: &str, cpu: u32) -> bool {
    online.parse::<CpuList>().unwrap().contains(cpu)
}

fn settings(planted: &Planted) -> Vec<Setting> {
    planted.declared().into_iter().flat_map(|(_, settings)| settings.unwrap_or_default()).collect()
}

/// The CPU in `/sys/devices/system/cpu/cpuN/online`.
fn switched(setting: &Setting) -> Option<u32> {
    setting.path.strip_prefix(&format!("{CPUS}/cpu"))?.strip_suffix("/online")?.parse().ok()
}

/// Every policy's limits after each of the settings, then after each original put back in reverse.
fn limits_stay_in_order(planted: &Planted, settings: &[Setting]) -> Result<(), TestCaseError> {
    let clock = |setting: &Setting| {
        let (policy, name) = setting.path.rsplit_once('/')?;
        name.starts_with("scaling_m").then(|| (policy.to_owned(), name.to_owned()))
    };
    let mut now: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut steps: Vec<((String, String), u64)> = Vec::new();
    let mut undo = Vec::new();
    for setting in settings {
        let Some(key) = clock(setting) else { continue };
        for name in ["scaling_min_freq", "scaling_max_freq"] {
            let text = planted.root.read(&format!("{}/{name}", key.0)).unwrap();
            now.insert((key.0.clone(), name.to_owned()), text.parse().unwrap());
        }
        undo.push((key.clone(), now[&key]));
        steps.push((key, setting.wanted.parse().unwrap()));
    }
    steps.extend(undo.into_iter().rev());
    for (key, value) in steps {
        let policy = key.0.clone();
        now.insert(key, value);
        let limit = |name: &str| now[&(policy.clone(), name.to_owned())];
        let (least, greatest) = (limit("scaling_min_freq"), limit("scaling_max_freq"));
        prop_assert!(least <= greatest, "{policy}: {least} above {greatest}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn no_machine_is_harmed(sketch in sketches()) {
        let planted = sketch.plant();
        let (bench, housekeeping) = (&planted.tree.bench_cpus, &planted.tree.housekeeping_cpus);
        let settings = settings(&planted);
        let leaving: Vec<u32> = settings.iter().filter_map(switched).collect();
        for setting in &settings {
            let path = setting.path.as_str();
            let is_kernel = path.starts_with("/sys/") || path.starts_with("/proc/") || path == "/dev/cpu_dma_latency";
            prop_assert!(is_kernel && !path.contains(".."), "{path}");
            prop_assert!(planted.root.exists(path), "{path} is not there");
            prop_assert!(!setting.wanted.contains('\n'), "{setting:?}");
            prop_assert_eq!(setting.shape == Shape::Held, path == "/dev/cpu_dma_latency");

            let named = match setting.shape {
                Shape::CpuList => setting.wanted.parse::<CpuList>().unwrap(),
                Shape::CpuMask => mask::parse(&setting.wanted).unwrap(),
                _ => continue,
            };
            prop_assert!(!named.is_empty(), "{path} would be empty");
            for cpu in named.iter() {
                prop_assert!(!bench.contains(cpu) && housekeeping.contains(cpu), "{path} names CPU {cpu}");
            }
        }
        for cpu in &leaving {
            prop_assert!(!bench.contains(*cpu) && !housekeeping.contains(*cpu), "CPU {cpu} goes offline");
            let files = settings.iter().filter(|setting| switched(setting).is_none());
            for setting in files {
                prop_assert!(!setting.path.contains(&format!("/cpu{cpu}/")), "{setting:?} of an offline CPU");
            }
        }
        limits_stay_in_order(&planted, &settings)?;
    }

    #[test]
    fn no_path_is_declared_twice(sketch in sketches()) {
        let mut paths: Vec<String> = settings(&sketch.plant()).into_iter().map(|setting| setting.path).collect();
        let count = paths.len();
        paths.sort();
        paths.dedup();
        prop_assert_eq!(paths.len(), count);
    }
}
