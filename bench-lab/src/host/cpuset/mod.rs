//! CPU sets: a control group of our own for the benchmarks, for the time of a session.
//!
//! Like a knob it is journalled before it is made and taken away at the end; unlike one it is a thing that was not
//! there before. It confines benchmarks, and never moves a process of anybody else.

mod group;
mod hierarchy;
mod name;
mod outlook;
mod stale;
mod undo;

pub use group::{Apart, Ground, Group, KNOB, WHY, make, set_apart};
pub use hierarchy::{Hierarchy, find};
pub use name::{GroupIntent, is_ours};
pub use outlook::{GroupStanding, Offer, Outlook, look};
pub(super) use undo::take_away;
