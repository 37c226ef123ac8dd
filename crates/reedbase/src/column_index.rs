//! The rows of a CSV file in the order of one column's values.
//!
//! It must never hold values, only places: it is as small as a number a row, and can always be made again.

use crate::base::Base;

/// Slot numbers, sorted by the value of one column in byte order, then by place.
#[derive(Debug)]
pub(crate) struct ColumnIndex {
    column: usize,
    slots: Box<[u32]>,
}

impl ColumnIndex {
    pub(crate) fn of(base: &Base, column: usize) -> Self {
        let mut keyed: Vec<_> = (0..base.len()).map(|slot| (base.value(slot, column), slot)).collect();
        keyed.sort_unstable();
        Self { column, slots: keyed.into_iter().map(|(_, slot)| slot).collect() }
    }

    /// The rows whose value `is_before` does not hold for, up to the first that `is_within` does not hold
    /// for. Both have to hold for a first part of the values in order.
    pub(crate) fn range(
        &self,
        base: &Base,
        is_before: impl Fn(&str) -> bool,
        is_within: impl Fn(&str) -> bool,
    ) -> &[u32] {
        let start = self.slots.partition_point(|&slot| is_before(&base.value(slot, self.column)));
        let rest = &self.slots[start..];
        let count = rest.partition_point(|&slot| is_within(&base.value(slot, self.column)));
        &rest[..count]
    }
}
