//! Temperature of the processor, and whether it protected itself.
//!
//! It compares a sensor with that sensor's own limit, never with a number of ours.

use super::catalogue::Check;
use super::criterion::Criterion;
use super::finding::Finding;
use super::reading::Sourced;

/// Readings of the group.
#[derive(Clone, Debug)]
pub struct Heat {
    /// Thermal events on the bench CPUs while the doctor looked, and those since boot.
    pub throttled: Sourced<Throttled>,
    /// The sensor that is nearest to its limit.
    pub hottest: Sourced<Hottest>,
}

/// Thermal events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttled {
    /// While the doctor looked.
    pub now_count: u64,
    /// Since boot.
    pub boot_count: u64,
}

/// A sensor in the processor.
#[derive(Clone, Debug, PartialEq)]
pub struct Hottest {
    /// Where it is read.
    pub sensor: String,
    /// What it says.
    pub celsius: f64,
    /// From where on the processor protects itself.
    pub limit_celsius: f64,
}

pub(super) fn judge(readings: &Heat) -> Vec<Finding> {
    let throttled = readings.throttled.judge(Check::Throttling, |throttled, finding| {
        let Throttled { now_count, boot_count } = throttled;
        finding
            .value(format!("{now_count} events while watched, {boot_count} since boot"))
            .when(Criterion::ThrottlePast, *boot_count > 0)
            .judged(Criterion::ThrottleMoving, *now_count as f64)
            .remedy("cool the machine, or clamp its clock", None)
    });
    let temperature = readings.hottest.judge(Check::Temperature, |hottest, finding| {
        let Hottest { sensor, celsius, limit_celsius } = hottest;
        finding
            .value(format!("{celsius:.0} °C of {limit_celsius:.0} °C"))
            .detail(sensor.clone())
            .judged(Criterion::TemperatureNear, limit_celsius - celsius)
            .remedy("let it cool down before measuring", None)
    });
    vec![throttled, temperature]
}

impl Throttled {
    /// Events between two readings of the running total.
    pub fn between(first: u64, last: u64) -> Self {
        Self { now_count: last.saturating_sub(first), boot_count: last }
    }
}
