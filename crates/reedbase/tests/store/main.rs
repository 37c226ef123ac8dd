//! ReedBase from outside: against a model, against crashes, kills, damage and bad input.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod crash;
mod damage;
mod format;
mod kill;
mod model;
mod outside;
