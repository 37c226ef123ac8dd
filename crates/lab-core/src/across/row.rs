//! One benchmark on every machine.
//!
//! Its times are for reading; what may be compared is how it stands to the yardstick.

use lab_stats::{Estimate, Level, Observations, TwoSamples, median, shift, shift_interval};

use super::Yardstick;
use super::span::{difference, ratio};
use super::yardstick::{Measures, wall_logs};
use crate::compare::Subject;
use crate::model::{BenchmarkExtract, BenchmarkId};

/// From which factor on a benchmark is said to scale unlike its yardstick: 10 %, which kernels of one machine differ by
/// among themselves.
pub const UNLIKE_RATIO_MIN: f64 = 1.1;

/// One benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which benchmark.
    pub benchmark: BenchmarkId,
    /// What it is measured by, on all machines alike.
    pub yardstick: Yardstick,
    /// One per machine, in their order.
    pub cells: Vec<Cell>,
}

/// One benchmark on one machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// Median time over the processes in nanoseconds, for reading only; absent where it was not measured.
    pub wall_ns: Option<f64>,
    /// Processes that measured it.
    pub count: usize,
    /// How many times the yardstick it costs: the median over all pairs of processes (Hodges and Lehmann), with the
    /// interval at 95 % that the Mann-Whitney test does not reject. Absent without either.
    pub cost: Option<Estimate>,
    /// Its cost here over its cost on the first machine: 1 where it scales as its yardstick does. Absent on the first
    /// machine, and where either cost is.
    pub against_first: Option<Estimate>,
}

/// How a benchmark scales from the first machine to another, against its yardstick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scaling {
    /// Surely dearer than its yardstick promises, by [`UNLIKE_RATIO_MIN`] or more.
    Dearer,
    /// Surely cheaper, by as much.
    Cheaper,
    /// Within that, or not sure.
    Alike,
}

impl Cell {
    /// How it scales; absent without an interval.
    pub fn scaling(&self) -> Option<Scaling> {
        let interval = self.against_first?.interval?;
        Some(match () {
            () if interval.lower() >= UNLIKE_RATIO_MIN => Scaling::Dearer,
            () if interval.upper() <= UNLIKE_RATIO_MIN.recip() => Scaling::Cheaper,
            () => Scaling::Alike,
        })
    }
}

impl Row {
    /// How far it scales from its yardstick at most, as |ln ratio|; zero where nothing is known.
    pub fn deviation(&self) -> f64 {
        let logs =
            self.cells.iter().filter_map(|cell| cell.against_first).map(|ratio| ratio.point.ln().abs());
        logs.fold(0.0, f64::max)
    }
}

/// Sets one benchmark beside its yardstick on every machine.
pub(super) fn row(
    found: &[Option<&BenchmarkExtract>],
    reference: Option<&BenchmarkId>,
    measures: &Measures,
    sides: &[Subject<'_>],
) -> Row {
    let there: Vec<&BenchmarkExtract> = found.iter().flatten().copied().collect();
    let benchmark = there.first().expect("a row is made for a benchmark that some machine has").id.clone();
    let yardstick = match reference {
        Some(id) => Yardstick::Reference(id.clone()),
        None => measures.choose(&there),
    };
    let costs: Vec<(Cell, Option<Estimate>)> = found
        .iter()
        .enumerate()
        .map(|(machine, extract)| {
            let logs = extract.map(wall_logs).unwrap_or_default();
            let count = logs.len();
            let below = measures.logs(&yardstick, sides, machine);
            let cost = cost(&logs, &below);
            let wall_ns = Observations::new(logs).ok().map(|logs| median(&logs).exp());
            (Cell { wall_ns, count, cost: cost.map(ratio), against_first: None }, cost)
        })
        .collect();
    let first = costs.first().and_then(|(_, cost)| *cost);
    let cells = costs.into_iter().enumerate().map(|(machine, (cell, cost))| {
        let compared = first.zip(cost).filter(|_| machine > 0);
        Cell { against_first: compared.map(|(first, cost)| ratio(difference(cost, first))), ..cell }
    });
    Row { cells: cells.collect(), benchmark, yardstick }
}

/// ln(benchmark / yardstick).
fn cost(logs: &[f64], below: &[f64]) -> Option<Estimate> {
    let (other, reference) = (Observations::new(logs).ok()?, Observations::new(below).ok()?);
    let samples = TwoSamples { reference: &reference, other: &other };
    Some(Estimate { point: shift(samples), interval: shift_interval(samples, Level::P95).ok() })
}
