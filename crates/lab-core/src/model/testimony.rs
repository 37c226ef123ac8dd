//! What was counted of a benchmark beside its time: instructions of one iteration, on both sides.
//!
//! It holds counts; what they mean beside a verdict is decided by `compare`.

/// Name of the source that runs a benchmark in valgrind's simulator.
pub const CALLGRIND: &str = "callgrind";

/// Where a second witness beside time is taken from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WitnessSource {
    /// The processor's counters, where the host has any.
    #[default]
    Auto,
    /// Those, and instructions counted by callgrind, which needs none.
    Callgrind,
    /// No witness is asked: instructions are left out of the verdicts.
    None,
}

/// What one source says of both sides of a benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct Testimony {
    /// Who counted: [`CALLGRIND`].
    pub source: String,
    /// Baseline's and candidate's counts, or why there are none: the second half of a sentence about the benchmark.
    pub counted: Result<[Counted; 2], String>,
}

/// Instructions of one iteration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counted {
    /// Instructions of an iteration with its set-up, those of the harness between iterations included.
    pub instructions: f64,
    /// How far two counts of it lay apart, as a share of it: hash seeds and addresses change what is executed.
    pub spread: f64,
}

impl WitnessSource {
    /// Every source.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Callgrind, Self::None];

    /// Stored name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Callgrind => CALLGRIND,
            Self::None => "none",
        }
    }
}

impl Testimony {
    /// ln(candidate / baseline) and how sure it is: half of what the counts of each side lay apart, added up.
    pub fn log_ratio(&self) -> Option<(f64, f64)> {
        let [baseline, candidate] = self.counted.as_ref().ok()?;
        let log = (candidate.instructions / baseline.instructions).ln();
        log.is_finite().then_some((log, (baseline.spread + candidate.spread) / 2.0))
    }
}
