//! Whether the way is clear for a session that sets the host for its own sake, and not for a Run.
//!
//! It puts back what a dead session left, as every start does, and it touches nothing that is meant to stay.

use super::{KernelFiles, Place, PlaceError, Recovery, RecoveryError, recover};

/// Why it is not.
#[derive(Debug, thiserror::Error)]
pub enum WayError {
    /// No journal can be kept.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// What an earlier session left is in the way.
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
    /// Settings that are to stay are in force.
    #[error("the host is tuned by hand since {since} ({command}), so a session would set nothing")]
    Kept {
        /// Since when.
        since: String,
        /// By what.
        command: String,
    },
}

/// Clears it; gives how many files of an earlier session were put back.
///
/// # Errors
/// [`WayError`].
pub fn clear(place: &Place) -> Result<usize, WayError> {
    let _lock = place.lock()?;
    match recover(&KernelFiles, place)? {
        Recovery::Kept(header) => {
            Err(WayError::Kept { since: header.since.clone(), command: header.command.clone() })
        }
        Recovery::Replayed(restoration) => Ok(restoration.files.len()),
        Recovery::Nothing | Recovery::OtherBoot(_) => Ok(0),
    }
}
