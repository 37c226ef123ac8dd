//! How cost grows with a size, where ids carry one, and whether it grows alike on every machine.
//!
//! It reads numbers out of paths and never rewrites one; a number that is part of a word is no size.

use std::collections::BTreeMap;

use lab_stats::random_effects::Measured;
use lab_stats::{
    Estimate, Interval, Level, Observations, PowerLaw, fixed_set_mean, median, median_interval, power_law,
};

use super::yardstick::wall_logs;
use crate::compare::Subject;
use crate::model::{BenchmarkExtract, TargetId};

/// Sizes from which on growth is looked at: two points always lie on a line.
const SIZES_MIN: usize = 3;

/// Level of the interval of a difference in growth.
pub const GROWTH_LEVEL: f64 = 0.99;

/// How much dearer the largest size must become against the smallest before two machines are said to differ: 5 %.
pub const GROWTH_RATIO_MIN: f64 = 1.05;

/// Below any error that was ever measured, and above what adding up takes for none.
const ERROR_MIN: f64 = 1e-90;

/// Benchmarks of one target whose paths differ in one number alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// Their target.
    pub target: TargetId,
    /// Their path with `{}` in the number's place.
    pub pattern: String,
    /// The sizes, ascending.
    pub sizes: Vec<f64>,
    /// Time as a power of the size on each machine, in their order; absent where fewer than three were measured.
    pub laws: Vec<Option<PowerLaw>>,
    /// Each machine against the first; absent for the first, and where either has no law.
    pub growths: Vec<Option<Growth>>,
}

/// How much faster cost grows on one machine than on the first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// Difference of the exponents. Its interval speaks for these sizes alone: it carries what processes differed by and
    /// not how far the sizes lie off a power law.
    pub exponent: Estimate,
    /// What that makes of the largest size against the smallest: 1.2 is 20 % dearer than on the first machine.
    pub end_ratio: f64,
    /// Whether it is sure and large enough to be told.
    pub differs: bool,
}

/// A median of logarithms with its standard error; that one is absent with too few processes.
#[derive(Clone, Copy, Debug)]
struct Point {
    log: f64,
    error: Option<f64>,
}

/// Every family, those that grow differently first, then by target and pattern.
pub(super) fn families(found: &[Vec<Option<&BenchmarkExtract>>], sides: &[Subject<'_>]) -> Vec<Family> {
    let mut groups: BTreeMap<(TargetId, String), BTreeMap<u64, usize>> = BTreeMap::new();
    for (place, machines) in found.iter().enumerate() {
        let Some(first) = machines.iter().flatten().next().filter(|first| first.id.occurrence == 1) else {
            continue;
        };
        for (pattern, size) in sizes_in(&first.id.path) {
            groups.entry((first.id.target.clone(), pattern)).or_default().insert(size, place);
        }
    }
    let mut families: Vec<Family> = groups
        .into_iter()
        .filter(|(_, members)| members.len() >= SIZES_MIN)
        .map(|((target, pattern), members)| family(target, pattern, &members, found, sides.len()))
        .filter(|family| family.laws.iter().any(Option::is_some))
        .collect();
    families.sort_by_key(|family| !family.growths.iter().flatten().any(|growth| growth.differs));
    families
}

fn family(
    target: TargetId,
    pattern: String,
    members: &BTreeMap<u64, usize>,
    found: &[Vec<Option<&BenchmarkExtract>>],
    machines: usize,
) -> Family {
    let points = |machine: usize| -> Vec<(f64, Point)> {
        let point = |place: usize| found[place][machine].and_then(point);
        members.iter().filter_map(|(size, place)| Some((*size as f64, point(*place)?))).collect()
    };
    let all: Vec<Vec<(f64, Point)>> = (0..machines).map(points).collect();
    let law = |points: &Vec<(f64, Point)>| {
        let pairs: Vec<(f64, f64)> = points.iter().map(|(size, point)| (*size, point.log.exp())).collect();
        if pairs.len() < SIZES_MIN { None } else { power_law(&pairs, Level::P95).ok() }
    };
    Family {
        target,
        pattern,
        sizes: members.keys().map(|size| *size as f64).collect(),
        laws: all.iter().map(law).collect(),
        growths: (0..machines)
            .map(|machine| if machine == 0 { None } else { growth(&all[0], &all[machine]) })
            .collect(),
    }
}

fn point(benchmark: &BenchmarkExtract) -> Option<Point> {
    let logs = Observations::new(wall_logs(benchmark)).ok()?;
    let interval = median_interval(&logs, Level::P95).ok();
    Some(Point { log: median(&logs), error: interval.as_ref().map(Interval::normal_standard_error) })
}

/// The slope of ln(there / first) over ln(size), through the sizes that both have.
fn growth(first: &[(f64, Point)], there: &[(f64, Point)]) -> Option<Growth> {
    let common: Vec<(f64, Point, Point)> = first
        .iter()
        .filter_map(|(size, one)| {
            let (_, two) = there.iter().find(|(other, _)| other == size)?;
            Some((size.ln(), *one, *two))
        })
        .collect();
    if common.len() < SIZES_MIN {
        return None;
    }
    let count = common.len() as f64;
    let middle = common.iter().map(|(x, ..)| x).sum::<f64>() / count;
    let squares: f64 = common.iter().map(|(x, ..)| (x - middle).powi(2)).sum();
    let weighed = |(x, one, two): &(f64, Point, Point)| ((x - middle) / squares, two.log - one.log);
    let slope: f64 = common.iter().map(weighed).map(|(weight, rise)| weight * rise).sum();
    // The sum as a mean over the sizes; one in the very middle has no weight and no error to bring.
    let parts: Option<Vec<Measured>> = common
        .iter()
        .map(|part| {
            let (weight, rise) = weighed(part);
            let error = part.1.error?.hypot(part.2.error?);
            Some(Measured {
                estimate: count * weight * rise,
                standard_error: (count * weight.abs() * error).max(ERROR_MIN),
            })
        })
        .collect();
    let level = Level::new(GROWTH_LEVEL).expect("0.99 lies between 0 and 1");
    let interval = parts.and_then(|parts| fixed_set_mean(&parts, level).ok()).map(|(_, interval)| interval);
    let span = common.last()?.0 - common.first()?.0;
    let end_ratio = (slope * span).exp();
    let is_large = (slope * span).abs() >= GROWTH_RATIO_MIN.ln();
    let differs = is_large && interval.is_some_and(|interval| !interval.contains(0.0));
    Some(Growth { exponent: Estimate { point: slope, interval }, end_ratio, differs })
}

/// Every number of a path that stands by itself, with the path around it: `insert/1000` holds 1000, `u64` nothing.
pub(crate) fn sizes_in(path: &str) -> Vec<(String, u64)> {
    let mut sizes = Vec::new();
    let mut begin = 0;
    while let Some(at) = path[begin..].find(|c: char| c.is_ascii_digit()).map(|at| at + begin) {
        let end = path[at..].find(|c: char| !c.is_ascii_digit()).map_or(path.len(), |length| at + length);
        let is_alone = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '.');
        let (before, after) = (path[..at].chars().next_back(), path[end..].chars().next());
        if is_alone(before) && is_alone(after) {
            // Zero has no logarithm, and a number beyond u64 is no size.
            if let Some(size) = path[at..end].parse().ok().filter(|size| *size > 0) {
                sizes.push((format!("{}{{}}{}", &path[..at], &path[end..]), size));
            }
        }
        begin = end;
    }
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_stands_by_itself_is_a_size_and_part_of_a_word_is_none() {
        let found = |path: &str| sizes_in(path);
        assert_eq!(found("insert/1000"), [("insert/{}".to_owned(), 1000)]);
        assert_eq!(found("bulk_10 t=4").len(), 2);
        for path in ["u64", "v1.5", "sha256", "0", "x/0", "99999999999999999999999", "größe3", "10k"] {
            assert_eq!(found(path), [], "{path}");
        }
    }

    #[test]
    fn growth_is_the_slope_between_machines_with_the_error_of_its_points() {
        let points = |exponent: f64, error: f64| -> Vec<(f64, Point)> {
            [10.0, 100.0, 1000.0]
                .map(|size: f64| (size, Point { log: exponent * size.ln(), error: Some(error) }))
                .into()
        };
        let grown = growth(&points(1.0, 0.001), &points(1.1, 0.001)).unwrap();
        assert!((grown.exponent.point - 0.1).abs() < 1e-12 && grown.differs);
        assert!((grown.end_ratio - 100f64.powf(0.1)).abs() < 1e-9);
        let blurred = growth(&points(1.0, 0.5), &points(1.1, 0.5)).unwrap();
        assert!(!blurred.differs && blurred.exponent.interval.unwrap().contains(0.0));
        // The weights of three points a decade apart are ∓1/(2·ln 10) and 0.
        let error = 0.5 * 2f64.sqrt() * 2f64.sqrt() / (2.0 * 10f64.ln());
        let width = blurred.exponent.interval.unwrap().normal_standard_error();
        assert!((width / error - 1.0).abs() < 1e-6, "{width} {error}");
        assert_eq!(growth(&points(1.0, 0.1)[..2], &points(1.0, 0.1)), None);
    }
}
