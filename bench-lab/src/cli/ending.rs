//! How a session of measuring ends: the host put back, the Run sealed and shown, the exit code chosen.
//!
//! It shows what the store has, never what is in memory.

use lab_core::report::view::RunView;
use lab_core::report::{json, text};

use super::error::CommandError;
use super::exit::ExitCode;
use super::lab::{self, Lab};
use super::pinned::Pinned;
use super::run::Arguments;
use super::{output, store_error};
use crate::progress::Display;
use crate::runner::measure::Ending;
use crate::store::{OpenRun, Store};

/// What a session leaves behind.
pub(super) struct Left<'a> {
    /// Where the Run is kept.
    pub(super) store: &'a Store,
    /// The Run.
    pub(super) open: OpenRun,
    /// How measuring ended.
    pub(super) ending: Ending,
    /// The definition it was measured under.
    pub(super) pinned: Option<&'a Pinned>,
}

impl Lab {
    /// Seals what is whole, shows the Run, and chooses the exit code.
    pub(super) fn finish(&mut self, left: Left<'_>, arguments: &Arguments) -> Result<ExitCode, CommandError> {
        let Left { store, mut open, ending, pinned } = left;
        self.put_back(&mut open)?;
        let id = open.id().to_owned();
        let is_stopped = ending == Ending::Stopped;
        if let Some(pinned) = pinned.filter(|_| !is_stopped) {
            self.hold_against(pinned, store, &mut open)?;
        }
        match ending {
            Ending::Stopped => drop(open),
            Ending::Done => drop(open.seal(None).map_err(store_error)?),
            Ending::BudgetSpent(why) => drop(open.seal(Some(why)).map_err(store_error)?),
        }
        self.ended();
        let run = store.load(&id).map_err(store_error)?.run;
        let view = RunView::new(&run);
        match arguments.display() {
            Display::Json => {
                output::json(&serde_json::json!({"event": "result", "result": json::render(&view)}))?;
            }
            Display::Quiet | Display::Warnings if is_stopped => {
                output::note(&format!("stopped; bench-lab run --resume {id} goes on"));
            }
            Display::Quiet | Display::Warnings => {}
            Display::Auto => {
                output::text(&text::render(&view, output::width()))?;
                output::note(&format!("kept in {}", store.path().join("runs").join(&id).display()));
            }
        }
        let has_broken_target =
            view.skipped.iter().any(|target| target.skip.as_ref().is_some_and(lab::is_failure));
        Ok(match (is_stopped, view.failed_count() > 0 || has_broken_target) {
            (true, _) => ExitCode::Interrupted,
            (false, true) => ExitCode::BenchmarkFailed,
            (false, false) => ExitCode::Fine,
        })
    }

    /// Tells the Run where its canaries are not what the machine's definition says.
    fn hold_against(
        &mut self,
        pinned: &Pinned,
        store: &Store,
        open: &mut OpenRun,
    ) -> Result<(), CommandError> {
        let run = store.load(open.id()).map_err(store_error)?.run;
        for warning in pinned.canary_warnings(&run) {
            self.warn(&warning);
            open.add_warning(&warning).map_err(store_error)?;
        }
        Ok(())
    }
}
