//! What the canaries say about the machine: within a Run, and between two.
//!
//! A canary is no benchmark: it judges the ground that benchmarks stand on, and never their code.

mod catalogue;
mod drift;
#[cfg(test)]
pub(crate) mod sample;
mod series;
mod steadiness;

pub use catalogue::{CANARIES, Canary, Resource, canary};
pub use drift::{CanaryDrift, DRIFT_LEVEL, Envelope, KernelDrift, LeftOut, drift, drift_between};
pub use series::figures;
pub use steadiness::{
    DRIFT_ALPHA, DRIFT_LOG_RATIO_MIN, KernelFigure, KernelSteadiness, NOISE_SHARE_MAX, Steadiness, Trend,
    Verdict,
};
