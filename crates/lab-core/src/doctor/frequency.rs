//! Who sets the clock, and within which limits: governor, boost, clamps, energy preference, firmware, battery.
//!
//! It judges switches; whether they are obeyed is for the measured clock to say.

use super::catalogue::Check;
use super::criterion::Criterion;
use super::finding::Finding;
use super::per_cpu::PerCpu;
use super::reading::{Gap, Sourced};

const CPUS: &str = "/sys/devices/system/cpu";

/// Readings of the group, of the bench CPUs where they are per CPU.
#[derive(Clone, Debug)]
pub struct Frequency {
    /// The governors.
    pub governor: Sourced<PerCpu<String>>,
    /// Whether the processor may go above its nominal clock; the source is the file that decides.
    pub boost: Sourced<Boost>,
    /// Least and greatest clock in kHz.
    pub limits_khz: Sourced<PerCpu<(u64, u64)>>,
    /// Energy-performance preferences.
    pub preference: Sourced<PerCpu<String>>,
    /// The firmware's profile.
    pub profile: Sourced<String>,
    /// Where the power comes from.
    pub power: Sourced<Power>,
    /// How many CPUs benchmarks with threads get.
    pub threaded_count: usize,
}

/// The boost switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boost {
    /// On everywhere, or on some bench CPU.
    On,
    /// Off everywhere.
    Off,
}

/// Where the power comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Power {
    /// The mains.
    Mains,
    /// A battery that discharges, by name.
    Battery(String),
}

pub(super) fn judge(readings: &Frequency) -> Vec<Finding> {
    vec![
        governor(readings),
        boost(readings),
        limits(readings),
        preference(readings),
        profile(readings),
        power(readings),
        parallel_boost(readings),
    ]
}

/// `echo VALUE | sudo tee FILE…`, which works wherever the redirection of an ordinary shell would be refused.
fn write(value: &str, file: &str) -> String {
    format!("echo {value} | sudo tee {file}")
}

/// The command for a per-CPU file, and the one that puts the first of the old values back.
fn write_per_cpu(values: &PerCpu<String>, wanted: &str, file: &str) -> (String, Option<String>) {
    let others = values.cpus(|value| value != wanted);
    let files = |cpus: &crate::cpulist::CpuList| {
        let ids = cpus.iter().map(|cpu| cpu.to_string()).collect::<Vec<_>>();
        match ids.as_slice() {
            [one] => format!("{CPUS}/cpu{one}/cpufreq/{file}"),
            several => format!("{CPUS}/cpu{{{}}}/cpufreq/{file}", several.join(",")),
        }
    };
    let mut old: Vec<&String> = values.0.values().filter(|value| *value != wanted).collect();
    old.dedup();
    let undo = old.iter().map(|value| write(value, &files(&values.cpus(|other| other == *value))));
    (
        write(wanted, &files(&others)),
        Some(undo.collect::<Vec<_>>().join("; ")).filter(|undo| !undo.is_empty()),
    )
}

fn governor(readings: &Frequency) -> Finding {
    readings.governor.judge(Check::Governor, |governors, finding| {
        let (fix, undo) = write_per_cpu(governors, "performance", "scaling_governor");
        finding
            .value(governors.to_string())
            .when(Criterion::GovernorOther, governors.0.values().any(|governor| governor != "performance"))
            .remedy(fix, undo)
    })
}

fn boost(readings: &Frequency) -> Finding {
    let boost = &readings.boost;
    match &boost.value {
        Ok(state) => {
            // Intel's file says the opposite of the others, and stands alone.
            let (off, on) = if boost.source.ends_with("no_turbo") { ("1", "0") } else { ("0", "1") };
            let is_on = *state == Boost::On;
            Finding::new(Check::Boost, &boost.source)
                .value(if is_on { "on" } else { "off" })
                .when(Criterion::BoostOn, is_on)
                .remedy(write(off, &boost.source), Some(write(on, &boost.source)))
        }
        Err(gap @ Gap::Virtual(_)) => Finding::of_gap(Check::Boost, gap, &boost.source),
        Err(Gap::Absent(why) | Gap::Unreadable(why)) => Finding::new(Check::Boost, &boost.source)
            .value(format!("unknown: {why}"))
            .when(Criterion::BoostUnknown, true)
            .remedy("set scaling_min_freq and scaling_max_freq of the bench CPUs to the nominal clock", None),
    }
}

fn limits(readings: &Frequency) -> Finding {
    readings.limits_khz.judge(Check::ClockLimits, |limits, finding| {
        let ghz = |khz: u64| khz as f64 / 1e6;
        let shown = PerCpu(
            limits
                .0
                .iter()
                .map(|(cpu, (min, max))| {
                    (
                        *cpu,
                        if min == max {
                            format!("{:.2} GHz", ghz(*min))
                        } else {
                            format!("{:.2} to {:.2} GHz", ghz(*min), ghz(*max))
                        },
                    )
                })
                .collect(),
        );
        finding
            .value(shown.to_string())
            .when(Criterion::LimitsOpen, limits.0.values().any(|(min, max)| min < max))
    })
}

fn preference(readings: &Frequency) -> Finding {
    readings.preference.judge(Check::EnergyPreference, |preferences, finding| {
        let (fix, undo) = write_per_cpu(preferences, "performance", "energy_performance_preference");
        finding
            .value(preferences.to_string())
            .when(Criterion::PreferenceOther, preferences.0.values().any(|other| other != "performance"))
            .remedy(fix, undo)
    })
}

fn profile(readings: &Frequency) -> Finding {
    readings.profile.judge(Check::PlatformProfile, |profile, finding| {
        let saves = ["low-power", "quiet", "cool"].contains(&profile.as_str());
        finding
            .value(profile.clone())
            .when(Criterion::ProfileBalanced, profile.starts_with("balanced"))
            .when(Criterion::ProfileSaving, saves)
            .remedy(
                write("performance", &readings.profile.source),
                Some(write(profile, &readings.profile.source)),
            )
    })
}

fn power(readings: &Frequency) -> Finding {
    readings.power.judge(Check::PowerSupply, |power, finding| match power {
        Power::Mains => finding.value("mains"),
        Power::Battery(name) => finding
            .value(format!("battery {name} discharges"))
            .when(Criterion::OnBattery, true)
            .remedy("plug it in", None),
    })
}

fn parallel_boost(readings: &Frequency) -> Finding {
    let count = readings.threaded_count;
    readings.boost.judge(Check::ParallelBoost, |boost, finding| {
        let shares = *boost == Boost::On && count > 1;
        let value = match boost {
            Boost::Off => "boost is off".to_owned(),
            Boost::On => format!("boost is on, benchmarks with threads get {count} CPUs"),
        };
        finding
            .value(value)
            .when(Criterion::BoostShared, shares)
            .remedy("switch boost off, or give threads one CPU: --cpus", None)
    })
}
