//! Leaves timers on the CPU that set them (`kernel.timer_migration`; kernel: `kernel/time/timer.c`).
//!
//! It is global, since the kernel has no switch per CPU.

use lab_core::machine::Takes;

use super::super::sysfs::Absence;
use super::{Knob, Scene, Setting, present};

const PATH: &str = "/proc/sys/kernel/timer_migration";

pub(super) struct TimerMigration;

impl Knob for TimerMigration {
    fn id(&self) -> &'static str {
        "timer_migration"
    }

    fn why(&self) -> &'static str {
        "timers of sleeping CPUs move to busy ones, and the busiest is the one that is measured"
    }

    fn takes(&self) -> Takes {
        Takes::Switch
    }

    fn settings(&self, scene: &Scene<'_>) -> Result<Vec<Setting>, Absence> {
        present(scene.root, PATH, "CONFIG_NO_HZ_COMMON and CONFIG_SMP")?;
        Ok(vec![Setting::plain(PATH, 0)])
    }
}
