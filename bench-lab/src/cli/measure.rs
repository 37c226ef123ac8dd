//! `bench-lab tune measure`: what does each knob buy on this host?
//!
//! It shows figures and words; which knobs a Run sets is not decided here.

use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use lab_core::canary::CANARIES;
use lab_core::cpulist::CpuList;
use lab_core::report::number;
use lab_core::trial::{self, Judged, REPETITIONS_MIN, Slice, Visit};
use serde_json::{Value, json};

use super::error::CommandError;
use super::exit::ExitCode;
use super::{duration, keeper, output, surroundings};
use crate::canary::{self, Kernel};
use crate::host::knob;
use crate::host::session::{Place, PlaceError, WayError};
use crate::host::trial::{Order, SLICE_MIN, Step, TrialError, Trials, measure};

/// Try each knob on this host: in force and not, in turns, with the jitter probe and a canary
#[derive(Args, Debug)]
#[command(after_help = "\
Ratios are in force over not in force, so below 1 is better; intervals hold at 95 % each. helps and hurts are said where
they hold among all figures of the table; (nothing) sets nothing and shows what chance shows. Needs root.

Examples:
  sudo bench-lab tune measure
  sudo bench-lab tune measure --knob irq_affinity --repetitions 30 --budget 3m")]
pub(super) struct Arguments {
    /// Only these knobs [default: all that can be set, and all together]
    #[arg(long = "knob", value_name = "NAME", num_args = 1..)]
    knobs: Vec<String>,
    /// Turns of each knob: each is two slices with it in force and two without
    #[arg(long, value_name = "COUNT", default_value_t = 12, value_parser = clap::value_parser!(u32).range(i64::from(REPETITIONS_MIN)..=1000))]
    repetitions: u32,
    /// How long all of it may take
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "90s")]
    budget: Duration,
    /// Length of a slice [default: what the budget leaves, up to 1 s]
    #[arg(long, value_name = "TIME", value_parser = slice)]
    slice: Option<Duration>,
    /// The work that is timed: the name of a canary, as integer, cache or syscall
    #[arg(long, value_name = "NAME", default_value = "integer", value_parser = kernel)]
    canary: &'static Kernel,
    /// CPUs that benchmarks would run on; the first is probed [default: as `run` chooses them]
    #[arg(long, value_name = "LIST")]
    bench_cpus: Option<CpuList>,
    /// Seed of the order [default: from the clock]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// One JSON object on standard output, with every slice
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let place = Place::of_process();
    let bench_cpus = match &arguments.bench_cpus {
        Some(cpus) => cpus.clone(),
        None => {
            let placed = surroundings::placement(&place.root, None);
            placed
                .map_err(|error| {
                    CommandError::new(ExitCode::Usage, &error).hint("name them with --bench-cpus")
                })?
                .cpus
        }
    };
    let seed =
        arguments.seed.unwrap_or_else(|| Timestamp::now().as_microsecond().unsigned_abs() % 1_000_000_000);
    let order = Order {
        place: &place,
        guard: &keeper::this_program(),
        knobs: knob::ALL,
        named: (!arguments.knobs.is_empty()).then_some(arguments.knobs.as_slice()),
        bench_cpus: &bench_cpus,
        canary: arguments.canary,
        repetition_count: arguments.repetitions,
        budget: arguments.budget,
        slice: arguments.slice,
        seed,
    };
    let tell = |step: Step<'_>| {
        if let Some(line) = describe(step).filter(|_| !arguments.json) {
            output::note(&line);
        }
    };
    let trials = measure(&order, tell).map_err(|error| refused(&error))?;
    let named: Vec<(String, Vec<Visit>)> =
        trials.subjects.iter().map(|(subject, visits)| (subject.name.clone(), visits.clone())).collect();
    let judged = trial::judge(&named);
    if arguments.json {
        output::json(&to_value(&trials, &judged, &order))?;
    } else {
        output::text(&to_text(&trials, &judged, &order))?;
    }
    Ok(ExitCode::Fine)
}

/// The timer's tick has to come several times in one.
fn slice(text: &str) -> Result<Duration, String> {
    let length = duration::parse(text)?;
    match length >= SLICE_MIN {
        true => Ok(length),
        false => Err(format!("it takes slices of {} ms at least", SLICE_MIN.as_millis())),
    }
}

/// By the name that people are shown, or by the stored one.
fn kernel(name: &str) -> Result<&'static Kernel, String> {
    let row = CANARIES.iter().find(|canary| canary.name == name || canary.id == name);
    row.and_then(|row| canary::find(row.id)).ok_or_else(|| {
        let names: Vec<&str> = CANARIES.iter().map(|canary| canary.name).collect();
        format!("there is none of this name; there are: {}", names.join(", "))
    })
}

fn refused(error: &TrialError) -> CommandError {
    let code = match error {
        TrialError::UnknownKnob { .. } | TrialError::BudgetTooShort { .. } => ExitCode::Usage,
        _ => ExitCode::HostRefused,
    };
    let shown = CommandError::new(code, error);
    match error {
        TrialError::Way(WayError::Place(PlaceError::NeedsRoot { .. })) => {
            shown.hint("sudo bench-lab tune measure")
        }
        TrialError::Way(WayError::Kept { .. } | WayError::Recovery(_)) => {
            shown.hint("sudo bench-lab tune restore, then once more")
        }
        TrialError::Locked(_) => {
            shown.hint("it needs the host for itself; wait until the other session has ended")
        }
        TrialError::BudgetTooShort { .. } => {
            shown.hint("give it more with --budget, fewer --repetitions, or name one --knob")
        }
        TrialError::NotBack { .. } | TrialError::NotRestored { .. } => {
            shown.hint("sudo bench-lab tune restore")
        }
        TrialError::NothingToTry { .. } => shown.hint("bench-lab tune status shows every file of every knob"),
        _ => shown,
    }
}

fn describe(step: Step<'_>) -> Option<String> {
    match step {
        Step::Tried(_) => None,
        Step::Begun { subject_count, slice_count, slice } => Some(format!(
            "{}, {slice_count} slices of {} in turns",
            number::counted(subject_count, "subject"),
            number::quantity(slice.as_nanos() as f64, "ns")
        )),
        Step::Turn { done, all, left } => {
            Some(format!("turn {done} of {all}, about {} left", number::span(left.as_secs_f64())))
        }
    }
}

fn to_text(trials: &Trials, judged: &[Judged], order: &Order<'_>) -> String {
    let mut text = format!(
        "\nCPU {}, canary {}: {} turns each, slices of {}, {} altogether, seed {}; ratios with 95 % intervals, below 1 is better\n\n",
        trials.cpu,
        order.canary.id,
        order.repetition_count,
        number::quantity(trials.slice.as_nanos() as f64, "ns"),
        number::span(trials.took.as_secs_f64()),
        order.seed
    );
    text.push_str(&trial::text::render(judged, output::width()));
    if let Some((_, visits)) = trials.subjects.first() {
        text.push_str(&format!("\nwithout any knob: {}\n", unset(visits)));
    }
    for (knob, why) in &trials.untried {
        text.push_str(&format!("not tried: {knob}: {why}\n"));
    }
    text.push_str("the host is as it was\n");
    text
}

/// What the probes see on the host as it is, for the sizes behind the ratios.
fn unset(visits: &[Visit]) -> String {
    let slices: Vec<&Slice> = visits.iter().flat_map(|visit| &visit.off).collect();
    let count = slices.len().max(1) as f64;
    let mean = |of: &dyn Fn(&Slice) -> f64| slices.iter().map(|slice| of(slice)).sum::<f64>() / count;
    let lost = mean(&|slice| slice.gaps.lost_ns as f64 / slice.gaps.watched_ns.max(1) as f64);
    let longest = slices.iter().map(|slice| slice.gaps.longest_ns).max().unwrap_or(0);
    format!(
        "{} of the time lost, longest gap {}, canary {} with quartiles {} apart",
        number::percent(lost),
        number::quantity(longest as f64, "ns"),
        number::quantity(mean(&|slice| slice.canary_ns), "ns"),
        number::percent(mean(&|slice| slice.canary_spread))
    )
}

fn to_value(trials: &Trials, judged: &[Judged], order: &Order<'_>) -> Value {
    let subjects: Vec<Value> = trials
        .subjects
        .iter()
        .map(|(subject, visits)| {
            let mut value = judged
                .iter()
                .find(|judged| judged.subject == subject.name)
                .map_or_else(|| json!({"subject": subject.name}), trial::json::render);
            value["knobs"] = json!(subject.knobs);
            value["setting_count"] = json!(subject.set_count);
            value["visits"] = visits.iter().map(visit_value).collect();
            value
        })
        .collect();
    let untried: Vec<Value> =
        trials.untried.iter().map(|(knob, why)| json!({"knob": knob, "reason": why})).collect();
    json!({
        "bench_cpus": order.bench_cpus.to_string(), "canary": order.canary.id, "cpu": trials.cpu, "repetitions": order.repetition_count,
        "seed": order.seed, "slice_ns": trials.slice.as_nanos() as u64, "took_ns": trials.took.as_nanos() as u64,
        "subjects": subjects, "untried": untried,
    })
}

fn visit_value(visit: &Visit) -> Value {
    let slices = |slices: &[Slice; 2]| slices.iter().map(slice_value).collect::<Vec<_>>();
    json!({"on": slices(&visit.on), "off": slices(&visit.off)})
}

fn slice_value(slice: &Slice) -> Value {
    let histogram: Vec<Value> =
        slice.gaps.histogram.iter().map(|(from_ns, count)| json!([from_ns, count])).collect();
    json!({
        "watched_ns": slice.gaps.watched_ns, "lost_ns": slice.gaps.lost_ns, "longest_ns": slice.gaps.longest_ns,
        "gaps_from_ns": histogram, "canary_ns": slice.canary_ns, "canary_spread": slice.canary_spread,
    })
}
