//! Asks the processor to prefer speed over energy (`energy_performance_preference`; kernel:
//! `admin-guide/pm/intel_pstate.rst`, `admin-guide/pm/amd-pstate.rst`).
//!
//! It stands before [`super::governor`] because, while the governor is `performance`, both drivers refuse any other
//! preference with EBUSY: restored in reverse, the governor is back when the preference is.

use lab_core::machine::Takes;

use super::super::sysfs::Absence;
use super::{Knob, Scene, Setting, policy};

pub(super) struct Epp;

impl Knob for Epp {
    fn id(&self) -> &'static str {
        "epp"
    }

    fn why(&self) -> &'static str {
        "a processor told to save energy raises its clock late and lowers it early, whatever the kernel asks for"
    }

    fn takes(&self) -> Takes {
        Takes::Word
    }

    fn settings(&self, scene: &Scene<'_>) -> Result<Vec<Setting>, Absence> {
        let policies = policy::measured(scene)?;
        let name = "energy_performance_preference";
        let settings: Vec<Setting> = policies
            .iter()
            .filter(|policy| policy.read(scene.root, name).is_ok())
            .map(|policy| Setting::plain(policy.file(name), "performance"))
            .collect();
        if settings.is_empty() {
            return Err(format!("{} offers no {name}", policies[0].driver(scene.root)));
        }
        Ok(settings)
    }
}
