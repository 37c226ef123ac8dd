//! Which benchmark of the baseline belongs to which of the candidate.
//!
//! It never guesses between two: a renamed target is followed only where it leaves one way.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::model::{BenchmarkExtract, BenchmarkId, Extract, Warning};

/// The benchmarks of two sides, put together.
#[derive(Debug)]
pub(super) struct Pairing<'a> {
    /// In the candidate's order.
    pub(super) pairs: Vec<Pair<'a>>,
    /// Only the candidate has them.
    pub(super) added: Vec<BenchmarkId>,
    /// Only the baseline has them.
    pub(super) removed: Vec<BenchmarkId>,
    /// About declared renames that name nothing.
    pub(super) warnings: Vec<Warning>,
}

/// One benchmark on both sides.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'a> {
    pub(super) baseline: &'a BenchmarkExtract,
    pub(super) candidate: &'a BenchmarkExtract,
}

/// Pairs by id, then by declared renames (the baseline's id by the candidate's), then by path where the target alone
/// has another name.
pub(super) fn pair<'a>(
    baseline: &'a Extract,
    candidate: &'a Extract,
    renamed: &BTreeMap<String, String>,
) -> Pairing<'a> {
    let by_id: HashMap<&BenchmarkId, &BenchmarkExtract> =
        baseline.benchmarks.iter().map(|benchmark| (&benchmark.id, benchmark)).collect();
    let (declared, warnings) = declared(baseline, candidate, renamed);
    let mut found: HashMap<&BenchmarkId, &BenchmarkExtract> = HashMap::new();
    let mut taken: BTreeSet<&BenchmarkId> = BTreeSet::new();
    for benchmark in &candidate.benchmarks {
        if let Some(partner) = declared.get(&benchmark.id).and_then(|id| by_id.get(id)) {
            found.insert(&benchmark.id, partner);
            taken.insert(&partner.id);
        }
    }
    // A declared rename comes first: what now bears the old name is another benchmark.
    for benchmark in candidate.benchmarks.iter().filter(|benchmark| !declared.contains_key(&benchmark.id)) {
        if let Some(partner) = by_id.get(&benchmark.id).filter(|partner| !taken.contains(&partner.id)) {
            found.insert(&benchmark.id, partner);
        }
    }
    taken.extend(found.values().map(|partner| &partner.id));
    let moved = moved(baseline, candidate, &found, &taken);
    found.extend(moved.iter().copied());
    taken.extend(moved.iter().map(|(_, partner)| &partner.id));
    let mut pairing = Pairing { pairs: Vec::new(), added: Vec::new(), removed: Vec::new(), warnings };
    for benchmark in &candidate.benchmarks {
        match found.get(&benchmark.id) {
            Some(partner) => pairing.pairs.push(Pair { baseline: partner, candidate: benchmark }),
            None => pairing.added.push(benchmark.id.clone()),
        }
    }
    let left = baseline.benchmarks.iter().filter(|benchmark| !taken.contains(&benchmark.id));
    pairing.removed = left.map(|benchmark| benchmark.id.clone()).collect();
    pairing
}

/// Declared renames of which both ends exist; the baseline's id by the candidate's.
fn declared<'a>(
    baseline: &'a Extract,
    candidate: &'a Extract,
    renamed: &BTreeMap<String, String>,
) -> (HashMap<&'a BenchmarkId, &'a BenchmarkId>, Vec<Warning>) {
    let (mut found, mut warnings) = (HashMap::new(), Vec::new());
    if renamed.is_empty() {
        return (found, warnings);
    }
    let find = |extract: &'a Extract, text: &str| {
        extract.benchmarks.iter().map(|benchmark| &benchmark.id).find(|id| id.to_string() == text)
    };
    for (new, old) in renamed {
        match (find(candidate, new), find(baseline, old)) {
            (Some(new), Some(old)) => {
                found.insert(new, old);
            }
            // A rename that is done with stays harmless in the policy.
            (Some(_), None) if find(baseline, new).is_some() => {}
            (None, _) => warnings.push(idle(new, "the candidate has no such benchmark")),
            (Some(_), None) => warnings.push(idle(old, "the baseline has no such benchmark")),
        }
    }
    (found, warnings)
}

fn idle(id: &str, why: &str) -> Warning {
    Warning::new("rename_names_nothing", id, format!("a declared rename is left aside: {why}"))
}

/// The names of the benchmarks that both sides have, baseline's and candidate's, in the candidate's order.
pub fn pair_names(
    baseline: &Extract,
    candidate: &Extract,
    renamed: &BTreeMap<String, String>,
) -> Vec<[BenchmarkId; 2]> {
    let pairs = pair(baseline, candidate, renamed).pairs;
    pairs.into_iter().map(|pair| [pair.baseline.id.clone(), pair.candidate.id.clone()]).collect()
}

/// Benchmarks without a partner whose path occurs once among those of either side within their package.
fn moved<'a>(
    baseline: &'a Extract,
    candidate: &'a Extract,
    found: &HashMap<&BenchmarkId, &BenchmarkExtract>,
    taken: &BTreeSet<&BenchmarkId>,
) -> Vec<(&'a BenchmarkId, &'a BenchmarkExtract)> {
    let mut lost: HashMap<(&str, &str, u32), Vec<&BenchmarkExtract>> = HashMap::new();
    for benchmark in baseline.benchmarks.iter().filter(|benchmark| !taken.contains(&benchmark.id)) {
        lost.entry(key(&benchmark.id)).or_default().push(benchmark);
    }
    let mut new: HashMap<(&str, &str, u32), Vec<&'a BenchmarkId>> = HashMap::new();
    for id in candidate.benchmarks.iter().map(|benchmark| &benchmark.id).filter(|id| !found.contains_key(id))
    {
        new.entry(key(id)).or_default().push(id);
    }
    new.iter()
        .filter_map(|(key, ids)| match (ids.as_slice(), lost.get(key).map(Vec::as_slice)) {
            ([id], Some([partner])) => Some((*id, *partner)),
            _ => None,
        })
        .collect()
}

fn key(id: &BenchmarkId) -> (&str, &str, u32) {
    (&id.target.package, &id.path, id.occurrence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::fixture::extract;

    fn names(pairing: &Pairing<'_>) -> Vec<(String, String)> {
        pairing
            .pairs
            .iter()
            .map(|pair| (pair.baseline.id.to_string(), pair.candidate.id.to_string()))
            .collect()
    }

    fn paired(baseline: &[&str], candidate: &[&str], renamed: &[(&str, &str)]) -> Vec<(String, String)> {
        let renamed = renamed.iter().map(|(new, old)| ((*new).into(), (*old).into())).collect();
        names(&pair(&extract(baseline), &extract(candidate), &renamed))
    }

    fn same(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(one, two)| ((*one).into(), (*two).into())).collect()
    }

    #[test]
    fn equal_ids_are_pairs_and_the_rest_is_named() {
        let (baseline, candidate) = (extract(&["p/t/a", "p/t/b"]), extract(&["p/t/c", "p/t/a"]));
        let pairing = pair(&baseline, &candidate, &BTreeMap::new());
        assert_eq!(names(&pairing), same(&[("p/t/a", "p/t/a")]));
        assert_eq!(pairing.added[0].to_string(), "p/t/c");
        assert_eq!(pairing.removed[0].to_string(), "p/t/b");
    }

    #[test]
    fn a_declared_rename_is_followed_and_beats_an_equal_id() {
        assert_eq!(
            paired(&["p/t/old", "p/t/x"], &["p/t/new", "p/t/x"], &[("p/t/new", "p/t/old")]),
            same(&[("p/t/old", "p/t/new"), ("p/t/x", "p/t/x")])
        );
    }

    #[test]
    fn what_now_bears_an_old_name_is_another_benchmark() {
        assert_eq!(
            paired(&["p/t/old"], &["p/t/new", "p/t/old"], &[("p/t/new", "p/t/old")]),
            same(&[("p/t/old", "p/t/new")])
        );
    }

    #[test]
    fn a_rename_that_names_nothing_is_a_warning_and_one_that_is_done_is_none() {
        let warned = |new: &str, old: &str| {
            let renamed = BTreeMap::from([(new.to_owned(), old.to_owned())]);
            pair(&extract(&["p/t/a"]), &extract(&["p/t/a"]), &renamed).warnings.len()
        };
        assert_eq!(warned("p/t/a", "p/t/before"), 0);
        assert_eq!(warned("p/t/nothing", "p/t/a"), 1);
    }

    #[test]
    fn a_renamed_target_is_followed_where_the_path_is_unique() {
        assert_eq!(paired(&["p/t/a"], &["p/u/a"], &[]), same(&[("p/t/a", "p/u/a")]));
        assert_eq!(paired(&["p/t/a", "p/s/a"], &["p/u/a"], &[]), []);
        assert_eq!(paired(&["p/t/a"], &["p/u/a", "p/v/a"], &[]), []);
        assert_eq!(paired(&["p/t/a"], &["q/t/a"], &[]), [], "another package is another thing");
    }
}
