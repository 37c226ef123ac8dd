//! How a session of measuring ends: the host put back, the Run sealed, shown and judged, the exit code chosen.
//!
//! What was measured is safe before any of it; it shows what the store has, never what is in memory.

use lab_core::report::view::RunView;
use lab_core::report::{json, text};

use super::error::CommandError;
use super::exit::ExitCode;
use super::judgement::{Judgement, Ruling};
use super::lab::{self, Lab};
use super::pinned::Pinned;
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
    /// What it is judged by.
    pub(super) judgement: &'a Judgement,
}

impl Lab {
    /// Seals what is whole, shows the Run, judges it, and chooses the exit code.
    pub(super) fn finish(&mut self, left: Left<'_>, display: Display) -> Result<ExitCode, CommandError> {
        let Left { store, mut open, ending, pinned, judgement } = left;
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
        let view = judgement.view(&run);
        // Half a Run is not judged: what is missing would look like a change.
        let verdict = if is_stopped { None } else { Some(judgement.judge(&view)) };
        match display {
            Display::Json => output::json(&result(&view, verdict.as_ref()))?,
            Display::Quiet | Display::Warnings if is_stopped => {
                output::note(&format!("stopped; bench-lab run --resume {id} goes on"));
            }
            Display::Quiet | Display::Warnings => tell(verdict.as_ref())?,
            Display::Auto => {
                output::text(&text::render(&view, output::width()))?;
                output::note(&format!("kept in {}", store.path().join("runs").join(&id).display()));
                tell(verdict.as_ref())?;
            }
        }
        let judged = verdict.transpose()?.map_or(ExitCode::Fine, |verdict| verdict.exit_code());
        let has_broken_target =
            view.skipped.iter().any(|target| target.skip.as_ref().is_some_and(lab::is_failure));
        Ok(match (is_stopped, judged, view.failed_count() > 0 || has_broken_target) {
            (true, ..) => ExitCode::Interrupted,
            // A regression is news even where another benchmark failed.
            (false, ExitCode::Gate, _) => ExitCode::Gate,
            (false, _, true) => ExitCode::BenchmarkFailed,
            (false, judged, false) => judged,
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

/// Shows a verdict, if there is one.
fn tell(verdict: Option<&Result<Ruling, CommandError>>) -> Result<(), CommandError> {
    match verdict {
        Some(Ok(verdict)) => output::text(&verdict.text()),
        Some(Err(_)) | None => Ok(()),
    }
}

fn result(view: &RunView<'_>, verdict: Option<&Result<Ruling, CommandError>>) -> serde_json::Value {
    let mut event = serde_json::json!({"event": "result", "result": json::render(view)});
    if let Some(Ok(verdict)) = verdict {
        let (comparison, gate) = verdict.json();
        event["comparison"] = comparison;
        event["gate"] = gate;
    }
    event
}
