//! What many stored Runs say together: a benchmark's course over commits, its steps, its creep, its drift.
//!
//! A step found here is a suspect and never an alarm; `bench-lab bisect` measures it again.

mod accepted;
mod digest;
mod moment;
mod order;
mod settings;
mod step;
mod timeline;
mod trend;

pub use accepted::{ACCEPTED_FILE, Accepted, AcceptedStep, read_accepted, with_step, without_step};
pub use digest::{DigestValue, RunDigest};
pub use moment::{CommitNote, Moment, Source};
pub use order::{LeftOut, Line, LineCommit, Order, Ordering, Uncommitted, put_in_order};
pub use settings::{SettingChange, changed_settings, decisive_settings};
pub use step::{Level, Step, StepRange};
pub use timeline::{Timeline, TimelinePoint};
pub use trend::{Creep, Drift, Stretch, Trend, TrendRules};
