//! `bench-lab profile`: where the time of one benchmark goes, and with `--diff` where more of it went.
//!
//! What it times enters no Run; the profile has a folder of its own in the store.

mod chosen;
mod flags;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use lab_core::model::Plan;
use lab_core::profile::{self as shown, Gap, Part, Profile, Reading};

use super::error::CommandError;
use super::exit::ExitCode;
use super::lab::{Lab, Opening};
use super::tuning::Tune;
use super::{output, store_error};
use crate::duel::{Settings, Stopped};
use crate::profile::{Choice, Subject, Wanted, draw, take};
use crate::progress::Display;
use crate::store::{OpenProfile, Store};

pub(super) use flags::Arguments;

pub(super) fn run(arguments: &Arguments, store: Option<&Path>) -> Result<ExitCode, CommandError> {
    refuse_what_cannot_be_had(arguments)?;
    let display = if arguments.quiet || arguments.json { Display::Quiet } else { Display::Warnings };
    let opening =
        Opening { display, waiting: arguments.wait, store: store.map(PathBuf::from), tune: Tune::Off };
    let mut lab = Lab::open(opening)?;
    let Some(sides) = chosen::open(&mut lab, arguments)? else { return Ok(lab.stopped_before()) };
    let mut plan = arguments.plan();
    lab.place(&mut plan, arguments.cpus.as_ref(), None)?;
    let store = lab.create_store(sides.home())?;
    let created_at = Timestamp::now().to_string();
    let subjects = sides.subjects()?;
    let candidate = subjects.last().and_then(|subject| subject.revision.commit.as_deref());
    let open = store.create_profile(&created_at, candidate).map_err(store_error)?;
    let taken = match taken(&mut lab, arguments, (&subjects, &plan), &open)? {
        Ok(taken) => taken,
        Err(Stopped) => return Ok(lab.stopped_before()),
    };
    lab.ended();
    let (readings, gaps) = taken;
    let profile = Profile {
        id: open.id().into(),
        created_at,
        lab_version: env!("CARGO_PKG_VERSION").into(),
        benchmark: sides.benchmark().clone(),
        harness: subjects[0].contender.harness.id().into(),
        cpus: plan.cpus.clone(),
        readings,
        gaps,
        files: Vec::new(),
    };
    keep(arguments, profile, open, &store)
}

/// A part that was asked for by name and whose tool is missing ends the command before anything is built.
fn refuse_what_cannot_be_had(arguments: &Arguments) -> Result<(), CommandError> {
    let Choice::These { stacks, heap, instructions } = arguments.choice() else { return Ok(()) };
    let missing = |tool: crate::profile::Tool| tool.find().err();
    let lacking = if stacks { missing(crate::profile::Tool::Perf) } else { None };
    let lacking = lacking.or_else(|| {
        let valgrind = missing(crate::profile::Tool::Valgrind)?;
        let has_other =
            crate::profile::Tool::Heaptrack.find().is_ok() || crate::profile::Tool::Perf.find().is_ok();
        (instructions || (heap && !has_other)).then_some(valgrind)
    });
    match lacking {
        None => Ok(()),
        Some(missing) => Err(CommandError::new(ExitCode::Usage, &missing).hint(missing.0.advice())),
    }
}

/// What was read of each side, and what could not be had.
type Taken = (Vec<Reading>, Vec<Gap>);

fn taken(
    lab: &mut Lab,
    arguments: &Arguments,
    (subjects, plan): (&[Subject<'_>], &Plan),
    open: &OpenProfile,
) -> Result<Result<Taken, Stopped>, CommandError> {
    let settings = Settings::of_plan(plan);
    let wanted = Wanted { choice: arguments.choice(), sampling: arguments.sampling(), settings: &settings };
    let tells = !arguments.quiet && !arguments.json;
    let mut tell = |line: &str| {
        if tells {
            output::note(line);
        }
    };
    let (mut readings, mut gaps): Taken = (Vec::new(), Vec::new());
    for (index, subject) in subjects.iter().enumerate() {
        let prefix = match (subjects.len(), index) {
            (1, _) => "",
            (_, 0) => "baseline.",
            _ => "candidate.",
        };
        let place = (open.half_made(), prefix);
        let end = lab.with_ring(|context, _| take(&context, subject, &wanted, place, &mut tell));
        let (reading, more) = match end {
            Err(Stopped) => return Ok(Err(Stopped)),
            Ok(Ok(taken)) => taken,
            Ok(Err(why)) => {
                let message = format!("{} of {} {why}", subject.contender.record.id, subject.name);
                return Err(CommandError::text(ExitCode::BenchmarkFailed, message)
                    .hint("bench-lab run --check shows which benchmarks work"));
            }
        };
        readings.push(reading);
        // A tool that is missing is missing on both sides.
        gaps.extend(more.into_iter().filter(|gap| !gaps.contains(gap)).collect::<Vec<_>>());
    }
    Ok(Ok((readings, gaps)))
}

/// Draws, writes, and shows the profile.
fn keep(
    arguments: &Arguments,
    mut profile: Profile,
    open: OpenProfile,
    store: &Store,
) -> Result<ExitCode, CommandError> {
    let drawings = draw(&profile).map_err(|error| {
        CommandError::text(ExitCode::Bug, format!("the flame graph could not be drawn: {error}"))
    })?;
    for drawing in &drawings {
        open.add(&drawing.file, &drawing.bytes).map_err(store_error)?;
    }
    profile.files = drawings.into_iter().map(|drawing| drawing.file).collect();
    for record in ["perf.data", "baseline.perf.data", "candidate.perf.data"] {
        let path = open.half_made().join(record);
        match (path.is_file(), arguments.keep_record) {
            (true, true) => profile.files.push(record.into()),
            (true, false) => drop(std::fs::remove_file(path)),
            (false, _) => {}
        }
    }
    let index = shown::json(&profile);
    let folder = open.keep(format!("{index:#}\n").as_bytes()).map_err(store_error)?;
    if arguments.json {
        output::json(&index)?;
    } else {
        output::text(&shown::text(&profile, output::width()))?;
        output::text(&files(&profile, &folder))?;
    }
    let is_empty = profile.readings.iter().all(is_nothing);
    let lacks_stacks = profile.gaps.iter().any(|gap| gap.part == Part::Stacks);
    let was_named = matches!(arguments.choice(), Choice::These { stacks: true, .. });
    output::note(&format!(
        "profiled times are no results; nothing was saved in {}",
        store.path().join("runs").display()
    ));
    Ok(if is_empty || (lacks_stacks && was_named) { ExitCode::Usage } else { ExitCode::Fine })
}

fn is_nothing(reading: &Reading) -> bool {
    reading.stacks.is_none()
        && reading.heap.is_none()
        && reading.instructions.is_none()
        && reading.counts.page_faults.is_none()
        && reading.counts.calls.is_none()
}

fn files(profile: &Profile, folder: &Path) -> String {
    let main =
        ["diff.svg", "flame.svg"].into_iter().find(|name| profile.files.iter().any(|file| file == name));
    match main {
        Some(picture) => format!("\nflame graph  {}\n", folder.join(picture).display()),
        None => format!("\nkept in  {}\n", folder.display()),
    }
}
