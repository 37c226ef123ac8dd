//! Entry to the kernel and exit from it: a call that does next to nothing between the two.
//!
//! It is a real call: the kernel answers it, and not the page that it maps into every process (vdso(7)).

use rustix::process::getppid;

use super::{Kernel, Work};

pub(super) const KERNEL: Kernel = Kernel {
    id: "syscall_v1",
    unit: "one getppid(2)",
    usual_units: 4_000,
    usual_result: 4_000,
    expected: |units| units,
    prime: |_| Ok(prime()),
};

/// Counts the answers that are the first one again.
fn prime() -> Work {
    let parent = getppid();
    Box::new(move |units| Ok((0..units).filter(|_| getppid() == parent).count() as u64))
}
