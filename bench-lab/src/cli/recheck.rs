//! `bench-lab ab --recheck`: what a match left regressed or suspect is measured again before anything fails.
//!
//! It takes revisions and build from the stored match; without a suspect it measures nothing and judges what is stored.

use std::path::Path;

use lab_core::compare::{Comparison, policy_of_match, to_recheck};
use lab_core::model::{Match, MatchState, Side};

use super::ab::{self, Arguments, Beginning};
use super::entrants::{self, Recipe};
use super::error::CommandError;
use super::exit::ExitCode;
use super::lab::Lab;
use super::rules::{Rules, workspace_root};
use super::{existing_store, finish, matched, output, rematch, source, store_error};
use crate::matches::Entrants;

/// The match that is measured again.
pub(super) struct First {
    pub(super) content: Match,
    pub(super) comparison: Comparison,
}

pub(super) fn run(lab: &mut Lab, arguments: &Arguments, reference: &str) -> Result<ExitCode, CommandError> {
    let store = existing_store(lab.store.as_deref(), arguments.build.manifest_path())?;
    let first = store.load_match(reference).map_err(store_error)?.content;
    if first.state == MatchState::Open {
        let message = format!("match {} is not finished", first.id);
        return Err(CommandError::text(ExitCode::Usage, message)
            .hint(format!("bench-lab ab --resume {} goes on with it", first.id)));
    }
    let rules = Rules::read(&workspace_root(Path::new(&first.workspace)), arguments.policy.as_deref())?;
    let mut judging = rules.clone();
    judging.policy = policy_of_match(&rules.policy, &first.plan);
    let comparison = matched::judged(&first, &judging.policy)?;
    let suspects: Vec<String> = to_recheck(&comparison).into_iter().map(ToString::to_string).collect();
    if suspects.is_empty() {
        output::note(&format!("nothing to measure again: match {} left no suspect", first.id));
        return finish::tell(&store, (&first, &comparison), &judging, &arguments.shown());
    }
    let (flags, carry) = rematch::split(&first.plan.build_arguments);
    let source::SourceArguments { build, .. } =
        source::parse_stored(&flags).map_err(|error| CommandError::new(ExitCode::NotComparable, &error))?;
    let manifest = entrants::manifest_folder(Some(Path::new(&first.workspace)))?;
    let mut plan = arguments.plan(&manifest, rules.text.clone());
    plan.filters = suspects;
    plan.build_arguments.clone_from(&first.plan.build_arguments);
    plan.includes_ignored = first.plan.includes_ignored;
    let names = rematch::names(&first);
    let names = [names[0].as_deref(), names[1].as_deref()];
    let recipe =
        Recipe { manifest: &manifest, build: &build, carry: &carry, names, loudness: arguments.loudness() };
    ab::begin(
        lab,
        arguments,
        Beginning { rules, plan, recipe, first: Some(First { content: first, comparison }) },
    )
}

impl First {
    /// Other files would be another question.
    pub(super) fn refuse_changed(&self, entrants: &Entrants) -> Result<(), CommandError> {
        for (side, built) in Side::BOTH.into_iter().zip(&entrants.built) {
            let stored = self.content.side(side);
            if built.digest != stored.files_sha256 {
                let message = format!(
                    "match {} compared another {}: its files changed since",
                    self.content.id, stored.name
                );
                return Err(CommandError::text(ExitCode::NotComparable, message)
                    .hint("start a new match, and measure its suspects again"));
            }
        }
        Ok(())
    }
}
