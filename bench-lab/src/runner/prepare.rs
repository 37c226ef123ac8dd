//! From built executables to benchmarks: each target is claimed by a harness, listed and filtered.
//!
//! A target that cannot be used is recorded with its reason; it never stops the others.

use std::fs;
use std::time::Duration;

use lab_core::filter::Filter;
use lab_core::model::{BenchmarkId, BenchmarkRecord, Skip, TargetRecord, Warning};
use lab_core::schedule::Unit;

use super::context::{Context, Stopped};
use super::event::Event;
use crate::harness::{self, Harness, Listing, Request, Selection};
use crate::workspace::{BenchTarget, Workspace};

/// A listing that takes longer is given up; code outside the measured part runs while listing.
const LIST_LIMIT: Duration = Duration::from_secs(120);

/// When listing alone takes so many times the measuring time of a benchmark, its benchmarks share a process:
/// the set-up would otherwise be paid once per benchmark and block.
const SHARED_PROCESS_RATIO: u32 = 4;

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

/// Claims, lists and filters every target of a workspace.
///
/// # Errors
/// [`Stopped`] when the person stopped it.
pub fn prepare(
    context: &mut Context<'_>,
    workspace: &Workspace,
    wanted: &Wanted,
) -> Result<Preparation, Stopped> {
    let mut preparation = Preparation::default();
    for skipped in &workspace.skipped {
        context.observer.notice(&Event::Skipped { target: &skipped.id, skip: &skipped.skip });
        preparation.records.push(record_of_skipped(skipped));
    }
    for target in &workspace.targets {
        add_target(context, workspace, target, wanted, &mut preparation)?;
    }
    Ok(preparation.selected(wanted))
}

fn add_target(
    context: &mut Context<'_>,
    workspace: &Workspace,
    target: &BenchTarget,
    wanted: &Wanted,
    preparation: &mut Preparation,
) -> Result<(), Stopped> {
    let mut record = record_of(workspace, target);
    match claim_and_list(context, target, &mut record, preparation)? {
        Ok(listed) => {
            context.observer.notice(&Event::Listed {
                target: &target.id,
                harness: listed.harness.id(),
                benchmark_count: listed.listing.benchmarks.len(),
            });
            preparation.add(target, listed, wanted.time_ms);
        }
        Err(skip) => {
            context.observer.notice(&Event::Skipped { target: &target.id, skip: &skip });
            record.skip = Some(skip);
        }
    }
    preparation.records.push(record);
    Ok(())
}

/// A target that answered.
struct Listed {
    harness: &'static dyn Harness,
    listing: Listing,
    /// How long the answer took, set-up of the benches included.
    wall: Duration,
}
impl Preparation {
    fn add(
        &mut self,
        target: &BenchTarget,
        harness: &'static dyn Harness,
        listing: Listing,
        wall: Duration,
        time_ms: u64,
    ) {
        let is_slow = wall > Duration::from_millis(time_ms) * SHARED_PROCESS_RATIO;
        let is_shared = listing.selection == Selection::WholeTarget || (is_slow && listing.benchmarks.len() > 1);
        if is_shared && listing.selection == Selection::Each {
            self.warnings.push(Warning::new(
                "shared_process",
                &target.id,
                format!(
                    "its set-up takes {:.1} s in every process, so its benchmarks share one process per block",
                    wall.as_secs_f64()
                ),
            ));
        }
        self.listed.extend(listing.benchmarks.iter().map(|record| record.id.clone()));
        self.warnings.extend(listing.warnings);
        self.prepared.push(Prepared {
            target: target.clone(),
            harness,
            selection: listing.selection,
            is_shared,
            benchmarks: listing.benchmarks,
        });
    }

    /// Leaves only what is wanted; a target of which nothing is wanted goes.
    fn selected(mut self, wanted: &Wanted) -> Self {
        let ids: std::collections::BTreeSet<BenchmarkId> =
            wanted.filter.select(&self.listed).into_iter().cloned().collect();
        for prepared in &mut self.prepared {
            prepared
                .benchmarks
                .retain(|record| ids.contains(&record.id) && (wanted.includes_ignored || !record.is_ignored));
        }
        self.prepared.retain(|prepared| !prepared.benchmarks.is_empty());
        self
    }

    /// What each process of a block measures: benchmarks of equal path go together, since no filter can part
    /// them.
    pub fn units(&self) -> Vec<Unit> {
        self.prepared.iter().flat_map(Prepared::units).collect()
    }
}

impl Prepared {
    fn units(&self) -> Vec<Unit> {
        let ids = self.benchmarks.iter().map(|record| record.id.clone());
        if self.is_shared {
            return vec![Unit { benchmarks: ids.collect() }];
        }
        let mut units: Vec<Unit> = Vec::new();
        let mut places = std::collections::HashMap::new();
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
}
