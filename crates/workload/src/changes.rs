//! Makes a later version of a table: some rows with other values, none added and none taken away.
//!
//! It must never change a key, nor leave a row alone that it counts as changed.

use rand::seq::index;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::rows::{TableRows, row};

/// The table with new values for `count` of its rows, chosen at random, of about the same length as before.
///
/// # Panics
/// When the table has fewer rows.
pub fn changed(table: &TableRows, count: usize, bytes_per_row: usize, seed: u64) -> TableRows {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut later = table.clone();
    for index in index::sample(&mut rng, table.rows.len(), count) {
        later.rows[index] = other_row(&table.rows[index], index, bytes_per_row, &mut rng);
    }
    later
}

/// Drawn again in the rare case that it is the old one.
fn other_row(old: &[String], index: usize, bytes_per_row: usize, rng: &mut impl Rng) -> Vec<String> {
    let mut drawn = ChaCha8Rng::seed_from_u64(rng.random());
    loop {
        let new = row(index, bytes_per_row, &mut drawn);
        if new != old {
            return new;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::table;

    proptest! {
        #[test]
        fn just_as_many_rows_change_as_were_asked_for_and_no_key_does(
            row_count in 1usize..80, share in 0.0..=1.0, seed: u64,
        ) {
            let before = table(row_count, 200, 1);
            let count = (row_count as f64 * share) as usize;
            let after = changed(&before, count, 200, seed);
            prop_assert_eq!(&after, &changed(&before, count, 200, seed));
            prop_assert_eq!(before.rows.len(), after.rows.len());
            let pairs = || before.rows.iter().zip(&after.rows);
            prop_assert!(pairs().all(|(before, after)| before[0] == after[0]));
            prop_assert_eq!(pairs().filter(|(before, after)| before != after).count(), count);
        }
    }
}
