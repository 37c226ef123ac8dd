//! bench-lab's hands: it builds workspaces, starts bench processes, reads the host, and stores Runs.
//!
//! It decides nothing that `lab-core` can decide, and it knows no bundled system by name.

pub mod baseline;
pub mod bisect;
pub mod bundle;
pub mod canary;
pub mod cli;
pub mod duel;
pub mod exercise;
pub mod harness;
pub mod host;
pub mod matches;
pub mod meter;
pub mod profile;
pub mod progress;
pub mod revisions;
pub mod runner;
pub mod store;
pub mod workspace;
