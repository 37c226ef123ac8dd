//! The second-level cache: a chase of pointers in random order through more than the first level holds.
//!
//! Every load waits for the one before, and no prefetcher can guess the next.

use std::hint::black_box;
use std::path::Path;

use super::mix::mix;
use super::{Kernel, Work};

/// Lines of 64 bytes: 256 KiB, above the first level of every core (at most 192 KiB so far) and within the second of
/// nearly all.
const LINE_COUNT: usize = 4096;

pub(super) const KERNEL: Kernel = Kernel {
    id: "cache_v1",
    unit: "one load that waits for the load before",
    usual_units: 130_000,
    usual_result: 1489,
    expected,
    prime,
};

/// One cache line, of which only the way to the next is used.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line {
    next: u32,
}

fn prime(_: &Path) -> Result<Work, String> {
    let cycle = cycle();
    let mut lines = vec![Line { next: 0 }; LINE_COUNT];
    for (at, line) in cycle.iter().enumerate() {
        lines[*line as usize].next = cycle[(at + 1) % LINE_COUNT];
    }
    Ok(Box::new(move |units| Ok(chase(&lines, units))))
}

fn chase(lines: &[Line], units: u64) -> u64 {
    let lines = black_box(lines);
    let mut at = 0;
    for _ in 0..units {
        at = lines[at as usize].next;
    }
    u64::from(black_box(at))
}

/// Where the chase is after so many loads: the order it was made from says so.
fn expected(units: u64) -> u64 {
    let place = usize::try_from(units % LINE_COUNT as u64).unwrap_or(0);
    u64::from(cycle()[place])
}

/// All lines in random order, beginning with 0 (Fisher and Yates's shuffle of the others).
fn cycle() -> Vec<u32> {
    let mut order: Vec<u32> = (0..LINE_COUNT as u32).collect();
    for place in (2..LINE_COUNT).rev() {
        let other = 1 + mix(place as u64) as usize % place;
        order.swap(place, other);
    }
    order
}
