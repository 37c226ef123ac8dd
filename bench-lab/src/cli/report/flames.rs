//! The flame graphs of a report: files that were named, and those of stored profiles of its benchmarks.
//!
//! A profile of another revision than the one that was measured is shown as what it is. What cannot be read of the store is a
//! warning, since the report is about something else; a file that was named is an error.

use std::fs;
use std::path::Path;

use lab_core::compare::Verdict;
use lab_core::model::{BenchmarkId, Extract, Revision, Warning};
use lab_core::report::html::Flame;
use lab_core::report::number::counted;

use super::Arguments;
use super::subject::Found;
use crate::cli::error::CommandError;
use crate::cli::exit::ExitCode;
use crate::cli::side::Sources;
use crate::store::{KeptProfile, ProfiledSide, UnreadProfile};

/// Stored profiles that are shown; each takes some thirty kilobytes of the page.
const PROFILES_MAX: usize = 6;

/// Frames of each; the widest are kept.
const FRAMES_MAX: usize = 250;

/// The named files first, then stored profiles in the order of the page, what changed before the rest.
pub(super) fn flames(
    arguments: &Arguments,
    sources: &Sources,
    found: &Found,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Flame>, CommandError> {
    let mut flames = arguments.flamegraph.iter().map(|path| named(path)).collect::<Result<Vec<_>, _>>()?;
    let Some(store) = sources.store().ok().filter(|_| !arguments.no_flamegraph) else { return Ok(flames) };
    let mut profiles = Vec::new();
    let read = store.profiles().unwrap_or_else(|error| {
        vec![Err(UnreadProfile { path: store.path().into(), why: error.to_string() })]
    });
    for profile in read {
        match profile {
            Ok(profile) => profiles.push(profile),
            Err(UnreadProfile { path, why }) => {
                warnings.push(Warning::new("profile_unread", path.display().to_string(), why));
            }
        }
    }
    let judged = found.judged();
    let baseline = found.comparison().map(|comparison| &comparison.baseline.revision);
    let mut chosen: Vec<(&KeptProfile, Kinship, usize)> =
        in_order(found).into_iter().filter_map(|id| nearest(&profiles, id, &judged)).collect();
    let left_out = chosen.len().saturating_sub(PROFILES_MAX);
    chosen.truncate(PROFILES_MAX);
    for (profile, kinship, place) in chosen {
        // Without stacks there is nothing to draw: instructions and the heap have no picture.
        let Some((what, svg)) = drawn(profile, place, baseline) else { continue };
        match Flame::read(&format!("{}: {what}", profile.benchmark), &svg) {
            Ok(flame) => flames.push(
                flame
                    .narrowed(FRAMES_MAX)
                    .of_benchmark(profile.benchmark.clone(), said(profile, place, kinship)),
            ),
            Err(error) => {
                warnings.push(Warning::new("profile_unread", profile.id.clone(), error.to_string()))
            }
        }
    }
    if left_out > 0 {
        let text = format!(
            "{} with a stored profile left out: a page shows {PROFILES_MAX}, changes first, and a filter shows others",
            counted(left_out, "benchmark")
        );
        warnings.push(Warning::new("profiles_left_out", "", text));
    }
    Ok(flames)
}

fn named(path: &Path) -> Result<Flame, CommandError> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let svg = fs::read_to_string(path).map_err(|error| {
        CommandError::text(ExitCode::Usage, format!("{} could not be read: {error}", path.display()))
    })?;
    Flame::read(&name, &svg).map_err(|error| CommandError::new(ExitCode::Usage, &error))
}

/// The benchmarks of the page, what changed before the rest.
fn in_order(found: &Found) -> Vec<BenchmarkId> {
    let Some(comparison) = found.comparison() else {
        return found.judged().benchmarks.iter().map(|benchmark| benchmark.id.clone()).collect();
    };
    let is_called = |verdict: &Verdict| matches!(verdict, Verdict::Regressed | Verdict::Improved);
    let (called, calm): (Vec<_>, Vec<_>) =
        comparison.changes.iter().partition(|change| is_called(&change.verdict));
    called.into_iter().chain(calm).map(|change| change.benchmark.clone()).collect()
}

/// How close what was profiled is to what was measured; the closest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kinship {
    /// The very executable.
    Same,
    /// Another build of the same commit.
    Commit,
    /// Another revision, or one of which nobody knows.
    Other,
}

/// The closest profile of a benchmark, the newest of equally close ones, and which side of it is the close one.
fn nearest<'a>(
    profiles: &'a [KeptProfile],
    id: BenchmarkId,
    judged: &Extract,
) -> Option<(&'a KeptProfile, Kinship, usize)> {
    let sha256 = judged.target_of(&id).and_then(|target| target.sha256.as_deref());
    let of_benchmark = profiles.iter().filter(|profile| profile.benchmark == id);
    let sides = of_benchmark.flat_map(|profile| {
        // The candidate is what is asked about where both sides are as close.
        profile.sides.iter().enumerate().rev().map(move |(place, side)| (profile, side, place))
    });
    sides
        .map(|(profile, side, place)| (profile, kinship(side, sha256, &judged.revision), place))
        .reduce(|best, next| if next.1 < best.1 { next } else { best })
}

fn kinship(side: &ProfiledSide, sha256: Option<&str>, revision: &Revision) -> Kinship {
    let is_clean = |revision: &Revision| revision.is_dirty == Some(false);
    match (side.sha256.as_deref(), sha256) {
        (Some(one), Some(two)) if one == two => Kinship::Same,
        _ if side.revision.commit.is_some()
            && side.revision.commit == revision.commit
            && is_clean(&side.revision)
            && is_clean(revision) =>
        {
            Kinship::Commit
        }
        _ => Kinship::Other,
    }
}

/// The picture to show, and what it is: the difference where it is against the page's own baseline, else the one side.
fn drawn(profile: &KeptProfile, place: usize, baseline: Option<&Revision>) -> Option<(String, String)> {
    let side = &profile.sides[place];
    let alone = |file: &str| Some((side.name.clone(), profile.file(file)?));
    match profile.sides.as_slice() {
        [_] => alone("flame.svg"),
        [other, _]
            if place == 1 && baseline.is_some_and(|baseline| baseline.commit == other.revision.commit) =>
        {
            let what = format!("{} → {}, red takes longer, blue less", other.name, side.name);
            profile.file("diff.svg").map(|svg| (what, svg)).or_else(|| alone("candidate.flame.svg"))
        }
        [_, _] if place == 0 => alone("baseline.flame.svg"),
        _ => alone("candidate.flame.svg"),
    }
}

fn said(profile: &KeptProfile, place: usize, kinship: Kinship) -> String {
    let day = profile.created_at.get(..10).unwrap_or(&profile.created_at);
    let revision = &profile.sides[place].revision;
    let commit =
        revision.commit.as_deref().map_or("an unknown commit", |commit| commit.get(..10).unwrap_or(commit));
    let changed = if revision.is_dirty == Some(true) { " with changes" } else { "" };
    let whose = match kinship {
        Kinship::Same => "of the executable that was measured".to_owned(),
        Kinship::Commit => format!("of {commit}, which was measured, in another build"),
        Kinship::Other => format!("of {commit}{changed}, which is not what was measured"),
    };
    format!("profile {} of {day}, {whose}", profile.id)
}
