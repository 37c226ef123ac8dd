//! The one benchmark that is meant, in the files as they are and with `--diff` in a revision too.
//!
//! It builds and lists; a name that means several benchmarks is an error that shows them.

use std::path::{Path, PathBuf};

use lab_core::filter::Filter;
use lab_core::model::{BenchmarkId, Revision};

use super::Arguments;
use crate::cli::benches::{Benches, Purpose};
use crate::cli::entrants::{self, Recipe};
use crate::cli::error::{CommandError, did_you_mean};
use crate::cli::exit::ExitCode;
use crate::cli::fresh::nearest_ids;
use crate::cli::lab::Lab;
use crate::duel::Contender;
use crate::profile::Subject;
use crate::runner::prepare::{Preparation, Prepared, Wanted};

/// Benchmarks that a message shows of those that a name may mean.
const SHOWN_MAX: usize = 10;

/// What is profiled: one side, or baseline and candidate.
pub(super) struct Sides {
    benchmark: BenchmarkId,
    home: PathBuf,
    sides: Vec<One>,
}

struct One {
    name: String,
    revision: Revision,
    preparation: Preparation,
}

/// Builds, lists and chooses; nothing when the person stopped it.
pub(super) fn open(lab: &mut Lab, arguments: &Arguments) -> Result<Option<Sides>, CommandError> {
    match &arguments.diff {
        Some(baseline) => two(lab, arguments, baseline),
        None => one(lab, arguments),
    }
}

fn one(lab: &mut Lab, arguments: &Arguments) -> Result<Option<Sides>, CommandError> {
    let benches = lab.open_benches(&arguments.source, arguments.loudness(), Purpose::Looking)?;
    let Benches { workspace, source, home } = benches;
    let wanted = Wanted { filter: Filter::default(), includes_ignored: true, time_ms: 300 };
    let Ok(preparation) = lab.prepare_wanted(&workspace, &wanted)? else { return Ok(None) };
    let benchmark = meant(&preparation, &arguments.bench)?;
    let name = if arguments.source.manifest()?.is_some() { "prebuilt" } else { "working tree" };
    let side = One { name: name.into(), revision: source.revision, preparation };
    Ok(Some(Sides { benchmark, home, sides: vec![side] }))
}

fn two(lab: &mut Lab, arguments: &Arguments, baseline: &str) -> Result<Option<Sides>, CommandError> {
    if arguments.source.manifest()?.is_some() {
        return Err(CommandError::text(
            ExitCode::Usage,
            "--diff builds both revisions, and --manifest builds nothing",
        )
        .hint("leave out the one or the other"));
    }
    let manifest = entrants::manifest_folder(arguments.source.build.manifest_path())?;
    let recipe = Recipe {
        manifest: &manifest,
        build: &arguments.source.build,
        carry: &arguments.carry,
        names: [Some(baseline), None],
        loudness: arguments.loudness(),
    };
    let pair = entrants::build(lab, recipe)?;
    let candidate = &pair.sides[1];
    let home = entrants::top_of(&manifest)?.join(candidate.inside(&candidate.workspace.root));
    let Some(entrants) = entrants::prepare(lab, pair, true)? else { return Ok(None) };
    let benchmark = meant(&entrants.prepared[1], &arguments.bench)?;
    let sides: Vec<One> = entrants
        .built
        .into_iter()
        .zip(entrants.prepared)
        .map(|(built, preparation)| One {
            name: built.named.shown(),
            revision: built.named.revision.clone(),
            preparation,
        })
        .collect();
    let sides = Sides { benchmark, home, sides };
    if sides.prepared(0).is_none() {
        let near = nearest_ids(&sides.sides[0].preparation.listed, &sides.benchmark.path);
        let message = format!("{} has no benchmark {}", sides.sides[0].name, sides.benchmark);
        let error = CommandError::text(ExitCode::NotComparable, message);
        return Err(match did_you_mean(&near) {
            Some(_) => error.hint(format!("it has {}", near.join(", "))),
            None => error.hint("profile it without --diff"),
        });
    }
    Ok(Some(sides))
}

/// The benchmark that a text means: the one of this id or path, else the only one that it matches.
fn meant(preparation: &Preparation, text: &str) -> Result<BenchmarkId, CommandError> {
    let listed =
        || preparation.prepared.iter().flat_map(|prepared| &prepared.benchmarks).map(|record| &record.id);
    let exact: Vec<&BenchmarkId> = listed().filter(|id| id.to_string() == text || id.path == text).collect();
    let matching: Vec<&BenchmarkId> = match exact.as_slice() {
        [] => {
            let filter = Filter::new(&[text.to_owned()]);
            let ids: Vec<BenchmarkId> = listed().cloned().collect();
            let chosen: Vec<BenchmarkId> = filter.select(&ids).into_iter().cloned().collect();
            listed().filter(|id| chosen.contains(id)).collect()
        }
        found => found.to_vec(),
    };
    match matching.as_slice() {
        [one] => Ok((*one).clone()),
        [] => {
            let near = nearest_ids(&preparation.listed, text);
            let message = format!("no benchmark of {} matches {text}", preparation.listed.len());
            Err(CommandError::text(ExitCode::Usage, message)
                .hint(did_you_mean(&near).unwrap_or_else(|| "bench-lab list shows every id".into())))
        }
        several => {
            let shown: Vec<String> = several.iter().take(SHOWN_MAX).map(ToString::to_string).collect();
            let more = several.len().saturating_sub(SHOWN_MAX);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let message = format!("{text} means {} benchmarks, and a profile is of one", several.len());
            Err(CommandError::text(ExitCode::Usage, message)
                .hint(format!("one of {}{more}", shown.join(", "))))
        }
    }
}

impl Sides {
    /// Of what.
    pub(super) fn benchmark(&self) -> &BenchmarkId {
        &self.benchmark
    }

    /// Around which the store is.
    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    fn prepared(&self, side: usize) -> Option<&Prepared> {
        let holds =
            |prepared: &&Prepared| prepared.benchmarks.iter().any(|record| record.id == self.benchmark);
        self.sides[side].preparation.prepared.iter().find(holds)
    }

    /// Each side's benchmark, ready to be started.
    pub(super) fn subjects(&self) -> Result<Vec<Subject<'_>>, CommandError> {
        let mut subjects = Vec::new();
        for (place, side) in self.sides.iter().enumerate() {
            let found = self.prepared(place).and_then(|prepared| {
                let record = prepared.benchmarks.iter().find(|record| record.id == self.benchmark)?;
                Some((prepared, record))
            });
            let Some((prepared, record)) = found else {
                return Err(CommandError::text(
                    ExitCode::Bug,
                    format!("{} is listed no more", self.benchmark),
                ));
            };
            let of_target = |record: &&lab_core::model::TargetRecord| record.id == prepared.target.id;
            let target = side.preparation.records.iter().find(of_target);
            subjects.push(Subject {
                contender: Contender {
                    target: &prepared.target,
                    harness: prepared.harness,
                    selection: prepared.selection,
                    record,
                    is_threaded: prepared.is_threaded,
                },
                name: side.name.clone(),
                revision: side.revision.clone(),
                sha256: target.and_then(|target| target.sha256.clone()),
            });
        }
        Ok(subjects)
    }
}
