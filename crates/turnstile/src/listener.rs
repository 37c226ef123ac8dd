//! What each clock read of a bench process means: from what was announced and counted, never from how long it took.
//!
//! A harness reads the clock in a fixed pattern, so that reads can be told apart by their number. Nothing here guesses
//! by durations: a thread that was switched out looks like a long sample.

/// Something a process says to the world that marks a place in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announcement {
    /// It wrote to standard output: divan names a benchmark before it samples it.
    Output,
    /// Criterion's message that a benchmark begins, whose first calls warm it up.
    WarmUp,
    /// Criterion's message that it begins to measure.
    Measuring,
}

/// The fixed pattern in which one process reads the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    /// After which [`Announcement::Output`] the counting begins; 0 when it begins at [`Announcement::Measuring`].
    pub output_count: u32,
    /// Reads between that place and the first slice.
    pub skip_reads: u32,
    /// Reads of a slice before its first timed pair.
    pub lead_reads: u32,
    /// Reads of a slice between two timed pairs.
    pub gap_reads: u32,
    /// Reads of a slice after its last timed pair.
    pub trail_reads: u32,
    /// Slices in all.
    pub slice_count: u32,
    /// The first slices, which are played without the other process.
    pub solo_count: u32,
    /// What every clock read adds to the time while Criterion warms up, in nanoseconds; 0 for the true time.
    pub warm_up_step_ns: u64,
}

/// What a clock read is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Nothing that is timed.
    Plain,
    /// In Criterion's warm-up: the time since its beginning that is to be told instead of the true one.
    Told {
        /// Nanoseconds.
        since_ns: u64,
    },
    /// The start of a timed pair of this slice.
    Start(u32),
    /// The end of a timed pair of this slice.
    End(u32),
}

/// What is to be done once a clock was read or an announcement made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Go on.
    GoOn,
    /// Keep the slice of this number, and go on without the other process.
    Keep(u32),
    /// Keep the slice of this number if there is one, then meet the other process.
    Arrive(Option<u32>),
    /// Keep the slice, hand over, and wait for the next turn.
    Pass(u32),
    /// Keep the slice, hand over, and wait until the other has finished too.
    Finish(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Before the place where counting begins.
    Deaf,
    /// Within Criterion's warm-up, after so many reads.
    WarmingUp(u64),
    /// So many reads before the first slice.
    Skipping(u32),
    /// So many reads before the first timed pair.
    Leading(u32),
    /// So many reads before the start of a further timed pair, and so many pairs left with it.
    Pausing(u32, u32),
    /// Before the start of a timed pair; so many pairs are left with it.
    Between(u32),
    /// Within a timed pair; so many pairs are left with it.
    Within(u32),
    /// So many reads to the end of the slice.
    Trailing(u32),
    /// After the last slice.
    Over,
}

/// Follows one thread by its announcements and clock reads.
#[derive(Clone, Copy, Debug)]
pub struct Listener {
    pattern: Pattern,
    stage: Stage,
    output_count: u32,
    slice: u32,
}

impl Listener {
    /// For a thread of which nothing was heard yet.
    pub const fn new(pattern: Pattern) -> Self {
        Self { pattern, stage: Stage::Deaf, output_count: 0, slice: 0 }
    }

    /// Whether all slices are over.
    pub fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }

    /// Hears an announcement; `pairs_of` gives the timed pairs of a slice.
    pub fn hear(&mut self, announcement: Announcement, pairs_of: impl Fn(u32) -> u32) -> Then {
        match (announcement, self.stage) {
            (Announcement::Output, Stage::Deaf) if self.pattern.output_count > 0 => {
                self.output_count += 1;
                if self.output_count == self.pattern.output_count {
                    return self.begin(pairs_of);
                }
            }
            (Announcement::WarmUp, Stage::Deaf) if self.pattern.output_count == 0 => {
                self.stage = Stage::WarmingUp(0);
            }
            (Announcement::Measuring, Stage::Deaf | Stage::WarmingUp(_))
                if self.pattern.output_count == 0 =>
            {
                return self.begin(pairs_of);
            }
            _ => {}
        }
        Then::GoOn
    }

    /// Hears that the clock is read. What it tells to do is to be done after the read.
    pub fn read(&mut self, pairs_of: impl Fn(u32) -> u32) -> (Reading, Then) {
        match self.stage {
            Stage::Deaf | Stage::Over => (Reading::Plain, Then::GoOn),
            Stage::WarmingUp(reads) => {
                self.stage = Stage::WarmingUp(reads + 1);
                match self.pattern.warm_up_step_ns {
                    0 => (Reading::Plain, Then::GoOn),
                    step => (Reading::Told { since_ns: step.saturating_mul(reads) }, Then::GoOn),
                }
            }
            Stage::Skipping(left) => {
                if left > 1 {
                    self.stage = Stage::Skipping(left - 1);
                    return (Reading::Plain, Then::GoOn);
                }
                (Reading::Plain, self.enter(pairs_of))
            }
            Stage::Leading(left) => {
                self.stage =
                    if left > 1 { Stage::Leading(left - 1) } else { Stage::Between(pairs_of(self.slice)) };
                (Reading::Plain, Then::GoOn)
            }
            Stage::Pausing(reads, left) => {
                self.stage = if reads > 1 { Stage::Pausing(reads - 1, left) } else { Stage::Between(left) };
                (Reading::Plain, Then::GoOn)
            }
            Stage::Between(left) => {
                self.stage = Stage::Within(left);
                (Reading::Start(self.slice), Then::GoOn)
            }
            Stage::Within(left) => {
                let slice = self.slice;
                let then = if left > 1 {
                    self.stage = match self.pattern.gap_reads {
                        0 => Stage::Between(left - 1),
                        reads => Stage::Pausing(reads, left - 1),
                    };
                    Then::GoOn
                } else if self.pattern.trail_reads > 0 {
                    self.stage = Stage::Trailing(self.pattern.trail_reads);
                    Then::GoOn
                } else {
                    self.complete(pairs_of)
                };
                (Reading::End(slice), then)
            }
            Stage::Trailing(left) if left > 1 => {
                self.stage = Stage::Trailing(left - 1);
                (Reading::Plain, Then::GoOn)
            }
            Stage::Trailing(_) => (Reading::Plain, self.complete(pairs_of)),
        }
    }

    fn begin(&mut self, pairs_of: impl Fn(u32) -> u32) -> Then {
        if self.pattern.skip_reads > 0 {
            self.stage = Stage::Skipping(self.pattern.skip_reads);
            return Then::GoOn;
        }
        self.enter(pairs_of)
    }

    /// Before the first slice.
    fn enter(&mut self, pairs_of: impl Fn(u32) -> u32) -> Then {
        if self.pattern.slice_count == 0 {
            self.stage = Stage::Over;
            return Then::GoOn;
        }
        self.next_slice(pairs_of);
        if self.pattern.solo_count == 0 { Then::Arrive(None) } else { Then::GoOn }
    }

    fn next_slice(&mut self, pairs_of: impl Fn(u32) -> u32) {
        self.stage = match self.pattern.lead_reads {
            0 => Stage::Between(pairs_of(self.slice)),
            reads => Stage::Leading(reads),
        };
    }

    fn complete(&mut self, pairs_of: impl Fn(u32) -> u32) -> Then {
        let done = self.slice;
        self.slice += 1;
        if self.slice >= self.pattern.slice_count {
            self.stage = Stage::Over;
            return Then::Finish(done);
        }
        self.next_slice(pairs_of);
        match self.slice {
            next if next < self.pattern.solo_count => Then::Keep(done),
            next if next == self.pattern.solo_count => Then::Arrive(Some(done)),
            _ => Then::Pass(done),
        }
    }
}

#[cfg(test)]
mod tests;
