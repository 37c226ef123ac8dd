//! `bench-lab ab`: build two revisions, let them take turns, judge, keep, show.
//!
//! It turns flags into a plan and stages into a match; how each stage works is decided elsewhere.

mod flags;
mod newborn;
mod plan;
mod stages;

use std::path::{Path, PathBuf};

use lab_core::filter::Filter;
use lab_core::model::{MatchPlan, Side};
use lab_core::report::format::Topic;

use self::stages::counter;
use super::entrants::Recipe;
use super::error::{CommandError, did_you_mean};
use super::exit::ExitCode;
use super::finish::Finish;
use super::lab::{Lab, Opening};
use super::recheck::First;
use super::rules::{Rules, workspace_root};
use super::{entrants, finish, ids, output, recheck, rematch};
use crate::matches::{Entrants, Pairing, pair_up};

pub(super) use self::flags::Arguments;
pub(super) use self::newborn::{Newborn, skipped};
pub(super) use self::plan::{PROCESS_TIME_MS, run_plan, unstored_plan};
pub(super) use self::stages::contend;

pub(super) fn run(arguments: &Arguments, store: Option<&Path>) -> Result<ExitCode, CommandError> {
    arguments.formats.check(&[Topic::Comparison])?;
    let opening = Opening {
        display: arguments.display(),
        waiting: arguments.wait,
        store: store.map(PathBuf::from),
        tune: arguments.tune,
    };
    let mut lab = Lab::open(opening)?;
    match (&arguments.resume, &arguments.recheck) {
        (Some(reference), _) => rematch::run(&mut lab, arguments, reference),
        (None, Some(reference)) => recheck::run(&mut lab, arguments, reference),
        (None, None) => fresh(&mut lab, arguments),
    }
}

/// A match that is to be begun.
pub(super) struct Beginning<'a> {
    pub(super) rules: Rules,
    pub(super) plan: MatchPlan,
    pub(super) recipe: Recipe<'a>,
    /// The match whose suspects it measures again.
    pub(super) first: Option<First>,
}

fn fresh(lab: &mut Lab, arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let named = arguments.ids.as_deref().map(ids::read).transpose()?;
    if let (Some([]), Some(path)) = (named.as_deref(), &arguments.ids) {
        output::note(&format!("nothing to measure: {} names no benchmark", path.display()));
        return Ok(ExitCode::Fine);
    }
    let manifest = entrants::manifest_folder(arguments.build.manifest_path())?;
    let rules = Rules::read(&workspace_root(&manifest), arguments.policy.as_deref())?;
    let mut plan = arguments.plan(&manifest, rules.text.clone());
    plan.filters.extend(named.unwrap_or_default());
    let recipe = Recipe {
        manifest: &manifest,
        build: &arguments.build,
        carry: &arguments.carry,
        names: [arguments.baseline.as_deref(), arguments.candidate.as_deref()],
        loudness: arguments.loudness(),
    };
    begin(lab, arguments, Beginning { rules, plan, recipe, first: None })
}

/// Builds both sides, measures them and judges.
pub(super) fn begin(
    lab: &mut Lab,
    arguments: &Arguments,
    beginning: Beginning<'_>,
) -> Result<ExitCode, CommandError> {
    let Beginning { rules, mut plan, recipe, first } = beginning;
    let manifest = recipe.manifest;
    // Before anything is built.
    counter(plan.witness)?;
    let pair = entrants::build(lab, recipe)?;
    let mut warnings = lab.place_match(&mut plan, arguments.cpus.as_ref())?;
    let candidate = &pair.sides[1];
    let store =
        lab.create_store(&entrants::top_of(manifest)?.join(candidate.inside(&candidate.workspace.root)))?;
    let mut differing =
        pair.differing_inputs.iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
    differing.sort();
    warnings.extend(pair.warnings.iter().cloned());
    let Some(mut entrants) = entrants::prepare(lab, pair, plan.includes_ignored)? else {
        return Ok(lab.stopped_before());
    };
    if let Some(first) = &first {
        first.refuse_changed(&entrants)?;
    }
    let pairing = chosen(&mut entrants, &plan.filters, &rules)?;
    warnings.extend(skipped(&entrants));
    let (session, more) = lab.begin_match(&mut plan, &entrants, 1)?;
    warnings.extend(more);
    let stored = Newborn { manifest, plan, differing_inputs: differing, session, warnings };
    let (mut open, mut content) = stored.store(&store, &entrants, &pairing)?;
    let ending = contend(lab, recipe, (&entrants, &pairing), &rules, (&mut open, &mut content))?;
    finish::finish(lab, Finish { store: &store, open, content, ending, first }, rules, &arguments.shown())
}

/// The pairs that are meant; an error when there is none.
pub(super) fn chosen(
    entrants: &mut Entrants,
    filters: &[String],
    rules: &Rules,
) -> Result<Pairing, CommandError> {
    let listed: Vec<_> =
        Side::BOTH.into_iter().flat_map(|side| entrants.benchmarks(side)).map(|record| record.id).collect();
    let pairing = pair_up(entrants, &Filter::new(filters), &rules.policy.renamed);
    if !pairing.duels.is_empty() {
        return Ok(pairing);
    }
    let [baseline, candidate] = Side::BOTH.map(|side| entrants.benchmarks(side).len());
    if filters.is_empty() || baseline + candidate > 0 {
        let message = format!(
            "the two revisions have no benchmark in common: {baseline} in the baseline, {candidate} in the candidate"
        );
        return Err(CommandError::text(ExitCode::NotComparable, message)
            .hint("a benchmark that was renamed is declared in bench-lab.toml, under [renamed]"));
    }
    let near = super::fresh::nearest_ids(&listed, &filters[0]);
    let message = format!("no benchmark of either revision matches {}", filters.join(", "));
    let hint = did_you_mean(&near).unwrap_or_else(|| "bench-lab list shows every id".into());
    Err(CommandError::text(ExitCode::Usage, message).hint(hint))
}
