//! Prebuilt benches: a manifest, the executables that it names, and the few files of their workspace that a Run reads.
//!
//! A bundle is opened without cargo, and nothing of it is trusted before its digest is what the manifest says.

mod error;
mod manifest;
mod named;
mod open;
mod pack;
mod part;

pub use error::BundleError;
pub use open::{Bundle, open};
pub use pack::{Packed, pack, rehash};

/// Name of the manifest in a bundle that `bench-lab manifest` makes.
pub const MANIFEST_FILE: &str = "manifest.json";

/// The environment variable that names a manifest.
pub const MANIFEST_VARIABLE: &str = "BENCH_LAB_MANIFEST";
