//! A list of numbers whose order matters: what was measured first stands first.
//!
//! It must never hold a value that [`Observations`] would refuse.

use crate::observations::{Observations, ObservationsError, checked};

/// Any number of finite values, in the order they came; it may be empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    values: Vec<f64>,
}

impl Series {
    /// Checks `values` and keeps their order.
    ///
    /// # Errors
    /// [`ObservationsError::NotFinite`] or [`ObservationsError::TooLarge`] with the index of the first value
    /// that is not finite or is beyond [`Observations::MAGNITUDE_MAX`].
    pub fn new(values: impl Into<Vec<f64>>) -> Result<Self, ObservationsError> {
        checked(values.into()).map(|values| Self { values })
    }

    /// The values in the order they came.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// How many values there are.
    pub fn count(&self) -> usize {
        self.values.len()
    }

    /// The first `count` values, sorted; absent for a count of zero or beyond the end.
    pub fn first(&self, count: usize) -> Option<Observations> {
        let values = self.values.get(..count).filter(|values| !values.is_empty())?;
        Some(Observations::new(values).expect("every value was checked when the series was made"))
    }

    /// All values, sorted; absent when there is none.
    pub fn observations(&self) -> Option<Observations> {
        self.first(self.count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_and_a_prefix_comes_sorted() {
        let series = Series::new([3.0, -1.0, 2.0]).unwrap();
        assert_eq!(series.values(), [3.0, -1.0, 2.0]);
        assert_eq!(series.first(2).unwrap().sorted(), [-1.0, 3.0]);
        assert_eq!(series.observations().unwrap().count(), 3);
        assert_eq!((series.first(0), series.first(4)), (None, None));
    }

    #[test]
    fn an_empty_series_is_one_and_a_bad_value_is_named_by_its_place() {
        assert_eq!(Series::new([]).unwrap().observations(), None);
        assert_eq!(Series::new([0.0, f64::NAN]), Err(ObservationsError::NotFinite { index: 1 }));
        assert_eq!(Series::new([2e100]), Err(ObservationsError::TooLarge { index: 0 }));
    }
}
