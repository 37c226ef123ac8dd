//! What a change did on several machines, each asked by a live comparison of its own.
//!
//! Ratios within machines are combined and never times; from two machines nothing is, since nobody can tell from two how
//! far machines differ.

use std::collections::BTreeMap;

use lab_stats::random_effects::Measured;
use lab_stats::{Estimate, Level, Observations, hodges_lehmann, hodges_lehmann_interval, random_effects};

use super::span::ratio;
use crate::model::{BenchmarkId, Launch, MetricId};

/// Below this p of "one true effect on all machines" (Cochran's Q) the effect is said to differ by machine.
pub const AGREEMENT_P_MIN: f64 = 0.01;

/// One change of one benchmark on every machine that measured it.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// Which benchmark, by the candidate's name.
    pub benchmark: BenchmarkId,
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
    /// Fewer than three: each stands for itself.
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

/// One effect per benchmark that any machine has launches of, by benchmark. `metric` is the one that decides.
pub fn effects(machines: &[&[Launch]], metric: &MetricId) -> Vec<Effect> {
    let mut logs: BTreeMap<&BenchmarkId, Vec<Vec<f64>>> = BTreeMap::new();
    for (machine, launches) in machines.iter().enumerate() {
        for launch in *launches {
            let lists = logs.entry(&launch.benchmark).or_insert_with(|| vec![Vec::new(); machines.len()]);
            lists[machine].extend(launch.log_ratio(metric));
        }
    }
    logs.into_iter()
        .filter(|(_, lists)| lists.iter().any(|list| !list.is_empty()))
        .map(|(benchmark, lists)| effect(benchmark, &lists))
        .collect()
}

fn effect(benchmark: &BenchmarkId, lists: &[Vec<f64>]) -> Effect {
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
        locals: logs.iter().map(local).collect(),
        combined: combine(logs.iter().map(|(.., log)| *log)),
    }
}

/// Paule and Mandel's variance between machines, Hartung and Knapp's interval; see [`random_effects`].
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
    if measured.len() < 3 {
        return Combined::Apart;
    }
    match random_effects(&measured, Level::P95) {
        Ok(found) => Combined::Mean {
            ratio: ratio(Estimate { point: found.mean, interval: Some(found.interval) }),
            between: found.between,
            p_of_agreement: found.p_of_agreement.value(),
        },
        Err(error) => Combined::Impossible(error.to_string()),
    }
}
