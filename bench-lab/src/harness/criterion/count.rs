//! Criterion counted: under the clock of a duel its warm-up is one call and its plan is arithmetic, and it says how many
//! iterations each sample had.
//!
//! A warm-up that the clock decides would be work of another amount in every process, so where the code fixes both
//! times there is no count.

use super::dialect::Dialect;
use super::duel::{Clock, Growth, InForce, Layout, in_force, own_batches, plan_of};
use crate::harness::countable::{Countable, Order};
use crate::harness::duelist::{Trial, Unfit};
use crate::harness::{Request, Selection};
use crate::runner::command::{Captured, CommandSpec};

/// Criterion asserts at least this many samples.
const SAMPLES: u64 = 10;

/// Criterion's part in counting.
pub(super) struct UnderItsClock;

impl Countable for UnderItsClock {
    fn order(&self, trial: &Trial<'_>, iterations: u64, multiple: u64) -> Result<Order, Unfit> {
        let [record] = trial.request.benchmarks else {
            return Err(Unfit::new("shares its process with others"));
        };
        if trial.request.selection != Selection::Each {
            return Err(Unfit::new("cannot be run alone: its target's main ignores filters"));
        }
        let dialect = Dialect::of(&trial.request.target.dependencies);
        let in_force: InForce = in_force(trial, dialect.seconds)?;
        let layout = layout(in_force.fixed_count(), iterations, multiple);
        let clock = Clock::choose(&in_force, &layout, dialect.seconds);
        if !clock.has_one_call() {
            return Err(Unfit::new(
                "sets both its warm-up and its measuring time in code, so that its warm-up cannot be kept to one call",
            ));
        }
        let plan = plan_of(&record.id.path, &dialect, layout, clock);
        let of_run = crate::harness::Harness::command(&super::Criterion, &trial.request);
        let spec = CommandSpec { arguments: plan.arguments, ..of_run };
        Ok(Order { spec, warm_up_step_ns: plan.warm_up_step_ns })
    }

    fn done(&self, request: &Request<'_>, captured: &Captured) -> Result<u64, Unfit> {
        Ok(own_batches(request, captured)?.iterations.iter().map(|count| *count as u64).sum())
    }
}

/// As few samples as there may be: growing ones, or equal ones where even single iterations in growing numbers would be
/// too many.
fn layout(fixed_count: Option<u64>, iterations: u64, multiple: u64) -> Layout {
    let sample_count = fixed_count.unwrap_or(SAMPLES);
    let triangle = sample_count * (sample_count + 1) / 2;
    let growth = if iterations * 2 < triangle {
        Growth::Flat(multiple)
    } else {
        Growth::Linear((iterations / triangle).max(1) * multiple)
    };
    Layout { sample_count, solo_count: 0, turn_count: sample_count, growth }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_processes_do_once_twice_and_three_times_as_much() {
        let totals = |fixed, iterations| {
            [1, 2, 3].map(|multiple| layout(fixed, iterations, multiple).iterations().iter().sum::<u64>())
        };
        assert_eq!(totals(None, 5000), [4950, 9900, 14_850]);
        assert_eq!(totals(None, 1), [10, 20, 30]);
        assert_eq!(totals(None, 30), [55, 110, 165]);
        assert_eq!(totals(Some(100), 5_000_000), [4_999_500, 9_999_000, 14_998_500]);
        assert_eq!(totals(Some(100), 1), [100, 200, 300]);
    }
}
