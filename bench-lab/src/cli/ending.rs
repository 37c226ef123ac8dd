//! How a session of measuring ends: the host put back, the Run sealed, shown and judged, the exit code chosen.
//!
//! What was measured is safe before any of it; it shows what the store has, never what is in memory.

use lab_core::report::compared::ComparedView;
use lab_core::report::place::Places;
use lab_core::report::view::RunView;
use lab_core::report::{json, text};

use super::error::CommandError;
use super::exit::ExitCode;
use super::format::{FormatArguments, Page, Text};
use super::judgement::{Judgement, Ruling};
use super::lab::{self, Lab};
use super::pinned::Pinned;
use super::show::of_run;
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
    /// In which forms the result is wanted.
    pub(super) formats: &'a FormatArguments,
}

impl Lab {
    /// Seals what is whole, shows the Run, judges it, and chooses the exit code.
    pub(super) fn finish(&mut self, left: Left<'_>, display: Display) -> Result<ExitCode, CommandError> {
        let Left { store, mut open, ending, pinned, judgement, formats } = left;
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
        let ruling = verdict.as_ref().and_then(|verdict| verdict.as_ref().ok());
        let view = match ruling.and_then(Ruling::comparison) {
            Some(comparison) => view.beside(comparison),
            None => view,
        };
        let compared = ruling.and_then(Ruling::view);
        let page = page(&view, ruling, compared.as_ref(), of_run(&run, formats));
        match display {
            Display::Json => {
                formats.write(&page)?;
                output::json(&result(&view, ruling))?;
            }
            Display::Quiet | Display::Warnings => {
                match formats.format() {
                    Some(_) => formats.show(&page)?,
                    None => formats.write(&page)?,
                }
                if is_stopped {
                    output::note(&format!("stopped; bench-lab run --resume {id} goes on"));
                } else if formats.format().is_none() {
                    tell(ruling)?;
                }
            }
            Display::Auto => {
                // Before the result, whose last line is the verdict.
                output::note(&format!("kept in {}", store.path().join("runs").join(&id).display()));
                formats.show(&page)?;
            }
        }
        let judged = match &verdict {
            Some(Err(error)) => return Err(error.clone()),
            Some(Ok(ruling)) => ruling.exit_code(),
            None => ExitCode::Fine,
        };
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
fn tell(verdict: Option<&Ruling>) -> Result<(), CommandError> {
    verdict.map_or(Ok(()), |verdict| output::lines(&verdict.lines(output::width())))
}

/// A Run and its verdict in every form.
fn page<'a>(
    view: &'a RunView<'a>,
    ruling: Option<&'a Ruling>,
    compared: Option<&'a ComparedView<'a>>,
    places: Places,
) -> Page<'a> {
    let as_text = move |width: usize| {
        let ruled = ruling.map_or_else(Vec::new, |ruling| ruling.lines(width));
        [text::lines(view, width), ruled].concat()
    };
    // The same object as the last event's, where there is more than the Run.
    let json = ruling.filter(|ruling| !ruling.is_empty()).map(|ruling| {
        let mut all = result(view, Some(ruling));
        all.as_object_mut().map(|object| object.remove("event"));
        all
    });
    let text = Some(Text(Box::new(as_text)));
    Page { run: Some(view), comparison: compared, text, json, places, ..Page::default() }
}

fn result(view: &RunView<'_>, verdict: Option<&Ruling>) -> serde_json::Value {
    let mut event = serde_json::json!({"event": "result", "result": json::render(view)});
    if let Some(verdict) = verdict {
        let (comparison, gate) = verdict.json();
        event["comparison"] = comparison;
        event["gate"] = gate;
    }
    event
}
