//! Allows processes to count their own events (`kernel.perf_event_paranoid`; kernel: `admin-guide/perf-security.rst`,
//! `admin-guide/sysctl/kernel.rst`).
//!
//! It lowers the barrier only where nothing could be counted (Debian's and Ubuntu's 3 and 4), and only to the
//! kernel's own default, 2, at which a user sees user mode of the own processes.

use lab_core::machine::Takes;

use super::super::sysfs::Absence;
use super::{Knob, Scene, Setting, number};

const PATH: &str = "/proc/sys/kernel/perf_event_paranoid";

/// The highest level at which a user may count.
const COUNTING: i64 = 2;

pub(super) struct PerfParanoid;

impl Knob for PerfParanoid {
    fn id(&self) -> &'static str {
        "perf_paranoid"
    }

    fn why(&self) -> &'static str {
        "without counters there is no measured clock and no instruction count to explain a difference"
    }

    fn takes(&self) -> Takes {
        Takes::Number { from: -1, to: 4, unit: "as kernel.perf_event_paranoid" }
    }

    fn settings(&self, scene: &Scene<'_>) -> Result<Vec<Setting>, Absence> {
        let now = number(scene.root, PATH, "CONFIG_PERF_EVENTS")?;
        Ok(vec![Setting::plain(PATH, now.min(COUNTING))])
    }
}
