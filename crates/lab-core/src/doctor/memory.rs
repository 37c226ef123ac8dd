//! Whether there is memory enough, and whether it moves to disk.
//!
//! How large the benchmarks are is not known here; it judges shares.

use super::catalogue::Check;
use super::criterion::Criterion;
use super::finding::Finding;
use super::reading::Sourced;
use crate::report::number;

/// Readings of the group.
#[derive(Clone, Debug)]
pub struct Memory {
    /// Memory that can be had without swapping.
    pub available_bytes: Sourced<u64>,
    /// Memory that there is: of the machine, or of the control group where that is less.
    pub total_bytes: u64,
    /// Swap in use; absent when the kernel does not say.
    pub swap_used_bytes: Option<u64>,
    /// Pages swapped in and out while the doctor looked.
    pub swapped_page_count: Sourced<u64>,
}

pub(super) fn judge(readings: &Memory) -> Vec<Finding> {
    let free = readings.available_bytes.judge(Check::MemoryFree, |available, finding| {
        let share = *available as f64 / readings.total_bytes.max(1) as f64;
        let swap = readings.swap_used_bytes.unwrap_or(0);
        let bytes = |count: u64| number::quantity(count as f64, "bytes");
        let swapped = if swap > 0 { format!(", {} in swap", bytes(swap)) } else { String::new() };
        let total = bytes(readings.total_bytes);
        let share_shown = number::percent(share);
        finding
            .value(format!("{} of {total} available ({share_shown}){swapped}", bytes(*available)))
            .when(Criterion::SwapUsed, swap > 0)
            .judged(Criterion::MemoryShort, share)
            .remedy(
                "end what holds memory; sudo swapoff -a brings swapped pages back",
                Some("sudo swapon -a".into()),
            )
    });
    let swapping = readings.swapped_page_count.judge(Check::Swapping, |pages, finding| {
        finding
            .value(format!("{pages} pages while watched"))
            .judged(Criterion::SwapMoving, *pages as f64)
            .remedy("end what holds memory", None)
    });
    vec![free, swapping]
}
