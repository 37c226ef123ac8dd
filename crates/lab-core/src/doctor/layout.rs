//! Address layout: what every program gets, and what a child can ask for.
//!
//! It judges what a child really had after its start, not what it asked for.

use super::catalogue::Check;
use super::criterion::Criterion;
use super::finding::Finding;
use super::reading::Sourced;

/// Readings of the group.
#[derive(Clone, Debug)]
pub struct Layout {
    /// `kernel.randomize_va_space`.
    pub mode: Sourced<i64>,
    /// Whether a child that asked for a fixed layout still had it after its start; the inner text says why not.
    pub fixed: Sourced<Result<(), String>>,
}

pub(super) fn judge(readings: &Layout) -> Vec<Finding> {
    let mode = readings.mode.judge(Check::Aslr, |mode, finding| {
        let value = match mode {
            0 => "off for every process",
            1 => "random, but for the heap",
            _ => "random",
        };
        finding
            .value(value)
            .when(Criterion::LayoutFixed, *mode == 0)
            .when(Criterion::LayoutPartly, *mode == 1)
            .remedy(
                "sudo sysctl kernel.randomize_va_space=2",
                Some(format!("sudo sysctl kernel.randomize_va_space={mode}")),
            )
    });
    let fixed = readings.fixed.judge(Check::FixedLayout, |outcome, finding| match outcome {
        Ok(()) => finding.value("a child asked for it and kept it"),
        Err(why) => finding
            .value(why.clone())
            .when(Criterion::FixedLayoutLost, true)
            .remedy("a container needs a seccomp profile that allows personality(2)", None),
    });
    vec![mode, fixed]
}
