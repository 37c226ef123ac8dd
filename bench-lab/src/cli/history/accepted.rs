//! The accepted steps that git keeps beside the baselines, and what they say of a comparison.
//!
//! It lets nothing pass: an accepted step is told, and the gate asks waivers.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use lab_core::compare::{Comparison, Verdict};
use lab_core::history::{ACCEPTED_FILE, Accepted, read_accepted};
use lab_core::model::{Revision, Warning};

use super::repository;
use crate::baseline::Shelf;
use crate::cli::error::{CommandError, did_you_mean};
use crate::cli::exit::ExitCode;

/// The accepted steps of a shelf; none where there is no file.
pub(in crate::cli) fn accepted(shelf: &Shelf) -> Result<Accepted, CommandError> {
    let path = accepted_file(shelf);
    match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Accepted::default()),
        Err(error) => {
            Err(CommandError::text(ExitCode::Usage, format!("{} could not be read: {error}", path.display())))
        }
        Ok(text) => read_accepted(&text).map_err(|mistake| {
            let error = CommandError::text(ExitCode::Usage, format!("{}, {mistake}", path.display()));
            match did_you_mean(mistake.nearest()) {
                Some(hint) => error.hint(hint),
                None => error,
            }
        }),
    }
}

/// What accepted steps say of the changes of a comparison: a warning each, so that every format tells them. Nothing where
/// nobody accepted anything between the two revisions.
pub(in crate::cli) fn explained(
    comparison: &Comparison,
    [baseline, candidate]: [&Revision; 2],
    shelf: &Shelf,
) -> Result<Vec<Warning>, CommandError> {
    let accepted = accepted(shelf)?;
    let changed = comparison
        .changes
        .iter()
        .filter(|change| matches!(change.verdict, Verdict::Regressed | Verdict::Improved));
    let changed: Vec<_> = changed.collect();
    if accepted.steps.is_empty() || changed.is_empty() {
        return Ok(Vec::new());
    }
    let here = std::env::current_dir().map_err(|error| CommandError::new(ExitCode::Usage, &error))?;
    let (_, line) = repository(&here, candidate.commit.as_deref()).or_else(|_| repository(&here, None))?;
    let place = |commit: Option<&str>| line.as_ref()?.place(commit?);
    let ends = [place(baseline.commit.as_deref()), place(candidate.commit.as_deref())];
    let lies_between = |commit: &str| match (ends, place(Some(commit))) {
        ([Some(before), Some(after)], Some(own)) => before < own && own <= after,
        _ => candidate.commit.as_deref().is_some_and(|after| after.starts_with(commit)),
    };
    let mut warnings = Vec::new();
    for change in changed {
        let id = change.benchmark.to_string();
        let of_it = accepted.steps.iter().filter(|step| step.benchmark == id && lies_between(&step.commit));
        warnings.extend(of_it.map(|step| {
            let commit = &step.commit[..step.commit.len().min(7)];
            let text = format!("accepted at {commit} by {} on {}: {}", step.who, step.day, step.why);
            Warning::new("accepted_step", &id, text)
        }));
    }
    Ok(warnings)
}

/// Where accepted steps are kept.
pub(in crate::cli) fn accepted_file(shelf: &Shelf) -> PathBuf {
    shelf.path().join(ACCEPTED_FILE)
}
