//! The running median of a series.
//!
//! It must never be taken for a fit: at a jump it follows late.

use crate::summary::median_of_sorted;

/// For each point the median of those at most `reach` places away; fewer at the ends. The values are finite.
pub(super) fn running_medians(values: &[f64], reach: usize) -> Vec<f64> {
    let order = |sorted: &[f64], value: f64| sorted.partition_point(|one| one.total_cmp(&value).is_lt());
    let mut sorted: Vec<f64> = Vec::with_capacity(2 * reach + 2);
    for value in values.iter().take(reach) {
        sorted.insert(order(&sorted, *value), *value);
    }
    (0..values.len())
        .map(|index| {
            if let Some(value) = values.get(index + reach) {
                sorted.insert(order(&sorted, *value), *value);
            }
            if index > reach {
                sorted.remove(order(&sorted, values[index - reach - 1]));
            }
            median_of_sorted(&sorted)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::observations::Observations;
    use crate::summary::median;

    proptest! {
        #[test]
        fn every_median_is_that_of_its_window_sorted_anew(
            values in proptest::collection::vec(prop_oneof![-9.0..9.0_f64, (-3..3).prop_map(f64::from)], 0..80),
            reach in 0..9_usize,
        ) {
            let values: Vec<f64> = values.into_iter().map(|value| value + 0.0).collect();
            let anew = (0..values.len()).map(|index| {
                let near = &values[index.saturating_sub(reach)..(index + reach + 1).min(values.len())];
                median(&Observations::new(near).unwrap())
            });
            prop_assert_eq!(running_medians(&values, reach), anew.collect::<Vec<_>>());
        }
    }
}
