//! Makes anonymous memory the last to be swapped out (`vm.swappiness`; kernel: `admin-guide/sysctl/vm.rst`).
//!
//! It never writes 0, under which a limited control group kills a process rather than swap, and never runs `swapoff`.
//! Trap: groups of cgroups v1 have a value of their own, which this does not reach.

use lab_core::machine::Takes;

use super::super::sysfs::Absence;
use super::{Knob, Scene, Setting, number};

const PATH: &str = "/proc/sys/vm/swappiness";

pub(super) struct Swappiness;

impl Knob for Swappiness {
    fn id(&self) -> &'static str {
        "swappiness"
    }

    fn why(&self) -> &'static str {
        "memory that was swapped out comes back one slow fault at a time"
    }

    fn takes(&self) -> Takes {
        Takes::Number { from: 1, to: 200, unit: "as vm.swappiness" }
    }

    fn settings(&self, scene: &Scene<'_>) -> Result<Vec<Setting>, Absence> {
        let areas = scene.root.read("/proc/swaps")?;
        if areas.lines().count() < 2 {
            return Err("no swap is in use: /proc/swaps lists none".into());
        }
        let now = number(scene.root, PATH, "CONFIG_SYSCTL")?;
        Ok(vec![Setting::plain(PATH, now.min(1))])
    }
}
