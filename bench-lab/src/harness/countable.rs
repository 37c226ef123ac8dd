//! What a harness must know so that its work can be counted: how to order a number of iterations that no clock decides,
//! and how many were done.
//!
//! It starts nothing: the processes are run by `duel`, in a simulator.

use super::Request;
use super::duelist::{Trial, Unfit};
use crate::runner::command::{Captured, CommandSpec};

/// A harness that can be told how many iterations to do.
pub trait Countable: Sync {
    /// A process of about `multiple` times `iterations` iterations; three of them, for 1, 2 and 3, do unlike numbers.
    ///
    /// # Errors
    /// [`Unfit`] when its code does not allow it.
    fn order(&self, trial: &Trial<'_>, iterations: u64, multiple: u64) -> Result<Order, Unfit>;

    /// How many iterations such a process did, those that are the same in every process left out.
    ///
    /// # Errors
    /// [`Unfit`] when it does not say.
    fn done(&self, request: &Request<'_>, captured: &Captured) -> Result<u64, Unfit>;
}

/// A process that is to be counted.
#[derive(Clone, Debug)]
pub struct Order {
    /// What to start it with.
    pub spec: CommandSpec,
    /// What each clock read of its warm-up adds to the time that it is told, in nanoseconds; 0 leaves it the clock.
    pub warm_up_step_ns: u64,
}
