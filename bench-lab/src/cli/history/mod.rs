//! What the commands about history share: the index, the line of commits, accepted steps, one machine's timelines.
//!
//! It reads; it neither measures nor writes anything but the index.

mod accepted;
mod machine;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use lab_core::history::{
    Accepted, LeftOut, Line, Moment, Ordering, Timeline, TimelinePoint, Uncommitted, put_in_order,
};
use lab_core::model::{BenchmarkId, MetricId, TargetId};

use super::error::CommandError;
use super::exit::ExitCode;
use super::rules::{Rules, workspace_root};
use super::side::{baseline_error, shelf};
use super::{existing_store, hints, output, store_error};
use crate::baseline::Shelf;
use crate::revisions::{Repository, RevisionError};
use crate::store::Store;
use crate::store::index::{Holdings, IndexError, Wanted, consult};
pub(super) use accepted::{accepted, accepted_file, explained};
use machine::{machine, others};

/// A workspace's history, before a machine is chosen.
pub(super) struct Past {
    pub(super) rules: Rules,
    pub(super) shelf: Shelf,
    pub(super) accepted: Accepted,
    pub(super) repository: Option<Repository>,
    line: Option<Line>,
    store: Option<Store>,
}

/// What is asked of a history.
pub(super) struct Request<'a> {
    pub(super) metric: &'a MetricId,
    /// Whole ids; absent for all.
    pub(super) benchmarks: Option<&'a [String]>,
    pub(super) machine: Option<&'a str>,
    pub(super) uncommitted: Uncommitted,
}

/// A timeline, and its points with their places.
type Unordered = (Timeline, Vec<(usize, TimelinePoint)>);

/// One machine's history.
pub(super) struct Told {
    pub(super) machine: String,
    pub(super) ordering: Ordering,
    pub(super) left_out: LeftOut,
    /// Oldest first.
    pub(super) moments: Vec<Arc<Moment>>,
    pub(super) timelines: Vec<Timeline>,
    pub(super) remarks: Vec<String>,
}

/// Where a workspace keeps things, as flags say.
#[derive(Clone, Copy)]
pub(super) struct Whereabouts<'a> {
    pub(super) store: Option<&'a Path>,
    pub(super) policy: Option<&'a Path>,
    pub(super) baselines: Option<&'a Path>,
    /// The revision whose line orders the commits; absent for HEAD.
    pub(super) line: Option<&'a str>,
}

impl Past {
    /// With a store, or baselines at least.
    pub(super) fn open(places: Whereabouts<'_>) -> Result<Self, CommandError> {
        let mut past = Self::of_files(places)?;
        // Baselines alone are a history too.
        past.store = match existing_store(places.store, None) {
            Ok(store) => Some(store),
            Err(error) if past.shelf.list().is_ok_and(|places| places.is_empty()) => return Err(error),
            Err(_) => None,
        };
        Ok(past)
    }

    /// What git keeps of it, without a store.
    pub(super) fn of_files(places: Whereabouts<'_>) -> Result<Self, CommandError> {
        let here = std::env::current_dir().map_err(|error| CommandError::new(ExitCode::Usage, &error))?;
        let root = workspace_root(&here);
        let rules = Rules::read(&root, places.policy)?;
        let shelf = shelf(places.baselines, &root);
        let accepted = accepted(&shelf)?;
        let (repository, line) = repository(&here, places.line)?;
        Ok(Self { rules, shelf, accepted, repository, line, store: None })
    }

    /// The metric that is meant: the one named, else the policy's, else time.
    pub(super) fn metric(&self, asked: Option<&str>) -> MetricId {
        let named = asked.map(|asked| MetricId(asked.to_owned()));
        named.or_else(|| self.rules.policy.metric.clone()).unwrap_or_else(MetricId::wall_ns)
    }

    /// Asks the index.
    pub(super) fn holdings(
        &self,
        metric: &MetricId,
        benchmarks: Option<&[String]>,
    ) -> Result<Holdings, CommandError> {
        let wanted = Wanted { metric, benchmarks };
        consult(self.store.as_ref(), &self.shelf, &wanted, &mut |line| output::note(line)).map_err(|error| {
            match error {
                IndexError::Store(error) => store_error(error),
                IndexError::Baseline(error) => baseline_error(&error),
                other => CommandError::new(ExitCode::Usage, &other)
                    .hint("delete index.sqlite in the store's folder: it is made anew from the Runs"),
            }
        })
    }

    /// The timelines of one machine, in the order of commits.
    pub(super) fn told(&mut self, request: &Request<'_>) -> Result<Told, CommandError> {
        let mut holdings = self.holdings(request.metric, request.benchmarks)?;
        refuse_nothing(&holdings, request.metric)?;
        let mut remarks = remarks(&holdings);
        let machine = machine(&holdings.moments, request.machine)?;
        let others = others(&holdings.moments, &machine);
        if !others.is_empty() {
            remarks.push(format!("also measured on {others}; --machine NAME shows another one"));
        }
        // Other machines' moments stay in the list, so that the places of values hold.
        let is_here: Vec<bool> = holdings.moments.iter().map(|moment| moment.machine == machine).collect();
        let mut own: Vec<Moment> =
            holdings.moments.iter().filter(|one| one.machine == machine).cloned().collect();
        let order = put_in_order(&mut own, self.line.as_ref(), request.uncommitted);
        let own: Vec<Arc<Moment>> = own.into_iter().map(Arc::new).collect();
        let mut rank_of: Vec<Option<usize>> = vec![None; holdings.moments.len()];
        let of_all: Vec<usize> = (0..is_here.len()).filter(|index| is_here[*index]).collect();
        for (rank, place) in order.places.iter().enumerate() {
            rank_of[of_all[*place]] = Some(rank);
        }
        let moments: Vec<Arc<Moment>> = order.places.iter().map(|place| Arc::clone(&own[*place])).collect();
        let timelines = self.timelines(std::mem::take(&mut holdings.values), &rank_of, &moments);
        self.locate(&moments);
        Ok(Told { machine, ordering: order.ordering, left_out: order.left_out, moments, timelines, remarks })
    }

    /// Finds the first measured commit at or behind each accepted one: a step shows where somebody measured.
    fn locate(&mut self, moments: &[Arc<Moment>]) {
        let Some(line) = &self.line else { return };
        for step in &self.accepted.steps {
            let Some(place) = line.place(&step.commit) else { continue };
            let is_behind =
                |moment: &&Arc<Moment>| moment.note.as_ref().is_some_and(|note| note.place >= place);
            let measured = moments.iter().find(is_behind).and_then(|moment| moment.revision.commit.clone());
            if let Some(measured) = measured {
                self.accepted.measured_as.insert(step.commit.clone(), measured);
            }
        }
    }

    /// Values put behind each other by benchmark, those of an old name with those of the new one.
    fn timelines(
        &self,
        values: Vec<crate::store::index::SeriesValues>,
        rank_of: &[Option<usize>],
        moments: &[Arc<Moment>],
    ) -> Vec<Timeline> {
        let today: BTreeMap<&str, &str> =
            self.rules.policy.renamed.iter().map(|(new, old)| (old.as_str(), new.as_str())).collect();
        let mut found: BTreeMap<(String, String), Unordered> = BTreeMap::new();
        for series in values {
            let name =
                today.get(series.name.benchmark.as_str()).map_or(series.name.benchmark.as_str(), |new| new);
            let entry = found.entry((name.to_owned(), series.name.unit.clone())).or_insert_with(|| {
                let timeline = Timeline {
                    benchmark: name.to_owned(),
                    metric: series.name.metric.clone(),
                    unit: series.name.unit.clone(),
                    machine: moments.first().map_or_else(String::new, |moment| moment.machine.clone()),
                    points: Vec::new(),
                };
                (timeline, Vec::new())
            });
            for (place, value) in series.values {
                let Some(rank) = rank_of.get(place).copied().flatten() else { continue };
                let point = TimelinePoint {
                    moment: Arc::clone(&moments[rank]),
                    centre: value.centre,
                    invocation_count: value.invocation_count,
                    tainted_count: value.tainted_count,
                };
                entry.1.push((rank, point));
            }
        }
        let in_order = |(mut timeline, mut points): Unordered| {
            points.sort_by_key(|(rank, _)| *rank);
            timeline.points = points.into_iter().map(|(_, point)| point).collect();
            timeline
        };
        found.into_values().map(in_order).filter(|timeline| !timeline.points.is_empty()).collect()
    }

    /// The place of a commit on the line, from what a person typed.
    pub(super) fn place(&self, typed: &str) -> Option<usize> {
        let line = self.line.as_ref()?;
        line.place(self.commit(typed).as_deref().unwrap_or(typed))
    }

    /// The commit that a person means, where the repository knows it.
    pub(super) fn commit(&self, typed: &str) -> Option<String> {
        let resolved = self.repository.as_ref().and_then(|repository| repository.resolve(typed).ok());
        resolved.and_then(|named| named.revision.commit)
    }
}

/// The id of a benchmark from its text; what has no package and target in front is a path alone.
pub(super) fn benchmark_id(text: &str) -> BenchmarkId {
    let mut parts = text.splitn(3, '/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(package), Some(target), Some(path)) => BenchmarkId::new(TargetId::new(package, target), path),
        _ => BenchmarkId::new(TargetId::new("", ""), text),
    }
}

/// The repository around a folder and the line of a revision; nothing where there is none and none was asked for.
fn repository(here: &Path, asked: Option<&str>) -> Result<(Option<Repository>, Option<Line>), CommandError> {
    let repository = match Repository::around(here) {
        Ok(repository) => repository,
        Err(error) if asked.is_some() => return Err(hints::revision(&error)),
        Err(_) => return Ok((None, None)),
    };
    match repository.line(asked.unwrap_or("HEAD")) {
        Ok(line) => Ok((Some(repository), Some(line))),
        // A repository without a commit has no line.
        Err(RevisionError::Unknown { .. }) if asked.is_none() => Ok((Some(repository), None)),
        Err(error) => Err(hints::revision(&error)),
    }
}

fn refuse_nothing(holdings: &Holdings, metric: &MetricId) -> Result<(), CommandError> {
    if holdings.moments.is_empty() {
        let message = match holdings.open.len() {
            0 => "there is no whole Run and no baseline yet".to_owned(),
            open => format!("there is no whole Run yet, only {open} that can be resumed"),
        };
        return Err(CommandError::text(ExitCode::Usage, message).hint("bench-lab run makes one"));
    }
    let there: BTreeSet<&str> = holdings.series.iter().map(|name| name.metric.0.as_str()).collect();
    if there.contains(metric.0.as_str()) || there.is_empty() {
        return Ok(());
    }
    let listed = there.into_iter().collect::<Vec<_>>().join(", ");
    Err(CommandError::text(ExitCode::Usage, format!("no Run has the metric {metric}"))
        .hint(format!("there is {listed}")))
}

fn remarks(holdings: &Holdings) -> Vec<String> {
    let mut remarks = Vec::new();
    if !holdings.open.is_empty() {
        remarks.push(format!("not finished and left out: {}", some(&holdings.open)));
    }
    if let Some((name, why)) = holdings.unreadable.first() {
        let more = match holdings.unreadable.len() {
            1 => String::new(),
            count => format!(", and {} more", count - 1),
        };
        remarks.push(format!("cannot be read: {name}: {why}{more}"));
    }
    remarks
}

fn some(names: &[String]) -> String {
    const TOLD: usize = 3;
    let told = names.iter().take(TOLD).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > TOLD { format!("{told}, and {} more", names.len() - TOLD) } else { told }
}
