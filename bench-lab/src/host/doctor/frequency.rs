//! The switches of the clock on the bench CPUs.
//!
//! The file and never the driver's name decides where a switch is.

use lab_core::doctor::{Boost, Frequency, Gap, Power, Sourced};
use lab_core::model::FactValue;

use super::scene::{Provider, Scene};

const SUPPLIES: &str = "/sys/class/power_supply";

pub(super) fn read(scene: &Scene<'_>) -> Frequency {
    let text = |_: u32, text: String| Some(text);
    let limits = scene.per_bench_cpu("cpufreq/scaling_min_freq", |cpu, min| {
        let max = scene.root.read(&format!("{}/cpu{cpu}/cpufreq/scaling_max_freq", super::scene::CPUS));
        Some((min.parse().ok()?, max.ok()?.parse().ok()?))
    });
    Frequency {
        governor: scene.per_bench_cpu("cpufreq/scaling_governor", text),
        boost: boost(scene),
        limits_khz: limits,
        preference: scene.per_bench_cpu("cpufreq/energy_performance_preference", text),
        profile: scene.text("board.platform_profile"),
        power: power(scene),
        threaded_count: scene.placement.threaded_cpus.count(),
    }
}

/// As the environment records it; a text there says that CPUs differ, so that some boost.
pub(super) fn boost(scene: &Scene<'_>) -> Sourced<Boost> {
    scene.fact("frequency.boost", |value| match value {
        FactValue::Bool(true) | FactValue::Text(_) => Some(Boost::On),
        FactValue::Bool(false) => Some(Boost::Off),
        _ => None,
    })
}

fn power(scene: &Scene<'_>) -> Sourced<Power> {
    let root = scene.root;
    let supplies = root.names(SUPPLIES);
    let file =
        |supply: &str, name: &str| root.read(&format!("{SUPPLIES}/{supply}/{name}")).unwrap_or_default();
    // A mouse has a battery too; its scope is the device.
    let own = supplies.iter().filter(|supply| file(supply, "scope") != "Device");
    let is_battery = |supply: &&String| file(supply, "type") == "Battery";
    let discharging = own.clone().filter(is_battery).find(|supply| file(supply, "status") == "Discharging");
    let value = match (discharging, own.count()) {
        (Some(supply), _) => Ok(Power::Battery(supply.clone())),
        (None, 1..) => Ok(Power::Mains),
        (None, 0) => Err(scene.gap(format!("no supply in {SUPPLIES}"), Provider::Hardware)),
    };
    Sourced::new(
        SUPPLIES,
        value.map_err(|gap| match gap {
            Gap::Absent(why) => Gap::Absent(format!("{why}: a machine without battery")),
            gap => gap,
        }),
    )
}
