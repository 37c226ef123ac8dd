//! Sampled call stacks, counted: the root first, the function that ran last.
//!
//! A count is of samples; what a sample stands for is its period.

use std::collections::BTreeMap;

/// How often each stack was seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stacks {
    /// What was sampled: `cycles`, `cpu-clock`.
    pub event: String,
    /// Processor time between two samples, in nanoseconds; absent for an event that counts something else.
    pub period_ns: Option<u64>,
    /// Time between the first sample and the last, in nanoseconds.
    pub span_ns: f64,
    counts: BTreeMap<Vec<String>, u64>,
}

impl Stacks {
    /// Nothing seen yet.
    pub fn new(event: &str, period_ns: Option<u64>) -> Self {
        Self { event: event.into(), period_ns, span_ns: 0.0, counts: BTreeMap::new() }
    }

    /// One more sample of a stack, root first.
    pub fn add(&mut self, stack: Vec<String>) {
        *self.counts.entry(stack).or_default() += 1;
    }

    /// Samples in all.
    pub fn sample_count(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Each stack with its number of samples, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&[String], u64)> {
        self.counts.iter().map(|(stack, count)| (stack.as_slice(), *count))
    }

    /// Processor time of all samples, in nanoseconds; absent where samples are not of time.
    pub fn cpu_ns(&self) -> Option<f64> {
        Some(self.sample_count() as f64 * self.period_ns? as f64)
    }
}
