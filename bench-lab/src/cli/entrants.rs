//! The two sides of `bench-lab ab`: where their sources are, built, claimed and listed.
//!
//! It measures nothing.

use std::path::{Path, PathBuf};

use lab_core::filter::Filter;

use super::ab::PROCESS_TIME_MS;
use super::arguments::{BuildArguments, Loudness};
use super::error::CommandError;
use super::exit::ExitCode;
use super::lab::Lab;
use super::{hints, output};
use crate::matches::Entrants;
use crate::revisions::{self, BuiltPair, Carry, Orders, Relinked, Repository, Stage, Telling, Wish};
use crate::runner::prepare::{Preparation, Wanted};
use crate::workspace::{Selection, Stop};

/// From what both sides are built, and built again.
#[derive(Clone, Copy)]
pub(super) struct Recipe<'a> {
    pub(super) manifest: &'a Path,
    pub(super) build: &'a BuildArguments,
    pub(super) carry: &'a [PathBuf],
    pub(super) names: [Option<&'a str>; 2],
    pub(super) loudness: Loudness,
}

/// Links the targets of suspects in other orders.
pub(super) fn relink(
    lab: &mut Lab,
    recipe: Recipe<'_>,
    orders: &Orders<'_>,
) -> Result<Relinked, CommandError> {
    with_wish(recipe, lab.stop(), |stage, wish| {
        let mut last = String::new();
        let relinked = revisions::relink(stage, wish, orders, &mut |telling| match telling {
            Telling::Relinks(which, target, _) if recipe.loudness == Loudness::Usual => {
                let line = format!("link     {} {target} in {} orders", which.name(), orders.count);
                if line != last {
                    output::note(&line);
                    last = line;
                }
            }
            // The compiler said all that once; the linker's words are in the error.
            _ => {}
        });
        relinked.map_err(|error| lab.interrupted_or(hints::revision(&error)))
    })
}

/// Takes the stage of the repository for as long as something is built.
fn with_wish<T>(
    recipe: Recipe<'_>,
    stop: Stop,
    act: impl FnOnce(&Stage, &Wish<'_>) -> Result<T, CommandError>,
) -> Result<T, CommandError> {
    let Recipe { manifest, build, carry, names, loudness } = recipe;
    let repository = Repository::around(manifest).map_err(|error| hints::revision(&error))?;
    let stage = Stage::open(&repository).map_err(|error| hints::revision(&error))?;
    let inside = manifest.strip_prefix(repository.top()).unwrap_or(Path::new(""));
    let carry = Carry { paths: carry.to_vec() };
    let selection = Selection { stop, ..build.selection(loudness) };
    act(
        &stage,
        &Wish { repository: &repository, manifest: inside, selection: &selection, names, carry: &carry },
    )
}

/// Builds both revisions.
pub(super) fn build(lab: &mut Lab, recipe: Recipe<'_>) -> Result<BuiltPair, CommandError> {
    let tells = recipe.loudness == Loudness::Usual;
    with_wish(recipe, lab.stop(), |stage, wish| {
        let built = revisions::build(stage, wish, &mut |telling| match telling {
            Telling::Builds(which, named) if tells => {
                output::note(&format!("build    {} {}", which.name(), named.shown()));
            }
            Telling::Kept(which, named) if tells => {
                output::note(&format!("built    {} {} before", which.name(), named.shown()));
            }
            Telling::Said(said) => lab.pass_on(said),
            Telling::Builds(..) | Telling::Kept(..) | Telling::Relinks(..) => {}
        });
        built.map_err(|error| lab.interrupted_or(hints::revision(&error)))
    })
}

/// Claims and lists both sides; nothing when the person stopped it.
pub(super) fn prepare(
    lab: &mut Lab,
    pair: BuiltPair,
    includes_ignored: bool,
) -> Result<Option<Entrants>, CommandError> {
    let wanted = Wanted { filter: Filter::default(), includes_ignored, time_ms: PROCESS_TIME_MS };
    let mut prepared: Vec<Preparation> = Vec::new();
    for built in &pair.sides {
        for warning in &built.workspace.warnings {
            lab.warn(warning);
        }
        match lab.prepare_wanted(&built.workspace, &wanted)? {
            Ok(preparation) => prepared.push(preparation),
            Err(_) => return Ok(None),
        }
    }
    for warning in &pair.warnings {
        lab.warn(warning);
    }
    let prepared: Result<[Preparation; 2], _> = prepared.try_into();
    let has_differing_inputs = !pair.differing_inputs.is_empty();
    Ok(prepared.ok().map(|prepared| Entrants { built: pair.sides, prepared, has_differing_inputs }))
}

/// The folder of the manifest that is meant, without links: the one named, else the nearest from here up.
pub(super) fn manifest_folder(named: Option<&Path>) -> Result<PathBuf, CommandError> {
    let none = |text: String| {
        CommandError::text(ExitCode::Usage, text)
            .hint("run it inside a Cargo workspace, or name one with --manifest-path PATH")
    };
    let here = std::env::current_dir().map_err(|error| CommandError::new(ExitCode::Usage, &error))?;
    let found = match named {
        Some(named) => {
            let path = here.join(named);
            let folder = if path.is_dir() { path } else { path.parent().unwrap_or(&here).to_owned() };
            folder.join("Cargo.toml").is_file().then_some(folder)
        }
        None => here.ancestors().find(|folder| folder.join("Cargo.toml").is_file()).map(Path::to_owned),
    };
    let place = named.unwrap_or(&here).display().to_string();
    let folder = found.ok_or_else(|| none(format!("there is no Cargo.toml at {place} or above it")))?;
    folder.canonicalize().map_err(|error| CommandError::new(ExitCode::Usage, &error))
}

/// The top folder of the repository around a manifest.
pub(super) fn top_of(manifest: &Path) -> Result<PathBuf, CommandError> {
    let repository = Repository::around(manifest).map_err(|error| hints::revision(&error))?;
    Ok(repository.top().to_owned())
}
