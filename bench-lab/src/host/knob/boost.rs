//! Keeps the processor from going above its nominal clock (`intel_pstate/no_turbo`, `cpufreq/boost`,
//! `policyN/boost`; kernel: `admin-guide/pm/{intel_pstate,cpufreq,amd-pstate}.rst`).
//!
//! It goes by which file is there and never by the driver's name: intel_pstate keeps `no_turbo` in passive mode, where
//! the driver calls itself intel_cpufreq. Traps: `no_turbo` refuses writes where the firmware has turbo off; the
//! switch of all policies sets each policy's own, so one that stood apart is declared before it and restored after;
//! a policy's switch gives EINVAL while the one of all is off.

use super::super::sysfs::Absence;
use super::{CPUS, Knob, Scene, Setting, policy};

pub(super) struct Boost;

impl Knob for Boost {
    fn id(&self) -> &'static str {
        "boost"
    }

    fn why(&self) -> &'static str {
        "above the nominal clock, speed depends on temperature, power and on how many other cores are awake"
    }

    fn settings(&self, scene: &Scene<'_>) -> Result<Vec<Setting>, Absence> {
        let no_turbo = format!("{CPUS}/intel_pstate/no_turbo");
        if scene.root.read(&no_turbo).is_ok() {
            return Ok(vec![Setting::plain(no_turbo, 1)]);
        }
        let policies = policy::all(scene)?;
        let global = format!("{CPUS}/cpufreq/boost");
        let of_all = scene.root.read(&global).ok();
        let own = policies.iter().filter(|policy| {
            let own = policy.read(scene.root, "boost").ok();
            own.is_some() && own != of_all
        });
        let mut settings: Vec<Setting> = own.map(|policy| Setting::plain(policy.file("boost"), 0)).collect();
        if of_all.is_some() {
            settings.push(Setting::plain(global, 0));
        }
        if settings.is_empty() {
            let driver = policies[0].driver(scene.root);
            return Err(format!("{driver} offers no boost switch (no_turbo, cpufreq/boost, policy*/boost)"));
        }
        Ok(settings)
    }
}
