//! Keeps the bench CPUs awake (`power/pm_qos_resume_latency_us`; kernel: `ABI/testing/sysfs-devices-power`,
//! `admin-guide/pm/cpuidle.rst`).
//!
//! It writes `n/a`, no latency at all; `0` would mean the opposite, any latency. Trap: the file is there without an
//! idle driver too, where nothing heeds it.

use super::super::sysfs::Absence;
use super::{CPUS, Knob, Scene, Setting, idle};

pub(super) struct ResumeLatency;

impl Knob for ResumeLatency {
    fn id(&self) -> &'static str {
        "resume_latency"
    }

    fn why(&self) -> &'static str {
        "a bench CPU that sleeps between two processes, or while one waits, wakes late and with its clock down"
    }

    fn settings(&self, scene: &Scene<'_>) -> Result<Vec<Setting>, Absence> {
        let path = |cpu: u32| format!("{CPUS}/cpu{cpu}/power/pm_qos_resume_latency_us");
        let has_states = |cpu: &u32| !idle::exit_latencies_us(scene.root, *cpu).is_empty();
        let sleepers: Vec<u32> = scene.bench_cpus.iter().filter(has_states).collect();
        if sleepers.is_empty() {
            return Err("no cpuidle states: no idle driver, so that nothing would heed a limit".into());
        }
        let settings: Vec<Setting> = sleepers
            .into_iter()
            .filter(|cpu| scene.root.exists(&path(*cpu)))
            .map(|cpu| Setting::plain(path(cpu), "n/a"))
            .collect();
        if settings.is_empty() { Err("no pm_qos_resume_latency_us".into()) } else { Ok(settings) }
    }
}
