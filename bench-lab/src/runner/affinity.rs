//! Which CPUs a thread may run on: reading it, setting it, and keeping the runner off the bench CPUs.
//!
//! It sets affinities of the runner and its children only, never of a foreign process.

use std::fs;
use std::io;
use std::sync::OnceLock;

use rustix::process::Pid;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// What the runner was allowed before [`keep_off`] narrowed it; a child that is not pinned gets this back.
static ORIGINAL: OnceLock<Vec<u32>> = OnceLock::new();

/// Where the runner itself runs while benches have their CPUs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Housekeeping {
    /// On these CPUs, none of which is a bench CPU.
    Apart(Vec<u32>),
    /// Every allowed CPU is a bench CPU, so the runner shares them and disturbs the benches a little.
    Shared,
}

/// Moves all threads of the runner, and those it starts later, off the bench CPUs: to `wanted` as far as it is off
/// them, else to all others. Call it once, before the first launch; a second call starts again from what was allowed at
/// first.
///
/// # Errors
/// The kernel's refusal to read or set an affinity.
pub fn keep_off(bench_cpus: &[u32], wanted: Option<&[u32]>) -> io::Result<Housekeeping> {
    let original = match ORIGINAL.get() {
        Some(original) => original.clone(),
        None => {
            let allowed = allowed(None)?;
            ORIGINAL.get_or_init(|| allowed).clone()
        }
    };
    let apart =
        |cpus: &[u32]| -> Vec<u32> { cpus.iter().copied().filter(|cpu| !bench_cpus.contains(cpu)).collect() };
    let wanted = wanted.map(apart).filter(|cpus| !cpus.is_empty());
    let rest = wanted.unwrap_or_else(|| apart(&original));
    let (target, outcome) = match rest.as_slice() {
        [] => (&original, Housekeeping::Shared),
        _ => (&rest, Housekeeping::Apart(rest.clone())),
    };
    for thread in fs::read_dir("/proc/self/task")? {
        let id = thread?.file_name().to_string_lossy().parse().ok().and_then(Pid::from_raw);
        match set(id, target) {
            // A thread that ended since the directory was read needs no CPU.
            Err(error) if error.raw_os_error() == Some(libc::ESRCH) => {}
            result => result?,
        }
    }
    Ok(outcome)
}

/// What the runner was allowed before it kept off the bench CPUs; nothing when it never did.
pub(super) fn original() -> Option<&'static [u32]> {
    ORIGINAL.get().map(Vec::as_slice)
}

/// The CPUs a thread may run on, in ascending order; the calling thread's for `None`.
///
/// # Errors
/// The kernel's, `ESRCH` when there is no such thread.
pub fn allowed(thread: Option<Pid>) -> io::Result<Vec<u32>> {
    let set = sched_getaffinity(thread)?;
    Ok((0..CpuSet::MAX_CPU)
        .filter(|cpu| set.is_set(*cpu))
        .filter_map(|cpu| u32::try_from(cpu).ok())
        .collect())
}

/// Allows a thread these CPUs only. The kernel takes away those that the cpuset forbids without saying so: read
/// back what was reached.
///
/// # Errors
/// `EINVAL` when none of them is allowed here, or one is beyond the 1024 that a mask holds.
pub(crate) fn set(thread: Option<Pid>, cpus: &[u32]) -> io::Result<()> {
    let mut set = CpuSet::new();
    for cpu in cpus {
        let index = usize::try_from(*cpu).unwrap_or(usize::MAX);
        if index >= CpuSet::MAX_CPU {
            return Err(io::Error::from_raw_os_error(libc::EINVAL));
        }
        set.set(index);
    }
    Ok(sched_setaffinity(thread, &set)?)
}
