//! Stops the kernel from moving memory between nodes (`kernel.numa_balancing`; kernel:
//! `admin-guide/sysctl/kernel.rst`).
//!
//! It does not say where memory goes; that is the policy of the process.

use lab_core::machine::Takes;

use super::super::sysfs::Absence;
use super::{Knob, Scene, Setting, present};

const PATH: &str = "/proc/sys/kernel/numa_balancing";

pub(super) struct NumaBalancing;

impl Knob for NumaBalancing {
    fn id(&self) -> &'static str {
        "numa_balancing"
    }

    fn why(&self) -> &'static str {
        "balancing unmaps pages to see who touches them, and each touch then costs a fault in the middle of a benchmark"
    }

    fn takes(&self) -> Takes {
        Takes::Switch
    }

    fn settings(&self, scene: &Scene<'_>) -> Result<Vec<Setting>, Absence> {
        present(scene.root, PATH, "CONFIG_NUMA_BALANCING")?;
        Ok(vec![Setting::plain(PATH, 0)])
    }
}
