//! The machine: what it is, which CPUs to measure on, and who may measure now.
//!
//! Everything is read through an injectable root, so that no rule needs the real machine to be tested.

pub mod apply;
pub mod cgroup;
pub mod cpuset;
pub mod doctor;
pub mod guard;
pub mod interrupts;
pub mod invoker;
pub mod journal;
pub mod knob;
pub mod lock;
pub mod owner;
pub mod probe;
pub mod process;
pub mod rehearsal;
pub mod restore;
pub mod revision;
pub mod search_path;
pub mod session;
pub mod status;
pub mod sysfs;
pub mod topology;
pub mod trial;

pub use lab_core::cpulist;
