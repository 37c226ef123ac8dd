//! How long the rest of a Run will take, judged by what its parts have taken.
//!
//! A measured duration always beats a guess, and without either it says nothing.

use std::collections::HashMap;
use std::time::Duration;

use lab_core::model::{BenchmarkId, Scheduled};

/// Durations of processes, by the first benchmark of the process.
#[derive(Debug, Default)]
pub struct Pace {
    seen: HashMap<BenchmarkId, (Duration, u32)>,
    guessed: HashMap<BenchmarkId, Duration>,
    total: Duration,
    count: u32,
}

impl Pace {
    /// Adds what a process may take; used until it has been seen once.
    pub fn guess(&mut self, benchmark: &BenchmarkId, wall: Duration) {
        self.guessed.insert(benchmark.clone(), wall);
    }

    /// Adds one finished process.
    pub fn note(&mut self, benchmark: &BenchmarkId, wall: Duration) {
        let entry = self.seen.entry(benchmark.clone()).or_default();
        entry.0 += wall;
        entry.1 += 1;
        self.total += wall;
        self.count += 1;
    }

    /// Expected time for the given processes; absent while one of them can only be guessed at random.
    ///
    /// A benchmark counts with its own mean, else with its guess, else with the mean of all that were seen.
    pub fn expect<'a>(&self, rest: impl IntoIterator<Item = &'a Scheduled>) -> Option<Duration> {
        rest.into_iter().map(|scheduled| self.expect_one(scheduled.benchmarks.first()?)).sum()
    }

    fn expect_one(&self, benchmark: &BenchmarkId) -> Option<Duration> {
        let own = self.seen.get(benchmark).map(|(sum, count)| *sum / *count);
        own.or_else(|| self.guessed.get(benchmark).copied()).or_else(|| self.total.checked_div(self.count))
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
    fn nothing_is_expected_before_anything_is_known() {
        assert_eq!(Pace::default().expect(&[scheduled("a")]), None);
    }

    #[test]
    fn own_mean_beats_guess_and_guess_beats_the_mean_of_all() {
        let mut pace = Pace::default();
        pace.guess(&id("quick"), Duration::from_secs(100));
        pace.guess(&id("guessed"), Duration::from_secs(7));
        pace.note(&id("quick"), Duration::from_secs(1));
        pace.note(&id("slow"), Duration::from_secs(3));
        let rest = ["quick", "slow", "guessed", "new"].map(scheduled);
        assert_eq!(pace.expect(&rest), Some(Duration::from_secs(1 + 3 + 7 + 2)));
    }
}
