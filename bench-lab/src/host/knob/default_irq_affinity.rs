//! Has devices that appear during a run interrupt other CPUs (`/proc/irq/default_smp_affinity`; kernel:
//! `core-api/irq/irq-affinity.rst`).
//!
//! It leaves the interrupts that exist to [`super::irq_affinity`].

use super::super::sysfs::Absence;
use super::{Knob, Scene, Setting, Shape, mask, present};

const PATH: &str = "/proc/irq/default_smp_affinity";

pub(super) struct DefaultIrqAffinity;

impl Knob for DefaultIrqAffinity {
    fn id(&self) -> &'static str {
        "default_irq_affinity"
    }

    fn why(&self) -> &'static str {
        "a device plugged in or reset during a run gets interrupts on every CPU"
    }

    fn settings(&self, scene: &Scene<'_>) -> Result<Vec<Setting>, Absence> {
        scene.elsewhere()?;
        let text = present(scene.root, PATH, "a kernel for several CPUs")?;
        let now = mask::parse(&text).ok_or_else(|| format!("{PATH} holds {text:?}, which is no mask"))?;
        Ok(vec![Setting::fixed(PATH, mask::print(&scene.narrow(&now)?), Shape::CpuMask)])
    }
}
