//! Running bench processes: what to start, in which order, and what came back.
//!
//! Only [`spawn`](self) starts a bench process, and nothing here prints.

pub mod command;
