//! What every stage of the runner needs: a way to start processes, someone to tell, and a way to be stopped.
//!
//! The way to start processes is a function, so that the loop can be tested without starting any.

use std::time::Duration;

use lab_core::model::Aslr;

use super::command::CommandSpec;
use super::event::Observer;
use super::spawn::{Finished, Launch, Meters, SpawnError};
use crate::workspace::BenchTarget;

/// The runner's surroundings.
pub struct Context<'a> {
    /// Starts one process and waits for it.
    pub execute: &'a mut dyn FnMut(&Launch) -> Result<Finished, SpawnError>,
    /// Is told what happens.
    pub observer: &'a mut dyn Observer,
}

/// The person or the system asked to stop; nothing that was finished is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

/// Where and how one process runs.
#[derive(Clone, Debug)]
pub struct Seat {
    /// CPUs to allow; empty for all.
    pub cpus: Vec<u32>,
    /// Layout.
    pub aslr: Aslr,
    /// Environment padding.
    pub padding_bytes: u32,
    /// Killed when it lives longer.
    pub limit: Duration,
    /// Whether the host is observed meanwhile.
    pub meters: Meters,
}

impl Seat {
    /// For processes whose speed does not matter: anywhere, unobserved.
    pub fn unmeasured(limit: Duration) -> Self {
        Self { cpus: Vec::new(), aslr: Aslr::Random, padding_bytes: 0, limit, meters: Meters::Off }
    }

    /// The launch of a target's executable in this seat.
    pub fn launch(&self, target: &BenchTarget, spec: CommandSpec) -> Launch {
        Launch {
            executable: target.executable.clone(),
            directory: target.package_root.clone(),
            spec,
            environment: target.environment.clone(),
            cpus: self.cpus.clone(),
            aslr: self.aslr,
            padding_bytes: self.padding_bytes,
            limit: self.limit,
            meters: self.meters,
        }
    }
}
