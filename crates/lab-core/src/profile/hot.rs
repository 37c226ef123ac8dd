//! Which functions the samples lie in, and which ones grew between two profiles.
//!
//! Shares are of all samples of a process, the harness's own part included.

use std::collections::{BTreeMap, BTreeSet};

use super::stacks::Stacks;

/// One function.
#[derive(Clone, Debug, PartialEq)]
pub struct Hot {
    /// Its name.
    pub function: String,
    /// Share of the samples in which it ran itself.
    pub own: f64,
    /// Share of those in which it or something below it ran.
    pub total: f64,
    /// Who called it in most of its own samples; absent for a root.
    pub caller: Option<String>,
}

/// One function in two profiles, in time of one iteration.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    /// Its name.
    pub function: String,
    /// Own processor time of one iteration, in nanoseconds: baseline, then candidate.
    pub own_ns: [f64; 2],
    /// Who calls it, in the profile where it takes longer.
    pub caller: Option<String>,
}

impl Shift {
    /// What it takes longer in the candidate, in nanoseconds.
    pub fn delta_ns(&self) -> f64 {
        self.own_ns[1] - self.own_ns[0]
    }
}

/// Every function that ran, those with the most samples of their own first.
pub fn hot(stacks: &Stacks) -> Vec<Hot> {
    let all = stacks.sample_count().max(1) as f64;
    let mut own: BTreeMap<&str, (u64, BTreeMap<&str, u64>)> = BTreeMap::new();
    let mut total: BTreeMap<&str, u64> = BTreeMap::new();
    for (stack, count) in stacks.iter() {
        // A recursive function is on a stack several times and ran once.
        for function in stack.iter().map(String::as_str).collect::<BTreeSet<_>>() {
            *total.entry(function).or_default() += count;
        }
        let Some((leaf, above)) = stack.split_last() else { continue };
        let (samples, callers) = own.entry(leaf).or_default();
        *samples += count;
        if let Some(caller) = above.iter().rfind(|caller| *caller != leaf) {
            *callers.entry(caller).or_default() += count;
        }
    }
    let mut rows: Vec<Hot> = own
        .into_iter()
        .map(|(function, (samples, callers))| Hot {
            own: samples as f64 / all,
            total: total.get(function).map_or(0.0, |count| *count as f64 / all),
            caller: callers.into_iter().max_by_key(|(_, count)| *count).map(|(caller, _)| caller.to_owned()),
            function: function.to_owned(),
        })
        .collect();
    rows.sort_by(|one, two| two.own.total_cmp(&one.own).then_with(|| one.function.cmp(&two.function)));
    rows
}

/// Functions of two profiles by how much their own time of an iteration moved, the largest move first. `iteration_ns` is
/// the processor time of one iteration on either side.
pub fn shifts(stacks: [&Stacks; 2], iteration_ns: [f64; 2]) -> Vec<Shift> {
    let mut shifts: BTreeMap<String, Shift> = BTreeMap::new();
    for (side, (stacks, iteration_ns)) in stacks.into_iter().zip(iteration_ns).enumerate() {
        for row in hot(stacks) {
            let shift = shifts.entry(row.function.clone()).or_insert_with(|| Shift {
                function: row.function.clone(),
                own_ns: [0.0; 2],
                caller: row.caller.clone(),
            });
            shift.own_ns[side] = row.own * iteration_ns;
            if side == 1 && shift.own_ns[1] > shift.own_ns[0] {
                shift.caller = row.caller;
            }
        }
    }
    let mut shifts: Vec<Shift> = shifts.into_values().collect();
    shifts.sort_by(|one, two| {
        (two.delta_ns().abs().total_cmp(&one.delta_ns().abs())).then_with(|| one.function.cmp(&two.function))
    });
    shifts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stacks(samples: &[(&str, usize)]) -> Stacks {
        let mut stacks = Stacks::new("cpu-clock", Some(1_000_000));
        for (stack, count) in samples {
            (0..*count).for_each(|_| stacks.add(stack.split(';').map(Into::into).collect()));
        }
        stacks
    }

    #[test]
    fn the_function_that_ran_is_told_from_those_that_called_it() {
        let rows = hot(&stacks(&[("main;run;spin", 60), ("main;other;spin", 10), ("main;run", 30)]));
        let shown: Vec<_> = rows
            .iter()
            .map(|row| (row.function.as_str(), row.own, row.total, row.caller.as_deref()))
            .collect();
        assert_eq!(shown, [("spin", 0.7, 0.7, Some("run")), ("run", 0.3, 0.9, Some("main"))]);
    }

    #[test]
    fn recursion_counts_once_and_its_caller_is_another() {
        let rows = hot(&stacks(&[("main;sort;sort;sort", 4)]));
        assert_eq!((rows[0].own, rows[0].total, rows[0].caller.as_deref()), (1.0, 1.0, Some("main")));
    }

    #[test]
    fn what_was_added_comes_first_in_time_of_one_iteration() {
        let before = stacks(&[("main;work", 100)]);
        let after = stacks(&[("main;work", 50), ("main;append;sync", 50)]);
        let rows = shifts([&before, &after], [100.0, 200.0]);
        assert_eq!(rows[0].function, "sync");
        assert_eq!((rows[0].own_ns, rows[0].caller.as_deref()), ([0.0, 100.0], Some("append")));
        assert_eq!(rows[1].own_ns, [100.0, 100.0]);
        assert_eq!(rows[1].delta_ns(), 0.0);
    }

    #[test]
    fn no_sample_is_no_function() {
        assert_eq!(hot(&Stacks::default()), []);
    }
}
