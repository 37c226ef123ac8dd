//! The decisions of bench-lab: what a Run is, in which order it is measured, what a measurement is worth.
//!
//! Nothing here touches a file, a process, a clock, the environment or a terminal; `clippy.toml` enforces it.

pub mod across;
pub mod agenda;
pub mod budget;
pub mod canary;
pub mod compare;
pub mod counting;
pub mod cpulist;
pub mod cpuset;
pub mod day;
pub mod doctor;
pub mod filter;
pub mod format;
pub mod gate;
pub mod hex;
pub mod history;
pub mod lot;
pub mod machine;
pub mod machine_name;
pub mod mistake;
pub mod model;
pub mod nearest;
pub mod placement;
pub mod policy;
pub mod power;
pub mod primary;
pub mod profile;
pub mod report;
pub mod schedule;
pub mod slicing;
pub mod taint;
mod toml_text;
mod toml_tree;
pub mod topology;
pub mod trial;
pub mod validation;
