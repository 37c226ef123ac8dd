//! Adjusted p values for many tests at once.
//!
//! It must never drop or reorder: the result has the length and the order of the input.

use crate::probability::Probability;

/// Adjusted so that calling everything at most q "different" keeps the expected share of false calls at q,
/// for independent or positively dependent tests (Benjamini and Hochberg, JRSS B 57, 1995).
pub fn benjamini_hochberg(p_values: &[Probability]) -> Vec<Probability> {
    let count = p_values.len() as f64;
    let ascending = ascending_order(p_values);
    let mut adjusted = p_values.to_vec();
    let mut smallest = 1.0_f64;
    for (below, &index) in ascending.iter().enumerate().rev() {
        smallest = smallest.min(p_values[index].value() * (count / (below + 1) as f64));
        adjusted[index] = Probability::capped(smallest);
    }
    adjusted
}

/// Adjusted so that calling everything at most α "different" keeps the chance of any false call at α, however
/// the tests depend on each other (Holm, Scandinavian Journal of Statistics 6, 1979).
pub fn holm(p_values: &[Probability]) -> Vec<Probability> {
    let mut adjusted = p_values.to_vec();
    let mut largest = 0.0_f64;
    for (below, &index) in ascending_order(p_values).iter().enumerate() {
        largest = largest.max(p_values[index].value() * (p_values.len() - below) as f64);
        adjusted[index] = Probability::capped(largest);
    }
    adjusted
}

fn ascending_order(p_values: &[Probability]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|one, other| p_values[*one].value().total_cmp(&p_values[*other].value()));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Vec<Probability> {
        values.iter().map(|value| Probability::new(*value).unwrap()).collect()
    }

    #[test]
    fn no_tests_have_no_adjusted_values() {
        assert!(benjamini_hochberg(&[]).is_empty() && holm(&[]).is_empty());
    }

    #[test]
    fn a_single_test_needs_no_adjustment() {
        assert_eq!(benjamini_hochberg(&of(&[0.03])), of(&[0.03]));
        assert_eq!(holm(&of(&[0.03])), of(&[0.03]));
    }

    #[test]
    fn a_hand_worked_example_keeps_its_order() {
        assert_eq!(benjamini_hochberg(&of(&[0.5, 0.125, 0.25])), of(&[0.5, 0.375, 0.375]));
        assert_eq!(holm(&of(&[0.5, 0.125, 0.25])), of(&[0.5, 0.375, 0.5]));
    }

    #[test]
    fn one_strong_finding_stands_among_two_hundred_nulls() {
        let mut values: Vec<f64> = (1..=200).map(|n| f64::from(n) / 200.0).collect();
        values.push(1e-5);
        let adjusted = benjamini_hochberg(&of(&values));
        assert!(adjusted[200].value() < 0.01);
        assert!(adjusted[..200].iter().all(|p| p.value() > 0.5));
    }
}
