//! Which of two benchmarks is the cheaper one, where machines do not agree.
//!
//! Both orders must be sure: two that are about equal change places by chance.

use std::collections::BTreeMap;

use lab_stats::{Level, Observations, median, median_interval};

use super::yardstick::wall_logs;
use crate::compare::Subject;
use crate::model::{BenchmarkExtract, BenchmarkId, TargetId};

/// Level of the intervals that must lie apart. Two that do differ by far more than one test at this level asks for, so
/// that an order is not made by looking at many pairs.
pub const ORDER_LEVEL: f64 = 0.99;

/// Two benchmarks of one target that change places.
#[derive(Clone, Debug, PartialEq)]
pub struct Swap {
    /// The cheaper one on the first machine where the order is sure.
    pub one: BenchmarkId,
    /// The other.
    pub two: BenchmarkId,
    /// `two`'s time over `one`'s on each machine, in their order; absent where either was not measured.
    pub ratios: Vec<Option<f64>>,
    /// Machines on which `one` is surely cheaper, by their places.
    pub one_cheaper: Vec<usize>,
    /// Machines on which `two` is.
    pub two_cheaper: Vec<usize>,
}

/// One benchmark's time on one machine.
#[derive(Clone, Copy, Debug)]
struct Level99 {
    log: f64,
    lower: f64,
    upper: f64,
}

/// Every pair within a target whose order is sure on two machines and not the same, the largest reversal first.
pub(super) fn swaps(found: &[Vec<Option<&BenchmarkExtract>>], sides: &[Subject<'_>]) -> Vec<Swap> {
    let mut targets: BTreeMap<&TargetId, Vec<(&BenchmarkId, Vec<Option<Level99>>)>> = BTreeMap::new();
    for machines in found {
        let Some(first) = machines.iter().flatten().next() else { continue };
        let levels = machines.iter().map(|extract| extract.and_then(level)).collect();
        targets.entry(&first.id.target).or_default().push((&first.id, levels));
    }
    let mut swaps: Vec<Swap> = Vec::new();
    for benchmarks in targets.values() {
        for (place, one) in benchmarks.iter().enumerate() {
            swaps.extend(benchmarks[place + 1..].iter().filter_map(|two| swap(one, two, sides.len())));
        }
    }
    swaps.sort_by(|one, two| {
        reach(two).total_cmp(&reach(one)).then_with(|| (&one.one, &one.two).cmp(&(&two.one, &two.two)))
    });
    swaps
}

fn level(benchmark: &BenchmarkExtract) -> Option<Level99> {
    let logs = Observations::new(wall_logs(benchmark)).ok()?;
    let level = Level::new(ORDER_LEVEL).expect("0.99 lies between 0 and 1");
    let interval = median_interval(&logs, level).ok()?;
    Some(Level99 { log: median(&logs), lower: interval.lower(), upper: interval.upper() })
}

fn swap(
    one: &(&BenchmarkId, Vec<Option<Level99>>),
    two: &(&BenchmarkId, Vec<Option<Level99>>),
    machines: usize,
) -> Option<Swap> {
    let both = |machine: usize| one.1[machine].zip(two.1[machine]);
    let sure = |is_sure: fn(Level99, Level99) -> bool| -> Vec<usize> {
        (0..machines).filter(|machine| both(*machine).is_some_and(|(one, two)| is_sure(one, two))).collect()
    };
    let (up, down) = (sure(|one, two| one.upper < two.lower), sure(|one, two| two.upper < one.lower));
    let is_turned = *down.first()? < *up.first()?;
    let ratios = (0..machines).map(|machine| both(machine).map(|(one, two)| (two.log - one.log).exp()));
    Some(if is_turned {
        Swap {
            one: two.0.clone(),
            two: one.0.clone(),
            ratios: ratios.map(|ratio| ratio.map(f64::recip)).collect(),
            one_cheaper: down,
            two_cheaper: up,
        }
    } else {
        Swap {
            one: one.0.clone(),
            two: two.0.clone(),
            ratios: ratios.collect(),
            one_cheaper: up,
            two_cheaper: down,
        }
    })
}

/// How far the order turns, from the machine where it is clearest one way to the one where it is clearest the other.
fn reach(swap: &Swap) -> f64 {
    let known = || swap.ratios.iter().flatten().map(|ratio| ratio.ln());
    known().fold(f64::NEG_INFINITY, f64::max) - known().fold(f64::INFINITY, f64::min)
}
