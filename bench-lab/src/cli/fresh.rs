//! A new Run, from the workspace to the table.
//!
//! Seed, order and calibration are stored before the first measured process starts.

use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::Timestamp;
use lab_core::filter::Filter;
use lab_core::machine_name::machine_name;
use lab_core::model::{BenchmarkId, CanaryRecord, Environment, Plan, Revision, Run, SessionRecord, State};
use lab_core::nearest::nearest;
use lab_core::schedule::{self, Unit};

use super::benches::{Benches, Purpose};
use super::ending::Left;
use super::error::{CommandError, did_you_mean};
use super::exit::ExitCode;
use super::judgement::Judgement;
use super::lab::{Lab, Session};
use super::pinned::Pinned;
use super::rules::workspace_root;
use super::run::Arguments;
use super::spend::Spending;
use super::{doctor, origin, store_error, surroundings};
use crate::canary;
use crate::runner::pilot;
use crate::runner::prepare::Preparation;
use crate::runner::remaining::Pace;
use crate::workspace::{Workspace, manifest_folders};

pub(super) fn run(lab: &mut Lab, arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let pinned = lab.pin(arguments)?;
    let manifest_path = match arguments.source.manifest()? {
        Some(_) => Err("its benches were built before"),
        None => Ok(arguments.source.build.manifest_path()),
    };
    let host = doctor::look(lab.root(), arguments.cpus(), manifest_path);
    let (provenance, told) = arguments.origin.read(&arguments.source)?;
    let machine = || machine_name(&surroundings::host(lab.root()));
    arguments.asked().refuse_unknown(lab.store.as_deref(), &roots(arguments)?, &machine)?;
    for warning in &told {
        lab.warn(warning);
    }
    let benches = lab.open_benches(&arguments.source, arguments.loudness(), Purpose::Measuring)?;
    let Benches { workspace, source, home } = benches;
    let source = origin::or_told(source, provenance.as_ref());
    let mut plan = arguments.plan();
    let looks = arguments.look_counts(&plan)?;
    let mut warnings = lab.place(&mut plan, arguments.cpus(), pinned.as_ref())?;
    warnings.extend(told);
    warnings.extend(doctor::tell(lab, &host, arguments.display()));
    plan.build_arguments = arguments.source.stored(&workspace.root);
    // A store that takes nothing is better known before minutes of pilots.
    let store = lab.create_store(&home)?;
    let Ok(mut preparation) = lab.prepare(&workspace, &plan)? else { return Ok(lab.stopped_before()) };
    refuse_nothing(&preparation, &plan.filters)?;
    let judgement = Judgement::prepare(
        arguments.asked(),
        &store,
        (&workspace.root, &home),
        &preparation.records,
        &|| machine_name(&surroundings::host(lab.root())),
    )?;
    plan.looks = judgement.look_plan(looks);
    let mut tuning = lab.tune(&mut plan, pinned.as_ref())?;
    let began = Instant::now();
    let piloted = lab.with_context(|context| pilot::pilot(context, &mut preparation, &plan));
    let Ok(mut pilots) = piloted else { return Ok(lab.stopped_before()) };
    warnings.extend(judgement.carry_over(&plan, &mut preparation));
    let apart = lab.set_apart(&plan, &preparation, pinned.as_ref(), &mut tuning)?;
    warnings.extend(tuning.warnings);
    warnings.extend(workspace.warnings.iter().cloned());
    let mut environment = surroundings::environment(lab.root(), &workspace, &source, provenance.as_ref());
    apart.insert(&mut environment);
    if let Some(pinned) = &pinned {
        pinned.insert(&mut environment);
    }
    let mut run = new_run(&workspace, plan, &preparation, environment);
    run.revision = source.revision;
    run.provenance = provenance;
    if arguments.has_canaries() {
        add_canaries(&mut run, &mut pilots.pace);
    }
    run.sessions.iter_mut().for_each(|session| session.tuning.clone_from(&tuning.knobs));
    run.warnings = warnings.into_iter().chain(preparation.warnings.iter().cloned()).collect();
    let mut open = store.create_run(&run).map_err(store_error)?;
    let thresholds = pinned.as_ref().map(Pinned::thresholds).unwrap_or_default();
    let session = Session {
        run: &run,
        schedule: &run.schedule,
        preparation: &preparation,
        number: 1,
        began,
        thresholds,
    };
    let ending = lab.measure(&mut open, &session, &mut pilots.pace)?;
    let spending = Spending { store: &store, judgement: &judgement, session: &session };
    let ending = lab.spend(&mut open, &spending, &mut pilots.pace, ending)?;
    let formats = &arguments.formats;
    let left = Left { store: &store, open, ending, pinned: pinned.as_ref(), judgement: &judgement, formats };
    lab.finish(left, arguments.display())
}

/// The folders that may be the root around which baselines and the store of this Run lie, the outermost first; empty where
/// only cargo can tell. That one of them is the workspace's is cargo's law: its root is a manifest from here up, unless a
/// package names another.
fn roots(arguments: &Arguments) -> Result<Vec<PathBuf>, CommandError> {
    let usage = |error: &std::io::Error| CommandError::new(ExitCode::Usage, error);
    let here = std::env::current_dir().map_err(|error| usage(&error))?;
    if arguments.source.manifest()?.is_some() {
        return Ok(vec![workspace_root(&here)]);
    }
    let named = arguments.source.build.manifest_path().map(|path| here.join(path));
    let begin = named.as_deref().and_then(Path::parent).unwrap_or(&here);
    let begin = begin.canonicalize().unwrap_or_else(|_| begin.to_owned());
    Ok(manifest_folders(&begin).unwrap_or_default())
}

/// Everything that is known before the first measurement.
fn new_run(workspace: &Workspace, plan: Plan, preparation: &Preparation, environment: Environment) -> Run {
    let created_at = Timestamp::now().to_string();
    Run {
        // The store names it when it finds a free name.
        id: String::new(),
        lab_version: env!("CARGO_PKG_VERSION").into(),
        created_at: created_at.clone(),
        workspace: workspace.root.display().to_string(),
        revision: Revision::default(),
        canary: CanaryRecord::default(),
        schedule: schedule::lay_out(&preparation.units(), plan.invocation_count, plan.seed),
        plan,
        targets: preparation.records.clone(),
        benchmarks: preparation.prepared.iter().flat_map(|prepared| prepared.benchmarks.clone()).collect(),
        sessions: vec![SessionRecord { number: 1, started_at: created_at, environment, tuning: Vec::new() }],
        invocations: Vec::new(),
        warnings: Vec::new(),
        provenance: None,
        looks: Vec::new(),
        state: State::Open,
    }
}

/// Gives every block of a Run a process of the canaries.
fn add_canaries(run: &mut Run, pace: &mut Pace) {
    run.canary = CanaryRecord {
        sha256: canary::sha256_of_this_program(),
        is_optimised: canary::IS_OPTIMISED,
        kernels: canary::kernel_records(),
        invocations: Vec::new(),
    };
    let kernels = Unit { benchmarks: run.canary.benchmark_ids() };
    pace.guess(&kernels.benchmarks[0], canary::USUAL_WALL);
    run.schedule = schedule::with_canary(std::mem::take(&mut run.schedule), &kernels, run.plan.seed);
}

/// An error when there is nothing to measure: what was there instead, and what may have been meant.
pub(super) fn refuse_nothing(preparation: &Preparation, filters: &[String]) -> Result<(), CommandError> {
    if !preparation.prepared.is_empty() {
        return Ok(());
    }
    if preparation.listed.is_empty() {
        let skipped: Vec<String> = preparation
            .records
            .iter()
            .filter_map(|record| Some(format!("{}: {}", record.id, record.skip.as_ref()?)))
            .collect();
        let message = format!("no benchmark in {} bench targets: {}", skipped.len(), skipped.join("; "));
        return Err(CommandError::text(ExitCode::Usage, message));
    }
    let message = format!("no benchmark of {} matches {}", preparation.listed.len(), filters.join(", "));
    let unmatched = Filter::new(filters).unmatched(&preparation.listed).len();
    if unmatched < filters.len() || filters.is_empty() {
        return Err(CommandError::text(
            ExitCode::Usage,
            "every benchmark that is meant is ignored by default",
        )
        .hint("--include-ignored measures them"));
    }
    let nearest = nearest_ids(&preparation.listed, &filters[0]);
    Err(CommandError::text(ExitCode::Usage, message)
        .hint(did_you_mean(&nearest).unwrap_or_else(|| "bench-lab list shows every id".into())))
}

/// Ids like a filter that matched nothing: people type the last part of the harness's path more often than the
/// path, and the path more often than the whole id.
pub(super) fn nearest_ids(listed: &[BenchmarkId], filter: &str) -> Vec<String> {
    let last = |path: &str| path.rsplit(['/', ':']).next().unwrap_or_default().to_owned();
    let ways: [&dyn Fn(&BenchmarkId) -> String; 3] =
        [&|id| id.path.clone(), &|id| last(&id.path), &ToString::to_string];
    for name in ways {
        let names: Vec<String> = listed.iter().map(name).collect();
        let near = nearest(filter, names.iter().map(String::as_str));
        let is_near = |id: &&BenchmarkId| near.contains(&name(id).as_str());
        let ids: Vec<String> = listed.iter().filter(is_near).map(ToString::to_string).take(3).collect();
        if !ids.is_empty() {
            return ids;
        }
    }
    Vec::new()
}
