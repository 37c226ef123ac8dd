//! Which records a filter leaves.
//!
//! An index only says where to look: every row that it points at is looked at.

use std::cmp::Ordering;

use super::{Comparison, Filter, Value, parse};
use crate::error::Error;
use crate::snapshot::Snapshot;

/// A filter with columns by number.
enum Test<'q> {
    Compare(usize, Comparison, &'q Value),
    Prefix(usize, &'q str),
    All(Vec<Test<'q>>),
    Any(Vec<Test<'q>>),
}

impl Snapshot {
    /// The records that a filter leaves, in the table's order.
    pub(super) fn matching(&self, filter: Option<&Filter>) -> Result<Vec<&str>, Error> {
        let Some(filter) = filter else { return Ok(self.records().collect()) };
        let test = self.resolve(filter)?;
        let holds = |record: &&str| self.holds(&test, record);
        // The key's own index answers at once.
        if let Test::Compare(0, Comparison::Eq, Value::Text(key)) = &test {
            return Ok(self.record(key).into_iter().collect());
        }
        match self.candidates(&test) {
            Some(slots) => Ok(self.among(slots).filter(holds).collect()),
            None => Ok(self.records().filter(holds).collect()),
        }
    }

    /// The rows of the file that an index finds, in the file's order; `None` when no index helps.
    fn candidates(&self, test: &Test<'_>) -> Option<Vec<u32>> {
        let (column, found) = match test {
            Test::Compare(column, comparison, Value::Text(text)) if self.is_indexed(*column) => {
                let index = self.base().column_index(*column);
                let range = |before: &dyn Fn(&str) -> bool, within: &dyn Fn(&str) -> bool| {
                    index.range(self.base(), before, within).to_vec()
                };
                let text = text.as_str();
                let found = match comparison {
                    Comparison::Eq => range(&|value| value < text, &|value| value <= text),
                    Comparison::Lt => range(&|_| false, &|value| value < text),
                    Comparison::Le => range(&|_| false, &|value| value <= text),
                    Comparison::Gt => range(&|value| value <= text, &|_| true),
                    Comparison::Ge => range(&|value| value < text, &|_| true),
                    Comparison::Ne => return None,
                };
                (column, found)
            }
            Test::Prefix(column, prefix) if self.is_indexed(*column) => {
                let index = self.base().column_index(*column);
                let found =
                    index.range(self.base(), |value| value < *prefix, |value| value.starts_with(*prefix));
                (column, found.to_vec())
            }
            Test::All(tests) => return tests.iter().find_map(|test| self.candidates(test)),
            _ => return None,
        };
        debug_assert!(self.is_indexed(*column));
        let mut found = found;
        found.sort_unstable();
        Some(found)
    }

    /// The records of some rows of the file as they are now, and of all rows that changed since.
    fn among(&self, slots: Vec<u32>) -> impl Iterator<Item = &str> {
        let (hidden, new) = self.arrange();
        // Rows that changed may have come to fit, wherever the index has their old value.
        let changed = hidden.iter().filter(|(_, changed)| changed.order.is_none());
        let mut records: Vec<(u32, &str)> =
            changed.filter_map(|(slot, changed)| Some((*slot, changed.record()?))).collect();
        let is_hidden = |slot: u32| hidden.binary_search_by_key(&slot, |(slot, _)| *slot).is_ok();
        let unchanged = slots.into_iter().filter(|&slot| !is_hidden(slot));
        records.extend(unchanged.map(|slot| (slot, self.base().record(slot))));
        records.sort_unstable_by_key(|(slot, _)| *slot);
        records
            .into_iter()
            .map(|(_, record)| record)
            .chain(new.into_iter().filter_map(|changed| changed.record()))
    }

    fn resolve<'q>(&self, filter: &'q Filter) -> Result<Test<'q>, Error> {
        let all = |filters: &'q [Filter]| -> Result<Vec<Test<'q>>, Error> {
            filters.iter().map(|filter| self.resolve(filter)).collect()
        };
        Ok(match filter {
            Filter::Compare(column, comparison, value) => {
                Test::Compare(self.column(column)?, *comparison, value)
            }
            Filter::Prefix(column, prefix) => Test::Prefix(self.column(column)?, prefix),
            Filter::All(filters) => Test::All(all(filters)?),
            Filter::Any(filters) => Test::Any(all(filters)?),
        })
    }

    fn holds(&self, test: &Test<'_>, record: &str) -> bool {
        match test {
            Test::Compare(column, comparison, value) => {
                let found = self.value(record, *column);
                let ordering = match value {
                    Value::Text(text) => Some((*found).cmp(text.as_str())),
                    Value::Number(number) => parse(&found).and_then(|found| found.partial_cmp(number)),
                };
                ordering.is_some_and(|ordering| comparison.holds(ordering))
            }
            Test::Prefix(column, prefix) => self.value(record, *column).starts_with(prefix),
            Test::All(tests) => tests.iter().all(|test| self.holds(test, record)),
            Test::Any(tests) => tests.iter().any(|test| self.holds(test, record)),
        }
    }
}

impl Comparison {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Eq => ordering.is_eq(),
            Self::Ne => ordering.is_ne(),
            Self::Lt => ordering.is_lt(),
            Self::Le => ordering.is_le(),
            Self::Gt => ordering.is_gt(),
            Self::Ge => ordering.is_ge(),
        }
    }
}
