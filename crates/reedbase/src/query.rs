//! Questions about the rows of a snapshot.
//!
//! It must never answer from anything but the snapshot: an index only says where to look, and every row that
//! it points at is looked at.

mod search;
mod sort;

use std::borrow::Cow;
use std::sync::Arc;

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
            self.shared.snapshot.store(Arc::new(writer.rows.clone()));
        }
        Ok(())
    }
}
