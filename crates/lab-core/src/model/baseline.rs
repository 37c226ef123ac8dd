//! A Run with a name, kept for later Runs to be compared against.
//!
//! It keeps what a comparison needs and drops what only this machine's disk can use: paths, samples, explanations.

use super::{Extract, FactClass, Origin};

/// Facts that explain and are kept all the same, since reports name the machine by them.
const KEPT_EXPLANATIONS: &[&str] = &["machine.name", "cpu.brand"];

/// Flags of the build that name places on a disk, with their values.
const PLACES: &[&str] = &["--manifest-path", "--target-dir"];

/// Significant digits of a kept value: a rounding of a ten-thousandth of the smallest change that anybody asks for.
const DIGITS: i32 = 7;

/// A named extract.
#[derive(Clone, Debug, PartialEq)]
pub struct Baseline {
    /// When it was named, RFC 3339 in UTC.
    pub saved_at: String,
    /// What is worth saying about it, in one line.
    pub note: Option<String>,
    /// What was measured.
    pub extract: Extract,
}

impl Baseline {
    /// Keeps of an extract what a comparison needs.
    pub fn new(mut extract: Extract, saved_at: String, note: Option<String>) -> Self {
        extract.environment.facts.retain(|name, fact| {
            fact.class != FactClass::Explanation || KEPT_EXPLANATIONS.contains(&name.as_str())
        });
        if let Some(plan) = &mut extract.plan {
            plan.build_arguments = without_places(&plan.build_arguments);
        }
        for target in &mut extract.targets {
            target.executable = None;
        }
        let series = extract.benchmarks.iter_mut().flat_map(|benchmark| &mut benchmark.series);
        for value in series.flat_map(|series| &mut series.values) {
            *value = rounded(*value);
        }
        for value in extract.canary.kernels.iter_mut().flat_map(|kernel| &mut kernel.values) {
            *value = rounded(*value);
        }
        for share in extract.benchmarks.iter_mut().filter_map(|benchmark| benchmark.busy_share.as_mut()) {
            *share = (*share * 1e3).round() / 1e3;
        }
        Self { saved_at, note, extract }
    }

    /// The Run it was made from; absent for an import.
    pub fn run(&self) -> Option<&str> {
        match &self.extract.origin {
            Origin::Run(id) => Some(id),
            Origin::Import { .. } => None,
        }
    }
}

fn without_places(arguments: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        if PLACES.contains(&word.as_str()) {
            words.next();
        } else {
            kept.push(word.clone());
        }
    }
    kept
}

fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    // Through a text, since that is how it is written: the shortest decimal of so many digits.
    format!("{value:.*e}", (DIGITS - 1) as usize).parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn places_on_a_disk_are_dropped_with_their_values() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let kept = without_places(&words("--features x --manifest-path /home/me/Cargo.toml --locked"));
        assert_eq!(kept, words("--features x --locked"));
    }

    proptest! {
        #[test]
        fn rounding_moves_a_value_by_less_than_a_ten_thousandth_of_a_change_that_matters(value in 1e-9..1e18_f64) {
            prop_assert!((rounded(value) / value - 1.0).abs() < 1e-6);
            prop_assert_eq!(rounded(rounded(value)), rounded(value));
        }
    }
}
