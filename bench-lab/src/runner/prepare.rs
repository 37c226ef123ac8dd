//! From built executables to benchmarks: each target is claimed by a harness, listed and filtered.
//!
//! A target that cannot be used is recorded with its reason; it never stops the others.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::time::Duration;

use lab_core::filter::Filter;
use lab_core::model::{BenchmarkId, BenchmarkRecord, Skip, TargetRecord, Warning};
use lab_core::schedule::Unit;

use super::context::{Context, Stopped};
use super::event::Event;
use super::executable;
use super::listing::{self, Listed};
use crate::harness::{self, Harness, Selection, UnknownHarness};
use crate::workspace::{BenchTarget, SkippedTarget, Workspace};

/// When listing alone takes so many times the measuring time of a benchmark, its benchmarks share a process:
/// the set-up would otherwise be paid once per benchmark and block.
const SHARED_PROCESS_RATIO: u32 = 4;

/// A set-up below this is paid without asking, however short the measuring is: what shares a process shares its
/// fate and its state.
const SETUP_MIN: Duration = Duration::from_millis(500);

/// Kind of the warning about a set-up that is shared.
const SHARED: &str = "shared_process";

/// A target that holds benchmarks to measure.
pub struct Prepared {
    /// The executable.
    pub target: BenchTarget,
    /// Who drives it.
    pub harness: &'static dyn Harness,
    /// Whether it obeys filters.
    pub selection: Selection,
    /// Whether all its benchmarks share one process per block, since it cannot select or sets up for long.
    pub is_shared: bool,
    /// Whether its owner says that it starts threads; absent to let the pilot see.
    pub is_threaded: Option<bool>,
    /// The selected benchmarks, in the harness's order.
    pub benchmarks: Vec<BenchmarkRecord>,
}

/// The selected part of a workspace.
#[derive(Default)]
pub struct Preparation {
    /// Targets with benchmarks to measure.
    pub prepared: Vec<Prepared>,
    /// Every target, for the Run.
    pub records: Vec<TargetRecord>,
    /// Every benchmark that was listed, selected or not: what a filter could have meant.
    pub listed: Vec<BenchmarkId>,
    /// What a reader must know.
    pub warnings: Vec<Warning>,
}

/// Which benchmarks are wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// By id.
    pub filter: Filter,
    /// Also those that their harness ignores by default.
    pub includes_ignored: bool,
    /// Measuring time per benchmark and invocation, in milliseconds.
    pub time_ms: u64,
}

/// Why a workspace cannot be prepared at all.
#[derive(Debug)]
pub enum Refusal {
    /// The person stopped it.
    Stopped,
    /// A package names a harness that does not exist.
    Harness(UnknownHarness),
}

/// Claims, lists and filters every target of a workspace.
///
/// # Errors
/// [`Refusal`]; a target that fails is no error.
pub fn prepare(
    context: &mut Context<'_>,
    workspace: &Workspace,
    wanted: &Wanted,
) -> Result<Preparation, Refusal> {
    let mut preparation = Preparation::default();
    for skipped in &workspace.skipped {
        context.observer.notice(&Event::Skipped { target: &skipped.id, skip: &skipped.skip });
        preparation.records.push(record_of_skipped(workspace, skipped));
    }
    for target in &workspace.targets {
        add_target(context, workspace, target, wanted, &mut preparation)?;
    }
    let unmatched = wanted.filter.unmatched(&preparation.listed);
    // When no filter matches anything at all, that is an error and not a remark.
    if unmatched.len() < wanted.filter.len() {
        let warning = |text| Warning::new("filter_unmatched", "", format!("no benchmark matches {text}"));
        preparation.warnings.extend(unmatched.into_iter().map(warning));
    }
    for warning in &preparation.warnings {
        context.observer.notice(&Event::Warned(warning));
    }
    Ok(preparation.selected(wanted))
}

fn add_target(
    context: &mut Context<'_>,
    workspace: &Workspace,
    target: &BenchTarget,
    wanted: &Wanted,
    preparation: &mut Preparation,
) -> Result<(), Refusal> {
    let mut record = record_of(workspace, target);
    match claim_and_list(context, target, &mut record, &mut preparation.warnings)? {
        Ok(listed) => {
            let (harness, benchmark_count) = (listed.harness.id(), listed.listing.benchmarks.len());
            context.observer.notice(&Event::Listed { target: &target.id, harness, benchmark_count });
            let is_threaded = workspace.settings.get(&target.id).and_then(|settings| settings.is_threaded);
            preparation.add(target, listed, is_threaded, wanted.time_ms);
        }
        Err(skip) => {
            context.observer.notice(&Event::Skipped { target: &target.id, skip: &skip });
            record.skip = Some(skip);
        }
    }
    preparation.records.push(record);
    Ok(())
}

fn claim_and_list(
    context: &mut Context<'_>,
    target: &BenchTarget,
    record: &mut TargetRecord,
    warnings: &mut Vec<Warning>,
) -> Result<Result<Listed, Skip>, Refusal> {
    let file = match fs::read(&target.executable) {
        Ok(file) => file,
        Err(error) => {
            let why = format!("{} cannot be read: {error}", target.executable.display());
            return Ok(Err(Skip::ListFailed(why)));
        }
    };
    executable::identify(record, &file);
    let claim = harness::claim(target, &file).map_err(Refusal::Harness)?;
    warnings.extend(claim.warnings);
    let harness = match claim.owner.harness() {
        Ok(harness) => harness,
        Err(skip) => return Ok(Err(skip)),
    };
    record.harness = Some(harness.id().into());
    let listed = listing::list(context, target, harness).map_err(|Stopped| Refusal::Stopped)?;
    let said = listed.as_ref().ok().and_then(|listed| listed.listing.harness_version.clone());
    record.harness_version = said.or_else(|| harness::version(target, harness));
    Ok(listed)
}

impl Preparation {
    fn add(&mut self, target: &BenchTarget, listed: Listed, is_threaded: Option<bool>, time_ms: u64) {
        let Listed { harness, listing, wall } = listed;
        let is_slow = wall > SETUP_MIN.max(Duration::from_millis(time_ms) * SHARED_PROCESS_RATIO);
        let is_one = listing.benchmarks.len() == 1;
        let is_shared = listing.selection == Selection::WholeTarget || (is_slow && !is_one);
        if is_shared && listing.selection == Selection::Each {
            let text = format!(
                "its set-up takes {:.1} s in every process, so its benchmarks share one process per block",
                wall.as_secs_f64()
            );
            self.warnings.push(Warning::new(SHARED, &target.id, text));
        }
        self.listed.extend(listing.benchmarks.iter().map(|record| record.id.clone()));
        self.warnings.extend(listing.warnings);
        self.prepared.push(Prepared {
            target: target.clone(),
            harness,
            selection: listing.selection,
            is_shared,
            is_threaded,
            benchmarks: listing.benchmarks,
        });
    }

    /// Leaves only what is wanted; a target of which nothing is wanted goes.
    fn selected(mut self, wanted: &Wanted) -> Self {
        let ids: BTreeSet<BenchmarkId> = wanted.filter.select(&self.listed).into_iter().cloned().collect();
        for prepared in &mut self.prepared {
            prepared
                .benchmarks
                .retain(|record| ids.contains(&record.id) && (wanted.includes_ignored || !record.is_ignored));
        }
        self.prepared.retain(|prepared| !prepared.benchmarks.is_empty());
        self
    }

    /// Gives each benchmark of a target a process of its own again, since one of them takes the others down.
    pub fn part(&mut self, index: usize) {
        let prepared = &mut self.prepared[index];
        prepared.is_shared = false;
        let target = prepared.target.id.to_string();
        if let Some(warning) =
            self.warnings.iter_mut().find(|warning| warning.kind == SHARED && warning.subject == target)
        {
            warning.text = "its set-up is slow and is paid once per benchmark and block, since one of its \
                            benchmarks fails and would take the others down"
                .into();
        }
    }

    /// What each process of a block measures.
    pub fn units(&self) -> Vec<Unit> {
        self.prepared.iter().flat_map(Prepared::units).collect()
    }
}

impl Prepared {
    /// What each process measures: benchmarks of equal path go together, since no filter can part them.
    pub fn units(&self) -> Vec<Unit> {
        let ids = self.benchmarks.iter().map(|record| record.id.clone());
        if self.is_shared {
            return vec![Unit { benchmarks: ids.collect() }];
        }
        let mut units: Vec<Unit> = Vec::new();
        let mut places = HashMap::new();
        for id in ids {
            let place = *places.entry(id.path.clone()).or_insert(units.len());
            match units.get_mut(place) {
                Some(unit) => unit.benchmarks.push(id),
                None => units.push(Unit { benchmarks: vec![id] }),
            }
        }
        units
    }

    /// The records of some of its benchmarks, in the harness's order.
    pub fn records(&self, ids: &[BenchmarkId]) -> Vec<BenchmarkRecord> {
        self.benchmarks.iter().filter(|record| ids.contains(&record.id)).cloned().collect()
    }

    /// Whether a process of these benchmarks gets several CPUs: its owner's word, else what the pilot saw.
    pub fn wants_threads(&self, records: &[BenchmarkRecord]) -> bool {
        self.is_threaded.unwrap_or_else(|| {
            records.iter().any(|record| record.thread_count_max.is_some_and(|count| count > 1))
        })
    }
}

fn record_of(workspace: &Workspace, target: &BenchTarget) -> TargetRecord {
    TargetRecord {
        id: target.id.clone(),
        harness: None,
        harness_version: None,
        executable: Some(target.executable.display().to_string()),
        sha256: None,
        build_id: None,
        source: relative(workspace, &target.source),
        skip: None,
    }
}

fn record_of_skipped(workspace: &Workspace, skipped: &SkippedTarget) -> TargetRecord {
    TargetRecord {
        id: skipped.id.clone(),
        harness: None,
        harness_version: None,
        executable: None,
        sha256: None,
        build_id: None,
        source: relative(workspace, &skipped.source),
        skip: Some(skipped.skip.clone()),
    }
}

fn relative(workspace: &Workspace, path: &std::path::Path) -> String {
    path.strip_prefix(&workspace.root).unwrap_or(path).display().to_string()
}
