//! `bench-lab ab --resume`: goes on with an open match where it stopped.
//!
//! It launches the same executables with the same terms, or refuses.

use std::path::{Path, PathBuf};

use lab_core::model::{Match, Side, TargetId};

use super::ab::{self, Arguments};
use super::entrants::{self, Recipe};
use super::error::CommandError;
use super::exit::ExitCode;
use super::finish::Finish;
use super::lab::Lab;
use super::rules::{Rules, workspace_root};
use super::{existing_store, finish, matched, source, store_error};
use crate::matches::Entrants;
use crate::store::Store;

/// Stands before each path of `--carry` among the stored flags.
pub(super) const CARRY: &str = "--carry";

pub(super) fn run(lab: &mut Lab, arguments: &Arguments, reference: &str) -> Result<ExitCode, CommandError> {
    let store = existing_store(lab.store.as_deref(), arguments.build.manifest_path())?;
    let id = open_match(&store, reference)?;
    let resumed = store.resume_match(&id).map_err(store_error)?;
    let (mut open, mut content) = (resumed.open, resumed.stored.content);
    let mut rules = Rules::read(&workspace_root(Path::new(&content.workspace)), None)?;
    // What was measured so far was stopped by the rules of then.
    rules.policy = matched::stored_policy(&content)?;
    let (flags, carry) = split(&content.plan.build_arguments);
    let build = source::parse_stored(&flags)
        .map(|source| source.build)
        .map_err(|error| CommandError::new(ExitCode::NotComparable, &error))?;
    let manifest = entrants::manifest_folder(Some(Path::new(&content.workspace)))?;
    let names = names(&content);
    let names = [names[0].as_deref(), names[1].as_deref()];
    let loudness = arguments.loudness();
    let recipe = Recipe { manifest: &manifest, build: &build, carry: &carry, names, loudness };
    let pair = entrants::build(lab, recipe)?;
    let includes_ignored = content.plan.includes_ignored;
    let Some(mut entrants) = entrants::prepare(lab, pair, includes_ignored)? else {
        return Ok(lab.stopped_before());
    };
    refuse_changed(&content, &entrants)?;
    let pairing = ab::chosen(&mut entrants, &content.plan.filters, &rules)?;
    lab.keep_off(&ab::run_plan(&content.plan), None);
    let number = content.sessions.last().map_or(1, |session| session.number + 1);
    let mut plan = content.plan.clone();
    let (session, warnings) = lab.begin_match(&mut plan, &entrants, number)?;
    for warning in &warnings {
        open.add_warning(warning).map_err(store_error)?;
    }
    open.begin_session(&session).map_err(store_error)?;
    content.sessions.push(session);
    let ending = ab::contend(lab, recipe, (&entrants, &pairing), &rules, (&mut open, &mut content))?;
    finish::finish(
        lab,
        Finish { store: &store, open, content, ending, first: None },
        rules,
        &arguments.shown(),
    )
}

/// The id to go on with: the one named, else the newest that is open.
fn open_match(store: &Store, reference: &str) -> Result<String, CommandError> {
    if !reference.is_empty() {
        return store.find_match(reference).map_err(store_error);
    }
    let listed = store.list_matches().map_err(store_error)?;
    let is_open = |content: &crate::store::MatchContent| content.seal.is_none();
    let mut open = listed.iter().rev().filter(|one| one.content.as_ref().is_ok_and(is_open));
    open.next().map(|one| one.id.clone()).ok_or_else(|| {
        CommandError::text(ExitCode::Usage, format!("no open match in {}", store.path().display()))
            .hint("every match there is whole; bench-lab runs lists them")
    })
}

/// The commits of both sides; absent for the files as they are.
pub(super) fn names(content: &Match) -> [Option<String>; 2] {
    Side::BOTH.map(|side| content.side(side)).map(|side| {
        let is_commit = side.revision.is_dirty == Some(false);
        side.revision.commit.clone().filter(|_| is_commit)
    })
}

/// Cargo's flags, and the paths that are carried into both revisions.
pub(super) fn split(stored: &[String]) -> (Vec<String>, Vec<PathBuf>) {
    let begin = stored.iter().position(|flag| flag == CARRY).unwrap_or(stored.len());
    let paths = stored[begin..].iter().filter(|word| *word != CARRY).map(PathBuf::from);
    (stored[..begin].to_vec(), paths.collect())
}

/// Half a match of one executable and half of another would be no match.
pub(super) fn refuse_changed(content: &Match, entrants: &Entrants) -> Result<(), CommandError> {
    for (place, side) in Side::BOTH.into_iter().enumerate() {
        let (stored, built) = (content.side(side), &entrants.built[place]);
        let now: Vec<(&TargetId, &str)> = entrants.prepared[place]
            .records
            .iter()
            .filter_map(|record| Some((&record.id, record.sha256.as_deref()?)))
            .collect();
        let is_same = |target: &&lab_core::model::TargetRecord| {
            target.sha256.is_none()
                || now.contains(&(&target.id, target.sha256.as_deref().unwrap_or_default()))
        };
        let changed = stored.targets.iter().find(|target| !is_same(target));
        if built.digest == stored.files_sha256 && changed.is_none() {
            continue;
        }
        let what = changed.map_or_else(|| "its files".into(), |target| target.id.to_string());
        let message =
            format!("match {} was begun with another {}: {what} changed since", content.id, stored.name);
        return Err(CommandError::text(ExitCode::NotComparable, message)
            .hint("start a new match; what this one has measured stays readable"));
    }
    Ok(())
}
