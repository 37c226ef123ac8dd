//! Stops the search for equal pages (`/sys/kernel/mm/ksm/run`; kernel: `admin-guide/mm/ksm.rst`).
//!
//! It never writes 2, which would tear apart all merged pages at once.

use lab_core::machine::Takes;

use super::super::sysfs::Absence;
use super::{Knob, Scene, Setting, present};

const PATH: &str = "/sys/kernel/mm/ksm/run";

pub(super) struct Ksm;

impl Knob for Ksm {
    fn id(&self) -> &'static str {
        "ksm"
    }

    fn why(&self) -> &'static str {
        "ksmd reads all memory that was offered to it, through the caches that the benchmark uses"
    }

    fn takes(&self) -> Takes {
        Takes::Switch
    }

    fn settings(&self, scene: &Scene<'_>) -> Result<Vec<Setting>, Absence> {
        present(scene.root, PATH, "CONFIG_KSM")?;
        Ok(vec![Setting::plain(PATH, 0)])
    }
}
