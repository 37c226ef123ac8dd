//! From values to units of a chart, and the round values worth a mark.
//!
//! It never leaves the chart: what lies outside is put at the edge.

/// A line between two ends, or one between their logarithms.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    begin: i32,
    end: i32,
    is_log: bool,
}

/// Space around the extreme values, as a share of their distance.
const PAD: f64 = 0.04;
/// All values equal: this share of them is shown on either side.
const PAD_EQUAL: f64 = 0.01;

impl Scale {
    /// Over all values with some space around them; not finite ones are passed over.
    pub(super) fn around(values: impl IntoIterator<Item = f64>, begin: i32, end: i32) -> Self {
        let finite = values.into_iter().filter(|value| value.is_finite());
        let (low, high) = finite
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let pad = match (high - low) * PAD {
            pad if pad > 0.0 => pad,
            _ => (high.abs() * PAD_EQUAL).max(f64::MIN_POSITIVE),
        };
        Self { low: low - pad, high: high + pad, begin, end, is_log: false }
    }

    /// Between two values.
    pub(super) fn between(low: f64, high: f64, begin: i32, end: i32) -> Self {
        Self { low, high, begin, end, is_log: false }
    }

    /// Over the logarithms of values above zero.
    pub(super) fn logarithmic(values: impl IntoIterator<Item = f64>, begin: i32, end: i32) -> Self {
        let logs = values.into_iter().filter(|value| *value > 0.0).map(f64::ln);
        Self { is_log: true, ..Self::around(logs, begin, end) }
    }

    /// The unit of a value.
    pub(super) fn at(&self, value: f64) -> i32 {
        let value = if self.is_log { value.ln() } else { value };
        let share = (value - self.low) / (self.high - self.low);
        let share = if share.is_nan() { 0.5 } else { share.clamp(0.0, 1.0) };
        self.begin + (share * f64::from(self.end - self.begin)).round() as i32
    }

    /// Round values within the scale: about `count` of them; of a logarithmic one powers of ten, with their twos and fives
    /// where these are few.
    pub(super) fn ticks(&self, count: usize) -> Vec<f64> {
        if self.is_log { self.powers(count) } else { self.steps(count) }
    }

    fn steps(&self, count: usize) -> Vec<f64> {
        let span = self.high - self.low;
        if !(span.is_finite() && span > 0.0) {
            return Vec::new();
        }
        let rough = span / count as f64;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| *step >= rough);
        let step = step.unwrap_or(rough);
        let (first, last) = ((self.low / step).ceil() as i64, (self.high / step).floor() as i64);
        // Multiples carry less rounding than sums of steps.
        (first..=last).take(2 * count + 2).map(|multiple| multiple as f64 * step).collect()
    }

    fn powers(&self, count: usize) -> Vec<f64> {
        let ten = std::f64::consts::LN_10;
        let (first, last) = ((self.low / ten).ceil() as i32, (self.high / ten).floor() as i32);
        let every = ((last - first) / count.max(1) as i32 + 1).max(1);
        if last - first >= 2 {
            return (first..=last)
                .filter(|power| power % every == 0)
                .map(|power| 10f64.powi(power))
                .collect();
        }
        let is_inside = |value: &f64| (self.low..=self.high).contains(&value.ln());
        (first - 1..=last + 1)
            .flat_map(|power| [1.0, 2.0, 5.0].map(|factor| factor * 10f64.powi(power)))
            .filter(is_inside)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extremes_lie_inside_and_what_is_outside_goes_to_the_edge() {
        let scale = Scale::around([10.0, 20.0, f64::NAN], 0, 100);
        assert_eq!([10.0, 20.0].map(|value| scale.at(value)), [4, 96]);
        assert_eq!([-1e9, 1e9].map(|value| scale.at(value)), [0, 100]);
        assert_eq!([f64::NEG_INFINITY, f64::INFINITY].map(|value| scale.at(value)), [0, 100]);
    }

    #[test]
    fn ticks_are_round_and_within() {
        assert_eq!(Scale::around([0.0, 1.0], 0, 100).ticks(3), [0.0, 0.5, 1.0]);
        assert_eq!(Scale::around([88.9e6, 104.2e6], 0, 100).ticks(3), [90e6, 100e6]);
        assert_eq!(Scale::logarithmic([10.0, 5000.0], 0, 100).ticks(4), [10.0, 100.0, 1000.0]);
        assert_eq!(Scale::logarithmic([0.9, 4.0], 0, 100).ticks(4), [1.0, 2.0]);
    }

    #[test]
    fn equal_values_and_no_values_make_a_scale_too() {
        assert_eq!(Scale::around([5.0, 5.0], 0, 100).at(5.0), 50);
        let none = Scale::around([], 0, 100);
        assert_eq!((none.at(1.0), none.ticks(3)), (50, Vec::new()));
    }
}
