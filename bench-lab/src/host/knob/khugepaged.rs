//! Keeps the collector of huge pages from compacting memory (`transparent_hugepage/khugepaged/defrag`; kernel:
//! `admin-guide/mm/transhuge.rst`).
//!
//! It leaves `enabled` and the `defrag` of page faults alone: whether a program gets huge pages is part of what its
//! users see, so it is recorded and not changed.

use lab_core::machine::Takes;

use super::super::sysfs::Absence;
use super::{Knob, Scene, Setting, present};

const PATH: &str = "/sys/kernel/mm/transparent_hugepage/khugepaged/defrag";

pub(super) struct Khugepaged;

impl Knob for Khugepaged {
    fn id(&self) -> &'static str {
        "khugepaged"
    }

    fn why(&self) -> &'static str {
        "khugepaged compacts memory in the background, which moves pages and flushes the TLBs of all CPUs"
    }

    fn takes(&self) -> Takes {
        Takes::Switch
    }

    fn settings(&self, scene: &Scene<'_>) -> Result<Vec<Setting>, Absence> {
        present(scene.root, PATH, "CONFIG_TRANSPARENT_HUGEPAGE")?;
        Ok(vec![Setting::plain(PATH, 0)])
    }
}
