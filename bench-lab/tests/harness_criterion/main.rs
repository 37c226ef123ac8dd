//! The Criterion harness against recordings of real Criterion processes of every version it drives.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

mod dialogue;
mod fixture;
mod listing;
mod reading;
mod record;
mod unheard;
