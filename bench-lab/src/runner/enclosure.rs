//! Where a measured process is put before it is pinned: a group that keeps others off its CPUs.
//!
//! The runner asks for it and moves nothing itself, since it may have no right to.

/// A group that somebody made for the benchmarks.
pub trait Enclosure {
    /// Whether a process that is to run on these CPUs belongs there.
    fn holds(&self, cpus: &[u32]) -> bool;

    /// Moves a child of this process in.
    ///
    /// # Errors
    /// Why it stays where it is.
    fn admit(&mut self, pid: u32) -> Result<(), String>;
}
