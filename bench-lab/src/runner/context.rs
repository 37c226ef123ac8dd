//! What every stage of the runner needs: a way to start processes, someone to tell, and a way to be stopped.
//!
//! The way to start processes is a function, so that the loop can be tested without starting any.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use lab_core::model::Aslr;

use super::command::CommandSpec;
use super::event::Observer;
use super::own_copy::OwnCopy;
use super::spawn::{Completed, Finished, Launch, Metering, SpawnError, THIS_PROGRAM};
use crate::workspace::BenchTarget;

/// The runner's surroundings.
pub struct Context<'a> {
    /// Starts one process and waits for it.
    pub execute: &'a mut dyn FnMut(&Launch<'_>) -> Result<Finished, SpawnError>,
    /// Is told what happens.
    pub observer: &'a mut dyn Observer,
    /// Raised by Ctrl-C.
    pub stop: &'a AtomicBool,
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
    pub metering: Metering,
}

impl Seat {
    /// For processes whose speed does not matter: anywhere, unobserved.
    pub fn unmeasured(limit: Duration) -> Self {
        Self { cpus: Vec::new(), aslr: Aslr::Random, padding_bytes: 0, limit, metering: Metering::Off }
    }
}

impl Context<'_> {
    /// Runs one process of a target; one that is measured from a copy of its executable, in memory of its own.
    ///
    /// # Errors
    /// Outer: the person stopped it. Inner: the process could not be started.
    pub fn run(
        &mut self,
        seat: &Seat,
        target: &BenchTarget,
        spec: &CommandSpec,
    ) -> Result<Result<Completed, SpawnError>, Stopped> {
        let copy =
            (seat.metering == Metering::On).then(|| OwnCopy::make(&target.executable, seat.padding_bytes));
        let (image, warning) = copy.map_or((None, None), |copy| match copy {
            Ok(copy) => (Some(copy), None),
            Err(warning) => (None, Some(warning)),
        });
        let launch = Launch {
            launcher: THIS_PROGRAM.as_ref(),
            executable: &target.executable,
            image: image.as_ref().map(OwnCopy::path),
            directory: &target.package_root,
            spec,
            environment: &target.environment,
            cpus: &seat.cpus,
            aslr: seat.aslr,
            padding_bytes: seat.padding_bytes,
            limit: seat.limit,
            metering: seat.metering,
            stop: self.stop,
        };
        match (self.execute)(&launch) {
            Ok(Finished::Completed(mut completed)) => {
                completed.warnings.extend(warning);
                Ok(Ok(*completed))
            }
            Ok(Finished::Interrupted) => Err(Stopped),
            Err(error) => Ok(Err(error)),
        }
    }
}
