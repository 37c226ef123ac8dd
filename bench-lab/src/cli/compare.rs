//! `bench-lab compare`: what changed between two sides, and how sure that is.
//!
//! It reads what is stored and measures nothing.

mod lineage;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use lab_core::compare::{Comparison, Material, Subject, Verdict, compare};
use lab_core::filter::Filter;
use lab_core::model::{BenchmarkId, Extract, MetricId, Warning};
use lab_core::policy::Policy;
use lab_core::report::compared::ComparedView;
use lab_core::report::format::Topic;
use lab_core::report::place::Places;

use super::error::{CommandError, did_you_mean};
use super::exit::ExitCode;
use super::format::{FormatArguments, Page};
use super::places::places;
use super::rules::{Rules, exit_code, workspace_root};
use super::side::{Side, Sources, machine_of};
use super::{across, history};

#[derive(Args, Debug)]
#[command(after_help = "\
A side is latest, latest~1, a Run's id or the start of one, a baseline's name, machine/name, or a branch.

Examples:
  bench-lab compare
  bench-lab compare main latest
  bench-lab compare v2.1.0 --gate
  bench-lab compare latest~1 latest --all -- 'insert.*'
  bench-lab compare --across epyc-7763/main m3-max/main")]
pub(super) struct Arguments {
    /// What to compare against [default: the default baseline of the candidate's machine]
    #[arg(value_name = "BASELINE")]
    baseline: Option<String>,
    /// What is judged
    #[arg(value_name = "CANDIDATE", default_value = "latest")]
    candidate: String,
    /// Which benchmarks [default: all]
    #[arg(value_name = "FILTER", last = true)]
    filters: Vec<String>,
    /// Set these sides beside each other, one per machine: costs in units of each machine's own canaries, no verdict
    #[arg(
        long,
        value_name = "SIDE",
        num_args = 2..,
        conflicts_with_all = ["baseline", "metric", "gate"],
        help_heading = "Across machines"
    )]
    across: Vec<String>,
    /// With --across, the benchmark that measures all others in place of the canaries
    #[arg(long, value_name = "ID", requires = "across", help_heading = "Across machines")]
    reference: Option<String>,
    /// The metric that decides [default: the policy's, else wall_ns]
    #[arg(long, value_name = "METRIC")]
    metric: Option<String>,
    /// List every benchmark, the equivalent ones too
    #[arg(long)]
    all: bool,
    /// Exit with 1 on a regression that the policy does not let pass, and with 5 on what is not comparable
    #[arg(long)]
    gate: bool,
    #[command(flatten)]
    formats: FormatArguments,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    #[command(flatten)]
    places: PlaceArguments,
}

/// Where policy and baselines are.
#[derive(Args, Clone, Debug)]
pub(super) struct PlaceArguments {
    /// The policy file [default: bench-lab.toml in the workspace root]
    #[arg(long, value_name = "PATH", help_heading = "How to judge")]
    pub(super) policy: Option<PathBuf>,
    /// Folder that keeps the baselines [default: baselines in the workspace root]
    #[arg(long, value_name = "DIR", env = "BENCH_LAB_BASELINES", help_heading = "How to judge")]
    pub(super) baselines: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, store: Option<&Path>) -> Result<ExitCode, CommandError> {
    let formats = if arguments.json { arguments.formats.as_json() } else { arguments.formats.clone() };
    if !arguments.across.is_empty() {
        let question = across::Question {
            sides: &arguments.across,
            reference: arguments.reference.as_deref(),
            filters: &arguments.filters,
            lists_all: arguments.all,
            baselines: arguments.places.baselines.as_deref(),
        };
        return across::run(&question, &formats, store);
    }
    formats.check(&[Topic::Comparison])?;
    let here = std::env::current_dir().map_err(|error| CommandError::new(ExitCode::Usage, &error))?;
    let mut rules = Rules::read(&workspace_root(&here), arguments.places.policy.as_deref())?;
    if let Some(metric) = &arguments.metric {
        rules.policy.metric = Some(MetricId(metric.clone()));
    }
    let sources = Sources::open(store, arguments.places.baselines.as_deref())?;
    let mut candidate = sources.side(&arguments.candidate, None)?;
    let mut baseline = match &arguments.baseline {
        Some(text) => sources.side(text, machine_of(&candidate.extract).as_deref())?,
        None => sources.default_baseline(&candidate.extract, &rules.policy)?,
    };
    narrow(&mut baseline.extract, &mut candidate.extract, &arguments.filters)?;
    let mut comparison = judged(&baseline, &candidate, &rules.policy)?;
    let revisions = [&baseline.extract.revision, &candidate.extract.revision];
    comparison.warnings.extend(history::explained(&comparison, revisions, &sources.shelf)?);
    // It asks git and the index, which nobody waits for who does not read it.
    if formats.wants_commands() {
        comparison.lineage = lineage::lineage(&comparison, store, &arguments.places);
    }
    let gate = arguments.gate.then(|| rules.gate(None, Some(&comparison)));
    let view = ComparedView { comparison: &comparison, gate: gate.as_ref(), lists_all: arguments.all };
    let places = match formats.wants_places() {
        true => places(&candidate.extract.targets, &[here]),
        false => Places::default(),
    };
    formats.show(&Page { comparison: Some(&view), places, ..Page::default() })?;
    Ok(gate.as_ref().map_or_else(|| plain_exit(&comparison), exit_code))
}

/// Without a gate only a comparison that says nothing at all is no success.
fn plain_exit(comparison: &Comparison) -> ExitCode {
    let says_nothing =
        comparison.changes.iter().all(|change| matches!(change.verdict, Verdict::NotComparable(_)));
    if says_nothing { ExitCode::NotComparable } else { ExitCode::Fine }
}

/// Compares two sides, with what is odd about either among the warnings.
pub(super) fn judged(baseline: &Side, candidate: &Side, policy: &Policy) -> Result<Comparison, CommandError> {
    refuse_unknown_metric(baseline, candidate, policy)?;
    let material = Material {
        baseline: Subject { name: &baseline.name, extract: &baseline.extract },
        candidate: Subject { name: &candidate.name, extract: &candidate.extract },
        launches: &[],
        duels: &[],
    };
    let mut comparison =
        compare(&material, policy).map_err(|error| CommandError::new(ExitCode::NotComparable, &error))?;
    comparison.warnings.extend(baseline.warnings.iter().chain(&candidate.warnings).cloned());
    if baseline.extract.origin == candidate.extract.origin {
        let text = "both sides are one and the same Run: measure again before comparing";
        comparison.warnings.push(Warning::new("same_run", "", text));
    }
    Ok(comparison)
}

/// Leaves the benchmarks that a filter means, on both sides.
pub(super) fn narrow(
    baseline: &mut Extract,
    candidate: &mut Extract,
    filters: &[String],
) -> Result<(), CommandError> {
    if filters.is_empty() {
        return Ok(());
    }
    let both = baseline.benchmarks.iter().chain(&candidate.benchmarks);
    let ids: Vec<BenchmarkId> =
        both.map(|benchmark| benchmark.id.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    let chosen: BTreeSet<&BenchmarkId> = Filter::new(filters).select(&ids).into_iter().collect();
    if chosen.is_empty() {
        let message = format!("no benchmark of {} on either side matches {}", ids.len(), filters.join(", "));
        let paths: Vec<&str> = ids.iter().map(|id| id.path.as_str()).collect();
        let near: Vec<String> =
            lab_core::nearest::nearest(&filters[0], paths).into_iter().map(str::to_owned).collect();
        let error = CommandError::text(ExitCode::Usage, message);
        return Err(match did_you_mean(&near) {
            Some(hint) => error.hint(hint),
            None => error,
        });
    }
    for extract in [&mut *baseline, &mut *candidate] {
        extract.benchmarks.retain(|benchmark| chosen.contains(&benchmark.id));
    }
    Ok(())
}

/// A metric that neither side has is most often a slip of the pen.
fn refuse_unknown_metric(baseline: &Side, candidate: &Side, policy: &Policy) -> Result<(), CommandError> {
    let Some(metric) = &policy.metric else { return Ok(()) };
    let both = baseline.extract.benchmarks.iter().chain(&candidate.extract.benchmarks);
    let there: BTreeSet<&str> =
        both.flat_map(|benchmark| &benchmark.series).map(|series| series.metric.0.as_str()).collect();
    if there.contains(metric.0.as_str()) {
        return Ok(());
    }
    let listed = there.iter().copied().collect::<Vec<_>>().join(", ");
    let message = format!("no benchmark of either side has the metric {metric}");
    Err(CommandError::text(ExitCode::Usage, message).hint(format!("there is {listed}")))
}
