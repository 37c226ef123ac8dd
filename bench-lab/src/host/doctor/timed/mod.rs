//! The probes that take seconds: watching the host at rest, spinning on the bench CPU, measuring its clock.
//!
//! They load the bench CPUs and nothing else, and change no setting.

mod clock;
mod idle;
mod jitter;
mod snapshot;
mod window;

use std::thread;
use std::time::{Duration, Instant};

use lab_core::cpulist::CpuList;
use lab_core::doctor::Gaps;

use crate::host::sysfs::{Absence, SysRoot};

pub(in crate::host) use jitter::probe as watch_gaps;
pub use snapshot::Snapshot;
pub(super) use snapshot::running_count;
pub(super) use window::Window;

/// What the probes saw.
#[derive(Clone, Debug)]
pub struct Timed {
    /// The host before anything was done.
    pub first: Snapshot,
    /// After it was watched at rest.
    pub rested: Snapshot,
    /// After the bench CPU spun.
    pub spun: Snapshot,
    /// When the spinning thread was away.
    pub gaps: Result<Gaps, Absence>,
    /// The clock of each bench CPU in GHz, one figure per spin.
    pub clocks: Result<Vec<(u32, Vec<f64>)>, Absence>,
}

/// What is about to be done, for whoever waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Watching.
    Rest(Duration),
    /// Spinning on this CPU.
    Spin(u32, Duration),
    /// Measuring clocks.
    Clock,
}

/// Long enough for one tick of steal or of a program's CPU time to be less than 1 %.
const REST: Duration = Duration::from_secs(2);

/// Long enough to see what happens once a second three times.
const SPIN: Duration = Duration::from_secs(3);

impl Timed {
    /// Runs the probes; takes about six seconds. `bench` is the CPU of single-threaded benchmarks, `all` every bench
    /// CPU.
    pub fn take(root: &SysRoot, bench: u32, all: &CpuList, mut tell: impl FnMut(Stage)) -> Self {
        let begin = Instant::now();
        let look = || Snapshot::take(root, begin.elapsed());
        let first = look();
        tell(Stage::Rest(REST));
        thread::sleep(REST);
        let rested = look();
        tell(Stage::Spin(bench, SPIN));
        let gaps = jitter::probe(bench, SPIN);
        let spun = look();
        tell(Stage::Clock);
        Self { first, rested, spun, gaps, clocks: clock::measure(all) }
    }
}
