//! bench-lab beside other tools: the same workloads, the same plants, one session, one table.
//!
//! It is a workspace of its own. It must never make a number up: a tool that is missing or fails is named as such.

pub mod effect;
pub mod error;
pub mod journal;
pub mod lab;
pub mod measure;
pub mod process;
pub mod progress;
pub mod record;
pub mod schedule;
pub mod session;
pub mod side;
pub mod stage;
pub mod table;
pub mod tool;
pub mod welch;
