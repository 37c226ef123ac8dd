//! How long the rest of a Run will take, judged by what its parts have taken.
//!
//! A measured duration always beats a guess, and without either it says nothing.

use std::collections::HashMap;
use std::time::Duration;

use lab_core::model::{BenchmarkId, Scheduled};

use super::tally::Tally;

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

/// How often each process is still to run, by its first benchmark: a schedule of thousands is not walked again for
/// every process.
#[derive(Debug, Default)]
pub(super) struct Left<'a> {
    counts: HashMap<&'a BenchmarkId, u32>,
}

impl<'a> Left<'a> {
    /// Counts a schedule, without what has been given up already.
    pub(super) fn of(schedule: &'a [Scheduled], tally: &Tally) -> Self {
        let mut left = Self::default();
        for scheduled in schedule.iter().filter(|scheduled| !tally.has_given_up(scheduled)) {
            if let Some(first) = scheduled.benchmarks.first() {
                *left.counts.entry(first).or_default() += 1;
            }
        }
        left
    }

    /// One process less.
    pub(super) fn done(&mut self, scheduled: &Scheduled) {
        let count = scheduled.benchmarks.first().and_then(|first| self.counts.get_mut(first));
        if let Some(count) = count {
            *count = count.saturating_sub(1);
        }
    }

    /// Takes out all that are left of a process, and says how many those were.
    pub(super) fn give_up(&mut self, scheduled: &Scheduled) -> usize {
        let count = scheduled.benchmarks.first().and_then(|first| self.counts.remove(first));
        count.unwrap_or(0) as usize
    }

    /// Expected time for all of them; absent as with [`Pace::expect`].
    pub(super) fn expect(&self, pace: &Pace) -> Option<Duration> {
        self.counts
            .iter()
            .filter(|(_, count)| **count > 0)
            .map(|(id, count)| Some(pace.expect_one(id)? * *count))
            .sum()
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

    #[test]
    fn what_is_left_is_what_was_not_done_and_not_given_up() {
        let schedule = ["a", "b", "a", "b", "a"].map(scheduled);
        let mut pace = Pace::default();
        pace.guess(&id("a"), Duration::from_secs(1));
        let mut left = Left::of(&schedule, &Tally::default());
        assert_eq!(left.expect(&pace), None, "nothing is known of b");
        pace.guess(&id("b"), Duration::from_secs(10));
        assert_eq!(left.expect(&pace), Some(Duration::from_secs(23)));
        left.done(&schedule[0]);
        left.done(&schedule[1]);
        assert_eq!(left.give_up(&schedule[1]), 1);
        assert_eq!(left.expect(&pace), Some(Duration::from_secs(2)));
    }
}
