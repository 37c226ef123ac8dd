//! Two unmodified bench processes that take turns on one CPU: the protocol, the memory they share, and the library
//! that is preloaded into both.
//!
//! It knows no harness and no runner. Compiled as a crate it is pure but for the layout of the shared memory;
//! compiled with `--cfg turnstile_preload` by `rustc` alone it is the preload library, which must never allocate,
//! panic or print in a process that is not its own.

#![cfg_attr(not(test), no_std)]

pub mod listener;
pub mod mapping;
#[cfg(turnstile_preload)]
#[expect(
    unsafe_code,
    reason = "it stands between a program and its C library: foreign functions, shared memory, raw places"
)]
mod preload;
pub mod turn;

/// Where the source of the preload library starts, for the one who compiles it.
pub const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs");

/// Variable with the path of the shared mapping; the library takes it out of the environment.
pub const MAPPING_VARIABLE: &str = "BENCH_LAB_TURNSTILE";

/// Variable with the side of the process, `0` or `1`; the library takes it out of the environment.
pub const SIDE_VARIABLE: &str = "BENCH_LAB_TURNSTILE_SIDE";
