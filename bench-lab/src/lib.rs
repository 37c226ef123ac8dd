//! bench-lab's hands: it builds workspaces, starts bench processes, reads the host, and stores Runs.
//!
//! It decides nothing that `lab-core` can decide, and it knows no bundled system by name.

#![cfg_attr(
    not(measure),
    allow(dead_code, reason = "modules that read have parts that only measuring asks for")
)]

pub mod baseline;
pub mod cli;
pub mod revisions;
pub mod store;
pub mod workspace;

// Measuring is for Linux alone; the rest reads what was measured, on any system. `build.rs` says which program this is.
cfg_if::cfg_if! {
    if #[cfg(measure)] {
        pub mod bisect;
        pub mod bundle;
        pub mod canary;
        pub mod duel;
        pub mod exercise;
        pub mod harness;
        pub mod host;
        pub mod matches;
        pub mod meter;
        pub mod profile;
        pub mod progress;
        pub mod runner;
    }
}
