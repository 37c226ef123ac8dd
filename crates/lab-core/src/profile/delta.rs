//! What one iteration costs, from two processes that did unlike numbers of them.
//!
//! What both do alike, to start, set up and end, drops out of the difference; what is left is shared by the iterations
//! that one did more.

use std::collections::{BTreeMap, BTreeSet};

/// One process: its iterations, and named amounts of the whole process.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Amounts {
    /// Iterations that its harness says it did.
    pub iterations: u64,
    /// Amounts by name.
    pub by_name: BTreeMap<String, f64>,
}

/// Amounts of one iteration by name; absent when the second process did not do more iterations than the first. A name
/// that only one of them knows counts as nothing in the other.
pub fn slopes(fewer: &Amounts, more: &Amounts) -> Option<BTreeMap<String, f64>> {
    let added = more.iterations.checked_sub(fewer.iterations).filter(|added| *added > 0)? as f64;
    let names: BTreeSet<&String> = fewer.by_name.keys().chain(more.by_name.keys()).collect();
    let amount = |process: &Amounts, name: &str| process.by_name.get(name).copied().unwrap_or(0.0);
    let slope = |name: &String| (name.clone(), (amount(more, name) - amount(fewer, name)) / added);
    Some(names.into_iter().map(slope).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(iterations: u64, amounts: &[(&str, f64)]) -> Amounts {
        Amounts {
            iterations,
            by_name: amounts.iter().map(|(name, amount)| ((*name).into(), *amount)).collect(),
        }
    }

    #[test]
    fn what_both_processes_do_drops_out() {
        let (fewer, more) = (
            process(10, &[("mmap", 13.0), ("write", 30.0)]),
            process(20, &[("mmap", 13.0), ("write", 60.0), ("fsync", 5.0)]),
        );
        let each = slopes(&fewer, &more).unwrap();
        assert_eq!(
            each,
            [("fsync", 0.5), ("mmap", 0.0), ("write", 3.0)].map(|(n, v)| (n.to_owned(), v)).into()
        );
    }

    #[test]
    fn without_more_iterations_there_is_no_answer() {
        assert_eq!(slopes(&process(10, &[]), &process(10, &[("a", 1.0)])), None);
    }
}
