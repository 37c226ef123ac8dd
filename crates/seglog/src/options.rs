//! What a caller may choose about a log.
//!
//! It must never hold a choice that changes what a returned commit promises.

/// How a log is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Size of a segment file, header included. A batch that is larger gets a segment of its own.
    pub segment_bytes: u64,
    /// Who else may have the log open.
    pub sharing: Sharing,
}

/// Who else may have the log open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// Nobody: the log holds a lock as long as it is open, and a thread makes the next segment ready ahead
    /// of its need.
    Alone,
    /// Other processes. Their writers take a lock of the caller's own around opening, [`Log::refresh`],
    /// appending and committing, and truncating; readers need none. Segments are made when they are needed.
    ///
    /// [`Log::refresh`]: crate::Log::refresh
    Coordinated,
}

impl Default for Options {
    /// 64 MiB, alone.
    fn default() -> Self {
        Self { segment_bytes: 64 << 20, sharing: Sharing::Alone }
    }
}
