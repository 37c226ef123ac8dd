//! What a guard has set, from the first write to the last restore.
//!
//! It cannot be lost: whichever way it goes, everything is put back, unless it is to be kept.

use lab_core::model::Warning;

use super::told;
use crate::host::apply::Applied;
use crate::host::cpuset::Group;
use crate::host::journal::Line;
use crate::host::restore::Restoration;
use crate::host::session::{KernelFiles, Note, Place, Recorder, Recovery, TuningLock, put_back};

/// What is in force, and is put back whichever way this value goes.
pub(super) struct Tuned<'a> {
    pub(super) place: &'a Place,
    pub(super) applied: Applied,
    pub(super) recorder: Recorder,
    /// For benchmarks; absent until it is asked for, and where there can be none.
    pub(super) group: Option<Group>,
    pub(super) is_over: bool,
    /// Held until everything is back; absent when nothing can have been written.
    pub(super) _lock: Option<TuningLock>,
}

impl Tuned<'_> {
    /// Makes the settings outlive this process, as far as any has to be put back.
    pub(super) fn keep(&mut self) -> bool {
        let is_kept = match &self.recorder {
            Recorder::Open(_) => self.recorder.note(&KernelFiles, &Line::Kept {}),
            Recorder::Ready { .. } | Recorder::Never(_) => true,
        };
        self.is_over = is_kept;
        is_kept
    }

    /// Puts everything back; gives what a reader must know.
    pub(super) fn finish(mut self) -> (Vec<Note>, Option<Restoration>) {
        let mut warnings = self.applied.lost(&KernelFiles, &self.place.root);
        warnings.extend(self.group.iter().flat_map(|group| group.lost(&KernelFiles, &self.place.root)));
        let restoration = self.restore(&mut warnings);
        (warnings.iter().map(Note::from).collect(), restoration)
    }

    fn restore(&mut self, warnings: &mut Vec<Warning>) -> Option<Restoration> {
        self.is_over = true;
        self.applied.held.clear();
        if !matches!(self.recorder, Recorder::Open(_)) {
            return None;
        }
        match put_back(&KernelFiles, self.place) {
            Ok(recovery) => {
                warnings
                    .extend(told(&recovery).into_iter().filter(|warning| warning.kind != "tuning_recovered"));
                match recovery {
                    Recovery::Replayed(restoration) => Some(restoration),
                    _ => None,
                }
            }
            Err(error) => {
                warnings.push(Warning::new("tuning_not_restored", "", error.to_string()));
                None
            }
        }
    }
}

impl Drop for Tuned<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            self.restore(&mut Vec::new());
        }
    }
}
