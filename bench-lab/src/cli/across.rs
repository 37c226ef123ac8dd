//! `bench-lab compare --across`: what benchmarks cost on several machines, each measured by its own canaries.
//!
//! It reads what is stored, measures nothing, and gives no verdict: the question is how machines differ, not the code.

use std::collections::BTreeSet;
use std::path::Path;

use lab_core::across::{Across, AcrossError, across, across_matches};
use lab_core::compare::Subject;
use lab_core::filter::Filter;
use lab_core::model::{BenchmarkId, Match};
use lab_core::nearest::nearest;
use lab_core::report::across::AcrossView;
use lab_core::report::format::Topic;

use super::error::{CommandError, did_you_mean};
use super::exit::ExitCode;
use super::format::{FormatArguments, Page};
use super::side::{Side, Sources};
use super::{existing_store, store_error};

/// What is asked.
#[derive(Debug)]
pub(super) struct Question<'a> {
    /// Sides as typed, two at least.
    pub(super) sides: &'a [String],
    /// The benchmark that measures all others, as typed.
    pub(super) reference: Option<&'a str>,
    pub(super) filters: &'a [String],
    pub(super) lists_all: bool,
    pub(super) baselines: Option<&'a Path>,
}

pub(super) fn run(
    question: &Question<'_>,
    formats: &FormatArguments,
    store: Option<&Path>,
) -> Result<ExitCode, CommandError> {
    formats.check(&[Topic::Across])?;
    let across = read(question, store)?;
    let view = AcrossView { across: &across, lists_all: question.lists_all };
    formats.show(&Page { across: Some(&view), ..Page::default() })?;
    Ok(ExitCode::Fine)
}

/// The report on what is asked.
pub(super) fn read(question: &Question<'_>, store: Option<&Path>) -> Result<Across, CommandError> {
    refuse_twice(question.sides)?;
    if let Some(report) = of_matches(question, store)? {
        return Ok(report);
    }
    let sources = Sources::open(store, question.baselines)?;
    // Two machines often have a baseline of one name, so each side is called what it was typed as.
    let side = |text: &String| sources.side(text, None).map(|side| Side { name: text.clone(), ..side });
    let mut sides: Vec<Side> = question.sides.iter().map(side).collect::<Result<_, _>>()?;
    let reference = question.reference.map(|text| reference(text, &sides)).transpose()?;
    narrow(&mut sides, question.filters, reference.as_ref())?;
    // The same Run under two names would stand beside itself.
    for (place, side) in sides.iter().enumerate() {
        if let Some(other) = sides[..place].iter().find(|other| other.extract.origin == side.extract.origin) {
            let message = format!("{} and {} are one and the same Run", other.name, side.name);
            return Err(CommandError::text(ExitCode::Usage, message));
        }
    }
    let subjects: Vec<Subject<'_>> =
        sides.iter().map(|side| Subject { name: &side.name, extract: &side.extract }).collect();
    let mut report = across(&subjects, reference.as_ref()).map_err(|error| refused(&error))?;
    report.warnings.extend(sides.iter().flat_map(|side| side.warnings.iter().cloned()));
    Ok(report)
}

/// The report where the sides are live comparisons; nothing where they are Runs or baselines.
fn of_matches(question: &Question<'_>, store: Option<&Path>) -> Result<Option<Across>, CommandError> {
    let Ok(store) = existing_store(store, None) else { return Ok(None) };
    let (matches, others): (Vec<&String>, Vec<&String>) =
        question.sides.iter().partition(|text| store.is_of_matches(text));
    let (Some(one), other) = (matches.first(), others.first()) else { return Ok(None) };
    if let Some(other) = other {
        let message = format!("{one} is a match of two revisions, and {other} is none");
        return Err(CommandError::text(ExitCode::Usage, message)
            .hint("name Runs and baselines, or matches alone; bench-lab runs lists both"));
    }
    if question.reference.is_some() || !question.filters.is_empty() {
        let message = "--reference and filters choose among Runs and baselines, and these are matches";
        return Err(CommandError::text(ExitCode::Usage, message));
    }
    let read = |text: &&String| store.load_match(text).map_err(store_error);
    let stored = matches.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let named: Vec<(&str, &Match)> =
        matches.iter().zip(&stored).map(|(text, stored)| (text.as_str(), &stored.content)).collect();
    let mut report = across_matches(&named).map_err(|error| refused(&error))?;
    report.warnings.extend(stored.iter().flat_map(|stored| stored.content.warnings.iter().cloned()));
    Ok(Some(report))
}

fn refused(error: &AcrossError) -> CommandError {
    let code = match error {
        AcrossError::NothingInCommon { .. } | AcrossError::OtherRevisions { .. } => ExitCode::NotComparable,
        AcrossError::TooFew { .. } | AcrossError::NoReference { .. } => ExitCode::Usage,
    };
    CommandError::new(code, error)
}

fn refuse_twice(sides: &[String]) -> Result<(), CommandError> {
    let mut seen = BTreeSet::new();
    match sides.iter().find(|side| !seen.insert(*side)) {
        Some(twice) => Err(CommandError::text(ExitCode::Usage, format!("{twice} is named twice"))
            .hint("name one baseline or Run per machine, as in --across epyc-7763/main m3-max/main")),
        None => Ok(()),
    }
}

/// The benchmark that was meant: its whole id, or a filter that means exactly one.
fn reference(text: &str, sides: &[Side]) -> Result<BenchmarkId, CommandError> {
    let ids = ids(sides);
    if let Some(id) = ids.iter().find(|id| id.to_string() == text) {
        return Ok(id.clone());
    }
    let chosen: Vec<BenchmarkId> =
        Filter::new(std::slice::from_ref(&text.to_owned())).select(&ids).into_iter().cloned().collect();
    match chosen.as_slice() {
        [id] => Ok(id.clone()),
        [] => {
            let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let near: Vec<String> =
                nearest(text, names.iter().map(String::as_str)).into_iter().map(str::to_owned).collect();
            let error = CommandError::text(ExitCode::Usage, format!("no side has a benchmark {text:?}"));
            Err(match did_you_mean(&near) {
                Some(hint) => error.hint(hint),
                None => error,
            })
        }
        several => Err(CommandError::text(
            ExitCode::Usage,
            format!("{text:?} means {} benchmarks, and a reference is one", several.len()),
        )
        .hint(format!("its whole id names one, as {}", several[0]))),
    }
}

/// Leaves the benchmarks that a filter means, and the reference.
fn narrow(
    sides: &mut [Side],
    filters: &[String],
    reference: Option<&BenchmarkId>,
) -> Result<(), CommandError> {
    if filters.is_empty() {
        return Ok(());
    }
    let ids = ids(sides);
    let chosen: BTreeSet<&BenchmarkId> = Filter::new(filters).select(&ids).into_iter().collect();
    if chosen.is_empty() {
        let message = format!("no benchmark of {} matches {}", ids.len(), filters.join(", "));
        return Err(CommandError::text(ExitCode::Usage, message));
    }
    for side in sides {
        let benchmarks = &mut side.extract.benchmarks;
        benchmarks.retain(|benchmark| chosen.contains(&benchmark.id) || reference == Some(&benchmark.id));
    }
    Ok(())
}

/// Every benchmark of any side, once.
fn ids(sides: &[Side]) -> Vec<BenchmarkId> {
    let all = sides.iter().flat_map(|side| &side.extract.benchmarks);
    all.map(|benchmark| benchmark.id.clone()).collect::<BTreeSet<_>>().into_iter().collect()
}
