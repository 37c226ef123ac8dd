//! Setting the host and putting it back: the engine over a kernel in memory, and the real program killed for real.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that goes wrong")]

mod engine;
mod fake;
mod fake_groups;
mod groups;
mod kill;
mod measure;
mod namespace;
mod process;
mod real_groups;
mod rehearsal;
mod rights;
mod run;
mod tree;
mod unit;
