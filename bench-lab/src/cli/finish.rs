//! The end of a Run: it is sealed, shown, judged, and becomes an exit code.
//!
//! What was measured is safe before any of it.

use super::error::CommandError;
use super::exit::ExitCode;
use super::judgement::{Judgement, Ruling};
use super::lab::{Lab, is_failure};
use super::{output, store_error};
use crate::progress::Display;
use crate::runner::measure::Ending;
use crate::store::{OpenRun, Store};
use lab_core::report::view::RunView;
use lab_core::report::{json, text};

/// Seals what is whole, shows the Run, judges it, and chooses the exit code.
pub(super) fn finish(
    lab: &mut Lab,
    store: &Store,
    mut open: OpenRun,
    ending: Ending,
    (judgement, display): (&Judgement, Display),
) -> Result<ExitCode, CommandError> {
    lab.put_back(&mut open)?;
    let id = open.id().to_owned();
    let is_stopped = ending == Ending::Stopped;
    match ending {
        Ending::Stopped => drop(open),
        Ending::Done => drop(open.seal(None).map_err(store_error)?),
        Ending::BudgetSpent(why) => drop(open.seal(Some(why)).map_err(store_error)?),
    }
    lab.ended();
    let run = store.load(&id).map_err(store_error)?.run;
    let view = judgement.view(&run);
    // Half a Run is not judged: what is missing would look like a change.
    let verdict = if is_stopped { None } else { Some(judgement.judge(&view)) };
    match display {
        Display::Json => output::json(&result(&view, verdict.as_ref()))?,
        Display::Quiet | Display::Warnings if is_stopped => {
            output::note(&format!("stopped; bench-lab run --resume {id} goes on"));
        }
        Display::Quiet | Display::Warnings => {
            if let Some(Ok(verdict)) = &verdict {
                output::text(&verdict.text())?;
            }
        }
        Display::Auto => {
            output::text(&text::render(&view, output::width()))?;
            output::note(&format!("kept in {}", store.path().join("runs").join(&id).display()));
            if let Some(Ok(verdict)) = &verdict {
                output::text(&verdict.text())?;
            }
        }
    }
    let judged = verdict.transpose()?.map_or(ExitCode::Fine, |verdict| verdict.exit_code());
    let has_broken_target = view.skipped.iter().any(|target| target.skip.as_ref().is_some_and(is_failure));
    Ok(match (is_stopped, judged, view.failed_count() > 0 || has_broken_target) {
        (true, ..) => ExitCode::Interrupted,
        // A regression is news even where another benchmark failed.
        (false, ExitCode::Gate, _) => ExitCode::Gate,
        (false, _, true) => ExitCode::BenchmarkFailed,
        (false, judged, false) => judged,
    })
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
