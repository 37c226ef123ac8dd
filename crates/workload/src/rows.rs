//! Makes the rows of a table: a key and a few columns of the kinds that real CSV files hold.
//!
//! It must never make only easy values: a known share of them holds delimiters, quotes, line breaks or text
//! beyond ASCII, so that a suite pays for quoting as a real file would make it pay.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A table before any store has seen it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRows {
    /// Column names; the first is the key's.
    pub columns: Vec<String>,
    /// One value a column, in the order of `columns`; keys are `key(0)`, `key(1)` and so on.
    pub rows: Vec<Vec<String>>,
}

const COLUMNS: [&str; 6] = ["id", "name", "city", "amount", "created", "notes"];
const CITIES: [&str; 8] =
    ["Aarhus", "Bergen", "Ceuta, ES", "Đà Nẵng", "Évora", "Fez | Meknes", "Győr", "Ha Long \"Bay\""];
const WORDS: [&str; 16] = [
    "amber", "basin", "cedar", "delta", "ember", "fjord", "grain", "heron", "inlet", "junco", "knoll",
    "larch", "marsh", "north", "osier", "plover",
];
/// What is put between two words of a note one time in 32: each makes the value need quotes.
const AWKWARD: [&str; 5] = [", ", "\n", "\"", "\r\n", "|"];

/// The key of row `index`: of equal length up to ten digits, so that byte order is numeric order.
pub fn key(index: usize) -> String {
    format!("row-{index:010}")
}

/// `row_count` rows whose values (without delimiters and quoting) come to about `bytes_per_row` bytes each.
///
/// Row `i` is the same for any `row_count`, so a larger table extends a smaller one. The other columns need
/// about 60 bytes; `notes` makes up the rest and is empty when nothing is left for it.
pub fn table(row_count: usize, bytes_per_row: usize, seed: u64) -> TableRows {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let rows = (0..row_count).map(|index| row(index, bytes_per_row, &mut rng)).collect();
    TableRows { columns: COLUMNS.map(String::from).to_vec(), rows }
}

pub(crate) fn row(index: usize, bytes_per_row: usize, rng: &mut ChaCha8Rng) -> Vec<String> {
    let name = format!("{} {}", word(rng), word(rng));
    let city = CITIES[rng.random_range(0..CITIES.len())].to_owned();
    let cents: u32 = rng.random_range(0..10_000_000);
    let amount = format!("{}.{:02}", cents / 100, cents % 100);
    let (month, day) = (rng.random_range(1..=12), rng.random_range(1..=28));
    let created = format!("20{:02}-{month:02}-{day:02}", rng.random_range(0..26));
    let mut values = vec![key(index), name, city, amount, created];
    let used: usize = values.iter().map(String::len).sum();
    values.push(notes(bytes_per_row.saturating_sub(used), rng));
    values
}

/// Words up to `length` bytes exactly; every piece is ASCII, so the cut falls between characters.
fn notes(length: usize, rng: &mut ChaCha8Rng) -> String {
    let mut text = String::with_capacity(length + 8);
    while text.len() < length {
        text.push_str(word(rng));
        let awkward = rng.random_range(0..32) == 0;
        text.push_str(if awkward { AWKWARD[rng.random_range(0..AWKWARD.len())] } else { " " });
    }
    text.truncate(length);
    text
}

fn word(rng: &mut ChaCha8Rng) -> &'static str {
    WORDS[rng.random_range(0..WORDS.len())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_same_seed_gives_the_same_table_and_a_larger_one_extends_it(
            row_count in 0usize..60, more in 0usize..60, bytes_per_row in 0usize..400, seed: u64,
        ) {
            let small = table(row_count, bytes_per_row, seed);
            let large = table(row_count + more, bytes_per_row, seed);
            prop_assert_eq!(&small, &table(row_count, bytes_per_row, seed));
            prop_assert_eq!(&small.rows[..], &large.rows[..row_count]);
        }

        #[test]
        fn every_row_has_its_key_and_one_value_a_column(row_count in 1usize..60, seed: u64) {
            let made = table(row_count, 200, seed);
            for (index, row) in made.rows.iter().enumerate() {
                prop_assert_eq!(&row[0], &key(index));
                prop_assert_eq!(row.len(), made.columns.len());
            }
        }

        #[test]
        fn keys_sort_as_their_numbers_do(a in 0usize..1_000_000, b in 0usize..1_000_000) {
            prop_assert_eq!(key(a).cmp(&key(b)), a.cmp(&b));
        }
    }

    #[test]
    fn ten_thousand_rows_of_two_hundred_bytes_come_to_two_megabytes() {
        let bytes: usize = table(10_000, 200, 1).rows.iter().flatten().map(String::len).sum();
        assert_eq!(bytes, 2_000_000);
    }

    #[test]
    fn some_values_need_quoting_and_most_do_not() {
        let made = table(1000, 200, 1);
        let holds = |wanted: char| made.rows.iter().flatten().filter(|value| value.contains(wanted)).count();
        for awkward in [',', '"', '\n', '\r', '|'] {
            assert!(holds(awkward) > 50, "{awkward:?} in {} values", holds(awkward));
        }
        let plain = made.rows.iter().flatten().filter(|value| !value.contains([',', '"', '\n', '\r', '|']));
        assert!(plain.count() > 4000);
    }

    #[test]
    fn another_seed_gives_another_table() {
        assert_ne!(table(10, 200, 1), table(10, 200, 2));
    }
}
