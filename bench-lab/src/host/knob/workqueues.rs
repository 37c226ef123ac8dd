//! Has the kernel's unbound work run on other CPUs (`/sys/devices/virtual/workqueue/cpumask`; kernel:
//! `core-api/workqueue.rst`).
//!
//! It leaves the masks of single queues (`writeback/cpumask`) alone: the kernel intersects each with this one, and
//! takes this one where nothing would be left (commit 042f7df15a4f, Linux 4.2), so one file moves them all and none has
//! to be put back.

use super::super::sysfs::Absence;
use super::{Knob, Scene, Setting, Shape, mask, present};

const PATH: &str = "/sys/devices/virtual/workqueue/cpumask";

pub(super) struct Workqueues;

impl Knob for Workqueues {
    fn id(&self) -> &'static str {
        "workqueues"
    }

    fn why(&self) -> &'static str {
        "writing back dirty pages and other deferred kernel work runs on whichever CPU is convenient"
    }

    fn settings(&self, scene: &Scene<'_>) -> Result<Vec<Setting>, Absence> {
        scene.elsewhere()?;
        let text = present(scene.root, PATH, "Linux 4.2")?;
        let now = mask::parse(&text).ok_or_else(|| format!("{PATH} holds {text:?}, which is no mask"))?;
        Ok(vec![Setting::fixed(PATH, mask::print(&scene.narrow(&now)?), Shape::CpuMask)])
    }
}
