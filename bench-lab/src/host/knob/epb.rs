//! Sets the older energy hint of Intel processors to speed (`power/energy_perf_bias`; kernel:
//! `admin-guide/pm/intel_epb.rst`).
//!
//! It writes the number and not the word `performance`, since the file shows numbers.

use lab_core::machine::Takes;

use super::super::sysfs::Absence;
use super::{CPUS, Knob, Scene, Setting};

pub(super) struct Epb;

impl Knob for Epb {
    fn id(&self) -> &'static str {
        "epb"
    }

    fn why(&self) -> &'static str {
        "a hint to save energy lets the processor hold back turbo, uncore clock and wake-ups on its own"
    }

    fn takes(&self) -> Takes {
        Takes::Number { from: 0, to: 15, unit: "0 is speed, 15 is saving energy" }
    }

    fn settings(&self, scene: &Scene<'_>) -> Result<Vec<Setting>, Absence> {
        let paths = scene.measured_threads();
        let paths = paths.iter().map(|cpu| format!("{CPUS}/cpu{cpu}/power/energy_perf_bias"));
        let settings: Vec<Setting> =
            paths.filter(|path| scene.root.exists(path)).map(|path| Setting::plain(path, 0)).collect();
        if settings.is_empty() {
            return Err(
                "no energy_perf_bias: only Intel processors have it, and most guests do not see it".into()
            );
        }
        Ok(settings)
    }
}
