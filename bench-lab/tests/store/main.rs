//! The store against real files: what is acknowledged stays, whatever happens to the process or the disk.
//!
//! Tests never sleep for a result; processes are killed after what they said, not after a time.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod child;
mod crash;
mod documented;
mod refusal;
mod runs;
mod sample;
