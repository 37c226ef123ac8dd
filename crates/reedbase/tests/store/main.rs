//! ReedBase from outside: against a model, against crashes, kills, damage and bad input.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bytes;
mod crash;
mod damage;
mod deltas;
mod format;
mod kill;
mod merges;
mod model;
mod outside;
mod queries;
mod sharing;
mod versions;
