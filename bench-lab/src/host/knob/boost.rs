//! Keeps the processor from going above its nominal clock (`intel_pstate/no_turbo`, `cpufreq/boost`,
//! `policyN/boost`; kernel: `admin-guide/pm/{intel_pstate,cpufreq,amd-pstate}.rst`).
//!
//! It goes by which file is there and never by the driver's name: intel_pstate keeps `no_turbo` in passive mode, where
//! the driver calls itself intel_cpufreq. Traps: `no_turbo` refuses writes where the firmware has turbo off; the
//! switch of all policies sets each policy's own, and while it is off those refuse with EINVAL, so they come before
//! it and are restored after.

use lab_core::machine::{KnobWish, Takes};

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

    fn takes(&self) -> Takes {
        Takes::Switch
    }

    fn settings(&self, scene: &Scene<'_>) -> Result<Vec<Setting>, Absence> {
        let no_turbo = format!("{CPUS}/intel_pstate/no_turbo");
        if scene.root.read(&no_turbo).is_ok() {
            return Ok(vec![Setting::plain(no_turbo, 1)]);
        }
        let policies = policy::all(scene)?;
        let global = format!("{CPUS}/cpufreq/boost");
        let own = policies.iter().filter(|policy| policy.read(scene.root, "boost").is_ok());
        let mut settings: Vec<Setting> = own.map(|policy| Setting::plain(policy.file("boost"), 0)).collect();
        if scene.root.read(&global).is_ok() {
            settings.push(Setting::plain(global, 0));
        }
        if settings.is_empty() {
            let driver = policies[0].driver(scene.root);
            return Err(format!("{driver} offers no boost switch (no_turbo, cpufreq/boost, policy*/boost)"));
        }
        Ok(settings)
    }

    /// On means that the clock may exceed nominal. The switch of all policies is written first then: while it is off, a
    /// policy's own refuses.
    fn settings_for(&self, scene: &Scene<'_>, wish: &KnobWish) -> Result<Vec<Setting>, Absence> {
        let mut settings = self.settings(scene)?;
        if *wish == KnobWish::Switch(true) {
            let other = |text: &str| if text == "0" { "1" } else { "0" }.to_owned();
            settings.iter_mut().for_each(|setting| setting.wanted = other(&setting.wanted));
            settings.reverse();
        }
        Ok(settings)
    }
}
