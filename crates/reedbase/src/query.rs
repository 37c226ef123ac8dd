//! Questions about the rows of a snapshot.
//!
//! It must never answer from anything but the snapshot: an index only says where to look, and every row that
//! it points at is looked at.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::csv;
use crate::error::Error;
use crate::row::Row;
use crate::snapshot::Snapshot;
use crate::table::Table;

/// Which rows, in which order, how many. Columns go by name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    /// All rows if absent.
    pub filter: Option<Filter>,
    /// The table's order if absent. Rows that are equal in it stay in the table's order.
    pub order_by: Option<Order>,
    /// All that are left if absent.
    pub limit: Option<usize>,
}

/// Which rows. Texts compare byte by byte, numbers as numbers; a value that is not a number fits no number.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// The column compares so to the value.
    Compare(String, Comparison, Value),
    /// The column begins with this.
    Prefix(String, String),
    /// All of them hold.
    All(Vec<Filter>),
    /// One of them holds.
    Any(Vec<Filter>),
}

/// How a column compares to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
}

/// What a column is compared to.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Compared byte by byte.
    Text(String),
    /// Compared as a number.
    Number(f64),
}

/// By which column rows are put in order, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The column.
    pub column: String,
    /// Which end comes first.
    pub direction: Direction,
    /// What is compared.
    pub by: Sorting,
}

/// Which end comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The least.
    Ascending,
    /// The greatest.
    Descending,
}

/// What is compared of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sorting {
    /// Their bytes.
    Text,
    /// Their numbers; what is not a number comes after all that is, whichever end comes first.
    Number,
}

/// What is made of a column's numbers. Empty values are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// Their sum; 0 of none.
    Sum,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// Their sum by their number.
    Mean,
}

/// A filter with columns by number.
enum Test<'q> {
    Compare(usize, Comparison, &'q Value),
    Prefix(usize, &'q str),
    All(Vec<Test<'q>>),
    Any(Vec<Test<'q>>),
}

impl Snapshot {
    /// The rows that a query asks for.
    ///
    /// # Errors
    /// [`Error::ColumnNotFound`].
    pub fn query(&self, query: &Query) -> Result<Vec<Row>, Error> {
        let mut found = self.matching(query.filter.as_ref())?;
        if let Some(order) = &query.order_by {
            self.sort(&mut found, order, query.limit)?;
        }
        found.truncate(query.limit.unwrap_or(usize::MAX));
        Ok(found.into_iter().map(|record| self.row(record)).collect())
    }

    /// How many rows a filter leaves.
    ///
    /// # Errors
    /// [`Error::ColumnNotFound`].
    pub fn count(&self, filter: Option<&Filter>) -> Result<usize, Error> {
        self.matching(filter).map(|found| found.len())
    }

    /// What becomes of a column's numbers in the rows that a filter leaves; `None` for the least, greatest and
    /// mean of none.
    ///
    /// # Errors
    /// [`Error::ColumnNotFound`]; [`Error::NotANumber`] for the first value that is neither one nor empty.
    pub fn aggregate(
        &self,
        filter: Option<&Filter>,
        aggregate: Aggregate,
        column: &str,
    ) -> Result<Option<f64>, Error> {
        let number = self.column(column)?;
        let (mut sum, mut count, mut least, mut greatest) = (0.0, 0u64, f64::INFINITY, f64::NEG_INFINITY);
        for record in self.matching(filter)? {
            let value = self.value(record, number);
            if value.is_empty() {
                continue;
            }
            let value = parse(&value).ok_or_else(|| Error::NotANumber {
                column: column.to_owned(),
                key: self.value(record, 0).into_owned(),
            })?;
            sum += value;
            count += 1;
            least = value.min(least);
            greatest = value.max(greatest);
        }
        let of_some = |value| (count > 0).then_some(value);
        Ok(match aggregate {
            Aggregate::Sum => Some(sum),
            Aggregate::Min => of_some(least),
            Aggregate::Max => of_some(greatest),
            Aggregate::Mean => of_some(sum / count as f64),
        })
    }

    fn value<'r>(&self, record: &'r str, column: usize) -> Cow<'r, str> {
        csv::value_at(record, column, self.delimiter())
    }

    /// The records that a filter leaves, in the table's order.
    fn matching(&self, filter: Option<&Filter>) -> Result<Vec<&str>, Error> {
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

    fn sort(&self, records: &mut Vec<&str>, order: &Order, limit: Option<usize>) -> Result<(), Error> {
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

/// The number that a value is, if it is one: not infinite, not NaN.
fn parse(value: &str) -> Option<f64> {
    value.parse().ok().filter(|number: &f64| number.is_finite())
}

impl Table {
    /// [`Snapshot::query`] on the rows as they are now.
    ///
    /// # Errors
    /// As there.
    pub fn query(&self, query: &Query) -> Result<Vec<Row>, Error> {
        self.snapshot().query(query)
    }

    /// [`Snapshot::count`] on the rows as they are now.
    ///
    /// # Errors
    /// As there.
    pub fn count(&self, filter: Option<&Filter>) -> Result<usize, Error> {
        self.snapshot().count(filter)
    }

    /// [`Snapshot::aggregate`] on the rows as they are now.
    ///
    /// # Errors
    /// As there.
    pub fn aggregate(
        &self,
        filter: Option<&Filter>,
        aggregate: Aggregate,
        column: &str,
    ) -> Result<Option<f64>, Error> {
        self.snapshot().aggregate(filter, aggregate, column)
    }

    /// Lets queries through this handle find the values of a column by an index: equality, ranges of texts
    /// and prefixes. It is made when it is first needed, in memory, and again after each fold.
    ///
    /// # Errors
    /// [`Error::ColumnNotFound`].
    pub fn index_column(&self, column: &str) -> Result<(), Error> {
        let mut writer = self.shared.writer();
        let number = writer.rows.column(column)?;
        if !writer.rows.is_indexed(number) {
            let indexed = writer.rows.indexed().iter().copied().chain([number]).collect();
            writer.rows.set_indexed(indexed);
            self.shared.snapshot.store(std::sync::Arc::new(writer.rows.clone()));
        }
        Ok(())
    }
}
