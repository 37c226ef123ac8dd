//! Running bench processes: what to start, in which order, and what came back.
//!
//! Only [`spawn`] starts a bench process, and nothing here prints.

pub mod affinity;
mod capture;
pub mod command;
pub mod context;
mod conversation;
pub mod enclosure;
pub mod environment;
pub mod event;
mod executable;
#[cfg(test)]
mod fake;
mod gate;
mod handshake;
pub mod launch;
mod leash;
mod listing;
pub mod measure;
pub mod own_copy;
pub mod pilot;
pub mod prepare;
pub mod remaining;
pub mod spawn;
mod spawn_error;
mod tally;
pub mod watch;
