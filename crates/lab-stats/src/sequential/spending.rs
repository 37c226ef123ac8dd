//! How one error rate is divided among looks at a list that grows against a complete one.
//!
//! It must never depend on a value: the shares are fixed by the counts of the looks alone, before the first of them.

/// The power of the spending function. Looks at one complete list are so alike that early ones add little to what the
/// last will show; so most is kept for the last, where it narrows the interval.
pub const SHARE_POWER: i32 = 2;

/// The share that each of the looks may spend: of the whole, (nₖ/N)² less what went before, with nₖ the count of the
/// look and N that of the last (the power family of Kim and DeMets, Biometrika 74, 1987). They add up to one, so with
/// the union bound an error rate holds for whichever of the looks ends the watching, and for whatever reason.
///
/// The counts rise; without any there is no share.
pub fn shares(counts: &[usize]) -> Vec<f64> {
    let Some(last) = counts.last() else { return Vec::new() };
    let spent = |count: &usize| (*count as f64 / *last as f64).powi(SHARE_POWER);
    let mut before = 0.0;
    counts
        .iter()
        .map(|count| {
            let share = spent(count) - before;
            before = spent(count);
            share
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_of_the_usual_looks_add_up_to_one_and_the_last_has_the_most() {
        let shares = shares(&[10, 14, 20, 28, 40]);
        let wanted = [0.0625, 0.06, 0.1275, 0.24, 0.51];
        assert!(
            shares.iter().zip(wanted).all(|(share, wanted)| (share - wanted).abs() < 1e-12),
            "{shares:?}"
        );
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn one_look_has_all_and_none_has_nothing() {
        assert_eq!(shares(&[10]), [1.0]);
        assert_eq!(shares(&[]), [0.0; 0]);
    }
}
