//! `bench-lab power`: the smallest change each benchmark can show, and what a wished one takes.
//!
//! It reads noise that was measured, or measures some; it judges no code.

#[cfg(measure)]
mod pilot;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use lab_core::compare::Drift;
use lab_core::filter::Filter;
use lab_core::model::{BenchmarkId, Extract, Run};
use lab_core::policy::Policy;
use lab_core::power::{Noise, Question, Road, forecast, live_noise, stored_noise};
use lab_core::report::power::{Section, as_json, text};
use lab_stats::Probability;

use super::arguments::BuildArguments;
#[cfg(not(measure))]
use super::elsewhere::pilot;
use super::error::CommandError;
use super::exit::ExitCode;
use super::percentage::share;
use super::rules::{Rules, workspace_root};
use super::tuning::Tune;
use super::{duration, existing_store, output, store_error};
use crate::store::Store;
use crate::workspace::Packages;

#[derive(Args, Debug)]
#[command(after_help = "\
The noise is that of the latest Run (for run --compare) and of the latest match (for ab), or of the one
that is named, or of a pilot.

Examples:
  bench-lab power
  bench-lab power -p mycrate --detect 1%
  bench-lab power --pilot --detect 0.5% -- 'parse.*'")]
pub(super) struct Arguments {
    /// A Run or a match [default: the latest of either]
    #[arg(value_name = "RUN", conflicts_with = "pilot")]
    source: Option<String>,
    /// Which benchmarks [default: all]
    #[arg(value_name = "FILTER", last = true)]
    filters: Vec<String>,
    /// Say what it takes to find a change of this size, as in 1%
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    detect: Option<f64>,
    /// In which share of cases a change is to be found, as in 95%
    #[arg(long, value_name = "PERCENT", value_parser = chance, default_value = "95%")]
    chance: Probability,
    /// Most launches of one benchmark in ab
    #[arg(long, value_name = "MAX", default_value_t = 80, value_parser = clap::value_parser!(u32).range(10..=80))]
    launches: u32,
    /// Build, and launch every benchmark against itself so often; nothing of it is kept
    #[arg(long, value_name = "LAUNCHES", num_args = 0..=1, default_missing_value = "20", require_equals = true, value_parser = clap::value_parser!(u32).range(6..=80))]
    pilot: Option<u32>,
    #[command(flatten)]
    build: BuildArguments,
    /// The policy file [default: bench-lab.toml in the workspace root]
    #[arg(long, value_name = "PATH")]
    policy: Option<PathBuf>,
    /// Set the host for the pilot, and put it back at the end
    #[arg(long, value_enum, default_value_t = Tune::Auto, env = "BENCH_LAB_TUNE")]
    tune: Tune,
    /// Wait so long for another session on this host to end [default: refuse at once]
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    wait: Option<Duration>,
    /// One JSON object on standard output
    #[arg(long)]
    json: bool,
}

/// Noise, and where it was seen.
pub(super) struct Seen {
    pub(super) road: Road,
    /// As a clause.
    pub(super) source: String,
    /// How far the machine moved between two Runs, where that is known.
    pub(super) drift: Option<f64>,
    pub(super) noise: Vec<Noise>,
}

pub(super) fn run(arguments: &Arguments, store: Option<&Path>) -> Result<ExitCode, CommandError> {
    let here = std::env::current_dir().map_err(|error| CommandError::new(ExitCode::Usage, &error))?;
    let root = arguments.build.manifest_path().and_then(Path::parent).unwrap_or(&here);
    let rules = Rules::read(&workspace_root(root), arguments.policy.as_deref())?;
    let seen = match arguments.pilot {
        Some(launches) => match pilot::run(arguments, launches, store)? {
            Ok(seen) => vec![seen],
            Err(stopped) => return Ok(stopped),
        },
        None => kept(arguments, store)?,
    };
    let mut sections: Vec<Section> =
        seen.into_iter().map(|seen| section(seen, arguments, &rules.policy)).collect();
    sections.retain(|section| !section.rows.is_empty());
    if sections.is_empty() {
        return Err(CommandError::text(ExitCode::Usage, "no benchmark that was measured is meant by this")
            .hint("bench-lab show lists those of the latest Run; --pilot measures anew"));
    }
    if arguments.json {
        output::json(&as_json(&sections))?;
    } else {
        output::text(&text(&sections, output::width()))?;
    }
    Ok(ExitCode::Fine)
}

fn section(seen: Seen, arguments: &Arguments, policy: &Policy) -> Section {
    let question = Question {
        alpha: policy.alpha,
        chance: arguments.chance,
        wished: arguments.detect.map(f64::ln_1p),
        launch_max: arguments.launches as usize,
        drift: seen.drift.unwrap_or(0.0),
    };
    let ids: Vec<BenchmarkId> = seen.noise.iter().map(|noise| noise.benchmark.clone()).collect();
    let meant: std::collections::BTreeSet<&BenchmarkId> =
        Filter::new(&arguments.filters).select(&ids).into_iter().collect();
    let packages = match arguments.build.selection(super::arguments::Loudness::Quiet).packages {
        Packages::Named(names) => names,
        Packages::Default | Packages::Workspace => Vec::new(),
    };
    let limits = policy.limits_of(&ids);
    let rows = seen
        .noise
        .iter()
        .zip(limits)
        .filter(|(noise, _)| meant.contains(&noise.benchmark))
        // A pilot measured what was built; of what is stored, a package is chosen here.
        .filter(|(noise, _)| {
            arguments.pilot.is_some()
                || packages.is_empty()
                || packages.contains(&noise.benchmark.target.package)
        })
        .map(|(noise, limits)| (noise.clone(), forecast(noise, &question, limits.margin.ln_1p())))
        .collect();
    Section { road: seen.road, source: seen.source, question, knows_drift: seen.drift.is_some(), rows }
}

/// The noise of what is stored.
fn kept(arguments: &Arguments, store: Option<&Path>) -> Result<Vec<Seen>, CommandError> {
    let store = existing_store(store, arguments.build.manifest_path())
        .map_err(|error| error.hint("bench-lab power --pilot measures some noise itself"))?;
    match &arguments.source {
        Some(source) if store.is_of_matches(source) => Ok(vec![of_match(&store, source)?]),
        Some(source) => Ok(vec![of_run(&store, source)?]),
        None => {
            let runs = store.list().map_err(store_error)?;
            let matches = store.list_matches().map_err(store_error)?;
            let mut seen = Vec::new();
            if !matches.is_empty() {
                seen.push(of_match(&store, "latest-ab")?);
            }
            if !runs.is_empty() || matches.is_empty() {
                seen.push(of_run(&store, "latest")?);
            }
            Ok(seen)
        }
    }
}

fn of_match(store: &Store, reference: &str) -> Result<Seen, CommandError> {
    let content = store.load_match(reference).map_err(store_error)?.content;
    let source = format!("match {}", content.id);
    Ok(Seen { road: Road::Live, source, drift: None, noise: live_noise(&content) })
}

fn of_run(store: &Store, reference: &str) -> Result<Seen, CommandError> {
    let run = store.load(reference).map_err(store_error)?.run;
    let drift = last_drift(store, &run);
    Ok(Seen { road: Road::Stored, source: format!("run {}", run.id), drift, noise: stored_noise(&run) })
}

/// How far the machine moved between this Run and the one before it on the same machine, by their canaries.
fn last_drift(store: &Store, run: &Run) -> Option<f64> {
    /// Runs that are looked through.
    const BACK: usize = 5;
    let extract = Extract::of_run(run);
    let machine = extract.environment.digests().machine;
    let ids: Vec<String> = store.list().ok()?.into_iter().map(|listed| listed.id).collect();
    let place = ids.iter().position(|id| *id == run.id)?;
    ids[..place].iter().rev().take(BACK).find_map(|id| {
        let before = Extract::of_run(&store.load(id).ok()?.run);
        match Drift::between(&before, &extract) {
            Drift::Within { on_cpu, .. } if before.environment.digests().machine == machine => Some(on_cpu),
            _ => None,
        }
    })
}

/// A change as typed, `1%` or `1`, as a share.
fn percent(text: &str) -> Result<f64, String> {
    let value = share(text)?;
    if value > 0.0 && value <= 1.0 {
        Ok(value)
    } else {
        Err("a change lies above 0 and at most at 100 per cent".into())
    }
}

fn chance(text: &str) -> Result<Probability, String> {
    let value = percent(text)?;
    if (0.5..=0.999).contains(&value) {
        Probability::new(value).map_err(|error| error.to_string())
    } else {
        Err("a chance lies between 50 and 99.9 per cent".into())
    }
}
