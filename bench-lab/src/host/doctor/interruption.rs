//! Interrupts, ticks and gaps on the bench CPU, from what the timed probes saw.
//!
//! It counts device interrupts while the doctor rested, ticks while it spun.

use lab_core::cpulist::CpuList;
use lab_core::doctor::{Interruption, Sourced};

use super::scene::Scene;

pub(super) fn read(scene: &Scene<'_>) -> Interruption {
    let cpu = scene.first_bench();
    let nohz = scene.environment.text("isolation.nohz_full").and_then(|text| text.parse::<CpuList>().ok());
    Interruption {
        devices: Sourced::new("/proc/interrupts", scene.rested().and_then(|window| window.device_rates(cpu))),
        ticks_per_second: Sourced::new(
            "/proc/interrupts",
            scene.spun().and_then(|window| window.ticks_per_second(cpu)),
        ),
        is_nohz_full: nohz.is_some_and(|cpus| cpus.contains(cpu)),
        housekeeping: scene.placement.housekeeping.clone(),
        gaps: Sourced::new(
            "a thread on the bench CPU that reads CLOCK_MONOTONIC without pause",
            scene.probed().and_then(|timed| timed.gaps.clone().map_err(lab_core::doctor::Gap::Unreadable)),
        ),
    }
}
