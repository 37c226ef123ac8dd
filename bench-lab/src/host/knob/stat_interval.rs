//! Lets the kernel fold its memory statistics less often (`vm.stat_interval`; kernel: `admin-guide/sysctl/vm.rst`).
//!
//! It never shortens an interval. The counters of `/proc/vmstat` that the meters read are events, which are exact at
//! any interval.

use lab_core::machine::Takes;

use super::super::sysfs::Absence;
use super::{Knob, Scene, Setting, number};

const PATH: &str = "/proc/sys/vm/stat_interval";

/// What low-latency setups use; much longer ones make the kernel's view of free memory stale.
const WANTED_S: i64 = 10;

pub(super) struct StatInterval;

impl Knob for StatInterval {
    fn id(&self) -> &'static str {
        "stat_interval"
    }

    fn why(&self) -> &'static str {
        "once a second each busy CPU is interrupted by a kernel worker that folds its counters"
    }

    fn takes(&self) -> Takes {
        Takes::Number { from: 1, to: 3600, unit: "seconds" }
    }

    fn settings(&self, scene: &Scene<'_>) -> Result<Vec<Setting>, Absence> {
        let now_s = number(scene.root, PATH, "CONFIG_SMP")?;
        Ok(vec![Setting::plain(PATH, now_s.max(WANTED_S))])
    }
}
