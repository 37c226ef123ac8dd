//! What a change did on several machines, each asked by a live comparison of its own.
//!
//! Ratios within machines are combined and never times; from two machines nothing is, since nobody can tell from two how
//! far machines differ.

use std::collections::{BTreeMap, BTreeSet};

use lab_stats::random_effects::Measured;
use lab_stats::{Estimate, Level, Observations, hodges_lehmann, hodges_lehmann_interval, random_effects};

use super::span::ratio;
use crate::model::{BenchmarkId, Launch, MetricId};

/// Below this p of "one true effect on all machines" (Cochran's Q) the effect is said to differ by machine.
pub const AGREEMENT_P_MIN: f64 = 0.01;

/// Machines from which on something can be said about machines like them.
const MACHINES_MIN: usize = 3;

/// One change of one benchmark on every machine that measured it.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// Which benchmark, by the candidate's name.
    pub benchmark: BenchmarkId,
    /// What the ratios are of, on all machines alike.
    pub metric: MetricId,
    /// One per machine that has launches of it, in their order.
    pub locals: Vec<Local>,
    /// What follows for machines like these.
    pub combined: Combined,
}

/// The change as one machine saw it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Local {
    /// Its place among the machines.
    pub machine: usize,
    /// candidate / baseline: Hodges and Lehmann's estimate over the launches, with the interval at 95 % that the
    /// signed-rank test does not reject.
    pub ratio: Estimate,
    /// Launches behind it.
    pub count: usize,
}

/// What several machines say together.
#[derive(Clone, Debug, PartialEq)]
pub enum Combined {
    /// Fewer than three machines: each stands for itself.
    Apart,
    /// The random-effects mean.
    Mean {
        /// candidate / baseline on machines like these, at 95 %.
        ratio: Estimate,
        /// Standard deviation of the true effects between machines, in ln units.
        between: f64,
        /// P of so much disagreement where all machines have one true effect.
        p_of_agreement: f64,
    },
    /// It cannot be formed, and why.
    Impossible(String),
}

impl Effect {
    /// Whether machines disagree by more than their own noise.
    pub fn differs_by_machine(&self) -> bool {
        matches!(self.combined, Combined::Mean { p_of_agreement, .. } if p_of_agreement < AGREEMENT_P_MIN)
    }
}

/// The launches of one machine.
#[derive(Clone, Copy, Debug)]
pub struct Witnessed<'a> {
    /// Digest of the machine; absent where it is not known, and then it counts as one of its own.
    pub machine: Option<&'a str>,
    /// What it saw, of all benchmarks.
    pub launches: &'a [Launch],
}

/// One effect per benchmark that any machine has launches of, by benchmark. `metric_of` names the one that decides.
pub fn effects(seen: &[Witnessed<'_>], metric_of: impl Fn(&BenchmarkId) -> MetricId) -> Vec<Effect> {
    let mut launches: BTreeMap<&BenchmarkId, Vec<Vec<&Launch>>> = BTreeMap::new();
    for (machine, witnessed) in seen.iter().enumerate() {
        for launch in witnessed.launches {
            let lists = launches.entry(&launch.benchmark).or_insert_with(|| vec![Vec::new(); seen.len()]);
            lists[machine].push(launch);
        }
    }
    launches
        .into_iter()
        .map(|(benchmark, lists)| {
            let metric = metric_of(benchmark);
            let logs =
                |list: &Vec<&Launch>| list.iter().filter_map(|launch| launch.log_ratio(&metric)).collect();
            let lists: Vec<Vec<f64>> = lists.iter().map(logs).collect();
            effect(benchmark, metric, &lists, seen)
        })
        .filter(|effect| !effect.locals.is_empty())
        .collect()
}

fn effect(benchmark: &BenchmarkId, metric: MetricId, lists: &[Vec<f64>], seen: &[Witnessed<'_>]) -> Effect {
    let logs: Vec<(usize, usize, Estimate)> = lists
        .iter()
        .enumerate()
        .filter_map(|(machine, list)| {
            let list = Observations::new(list.as_slice()).ok()?;
            let interval = hodges_lehmann_interval(&list, Level::P95).ok();
            Some((machine, list.count(), Estimate { point: hodges_lehmann(&list), interval }))
        })
        .collect();
    let local = |(machine, count, log): &(usize, usize, Estimate)| Local {
        machine: *machine,
        ratio: ratio(*log),
        count: *count,
    };
    Effect {
        benchmark: benchmark.clone(),
        metric,
        locals: logs.iter().map(local).collect(),
        combined: if machine_count(&logs, seen) < MACHINES_MIN {
            Combined::Apart
        } else {
            combine(logs.iter().map(|(.., log)| *log))
        },
    }
}

/// How many machines stand behind the sides that saw a benchmark; two sessions of one machine are one.
fn machine_count(logs: &[(usize, usize, Estimate)], seen: &[Witnessed<'_>]) -> usize {
    let digests = logs.iter().map(|(place, ..)| seen[*place].machine);
    let unknown = digests.clone().filter(Option::is_none).count();
    digests.flatten().collect::<BTreeSet<_>>().len() + unknown
}

/// Paule and Mandel's variance between machines, Hartung and Knapp's interval; see [`random_effects()`].
fn combine(logs: impl Iterator<Item = Estimate>) -> Combined {
    let measured: Option<Vec<Measured>> = logs
        .map(|log| {
            let standard_error = log.interval?.normal_standard_error();
            Some(Measured { estimate: log.point, standard_error })
        })
        .collect();
    let Some(measured) = measured else {
        return Combined::Impossible("one of them has too few launches for an interval".into());
    };
    match random_effects(&measured, Level::P95) {
        Ok(found) => Combined::Mean {
            ratio: ratio(Estimate { point: found.mean, interval: Some(found.interval) }),
            between: found.between,
            p_of_agreement: found.p_of_agreement.value(),
        },
        Err(error) => Combined::Impossible(error.to_string()),
    }
}
