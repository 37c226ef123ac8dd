//! Records in the order that a query asks for.
//!
//! Those that are equal in it stay in the table's order.

use std::cmp::Ordering;

use super::{Direction, Order, Sorting, parse};
use crate::error::Error;
use crate::snapshot::Snapshot;

impl Snapshot {
    pub(super) fn sort(
        &self,
        records: &mut Vec<&str>,
        order: &Order,
        limit: Option<usize>,
    ) -> Result<(), Error> {
        let column = self.column(&order.column)?;
        let turn = |ordering: Ordering| match order.direction {
            Direction::Ascending => ordering,
            Direction::Descending => ordering.reverse(),
        };
        match order.by {
            Sorting::Text => {
                let keyed = records.iter().map(|record| (self.value(record, column), *record));
                sort_by(records, keyed.collect(), limit, |one, other| turn(one.cmp(other)));
            }
            Sorting::Number => {
                let keyed = records.iter().map(|record| (parse(&self.value(record, column)), *record));
                sort_by(records, keyed.collect(), limit, |one: &Option<f64>, other| match (one, other) {
                    (Some(one), Some(other)) => turn(one.total_cmp(other)),
                    // What is not a number comes last in both directions.
                    (one, other) => other.is_some().cmp(&one.is_some()),
                });
            }
        }
        Ok(())
    }
}

/// Puts records in the order of what they come with; only the first `limit` need to be right.
fn sort_by<'r, K>(
    records: &mut Vec<&'r str>,
    keyed: Vec<(K, &'r str)>,
    limit: Option<usize>,
    compare: impl Fn(&K, &K) -> Ordering,
) {
    // The place makes equal keys unequal, so that the faster sorts are stable here.
    let mut keyed: Vec<(usize, (K, &str))> = keyed.into_iter().enumerate().collect();
    let compare = |(place, (key, _)): &(usize, (K, &str)), (other_place, (other, _)): &(usize, (K, &str))| {
        compare(key, other).then(place.cmp(other_place))
    };
    if let Some(limit) = limit.filter(|&limit| limit > 0 && limit < keyed.len()) {
        keyed.select_nth_unstable_by(limit - 1, compare);
        keyed.truncate(limit);
    }
    keyed.sort_unstable_by(compare);
    *records = keyed.into_iter().map(|(_, (_, record))| record).collect();
}
