//! The duel: both sides of a comparison alive at once on one CPU, in turns of about a millisecond.
//!
//! It measures and never judges: what a difference means is for `lab_core::compare`. Every bench process is started by
//! the spawner.
//!
//! Use: [`Contest::prepare`] once per benchmark, [`Contest::launch`] as often as the caller decides, and
//! [`Contest::calibration`] kept, so that [`Contest::resume`] goes on with equal work.

mod bout;
mod calibrate;
mod callgrind;
mod contender;
mod contest;
mod library;
mod obstacle;
mod pilot;
mod processes;
mod result;
mod ring;
mod rounds;
mod shared;
mod side;
mod sitting;
mod survey;
mod terms;

pub use crate::runner::context::Stopped;
pub use callgrind::{Callgrind, NotInstalled};
pub use contender::{Contender, Context, Execute, Pair, Settings};
pub use contest::{Contest, Refusal};
pub use sitting::{Done, Sitting, Through};
pub use terms::UnreadTerms;
