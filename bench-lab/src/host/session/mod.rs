//! A tuning session: the guard that applies and puts back, and the parts it is made of.
//!
//! As long as its guard lives, the session itself writes no kernel file; and the guard outlives whatever kills the
//! session.

mod client;
mod files;
mod place;
mod protocol;
mod recorder;
mod recovery;
pub(super) mod shape;
mod unit;
mod way;

pub use client::{Program, Session, SessionEnd, SessionError};
pub use files::{Files, Held, KernelFiles};
pub use place::{FOLDER_VARIABLE, Place, PlaceError, ROOT_VARIABLE, TuningLock, is_lent};
pub use protocol::{Answer, GroupNote, LINE_BYTES_MAX, Note, Report, Request, Wanted};
pub use recorder::Recorder;
pub use recovery::{Recovery, RecoveryError, boot_id, put_back, recover};
pub use unit::{RECOVER, guard_in_unit};
pub use way::{WayError, clear};
