//! The list of numbers that every statistic here starts from.
//!
//! It must never hold a value that could turn a later sum or square into infinity or NaN.

use std::error::Error;
use std::fmt;

/// One or more finite numbers, kept in ascending order; the order they came in is forgotten.
///
/// Negative zero is stored as zero, so equal values have equal bits.
#[derive(Clone, Debug, PartialEq)]
pub struct Observations {
    sorted: Vec<f64>,
}

impl Observations {
    /// The largest magnitude accepted. Squares of such values stay finite when 10^100 of them are summed,
    /// and no physical measurement comes near it.
    pub const MAGNITUDE_MAX: f64 = 1e100;

    /// Checks and sorts `values`.
    ///
    /// # Errors
    /// [`ObservationsError::Empty`] without values; otherwise the index, in the given order, of the first
    /// value that is not finite or is beyond [`Self::MAGNITUDE_MAX`].
    pub fn new(values: impl Into<Vec<f64>>) -> Result<Self, ObservationsError> {
        let mut sorted = checked(values.into())?;
        if sorted.is_empty() {
            return Err(ObservationsError::Empty);
        }
        sorted.sort_unstable_by(f64::total_cmp);
        Ok(Self { sorted })
    }

    /// The values in ascending order; never empty.
    pub fn sorted(&self) -> &[f64] {
        &self.sorted
    }

    /// How many values there are; at least one.
    pub fn count(&self) -> usize {
        self.sorted.len()
    }
}

/// The values themselves, negative zeros turned positive, if arithmetic can carry them all.
pub(crate) fn checked(mut values: Vec<f64>) -> Result<Vec<f64>, ObservationsError> {
    for (index, value) in values.iter_mut().enumerate() {
        if !value.is_finite() {
            return Err(ObservationsError::NotFinite { index });
        }
        if value.abs() > Observations::MAGNITUDE_MAX {
            return Err(ObservationsError::TooLarge { index });
        }
        // IEEE 754: -0.0 + 0.0 is +0.0, and every other value is unchanged.
        *value += 0.0;
    }
    Ok(values)
}

/// Why a list of numbers was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObservationsError {
    /// There was no value at all.
    Empty,
    /// The value at `index` was NaN or infinite.
    NotFinite {
        /// Position in the list as it was given.
        index: usize,
    },
    /// The value at `index` was finite but beyond [`Observations::MAGNITUDE_MAX`].
    TooLarge {
        /// Position in the list as it was given.
        index: usize,
    },
}

impl fmt::Display for ObservationsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "there are no values to summarise"),
            Self::NotFinite { index } => write!(f, "the value at index {index} is not a finite number"),
            Self::TooLarge { index } => {
                write!(f, "the value at index {index} is beyond ±{:e}", Observations::MAGNITUDE_MAX)
            }
        }
    }
}

impl Error for ObservationsError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_names_its_cause_and_place() {
        assert_eq!(Observations::new([]), Err(ObservationsError::Empty));
        assert_eq!(Observations::new([1.0, f64::NAN]), Err(ObservationsError::NotFinite { index: 1 }));
        assert_eq!(Observations::new([f64::NEG_INFINITY]), Err(ObservationsError::NotFinite { index: 0 }));
        assert_eq!(Observations::new([0.0, 1.0, -1e101]), Err(ObservationsError::TooLarge { index: 2 }));
    }

    #[test]
    fn values_come_back_sorted_and_without_negative_zero() {
        let observations = Observations::new([3.0, -0.0, -1e100, 0.0]).unwrap();
        assert_eq!(observations.sorted(), [-1e100, 0.0, 0.0, 3.0]);
        assert!(observations.sorted()[1].is_sign_positive() && observations.sorted()[2].is_sign_positive());
        assert_eq!(observations.count(), 4);
    }

    #[test]
    fn messages_say_where_the_bad_value_is() {
        assert!(ObservationsError::NotFinite { index: 7 }.to_string().contains("index 7"));
        assert!(ObservationsError::TooLarge { index: 7 }.to_string().contains("±1e100"));
    }
}
