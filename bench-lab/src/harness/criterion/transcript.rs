//! What a conversation said, in the order it was said.
//!
//! It reads the log of frames; it asks nothing and judges nothing.

use super::protocol::{Completed, Hello, Message, RawId, Scaled};
use super::sighting::{Batches, Progress, Sighting};
use crate::runner::command::Frame;

/// The log of one process, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Transcript {
    /// Who spoke; absent when no Criterion did.
    pub(super) hello: Option<Hello>,
    /// Benchmarks that began, in order.
    pub(super) begun: Vec<Sighting>,
    /// Full ids of benchmarks that the filter held back, in order.
    pub(super) skipped: Vec<String>,
    /// Frames that are no message.
    pub(super) unread_count: usize,
}

impl Transcript {
    /// Reads a log. The logs of several connections may follow one another.
    pub(super) fn read(frames: &[Frame]) -> Self {
        let mut transcript = Self::default();
        for frame in frames {
            if let Some(hello) = Hello::parse(&frame.bytes) {
                transcript.hello.get_or_insert(hello);
                continue;
            }
            match Message::decode(&frame.bytes) {
                None => transcript.unread_count += 1,
                Some(Message::BeginningBenchmark { id }) => transcript.begun.push(begin(&id)),
                Some(Message::SkippingBenchmark { id }) => transcript.skipped.push(id.path()),
                Some(Message::MeasurementComplete(completed)) => transcript.complete(completed),
                Some(Message::ScaledValues(scaled)) => transcript.scale(scaled),
                Some(_) => {}
            }
        }
        transcript
    }

    /// Attaches samples to the benchmark that began last, as Criterion runs one at a time.
    fn complete(&mut self, completed: Completed) {
        let path = completed.id.path();
        let last = self.begun.last_mut();
        let sighting = match last.filter(|last| last.path == path && last.progress == Progress::Begun) {
            Some(last) => last,
            None => {
                self.begun.push(begin(&completed.id));
                self.begun.last_mut().expect("one was pushed just now")
            }
        };
        sighting.progress = Progress::Measured(Batches {
            iterations: completed.iters,
            totals: completed.times,
            unit: None,
            sampling: Some(completed.sampling_method.to_lowercase()),
            in_force: Some(completed.benchmark_config.settings()),
        });
    }

    /// Replaces the totals that were asked about by those in the unit for machines.
    fn scale(&mut self, scaled: Scaled) {
        let Some(Sighting { progress: Progress::Measured(batches), .. }) = self.begun.last_mut() else {
            return;
        };
        batches.totals = scaled.scaled_values;
        batches.unit = Some(scaled.unit);
    }
}

fn begin(id: &RawId) -> Sighting {
    Sighting { path: id.path(), throughput: id.throughput(), progress: Progress::Begun }
}
