//! Running bench processes: what to start, in which order, and what came back.
//!
//! Only [`spawn`] starts a bench process, and nothing here prints.

pub mod affinity;
mod capture;
pub mod command;
mod conversation;
pub mod environment;
mod gate;
mod handshake;
pub mod launch;
mod leash;
pub mod spawn;
mod spawn_error;
pub mod watch;
