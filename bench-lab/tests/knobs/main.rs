//! The knobs on fake and real machines: what each declares, and what none may ever declare.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that goes wrong")]

mod declared;
mod live;
mod machines;
mod properties;
mod traps;
mod tree;
mod wishes;
