//! The kernel's clock source.
//!
//! It is the environment's fact, and no other.

use lab_core::doctor::Timekeeping;

use super::scene::Scene;

pub(super) fn read(scene: &Scene<'_>) -> Timekeeping {
    let available = scene.environment.text("clocksource.available").unwrap_or_default();
    Timekeeping {
        clocksource: scene.text("clocksource.current"),
        available: available.split_whitespace().map(str::to_owned).collect(),
    }
}
