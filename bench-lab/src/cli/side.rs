//! One side of a comparison, from what a person typed: a Run, a baseline, or the newest Run of a branch.
//!
//! It chooses and reads; what the two sides say about each other is decided elsewhere.

use std::path::{Path, PathBuf};

use lab_core::model::{Extract, Warning};
use lab_core::nearest::nearest;
use lab_core::policy::Policy;

use super::error::{CommandError, did_you_mean};
use super::exit::ExitCode;
use super::rules::workspace_root;
use super::{existing_store, hints, store_error};
use crate::baseline::{BASELINES_FOLDER, BASELINES_VARIABLE, BaselineError, Place, Shelf};
use crate::revisions::{Repository, wanted_merge_base};
use crate::store::{Location, Store};

/// What is compared, under the name it was asked for.
#[derive(Clone, Debug)]
pub(super) struct Side {
    pub(super) name: String,
    /// A name that means the same later: the Run's id, or machine/name.
    pub(super) reference: String,
    pub(super) extract: Extract,
    /// What is odd about how it was kept.
    pub(super) warnings: Vec<Warning>,
}

/// Where sides come from.
#[derive(Debug)]
pub(super) struct Sources {
    /// Absent where there is no store; then only baselines can be named.
    store: Result<Store, CommandError>,
    pub(super) shelf: Shelf,
}

/// The shelf of a workspace: the flag, else the variable, else the folder beside the workspace.
pub(super) fn shelf(flag: Option<&Path>, root: &Path) -> Shelf {
    let variable = std::env::var_os(BASELINES_VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
    Shelf::at(flag.map(Path::to_owned).or(variable).unwrap_or_else(|| root.join(BASELINES_FOLDER)))
}

/// An error of the shelf, with what may have been meant.
pub(super) fn baseline_error(error: &BaselineError) -> CommandError {
    let shown = CommandError::new(ExitCode::Usage, error);
    match (error, did_you_mean(error.nearest())) {
        (_, Some(hint)) => shown.hint(hint),
        (BaselineError::Unknown { .. }, None) => shown.hint("bench-lab baseline list shows every one"),
        (BaselineError::Ambiguous { .. }, None) => shown.hint("name it with its machine, as in machine/name"),
        (BaselineError::Exists { .. }, None) => {
            shown.hint("--force replaces it; git has the old one if it was kept")
        }
        (BaselineError::Format { .. }, None) => shown.hint("git can restore it, or save it anew from a Run"),
        _ => shown,
    }
}

impl Sources {
    /// The store and the shelf around the current directory.
    pub(super) fn open(store: Option<&Path>, baselines: Option<&Path>) -> Result<Self, CommandError> {
        let here = std::env::current_dir().map_err(|error| CommandError::new(ExitCode::Usage, &error))?;
        Ok(Self { store: existing_store(store, None), shelf: shelf(baselines, &workspace_root(&here)) })
    }

    /// The same around a workspace that is known.
    pub(super) fn of_workspace(store: Store, baselines: Option<&Path>, root: &Path) -> Self {
        Self { store: Ok(store), shelf: shelf(baselines, root) }
    }

    /// The same around a workspace that may have no store yet.
    pub(super) fn around(store: Option<&Path>, baselines: Option<&Path>, root: &Path) -> Self {
        let store = Store::open(&Location::of(store, root)).map_err(store_error);
        Self { store, shelf: shelf(baselines, root) }
    }

    /// A Run, by what the store understands.
    pub(super) fn run(&self, reference: &str) -> Result<Side, CommandError> {
        let store = self.store.as_ref().map_err(Clone::clone)?;
        let stored = store.load(reference).map_err(store_error)?;
        let mut warnings: Vec<Warning> = stored.damage.iter().map(|damage| damage.warning()).collect();
        if matches!(stored.run.state, lab_core::model::State::Open) {
            let text = "it is not finished: bench-lab run --resume goes on with it";
            warnings.push(Warning::new("open_run", &stored.run.id, text));
        }
        let extract = Extract::of_run(&stored.run);
        Ok(Side { name: reference.into(), reference: stored.run.id, extract, warnings })
    }

    /// What a person called by one word: `latest~1`, a baseline's name or `machine/name`, a branch, a Run's id or the
    /// start of one. `here` is the machine whose baselines come first.
    pub(super) fn side(&self, text: &str, here: Option<&str>) -> Result<Side, CommandError> {
        if text == "latest" || text.starts_with("latest~") {
            return self.run(text);
        }
        if self.ids().iter().any(|id| id == text) {
            return self.run(text);
        }
        match self.shelf.find(text, here) {
            Ok(place) => return self.baseline(&place),
            Err(BaselineError::Unknown { .. }) => {}
            Err(error) => return Err(baseline_error(&error)),
        }
        if wanted_merge_base(text).is_some() {
            return self.merge_base(text);
        }
        if let Some(id) = self.newest_of_branch(text)? {
            return self.run(&id).map(|side| Side { name: text.into(), ..side });
        }
        if self.ids().iter().any(|id| id.starts_with(text)) {
            return self.run(text);
        }
        Err(self.unknown(text))
    }

    /// What a Run is compared against when nothing is named: the policy's choice for its branch, then that for all,
    /// then the machine's own default, then its only baseline.
    pub(super) fn default_baseline(
        &self,
        candidate: &Extract,
        policy: &Policy,
    ) -> Result<Side, CommandError> {
        let machine = machine_of(candidate).unwrap_or_else(|| "unknown".into());
        let chosen = &policy.default_baseline;
        let branch = candidate.revision.branch.as_deref().unwrap_or_default();
        if let Some(name) = chosen.of_branch.get(branch).or(chosen.any.as_ref()) {
            return self.side(name, Some(&machine));
        }
        let default = self.shelf.default_of(&machine).map_err(|error| baseline_error(&error))?;
        if let Some(place) = default {
            return self.baseline(&place);
        }
        let places = self.shelf.list().map_err(|error| baseline_error(&error))?;
        let own: Vec<&Place> = places.iter().filter(|place| place.machine == machine).collect();
        match own[..] {
            [place] => self.baseline(place),
            [] => Err(CommandError::text(
                ExitCode::Usage,
                format!("{machine} has no baseline in {}", self.shelf.path().display()),
            )
            .hint("bench-lab baseline save main makes one of the latest Run; bench-lab compare latest~1 takes the Run before it")),
            _ => Err(CommandError::text(
                ExitCode::Usage,
                format!("{machine} has {} baselines and no default", own.len()),
            )
            .hint("bench-lab baseline promote NAME makes one the default")),
        }
    }

    /// Whether anything could be meant by a candidate's default baseline: the policy names one, or its machine has any.
    pub(super) fn has_baseline_of(&self, candidate: &Extract, policy: &Policy) -> bool {
        let chosen = &policy.default_baseline;
        let branch = candidate.revision.branch.as_deref().unwrap_or_default();
        let machine = machine_of(candidate).unwrap_or_else(|| "unknown".into());
        let has_any =
            || self.shelf.list().is_ok_and(|places| places.iter().any(|place| place.machine == machine));
        chosen.of_branch.contains_key(branch) || chosen.any.is_some() || has_any()
    }

    /// The store; an error where there is none.
    pub(super) fn store(&self) -> Result<&Store, CommandError> {
        self.store.as_ref().map_err(Clone::clone)
    }

    /// A baseline by its place.
    pub(super) fn baseline(&self, place: &Place) -> Result<Side, CommandError> {
        let kept = self.shelf.load(place).map_err(|error| baseline_error(&error))?;
        let (name, reference) = (place.name.clone(), place.to_string());
        Ok(Side { name, reference, extract: kept.baseline.extract, warnings: kept.warnings })
    }

    fn ids(&self) -> Vec<String> {
        let listed = self.store.as_ref().ok().and_then(|store| store.list().ok());
        listed.unwrap_or_default().into_iter().map(|run| run.id).collect()
    }

    /// The newest whole Run of the commit at which the branch left another.
    fn merge_base(&self, text: &str) -> Result<Side, CommandError> {
        let here = std::env::current_dir().map_err(|error| CommandError::new(ExitCode::Usage, &error))?;
        let named = Repository::around(&here).and_then(|repository| repository.resolve(text));
        let named = named.map_err(|error| hints::revision(&error))?;
        let store = self.store.as_ref().map_err(Clone::clone)?;
        let runs = store.list().map_err(store_error)?;
        let is_of_commit = |run: &&crate::store::ListedRun| {
            run.content.as_ref().is_ok_and(|listed| {
                let revision = &listed.head.revision;
                revision.commit == named.revision.commit && revision.is_dirty != Some(true)
            })
        };
        let Some(run) = runs.iter().rev().find(is_of_commit) else {
            let message = format!("{} has no Run in {}", named.shown(), store.path().display());
            return Err(CommandError::text(ExitCode::Usage, message)
                .hint(format!("bench-lab ab {text} builds it and compares live")));
        };
        self.run(&run.id).map(|side| Side { name: named.typed, ..side })
    }

    fn newest_of_branch(&self, branch: &str) -> Result<Option<String>, CommandError> {
        let Ok(store) = &self.store else { return Ok(None) };
        let runs = store.list().map_err(store_error)?;
        let is_of_branch = |run: &&crate::store::ListedRun| {
            run.content.as_ref().is_ok_and(|listed| listed.head.revision.branch.as_deref() == Some(branch))
        };
        Ok(runs.iter().rev().find(is_of_branch).map(|run| run.id.clone()))
    }

    fn unknown(&self, text: &str) -> CommandError {
        let places = self.shelf.list().unwrap_or_default();
        let mut names: Vec<String> = places.iter().map(|place| place.name.clone()).collect();
        names.extend(places.iter().map(ToString::to_string));
        names.extend(self.ids());
        let near: Vec<String> =
            nearest(text, names.iter().map(String::as_str)).into_iter().map(str::to_owned).collect();
        let message = format!(
            "{text:?} is no baseline in {}, no Run and no branch of one",
            self.shelf.path().display()
        );
        CommandError::text(ExitCode::Usage, message).hint(
            did_you_mean(&near)
                .unwrap_or_else(|| "bench-lab baseline list and bench-lab runs show what there is".into()),
        )
    }
}

/// The name of the machine that an extract was measured on.
pub(super) fn machine_of(extract: &Extract) -> Option<String> {
    let named = extract.environment.text("machine.name").map(str::to_owned);
    named.or_else(|| {
        (!extract.environment.facts.is_empty())
            .then(|| lab_core::machine_name::machine_name(&extract.environment))
    })
}
