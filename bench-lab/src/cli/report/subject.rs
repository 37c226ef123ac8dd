//! What a report is about: a match, two sides, or one Run, found by what was typed.
//!
//! It reads and narrows; it decides no verdict.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;

use lab_core::compare::Comparison;
use lab_core::gate::Gate;
use lab_core::model::{BenchmarkId, Extract, Match, Origin, Run, Side as Entrant, Warning};
use lab_core::report::compared::ComparedView;
use lab_core::report::html::{Filtered, Subject};
use lab_core::report::view::RunView;

use super::Arguments;
use crate::cli::compare::{judged, narrow};
use crate::cli::error::CommandError;
use crate::cli::exit::ExitCode;
use crate::cli::history::explained;
use crate::cli::matched;
use crate::cli::rules::Rules;
use crate::cli::side::{Side, Sources, machine_of};
use crate::cli::store_error;

/// What was found.
pub(super) enum Found {
    /// A match, which is reported whole, and its verdicts.
    Match(Box<(Match, Comparison)>),
    /// One side, or two.
    Sides(Box<Sides>),
}

/// The side that is judged, and what it is judged against.
pub(super) struct Sides {
    /// With the verdicts; absent for a report of one Run.
    baseline: Option<(Side, Comparison)>,
    candidate: Side,
    /// The Run that the candidate was read from; absent for a baseline whose Run is not in the store.
    stored: Option<Run>,
    /// The filters with the benchmarks that they leave and how many there were; absent without any.
    filter: Option<(Vec<String>, BTreeSet<BenchmarkId>, usize)>,
    /// The stored Run without what the filters leave out; absent without either.
    narrowed: Option<Run>,
}

impl Found {
    /// Finds it, and adds the budgets of its packages to the rules.
    pub(super) fn find(
        arguments: &Arguments,
        sources: &Sources,
        rules: &mut Rules,
        root: &Path,
    ) -> Result<Self, CommandError> {
        if let Some(reference) = of_match(arguments, sources) {
            return a_match(arguments, sources, reference);
        }
        let name = arguments.run.as_deref().or(arguments.candidate.as_deref()).unwrap_or("latest");
        let mut candidate = sources.side(name, None)?;
        let mut baseline = match &arguments.baseline {
            _ if arguments.run.is_some() => None,
            Some(text) => Some(sources.side(text, machine_of(&candidate.extract).as_deref())?),
            None if sources.has_baseline_of(&candidate.extract, &rules.policy) => {
                let found = sources.default_baseline(&candidate.extract, &rules.policy);
                let hint = "name one, or let --run latest report the Run by itself; bench-lab baseline promote NAME makes one the default";
                Some(found.map_err(|error| error.hint(hint))?)
            }
            None => None,
        };
        // A Run beside itself has nothing to tell but itself.
        if baseline.as_ref().is_some_and(|side| side.extract.origin == candidate.extract.origin) {
            baseline = None;
        }
        let mut none = candidate.extract.clone();
        let other = baseline.as_mut().map_or(&mut none, |side| &mut side.extract);
        let all = ids(other).union(&ids(&candidate.extract)).count();
        narrow(other, &mut candidate.extract, &arguments.filters)?;
        let chosen = ids(other).union(&ids(&candidate.extract)).cloned().collect();
        let filter = (!arguments.filters.is_empty()).then(|| (arguments.filters.clone(), chosen, all));
        let stored = stored_run(sources, &candidate.extract);
        if let Some(run) = &stored {
            rules.add_budgets(root, &run.targets)?;
        }
        let narrowed = stored
            .as_ref()
            .zip(filter.as_ref())
            .map(|(run, (filters, chosen, _))| narrowed(run, filters, chosen));
        let baseline = baseline.map(|side| compared(side, &candidate, rules, sources)).transpose()?;
        Ok(Self::Sides(Box::new(Sides { baseline, candidate, stored, filter, narrowed })))
    }

    /// The verdicts, where there are two sides.
    pub(super) fn comparison(&self) -> Option<&Comparison> {
        match self {
            Self::Match(found) => Some(&found.1),
            Self::Sides(sides) => sides.baseline.as_ref().map(|(_, comparison)| comparison),
        }
    }

    /// The stored Run with its budgets, without what the filters leave out.
    pub(super) fn run(&self, rules: &Rules) -> Option<RunView<'_>> {
        let Self::Sides(sides) = self else { return None };
        // A budget may be relative to a benchmark that is left out, so all of them are judged first.
        let whole = RunView::new(sides.stored.as_ref()?).with_budgets(&rules.budgets);
        let (Some(run), Some((_, chosen, _))) = (&sides.narrowed, &sides.filter) else { return Some(whole) };
        let mut view = RunView::new(run);
        let is_chosen = |id: &Option<BenchmarkId>| id.as_ref().is_some_and(|id| chosen.contains(id));
        view.budgets = whole.budgets.into_iter().filter(|budget| is_chosen(&budget.benchmark)).collect();
        Some(view)
    }

    /// The side that is judged.
    pub(super) fn judged(&self) -> Cow<'_, Extract> {
        match self {
            Self::Match(found) => Cow::Owned(found.0.extract(Entrant::Candidate)),
            Self::Sides(sides) => Cow::Borrowed(&sides.candidate.extract),
        }
    }

    /// The subject of the page.
    pub(super) fn subject<'a>(&'a self, gate: Option<&'a Gate>) -> Subject<'a> {
        let view = |comparison| ComparedView { comparison, gate, lists_all: true };
        match self {
            Self::Match(found) => Subject::Match { view: view(&found.1), content: &found.0 },
            Self::Sides(sides) => {
                let (name, candidate) = (&sides.candidate.name, &sides.candidate.extract);
                match &sides.baseline {
                    Some((side, comparison)) => {
                        Subject::Sides { view: view(comparison), baseline: &side.extract, candidate }
                    }
                    None => Subject::Alone { name, extract: candidate, gate },
                }
            }
        }
    }

    /// What was odd about reading a side that stands alone; a comparison carries those of its sides.
    pub(super) fn warnings(&self) -> &[Warning] {
        match self {
            Self::Sides(sides) if sides.baseline.is_none() => &sides.candidate.warnings,
            Self::Match(_) | Self::Sides(_) => &[],
        }
    }

    /// What the filters leave of how much.
    pub(super) fn filtered(&self) -> Option<Filtered<'_>> {
        let Self::Sides(sides) = self else { return None };
        let (filters, chosen, all_count) = sides.filter.as_ref()?;
        Some(Filtered { filters, chosen_count: chosen.len(), all_count: *all_count })
    }
}

fn compared(
    baseline: Side,
    candidate: &Side,
    rules: &Rules,
    sources: &Sources,
) -> Result<(Side, Comparison), CommandError> {
    let mut comparison = judged(&baseline, candidate, &rules.policy)?;
    let revisions = [&baseline.extract.revision, &candidate.extract.revision];
    comparison.warnings.extend(explained(&comparison, revisions, &sources.shelf)?);
    Ok((baseline, comparison))
}

fn ids(extract: &Extract) -> BTreeSet<BenchmarkId> {
    extract.benchmarks.iter().map(|benchmark| benchmark.id.clone()).collect()
}

/// The match that is meant, where one is.
fn of_match<'a>(arguments: &'a Arguments, sources: &Sources) -> Option<&'a str> {
    let reference = arguments.baseline.as_deref().or(arguments.run.as_deref())?;
    let is_one =
        arguments.candidate.is_none() && sources.store().is_ok_and(|store| store.is_of_matches(reference));
    is_one.then_some(reference)
}

fn a_match(arguments: &Arguments, sources: &Sources, reference: &str) -> Result<Found, CommandError> {
    if !arguments.filters.is_empty() || arguments.metric.is_some() {
        let message = "a match was measured with its filters and its metric, and is reported whole";
        return Err(CommandError::text(ExitCode::Usage, message).hint("leave out --metric and the filters"));
    }
    let content = sources.store()?.load_match(reference).map_err(store_error)?.content;
    let comparison = matched::judged(&content, &matched::stored_policy(&content)?)?;
    Ok(Found::Match(Box::new((content, comparison))))
}

fn stored_run(sources: &Sources, extract: &Extract) -> Option<Run> {
    let Origin::Run(id) = &extract.origin else { return None };
    sources.store().ok()?.load(id).ok().map(|stored| stored.run)
}

/// The Run as if nothing but these benchmarks had been selected; what was said of others is left out with them.
fn narrowed(run: &Run, filters: &[String], chosen: &BTreeSet<BenchmarkId>) -> Run {
    let mut run = run.clone();
    run.plan.filters = filters.to_vec();
    run.benchmarks.retain(|record| chosen.contains(&record.id));
    run.targets.retain(|target| chosen.iter().any(|id| id.target == target.id));
    for scheduled in run.schedule.iter_mut().chain(run.looks.iter_mut().flat_map(|look| &mut look.schedule)) {
        if !scheduled.is_canary() {
            scheduled.benchmarks.retain(|id| chosen.contains(id));
        }
    }
    run.schedule.retain(|scheduled| !scheduled.benchmarks.is_empty());
    for look in &mut run.looks {
        look.schedule.retain(|scheduled| !scheduled.benchmarks.is_empty());
    }
    let ids: BTreeSet<String> =
        chosen.iter().flat_map(|id| [id.to_string(), id.target.to_string()]).collect();
    run.invocations.retain_mut(|invocation| {
        let was_empty = invocation.observations.is_empty();
        invocation.observations.retain(|observation| chosen.contains(&observation.benchmark));
        was_empty || !invocation.observations.is_empty()
    });
    run.warnings.retain(|warning| warning.subject.is_empty() || ids.contains(&warning.subject));
    run
}
