//! `bench-lab run --resume`: goes on with an open Run where it stopped.
//!
//! It measures the same executables in the same order with the same settings, or refuses.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use std::time::Instant;

use jiff::Timestamp;
use lab_core::model::{
    BenchmarkId, BenchmarkRecord, Extract, Run, Scheduled, SessionRecord, TargetId, Warning,
};

use super::benches::{Benches, Purpose};
use super::ending::Left;
use super::error::CommandError;
use super::exit::ExitCode;
use super::judgement::{Asked, Judgement};
use super::lab::{Lab, Session};
use super::pinned::Pinned;
use super::rules::workspace_root;
use super::run::Arguments;
use super::side::machine_of;
use super::spend::Spending;
use super::{existing_store, origin, source, store_error, surroundings};
use crate::canary;
use crate::runner::measure::Ending;
use crate::runner::prepare::Preparation;
use crate::runner::remaining::Pace;
use crate::store::Store;

pub(super) fn run(lab: &mut Lab, arguments: &Arguments, reference: &str) -> Result<ExitCode, CommandError> {
    let store = &existing_store(lab.store.as_deref(), arguments.source.build.manifest_path())?;
    let formats = &arguments.formats;
    let id = open_run(store, reference)?;
    let resumed = store.resume(&id).map_err(store_error)?;
    let (mut open, mut run) = (resumed.open, resumed.stored.run);
    let rest = rest_of(&run);
    let judgement = judgement_of(&run, arguments, store)?;
    let look = if rest.is_empty() { judgement.look(&run)? } else { None };
    if rest.is_empty() && look.as_ref().is_none_or(|look| look.schedule.is_empty()) {
        if let Some(look) = &look {
            open.add_look(look, &run.benchmarks).map_err(store_error)?;
        }
        // Nothing is measured under a definition any more, and what was has been held against it or never will be.
        let left = Left { store, open, ending: Ending::Done, pinned: None, judgement: &judgement, formats };
        return lab.finish(left, arguments.display());
    }
    let (named, on_mismatch) = arguments.machine();
    let pinned = Pinned::reopen(lab.root(), &run, named, on_mismatch)?;
    let stored = source::parse_stored(&run.plan.build_arguments)
        .map_err(|error| CommandError::new(ExitCode::NotComparable, &error))?;
    let benches =
        lab.open_benches(&stored.or_from(&arguments.source), arguments.loudness(), Purpose::Measuring)?;
    let Benches { workspace, source, .. } = benches;
    let source = origin::or_told(source, run.provenance.as_ref());
    let Ok(mut preparation) = lab.prepare(&workspace, &run.plan)? else { return Ok(lab.stopped_before()) };
    refuse_changed(&run, &preparation)?;
    restore_settings(&run, &mut preparation);
    refuse_missing(&rest, &preparation)?;
    if run.plan.looks.is_some() {
        // A look may add any of them.
        refuse_missing(&run.schedule, &preparation)?;
    }
    lab.keep_off(&run.plan, pinned.as_ref());
    let mut tuning = lab.tune(&mut run.plan, pinned.as_ref())?;
    let apart = lab.set_apart(&run.plan, &preparation, pinned.as_ref(), &mut tuning)?;
    let number = run.sessions.last().map_or(1, |session| session.number + 1);
    let provenance = run.provenance.as_ref();
    let mut environment = surroundings::environment(lab.root(), &workspace, &source, provenance);
    apart.insert(&mut environment);
    if let Some(pinned) = &pinned {
        pinned.insert(&mut environment);
    }
    let session =
        SessionRecord { number, started_at: Timestamp::now().to_string(), environment, tuning: tuning.knobs };
    let news = news(&run, &session, pinned.as_ref());
    news.iter().for_each(|warning| lab.warn(warning));
    for warning in tuning.warnings.into_iter().chain(news) {
        open.add_warning(&warning).map_err(store_error)?;
    }
    open.begin_session(&session).map_err(store_error)?;
    let thresholds = pinned.as_ref().map(Pinned::thresholds).unwrap_or_default();
    let session = Session {
        run: &run,
        schedule: &rest,
        preparation: &preparation,
        number,
        began: Instant::now(),
        thresholds,
    };
    let mut pace = Pace::default();
    let ended = if rest.is_empty() { Ending::Done } else { lab.measure(&mut open, &session, &mut pace)? };
    let spending = Spending { store, judgement: &judgement, session: &session };
    let ended = lab.spend(&mut open, &spending, &mut pace, ended)?;
    let left = Left { store, open, ending: ended, pinned: pinned.as_ref(), judgement: &judgement, formats };
    lab.finish(left, arguments.display())
}

/// By what a Run is judged that goes on: one that was begun against a baseline goes on against it.
fn judgement_of(run: &Run, arguments: &Arguments, store: &Store) -> Result<Judgement, CommandError> {
    let begun = run.plan.looks.as_ref().map(|looks| looks.baseline.as_str());
    let asked = Asked { baseline: arguments.asked().baseline.or(begun), ..arguments.asked() };
    let home = home_of(run)?;
    let judgement =
        Judgement::prepare(asked, store, (Path::new(&run.workspace), &home), &run.targets, &|| {
            machine_of(&Extract::of_run(run)).unwrap_or_default()
        })?;
    judgement.refuse_other_baseline(run.plan.looks.as_ref())?;
    Ok(judgement)
}

/// Around which the baselines of a Run lie: its workspace, or for prebuilt benches the current directory.
fn home_of(run: &Run) -> Result<PathBuf, CommandError> {
    if !run.plan.build_arguments.iter().any(|flag| flag == "--manifest") {
        return Ok(run.workspace.clone().into());
    }
    let here = std::env::current_dir().map_err(|error| CommandError::new(ExitCode::Usage, &error))?;
    Ok(workspace_root(&here))
}

/// The id to go on with: the one named, else the newest that is open.
fn open_run(store: &Store, reference: &str) -> Result<String, CommandError> {
    if !reference.is_empty() {
        return store.find(reference).map_err(store_error);
    }
    let open = store.open_runs().map_err(store_error)?;
    open.last().map(|run| run.id.clone()).ok_or_else(|| {
        CommandError::text(ExitCode::Usage, format!("no open Run in {}", store.path().display()))
            .hint("every Run there is whole; bench-lab runs lists them")
    })
}

/// What the schedule still asks for, in its order.
fn rest_of(run: &Run) -> Vec<Scheduled> {
    let done: BTreeSet<u32> = run.all_invocations().map(|invocation| invocation.index).collect();
    run.whole_schedule().filter(|scheduled| !done.contains(&scheduled.index)).cloned().collect()
}

/// Half a Run of one executable and half of another would be no Run.
fn refuse_changed(run: &Run, preparation: &Preparation) -> Result<(), CommandError> {
    let now: BTreeMap<&TargetId, Option<&String>> =
        preparation.records.iter().map(|record| (&record.id, record.sha256.as_ref())).collect();
    let changed: Vec<String> = run
        .targets
        .iter()
        .filter(|target| {
            target.sha256.is_some() && now.get(&target.id).copied().flatten() != target.sha256.as_ref()
        })
        .map(|target| target.id.to_string())
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let message =
        format!("Run {} was begun with other executables: {} changed since", run.id, changed.join(", "));
    Err(CommandError::text(ExitCode::NotComparable, message).hint(
        "check out the commit it was begun with, or start a new Run; what it has measured stays readable",
    ))
}

/// Gives every benchmark the calibration and thread count that its first half was measured with.
fn restore_settings(run: &Run, preparation: &mut Preparation) {
    let stored: BTreeMap<&BenchmarkId, &BenchmarkRecord> =
        run.benchmarks.iter().map(|record| (&record.id, record)).collect();
    for prepared in &mut preparation.prepared {
        for record in &mut prepared.benchmarks {
            if let Some(stored) = stored.get(&record.id) {
                *record = (*stored).clone();
            }
        }
    }
}

fn refuse_missing(rest: &[Scheduled], preparation: &Preparation) -> Result<(), CommandError> {
    let listed: BTreeSet<&BenchmarkId> = preparation
        .prepared
        .iter()
        .flat_map(|prepared| prepared.benchmarks.iter().map(|record| &record.id))
        .collect();
    let missing = rest
        .iter()
        .filter(|scheduled| !scheduled.is_canary())
        .flat_map(|scheduled| &scheduled.benchmarks)
        .find(|id| !listed.contains(id));
    match missing {
        None => Ok(()),
        Some(id) => Err(CommandError::text(ExitCode::NotComparable, format!("{id} is listed no more"))
            .hint("the Run cannot be finished as it was begun; start a new one")),
    }
}

/// What a reader must know of this session that the Run does not say yet.
fn news(run: &Run, session: &SessionRecord, pinned: Option<&Pinned>) -> Vec<Warning> {
    let of_machine = pinned.map(Pinned::warnings).unwrap_or_default();
    let news = of_machine.into_iter().filter(|warning| !run.warnings.contains(warning));
    news.chain(changes(run, session)).chain(other_canaries(run)).collect()
}

/// The kernels' work is the same in every bench-lab; how they were compiled need not be.
fn other_canaries(run: &Run) -> Option<Warning> {
    let is_other = !run.canary.kernels.is_empty() && canary::sha256_of_this_program() != run.canary.sha256;
    is_other.then(|| {
        let text = "the Run was begun with another build of bench-lab, so a step in the canaries' times need not be \
                    the machine's";
        Warning::new("canary_changed", "", text)
    })
}

/// What is another value now than at the start of the Run's last session, digest by digest.
fn changes(run: &Run, session: &SessionRecord) -> Vec<Warning> {
    let Some(before) = run.sessions.last() else { return Vec::new() };
    let (before_digests, digests) = (before.environment.digests(), session.environment.digests());
    if before_digests == digests {
        return Vec::new();
    }
    before
        .environment
        .differences(&session.environment)
        .into_iter()
        .map(|name| {
            let text = format!("is not what it was when the Run was begun (session {})", session.number);
            Warning::new("environment_changed", name, text)
        })
        .collect()
}
