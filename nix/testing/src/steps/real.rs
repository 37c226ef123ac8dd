//! Evaluation with crane, rust-overlay and nixpkgs' `lib` as they are published. Nothing is built by them here.

use super::{evaluation, refusals};
use crate::stage::Stage;

pub(super) fn every_output_evaluates(stage: &Stage) {
    evaluation::every_output_evaluates(stage);
    evaluation::check_evaluates(stage);
}

pub(super) fn errors_are_readable(stage: &Stage) {
    let toolchain = |from: &str, to: &str| {
        refusals::refusal(stage, "rust-toolchain.toml", from, to, "packages.x86_64-linux.bench-bins.drvPath")
    };
    let complaint = toolchain(&refusals::channel(), "1.95.7");
    assert!(complaint.contains("1.95.7 is not available"), "{complaint}");
    let complaint = toolchain("\"clippy\"", "\"clipy\"");
    assert!(complaint.contains("clipy"), "{complaint}");
    refusals::misspelt_option(stage);
    refusals::cpu_lists(stage);
}
