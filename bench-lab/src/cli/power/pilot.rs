//! A pilot for the forecasts: every benchmark is launched against itself, as `ab` would launch it.
//!
//! Nothing of it is kept, and its ratios are noise by construction: both sides are one executable.

use std::path::{Path, PathBuf};

use lab_core::model::{BenchmarkRecord, Launch, Outcome, Plan, Warning};
use lab_core::power::{Noise, Road};
use lab_stats::{Observations, median};

use super::{Arguments, Seen};
use crate::cli::arguments::Loudness;
use crate::cli::error::CommandError;
use crate::cli::exit::ExitCode;
use crate::cli::lab::{Lab, Opening};
use crate::cli::{ab, fresh, output};
use crate::duel::{Contender, Contest, Context, Pair, Refusal, Settings};
use crate::progress::Display;
use crate::runner::prepare::Preparation;

/// Measures, or says with which exit code it was stopped.
pub(super) fn run(
    arguments: &Arguments,
    launches: u32,
    store: Option<&Path>,
) -> Result<Result<Seen, ExitCode>, CommandError> {
    let display = if arguments.json { Display::Quiet } else { Display::Warnings };
    let mut lab = Lab::open(Opening {
        display,
        waiting: arguments.wait,
        store: store.map(PathBuf::from),
        tune: arguments.tune,
    })?;
    let loudness = if arguments.json { Loudness::Quiet } else { Loudness::Usual };
    let workspace = lab.discover(&arguments.build, loudness)?;
    let seed = crate::cli::run::seed_from_clock();
    let mut plan = ab::unstored_plan(arguments.filters.clone(), launches, seed);
    lab.place(&mut plan, None, None)?;
    let Ok(preparation) = lab.prepare(&workspace, &plan)? else { return Ok(Err(lab.stopped_before())) };
    fresh::refuse_nothing(&preparation, &plan.filters)?;
    let mut tuning = lab.tune(&mut plan, None)?;
    lab.set_apart(&plan, &preparation, None, &mut tuning)?;
    let settings = Settings::of_plan(&plan);
    let measured = lab.with_ring(|context, _| all(&context, &preparation, &settings, &plan));
    lab.release();
    lab.ended();
    let Some((noise, warnings)) = measured else { return Ok(Err(ExitCode::Interrupted)) };
    for warning in &warnings {
        output::note(&format!("warning  {}: {}", warning.subject, warning.text));
    }
    let source = format!("a pilot of {launches} launches of one executable against itself");
    Ok(Ok(Seen { road: Road::Live, source, drift: None, noise }))
}

/// Every benchmark in turn; nothing when the person stopped it.
fn all(
    context: &Context<'_>,
    preparation: &Preparation,
    settings: &Settings,
    plan: &Plan,
) -> Option<(Vec<Noise>, Vec<Warning>)> {
    let (mut noise, mut warnings) = (Vec::new(), Vec::new());
    for prepared in &preparation.prepared {
        for record in &prepared.benchmarks {
            let contender = Contender {
                target: &prepared.target,
                harness: prepared.harness,
                selection: prepared.selection,
                record,
                is_threaded: prepared.is_threaded,
            };
            let pair = Pair { baseline: contender, candidate: contender };
            match Contest::prepare(context, pair, settings) {
                Ok(contest) => {
                    warnings.extend(contest.warning());
                    noise.push(one(context, &contest, record, plan)?);
                }
                Err(Refusal::Stopped) => return None,
                Err(Refusal::Broken { .. }) => {
                    warnings.push(Warning::new(
                        "broken",
                        &record.id,
                        "it does not work, so nothing is forecast",
                    ));
                }
                Err(Refusal::Terms(error)) => {
                    warnings.push(Warning::new("no_terms", &record.id, error.to_string()));
                }
                Err(Refusal::NoTurns(why)) => warnings.push(Warning::new("no_turns", &record.id, why)),
            }
        }
    }
    Some((noise, warnings))
}

fn one(context: &Context<'_>, contest: &Contest<'_>, record: &BenchmarkRecord, plan: &Plan) -> Option<Noise> {
    let metric = contest.primary().clone();
    let launches: Vec<Launch> = (0..plan.invocation_count)
        .map(|index| contest.launch(context, index, 0, plan.seed).ok())
        .collect::<Option<_>>()?;
    let measured = launches.iter().filter(|launch| launch.outcome == Outcome::Ok);
    let seconds: Vec<f64> = measured.map(|launch| launch.wall_ns as f64 / 1e9).collect();
    Some(Noise {
        benchmark: record.id.clone(),
        road: Road::Live,
        logs: launches.iter().filter_map(|launch| launch.log_ratio(&metric)).collect(),
        metric,
        seconds: Observations::new(seconds).map_or(0.0, |seconds| median(&seconds)),
    })
}
