//! How long the rest of a Run will take, judged by what its parts have taken.
//!
//! It extrapolates measured durations only; before the first one it says nothing.

use std::collections::HashMap;
use std::time::Duration;

use lab_core::model::{BenchmarkId, Scheduled};

/// Durations of processes seen so far, by the first benchmark of the process.
#[derive(Debug, Default)]
pub struct Pace {
    seen: HashMap<BenchmarkId, (Duration, u32)>,
    total: Duration,
    count: u32,
}

impl Pace {
    /// Adds one finished process.
    pub fn note(&mut self, benchmark: &BenchmarkId, wall: Duration) {
        let entry = self.seen.entry(benchmark.clone()).or_default();
        entry.0 += wall;
        entry.1 += 1;
        self.total += wall;
        self.count += 1;
    }

    /// Expected time for the given processes; absent before any process was seen.
    ///
    /// A benchmark that ran before counts with its own mean, another one with the mean of all.
    pub fn expect(&self, rest: &[Scheduled]) -> Option<Duration> {
        let usual = self.total.checked_div(self.count)?;
        Some(
            rest.iter()
                .map(|scheduled| match scheduled.benchmarks.first().and_then(|first| self.seen.get(first)) {
                    Some((sum, count)) => *sum / *count,
                    None => usual,
                })
                .sum(),
        )
    }
}

#[cfg(test)]
mod tests {
    use lab_core::model::TargetId;

    use super::*;

    fn id(path: &str) -> BenchmarkId {
        BenchmarkId::new(TargetId::new("p", "t"), path)
    }

    fn scheduled(path: &str) -> Scheduled {
        Scheduled { index: 0, block: 0, benchmarks: vec![id(path)], padding_bytes: 0 }
    }

    #[test]
    fn nothing_is_expected_before_anything_was_seen() {
        assert_eq!(Pace::default().expect(&[scheduled("a")]), None);
    }

    #[test]
    fn a_known_benchmark_counts_with_its_own_mean_and_another_with_the_mean_of_all() {
        let mut pace = Pace::default();
        pace.note(&id("quick"), Duration::from_secs(1));
        pace.note(&id("slow"), Duration::from_secs(3));
        let rest = [scheduled("quick"), scheduled("slow"), scheduled("new")];
        assert_eq!(pace.expect(&rest), Some(Duration::from_secs(1 + 3 + 2)));
    }
}
