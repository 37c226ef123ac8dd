//! Heat: throttle events on the bench CPUs, and how hot the processor is afterwards.
//!
//! It never reports a sensor that is not plausible: firmware zones are known to say 0 °C or 27.8 °C for ever.

use lab_core::model::Reading;

use super::totals::{Totals, Values, sum};
use super::{Meter, Running, Scene, reading};
use crate::host::sysfs::{Absence, SysRoot};
use crate::runner::watch::Seen;

/// Names of hwmon drivers whose sensors sit in the processor.
pub(crate) const CPU_SENSORS: &[&str] = &["coretemp", "cpu_thermal", "k10temp", "zenpower"];

/// Events counted by the kernel; Intel only.
pub(super) const THROTTLE: Totals =
    Totals { id: "throttle", signals: &["throttle_count"], read: read_throttle };

fn read_throttle(scene: &Scene<'_>) -> Values {
    let cpus = match scene.cpus {
        [] => all_cpus(scene.sys),
        cpus => cpus.to_vec(),
    };
    // The count of a package is shown by each of its CPUs: it is added once per bench CPU, and a difference of zero
    // stays zero, which is what the rule asks.
    let events = cpus.iter().flat_map(|cpu| {
        ["core_throttle_count", "package_throttle_count"].map(|name| {
            let path = format!("/sys/devices/system/cpu/cpu{cpu}/thermal_throttle/{name}");
            let text = scene.sys.read(&path)?;
            text.parse::<f64>().map_err(|_| format!("{path} says {text:?}"))
        })
    });
    vec![if cpus.is_empty() { Err("no CPU under /sys/devices/system/cpu".into()) } else { sum(events) }]
}

fn all_cpus(sys: &SysRoot) -> Vec<u32> {
    let names = sys.names("/sys/devices/system/cpu");
    names.iter().filter_map(|name| name.strip_prefix("cpu")?.parse().ok()).collect()
}

/// The hottest sensor at the end of the invocation.
pub(super) struct Temperature;

impl Meter for Temperature {
    fn id(&self) -> &'static str {
        "temperature"
    }

    fn signals(&self) -> &'static [&'static str] {
        &["temperature_celsius"]
    }

    fn begin(&self, _: &Scene<'_>) -> Box<dyn Running> {
        Box::new(Self)
    }
}

impl Running for Temperature {
    fn end(self: Box<Self>, scene: &Scene<'_>, _: &Seen) -> Vec<(&'static str, Reading)> {
        vec![("temperature_celsius", reading(hottest(scene.sys)))]
    }
}

/// The hottest sensor in the processor, or else the hottest thermal zone.
fn hottest(sys: &SysRoot) -> Result<f64, Absence> {
    let chips = sys.names("/sys/class/hwmon").into_iter().map(|chip| format!("/sys/class/hwmon/{chip}"));
    let inputs = chips
        .filter(|chip| {
            sys.read(&format!("{chip}/name")).is_ok_and(|name| CPU_SENSORS.contains(&name.as_str()))
        })
        .flat_map(|chip| {
            let names = sys.names(&chip).into_iter();
            let inputs = names.filter(|name| name.starts_with("temp") && name.ends_with("_input"));
            inputs.map(|name| format!("{chip}/{name}")).collect::<Vec<_>>()
        });
    let zones = sys.names("/sys/class/thermal").into_iter().filter(|name| name.starts_with("thermal_zone"));
    let zones = zones.map(|zone| format!("/sys/class/thermal/{zone}/temp"));
    let celsius = |path: String| {
        let thousandths: f64 = sys.read(&path).ok()?.parse().ok()?;
        let celsius = thousandths / 1000.0;
        (celsius > 0.0 && celsius < 150.0).then_some(celsius)
    };
    let sensor = inputs.filter_map(celsius).reduce(f64::max);
    let hottest = sensor.or_else(|| zones.filter_map(celsius).reduce(f64::max));
    hottest.ok_or_else(|| "no sensor in the processor and no thermal zone".into())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{hottest, read_throttle};
    use crate::host::sysfs::SysRoot;
    use crate::meter::{Scene, Usage};

    fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, SysRoot) {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let sys = SysRoot::at(root.path());
        (root, sys)
    }

    #[test]
    fn the_hottest_sensor_of_the_processor_beats_a_hotter_disk() {
        let (_root, sys) = tree(&[
            ("sys/class/hwmon/hwmon0/name", "nvme\n"),
            ("sys/class/hwmon/hwmon0/temp1_input", "80000\n"),
            ("sys/class/hwmon/hwmon1/name", "k10temp\n"),
            ("sys/class/hwmon/hwmon1/temp1_input", "51250\n"),
            ("sys/class/hwmon/hwmon1/temp3_input", "61500\n"),
            ("sys/class/hwmon/hwmon1/temp3_label", "Tccd1\n"),
            ("sys/class/thermal/thermal_zone0/temp", "90000\n"),
        ]);
        assert_eq!(hottest(&sys), Ok(61.5));
    }

    #[test]
    fn a_zone_that_says_zero_is_no_temperature() {
        let (_root, sys) = tree(&[("sys/class/thermal/thermal_zone0/temp", "0\n")]);
        assert!(hottest(&sys).is_err());
        let (_root, sys) = tree(&[("sys/class/thermal/thermal_zone0/temp", "45000\n")]);
        assert_eq!(hottest(&sys), Ok(45.0));
    }

    #[test]
    fn throttle_events_of_other_cpus_do_not_count() {
        let at = |cpu, name| format!("sys/devices/system/cpu/cpu{cpu}/thermal_throttle/{name}");
        let paths = [at(0, "core_throttle_count"), at(0, "package_throttle_count")];
        let (_root, sys) = tree(&[(paths[0].as_str(), "3\n"), (paths[1].as_str(), "4\n")]);
        let read = |cpus: &[u32]| read_throttle(&Scene { sys: &sys, pid: 1, cpus, before: Usage::default() });
        assert_eq!(read(&[0]), [Ok(7.0)]);
        let path = "/sys/devices/system/cpu/cpu1/thermal_throttle/core_throttle_count";
        assert_eq!(read(&[1]), [Err(format!("no {path}"))]);
    }
}
