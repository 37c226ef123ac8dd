//! The clock as measured on the bench CPUs, against the nominal one and against itself.
//!
//! It needs a counter of cycles; without one it has no opinion.

use super::catalogue::Check;
use super::criterion::Criterion;
use super::finding::Finding;
use super::frequency::Boost;
use super::reading::Sourced;
use crate::report::number;

/// Readings of the group.
#[derive(Clone, Debug)]
pub struct Clock {
    /// One entry per measured CPU, at least one.
    pub measured: Sourced<Vec<CpuClock>>,
    /// The boost switch; absent when nobody says.
    pub boost: Option<Boost>,
}

/// The clock of one CPU.
#[derive(Clone, Debug, PartialEq)]
pub struct CpuClock {
    /// Which.
    pub cpu: u32,
    /// Cycles over CPU time of each spin, at least one.
    pub spins_ghz: Vec<f64>,
    /// The clock without boost; absent when neither driver nor firmware says.
    pub nominal_ghz: Option<f64>,
}

pub(super) fn judge(readings: &Clock) -> Vec<Finding> {
    let finding = readings.measured.judge(Check::Clock, |clocks, finding| {
        let parts: Vec<String> = clocks.iter().map(describe).collect();
        let finding = finding.value(parts.join("; "));
        let finding = clocks.iter().fold(finding, |finding, clock| compare(finding, clock, readings.boost));
        finding.remedy("see boost, governor, clock limits and temperature above", None)
    });
    vec![finding]
}

fn describe(clock: &CpuClock) -> String {
    let nominal = clock
        .nominal_ghz
        .map_or_else(|| "nominal clock unknown".to_owned(), |nominal| format!("nominal {nominal:.3} GHz"));
    let spread = number::percent(spread(&clock.spins_ghz));
    format!("CPU {}: {:.3} GHz, spread {spread}, {nominal}", clock.cpu, mean(&clock.spins_ghz))
}

fn compare(finding: Finding, clock: &CpuClock, boost: Option<Boost>) -> Finding {
    let finding = finding.judged(Criterion::ClockSpread, spread(&clock.spins_ghz));
    let Some(excess) = excess(clock) else { return finding };
    let finding = finding.judged(Criterion::ClockBelow, -excess);
    match boost {
        Some(Boost::Off) => finding.judged(Criterion::ClockAbove, excess),
        // Above nominal is what boost is for, and what it may be for when nobody says that it is off.
        Some(Boost::On) | None => finding,
    }
}

/// How far it is above nominal, as a share of that; absent when nobody says what nominal is.
pub(super) fn excess(clock: &CpuClock) -> Option<f64> {
    let nominal = clock.nominal_ghz.filter(|nominal| *nominal > 0.0)?;
    Some(mean(&clock.spins_ghz) / nominal - 1.0)
}

fn mean(spins: &[f64]) -> f64 {
    spins.iter().sum::<f64>() / spins.len().max(1) as f64
}

/// Greatest less least, as a share of the mean.
fn spread(spins: &[f64]) -> f64 {
    let greatest = spins.iter().copied().fold(f64::MIN, f64::max);
    let least = spins.iter().copied().fold(f64::MAX, f64::min);
    if spins.is_empty() { 0.0 } else { (greatest - least) / mean(spins) }
}
