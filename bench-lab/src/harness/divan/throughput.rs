//! The rate rows below a measured row: how much work one iteration does.
//!
//! divan prints the rate and keeps the count, so the count is worked out again and never better than printed.

use lab_core::model::{Printed, Throughput};

use super::number::{self, RateKind};
use super::table::Row;

const NS_PER_S: f64 = 1e9;

/// One entry per rate row; a rate of zero or without end says nothing and is left out.
pub(super) fn throughputs(row: &Row<'_>) -> Vec<Throughput> {
    row.extras
        .iter()
        .filter_map(|cells| {
            let (kind, rate) = number::rate(cells.columns[1])?;
            let per_iteration = per_iteration(&rate, &row.time.median);
            (per_iteration > 0.0).then(|| Throughput { kind: id(kind).into(), per_iteration })
        })
        .collect()
}

/// Rate times median. Both were cut to four digits, so the product is a range; divan's counts are whole, and
/// when exactly one whole number lies in the range it is the count.
fn per_iteration(rate: &Printed, median: &Printed) -> f64 {
    let least = rate.value * median.value / NS_PER_S;
    let most = (rate.value + rate.step) * (median.value + median.step) / NS_PER_S;
    // The rate was made from the unrounded time; the slack is for floating point only.
    let whole = (least * (1.0 - 1e-12)).ceil();
    let is_only_one = whole <= most && whole + 1.0 > most;
    if is_only_one { whole } else { f64::midpoint(least, most) }
}

fn id(kind: RateKind) -> &'static str {
    match kind {
        RateKind::Bytes => "bytes_decimal",
        RateKind::BinaryBytes => "bytes",
        RateKind::Chars => "chars",
        RateKind::Cycles => "cycles",
        RateKind::Items => "elements",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn printed(text: &str) -> Printed {
        number::time(text).unwrap()
    }

    #[test]
    fn a_small_count_comes_back_exactly() {
        let (_, rate) = number::rate("17.31 GB/s").unwrap();
        assert_eq!(per_iteration(&rate, &printed("3.696 ns")), 64.0);
    }

    #[test]
    fn a_large_count_comes_back_within_the_printed_digits() {
        let (_, rate) = number::rate("1.048 GB/s").unwrap();
        let count = per_iteration(&rate, &printed("1 ms"));
        assert!((count - 1_048_576.0).abs() < 2000.0, "{count}");
    }

    proptest! {
        #[test]
        fn the_count_is_recovered_within_two_thousandths(count in 1_u64..1_000_000, picos in 1_000_u64..1_000_000_000) {
            // Cut by hand to four digits, as divan does before it prints.
            let cut = |value: f64| {
                let step = 10_f64.powi(value.log10().floor() as i32 - 3);
                Printed { text: String::new(), value: (value / step).floor() * step, step }
            };
            let ns = picos as f64 / 1000.0;
            let found = per_iteration(&cut(count as f64 / ns * NS_PER_S), &cut(ns));
            prop_assert!((found / count as f64 - 1.0).abs() < 2.1e-3, "{found} for {count}");
        }
    }
}
