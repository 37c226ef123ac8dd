//! Thermal events of the bench CPUs, and the sensor that is nearest to its limit.
//!
//! A sensor without a limit of its own, or with an impossible figure, is left out.

use lab_core::doctor::{Gap, Heat, Hottest, Sourced};

use super::scene::{Provider, Scene};
use crate::host::sysfs::SysRoot;
use crate::meter::CPU_SENSORS;

const CHIPS: &str = "/sys/class/hwmon";
const ZONES: &str = "/sys/class/thermal";

pub(super) fn read(scene: &Scene<'_>) -> Heat {
    let throttled = scene
        .watched()
        .and_then(|window| window.throttled().map_err(|why| scene.gap(why, Provider::Hardware)));
    let sensors = chips(scene.root).into_iter().chain(zones(scene.root));
    let margin = |sensor: &Hottest| sensor.limit_celsius - sensor.celsius;
    let hottest = sensors.min_by(|one, two| margin(one).total_cmp(&margin(two)));
    let absence = || "no sensor in the processor that names its limit".to_owned();
    Heat {
        throttled: Sourced::new("/sys/devices/system/cpu/cpu*/thermal_throttle", throttled),
        hottest: Sourced::new(
            hottest.as_ref().map_or_else(|| format!("{CHIPS}, {ZONES}"), |hottest| hottest.sensor.clone()),
            hottest.ok_or_else(|| match scene.gap(absence(), Provider::Hardware) {
                Gap::Virtual(why) => Gap::Virtual(why),
                gap => gap,
            }),
        ),
    }
}

fn chips(root: &SysRoot) -> Vec<Hottest> {
    let chips = root.names(CHIPS).into_iter().map(|chip| format!("{CHIPS}/{chip}"));
    let own = chips.filter(|chip| {
        root.read(&format!("{chip}/name")).is_ok_and(|name| CPU_SENSORS.contains(&name.as_str()))
    });
    own.flat_map(|chip| {
        let names = root.names(&chip).into_iter();
        let sensors = names.filter_map(|name| Some(name.strip_suffix("_input")?.to_owned()));
        sensors
            .filter(|name| name.starts_with("temp"))
            .filter_map(|name| {
                let path = format!("{chip}/{name}_input");
                hottest(root, &path, &format!("{chip}/{name}_crit"))
            })
            .collect::<Vec<_>>()
    })
    .collect()
}

/// Zones of the firmware: the limit is the trip point of type critical.
fn zones(root: &SysRoot) -> Vec<Hottest> {
    let zones = root.names(ZONES).into_iter().filter(|name| name.starts_with("thermal_zone"));
    zones
        .filter_map(|zone| {
            let zone = format!("{ZONES}/{zone}");
            let trip = root.names(&zone).into_iter().find_map(|name| {
                let trip = name.strip_suffix("_type").filter(|name| name.starts_with("trip_point_"))?;
                let kind = root.read(&format!("{zone}/{name}")).ok()?;
                (kind == "critical").then(|| format!("{zone}/{trip}_temp"))
            })?;
            hottest(root, &format!("{zone}/temp"), &trip)
        })
        .collect()
}

/// Both files are in thousandths of a degree (kernel: hwmon/sysfs-interface.rst).
fn hottest(root: &SysRoot, sensor: &str, limit: &str) -> Option<Hottest> {
    let celsius = |path: &str| {
        let celsius = root.read(path).ok()?.parse::<f64>().ok()? / 1000.0;
        (celsius > 0.0 && celsius < 150.0).then_some(celsius)
    };
    Some(Hottest { sensor: sensor.into(), celsius: celsius(sensor)?, limit_celsius: celsius(limit)? })
}
