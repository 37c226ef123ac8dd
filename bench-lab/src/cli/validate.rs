//! `bench-lab validate`: the lab examines itself, on simulated noise and on this machine.
//!
//! It orders the layers, keeps what they gave, and shows it; the rules are `lab_core::validation`'s.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use jiff::Timestamp;
use lab_core::cpulist::CpuList;
use lab_core::machine_name::machine_name;
use lab_core::model::{Plan, Warning};
use lab_core::report::validated;
use lab_core::validation::{Status, Validation, rulings, simulate};
use serde_json::json;

use super::error::CommandError;
use super::exit::ExitCode;
use super::lab::{Lab, Opening};
use super::tuning::Tune;
use super::{ab, duration, output, store_error, surroundings};
use crate::duel::Settings;
use crate::exercise::{self, Course, Findings, Halt, Stop};
use crate::progress::Display;
use crate::runner::event::Event;
use crate::runner::prepare::Preparation;

#[derive(Args, Debug)]
#[command(after_help = "\
Three layers: the sequential rule on simulated noise; the same program on both sides (A/A) of built-in exercises; 1, 2
and 5 % more work, and memory that is further away, planted into one side. Each rule is passed, failed or undecided by
exact binomial intervals; a rule that fails makes the exit code 1. What is found is kept, and later comparisons on
machines like this one say it.

Examples:
  bench-lab validate
  bench-lab validate --quick
  bench-lab validate --minutes 60 --json")]
pub(super) struct Arguments {
    /// How long to measure
    #[arg(long, value_name = "MINUTES", default_value_t = 10.0, value_parser = minutes, conflicts_with = "quick")]
    minutes: f64,
    /// A minute at most: fewer simulated lists, forty A/A verdicts, nothing planted
    #[arg(long)]
    quick: bool,
    /// Seed of every draw [default: from the clock, and stored]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// CPUs to measure on, as in 1 or 2-5,8 [default: chosen from the topology]
    #[arg(long, value_name = "LIST")]
    cpus: Option<CpuList>,
    /// Set the host for measuring, and put it back at the end
    #[arg(long, value_enum, default_value_t = Tune::Auto, env = "BENCH_LAB_TUNE")]
    tune: Tune,
    /// Wait so long for another session on this host to end [default: refuse at once]
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    wait: Option<Duration>,
    /// The result only
    #[arg(long, short, conflicts_with = "json")]
    quiet: bool,
    /// Events, then the result, as JSON lines on standard output
    #[arg(long)]
    json: bool,
}

/// Simulated lists per row and width.
const LISTS: (usize, usize) = (1000, 200);

/// Time for measuring and A/A verdicts of a quick examination.
const QUICK: (Duration, usize) = (Duration::from_secs(45), 40);

/// A lab without optimisations times other things than a lab in use.
const PLAIN_BUILD: &str =
    "this bench-lab was built without optimisations: its exercises are not those of a lab in use";

pub(super) fn run(arguments: &Arguments, store: Option<&Path>) -> Result<ExitCode, CommandError> {
    let opening = Opening {
        display: arguments.display(),
        waiting: arguments.wait,
        store: store.map(PathBuf::from),
        tune: arguments.tune,
    };
    let mut lab = Lab::open(opening)?;
    let here = std::env::current_dir().map_err(|error| CommandError::new(ExitCode::Usage, &error))?;
    let store = lab.create_store(&super::rules::workspace_root(&here))?;
    let seed = arguments.seed.unwrap_or_else(super::run::seed_from_clock);
    let created_at = Timestamp::now().to_string();
    let mut plan = ab::unstored_plan(Vec::new(), 1, seed);
    let mut remarks: Vec<String> =
        lab.place(&mut plan, arguments.cpus.as_ref(), None)?.iter().map(Warning::to_string).collect();
    if cfg!(debug_assertions) {
        remarks.push(PLAIN_BUILD.into());
    }
    let (simulated, simulated_control) = simulate(if arguments.quick { LISTS.1 } else { LISTS.0 }, seed);

    let mut tuning = lab.tune(&mut plan, None)?;
    let apart = lab.set_apart(&plan, &Preparation::default(), None, &mut tuning)?;
    remarks.extend(tuning.warnings.iter().map(Warning::to_string));
    let mut environment = surroundings::without_build(lab.root());
    apart.insert(&mut environment);
    let place = tempfile::Builder::new().prefix("validate-").tempdir_in(store.path());
    let place = place.map_err(|error| CommandError::new(ExitCode::Usage, &error))?;
    let measured = measure(&mut lab, arguments, &plan, place.path())?;
    lab.release();
    lab.ended();
    let Some(Findings { cells, control, remarks: more }) = measured else { return Ok(ExitCode::Interrupted) };
    remarks.extend(more);
    let machine = environment.text("machine.name").map_or_else(|| machine_name(&environment), str::to_owned);
    let mut one = Validation {
        id: String::new(),
        lab_version: env!("CARGO_PKG_VERSION").into(),
        created_at,
        machine,
        seed,
        environment,
        simulated,
        simulated_control,
        cells,
        control,
        remarks,
    };
    let (id, path) = store.keep_validation(&one).map_err(store_error)?;
    one.id = id;
    if arguments.json {
        output::json(&json!({"event": "result", "result": validated::value(&one)}))?;
    } else {
        output::text(&validated::text(&one, output::width()))?;
        output::note(&format!("kept in {}", path.display()));
    }
    let has_failed = rulings(&one).iter().any(|ruling| ruling.status == Status::Failed);
    Ok(if has_failed { ExitCode::Gate } else { ExitCode::Fine })
}

/// The layers on this machine; nothing when the person stopped them.
fn measure(
    lab: &mut Lab,
    arguments: &Arguments,
    plan: &Plan,
    place: &Path,
) -> Result<Option<Findings>, CommandError> {
    let (time, verdict_max) = if arguments.quick {
        (QUICK.0, Some(QUICK.1))
    } else {
        (Duration::from_secs_f64(arguments.minutes * 60.0), None)
    };
    let settings = Settings::of_plan(plan);
    let deadline = Instant::now() + time;
    let seed = plan.seed;
    let ran = lab.with_ring(|context, observer| {
        let course = Course { context, settings, deadline, verdict_max, seed, place };
        exercise::run(&course, &mut |stop: Stop| {
            let (launched, verdicts) = (stop.launches, stop.all_verdicts);
            observer.notice(&Event::Examined { launched, verdicts, left: course.left() });
        })
    });
    match ran {
        Ok(findings) => Ok(Some(findings)),
        Err(Halt::Stopped) => Ok(None),
        Err(Halt::Place(tried, error)) => Err(CommandError::text(
            ExitCode::Usage,
            format!("could not {tried} in {}: {error}", place.display()),
        )),
    }
}

/// A length of time in minutes, as typed.
fn minutes(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "this is no number of minutes".to_owned())?;
    if (0.1..=24.0 * 60.0).contains(&value) { Ok(value) } else { Err("between 0.1 and 1440 minutes".into()) }
}

impl Arguments {
    fn display(&self) -> Display {
        match (self.json, self.quiet) {
            (true, _) => Display::Json,
            (false, true) => Display::Warnings,
            (false, false) => Display::Auto,
        }
    }
}
