//! The address layout of all programs, and of a child that asked for a fixed one.
//!
//! The child was started by the live readings, as a benchmark is.

use lab_core::doctor::{Gap, Layout, Sourced};

use super::scene::Scene;

pub(super) fn read(scene: &Scene<'_>) -> Layout {
    let fixed = scene.live.fixed_layout.clone().map_err(Gap::Unreadable);
    Layout {
        mode: scene.integer("aslr.mode"),
        fixed: Sourced::new("/proc/self/personality of a child", fixed),
    }
}
