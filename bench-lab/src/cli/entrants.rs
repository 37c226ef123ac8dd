//! The two sides of `bench-lab ab`: where their sources are, built, claimed and listed.
//!
//! It measures nothing.

use std::path::{Path, PathBuf};

use lab_core::filter::Filter;
use lab_core::model::Side;

use super::ab::PROCESS_TIME_MS;
use super::arguments::{BuildArguments, Loudness};
use super::error::CommandError;
use super::exit::ExitCode;
use super::lab::Lab;
use super::{hints, output};
use crate::matches::Entrants;
use crate::revisions::{self, BuiltPair, Carry, Repository, Stage, Telling, Wish};
use crate::runner::prepare::{Preparation, Wanted};

/// Builds both revisions.
pub(super) fn build(
    lab: &mut Lab,
    manifest: &Path,
    (build, carry): (&BuildArguments, &[PathBuf]),
    names: [Option<&str>; 2],
    loudness: Loudness,
) -> Result<BuiltPair, CommandError> {
    let repository = Repository::around(manifest).map_err(|error| hints::revision(&error))?;
    let stage = Stage::open(&repository).map_err(|error| hints::revision(&error))?;
    let inside = manifest.strip_prefix(repository.top()).unwrap_or(Path::new(""));
    let carry = Carry { paths: carry.to_vec() };
    let selection = build.selection(loudness);
    let wish =
        Wish { repository: &repository, manifest: inside, selection: &selection, names, carry: &carry };
    let tells = loudness == Loudness::Usual;
    let side = |side| if side == Side::Baseline { "baseline" } else { "candidate" };
    let built = revisions::build(&stage, &wish, &mut |telling| match telling {
        Telling::Builds(which, named) if tells => {
            output::note(&format!("build    {} {}", side(which), named.shown()));
        }
        Telling::Kept(which, named) if tells => {
            output::note(&format!("built    {} {} before", side(which), named.shown()));
        }
        Telling::Said(said) => lab.pass_on(said),
        Telling::Builds(..) | Telling::Kept(..) => {}
    });
    built.map_err(|error| lab.interrupted_or(hints::revision(&error)))
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
