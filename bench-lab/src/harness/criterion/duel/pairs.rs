//! Which clock reads timed a sample, found by what its total is.
//!
//! It guesses nothing: reads that do not make the totals to the nanosecond are no pairs.

/// Reads beside the timed pairs that are looked for in each place: Criterion itself has one on either side of them.
const EDGE_READS_MAX: u32 = 4;

/// Clock reads of a sample beside its timed pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edges {
    pub(super) lead: u32,
    pub(super) gap: u32,
    pub(super) trail: u32,
}

/// Criterion's own: the call as a whole is timed too. The CodSpeed fork reads the clock around each pair besides.
const CRITERIONS: Edges = Edges { lead: 1, gap: 0, trail: 1 };

/// Timed pairs of each sample, with what stands beside them; absent when no arrangement makes just these totals.
pub(super) fn timed_pairs(reads: &[u64], totals: &[u64]) -> Option<(Edges, Vec<u32>)> {
    let counts = || 0..=EDGE_READS_MAX;
    let others = counts()
        .flat_map(|lead| counts().flat_map(move |gap| counts().map(move |trail| Edges { lead, gap, trail })));
    let mut all = [CRITERIONS].into_iter().chain(others);
    all.find_map(|edges| Some((edges, pairs_of(reads, totals, edges)?)))
}

/// The pairs of each sample, when its totals are just what some number of pairs of reads make.
fn pairs_of(reads: &[u64], totals: &[u64], edges: Edges) -> Option<Vec<u32>> {
    let [lead, gap, trail] = [edges.lead, edges.gap, edges.trail].map(|count| count as usize);
    let mut rest = reads;
    let mut pairs = Vec::with_capacity(totals.len());
    for total in totals {
        rest = rest.get(lead..)?;
        let (mut sum, mut count) = (0, 0);
        while sum < *total || count == 0 {
            if count > 0 {
                rest = rest.get(gap..)?;
            }
            let [start, end, after @ ..] = rest else { return None };
            sum += end.checked_sub(*start)?;
            count += 1;
            rest = after;
        }
        if sum != *total {
            return None;
        }
        pairs.push(count);
        rest = rest.get(trail..)?;
    }
    Some(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_found_where_they_make_the_totals_and_nowhere_else() {
        // Two samples of Criterion's `iter`, the second of two batches.
        let reads = [0, 1, 11, 12, 20, 21, 31, 40, 45, 46];
        assert_eq!(pairs_of(&reads, &[10, 15], CRITERIONS), Some(vec![1, 2]));
        assert_eq!(pairs_of(&reads, &[10, 15], Edges { lead: 0, ..CRITERIONS }), None);
        assert_eq!(pairs_of(&reads, &[10, 16], CRITERIONS), None);
        assert_eq!(pairs_of(&reads, &[10, 15, 1], CRITERIONS), None);
        assert_eq!(pairs_of(&[], &[], CRITERIONS), Some(vec![]));
        // One sample of two batches with reads around each.
        let forks = [0, 1, 2, 12, 13, 20, 21, 26, 27, 28];
        assert_eq!(pairs_of(&forks, &[15], Edges { lead: 2, gap: 2, trail: 2 }), Some(vec![2]));
        assert_eq!(pairs_of(&forks, &[15], CRITERIONS), None);
    }
}
