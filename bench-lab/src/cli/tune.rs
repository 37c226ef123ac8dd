//! `bench-lab tune`: the host's settings by hand, and what they are at any time.
//!
//! `apply` keeps them until `restore`; what a Run sets is not its business.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use lab_core::cpulist::CpuList;
use lab_core::cpuset::Seats;
use lab_core::model::{KnobRecord, Setting, SettingOutcome, Warning};
use lab_core::report::table;
use serde_json::json;

use super::error::CommandError;
use super::exit::ExitCode;
use super::{keeper, measure, output, surroundings, unit};
use crate::host::guard::Reach;
use crate::host::journal::{self, JournalError};
use crate::host::knob;
use crate::host::lock::{self, Waiting};
use crate::host::restore::Ending;
use crate::host::session::{KernelFiles, Place, Program, Recovery, Session};
use crate::host::status::{self, Standing};
use crate::host::{cpuset, guard};

#[derive(Args, Debug)]
#[command(after_help = "\
bench-lab run tunes by itself as far as it may and puts everything back; this is for other tools, and for looking.

Examples:
  sudo bench-lab tune apply --bench-cpus 2-3
  bench-lab tune status
  sudo bench-lab tune measure
  sudo bench-lab tune restore")]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Set every knob and leave it so until `tune restore` or the next boot
    Apply {
        /// Only these knobs, separated by commas [default: all]
        #[arg(long, value_name = "NAMES", value_delimiter = ',')]
        knobs: Option<Vec<String>>,
        /// CPUs that benchmarks will run on [default: as `run` chooses them]
        #[arg(long, value_name = "LIST")]
        bench_cpus: Option<CpuList>,
        /// One JSON object on standard output
        #[arg(long)]
        json: bool,
    },
    /// Show each knob: before, now, wanted
    Status {
        /// CPUs that benchmarks will run on [default: those tuned for, else as `run` chooses them]
        #[arg(long, value_name = "LIST")]
        bench_cpus: Option<CpuList>,
        /// One JSON object on standard output
        #[arg(long)]
        json: bool,
    },
    Measure(measure::Arguments),
    /// Print how systemd puts everything back, whatever is killed
    Unit,
    /// Put everything back as it was, also after a crash
    Restore {
        /// Only what a session that was killed left behind, never what `tune apply` keeps
        #[arg(long)]
        crashed: bool,
        /// One JSON object on standard output
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    match &arguments.action {
        Action::Apply { knobs, bench_cpus, json } => {
            apply(&keeper::this_program(), knobs.clone(), bench_cpus.as_ref(), *json)
        }
        Action::Status { bench_cpus, json } => show_status(bench_cpus.as_ref(), *json),
        Action::Measure(arguments) => measure::run(arguments),
        Action::Unit => unit::show(),
        Action::Restore { crashed, json } => {
            restore(if *crashed { Reach::Crashed } else { Reach::Everything }, *json)
        }
    }
}

/// Applies and keeps. Nobody may be measuring meanwhile.
pub(super) fn apply(
    program: &Program,
    knobs: Option<Vec<String>>,
    bench_cpus: Option<&CpuList>,
    as_json: bool,
) -> Result<ExitCode, CommandError> {
    let place = Place::of_process();
    let cpus = match bench_cpus {
        Some(cpus) => cpus.clone(),
        None => chosen_cpus(&place)?,
    };
    let lock = lock::acquire(Waiting::Refuse).map_err(|error| {
        CommandError::new(ExitCode::HostRefused, &error)
            .hint("setting the host would disturb what it measures")
    })?;
    let mut session = Session::start(program, Some(&lock)).map_err(|error| failed(&error))?;
    let mut report = session
        .apply(&keeper::request(knobs, &BTreeMap::new(), &cpus.to_string()))
        .map_err(|error| failed(&error))?;
    session.keep().map_err(|error| failed(&error))?;
    let is_missing = report.knobs.iter().any(KnobRecord::is_missing);
    report.knobs.iter_mut().flat_map(|knob| &mut knob.settings).for_each(let_go);
    if as_json {
        let warnings = warnings_as_json(&report.warnings);
        let knobs = lab_core::format::tuning_value(&report.knobs);
        output::json(&json!({"bench_cpus": cpus.to_string(), "knobs": knobs, "warnings": warnings}))?;
    } else {
        output::text(&applied_as_text(&report.knobs, &report.warnings, &cpus))?;
    }
    Ok(if is_missing { ExitCode::HostRefused } else { ExitCode::Fine })
}

/// What was held open ended with the guard: only `run` and `hold` can keep it.
fn let_go(setting: &mut Setting) {
    if setting.original.is_none() && setting.outcome == SettingOutcome::Set {
        setting.outcome = SettingOutcome::Left;
        setting.reason = Some("it is in force only while a session holds it open".into());
        setting.reached = None;
    }
}

/// Puts back what a journal says.
pub(super) fn restore(reach: Reach, as_json: bool) -> Result<ExitCode, CommandError> {
    let done = guard::restore_by_hand(&KernelFiles, &Place::of_process(), reach).map_err(|why| {
        CommandError::text(ExitCode::HostRefused, why).hint("it needs root: sudo bench-lab tune restore")
    })?;
    let restoration = if let Recovery::Replayed(restoration) = &done { Some(restoration) } else { None };
    let warnings: Vec<Warning> =
        guard::told(&done).into_iter().filter(|warning| warning.kind != "tuning_recovered").collect();
    if as_json {
        output::json(&json!({"restored": restoration, "warnings": warnings_as_json(&warnings)}))?;
        return Ok(ExitCode::Fine);
    }
    let mut text = match restoration {
        Some(done) => {
            let back = done.files.iter().filter(|file| file.ending == Ending::Back).count();
            format!("{back} of {} files are as they were\n", done.files.len())
        }
        None if matches!(done, Recovery::Kept(_)) => {
            "nothing was left behind; the host is tuned by hand\n".to_owned()
        }
        None => "nothing to put back\n".to_owned(),
    };
    for warning in &warnings {
        text.push_str(&format!("warning: {warning}\n"));
    }
    output::text(&text)?;
    Ok(ExitCode::Fine)
}

/// Shows every knob without changing one.
pub(super) fn show_status(bench_cpus: Option<&CpuList>, as_json: bool) -> Result<ExitCode, CommandError> {
    let place = Place::of_process();
    let (recorded, unreadable) = match journal::read(&KernelFiles, &place.journal()) {
        Ok(recorded) => (recorded, None),
        Err(error @ JournalError::Io { .. }) => {
            (None, Some(CommandError::new(ExitCode::HostRefused, &error).message().to_owned()))
        }
        Err(error) => return Err(CommandError::new(ExitCode::HostRefused, &error)),
    };
    let tuned_for = recorded.as_ref().and_then(|recorded| recorded.header.bench_cpus.parse().ok());
    let cpus = match (bench_cpus.cloned(), tuned_for) {
        (Some(cpus), _) | (None, Some(cpus)) => cpus,
        (None, None) => chosen_cpus(&place)?,
    };
    let standings = status::read(&KernelFiles, &place.root, knob::ALL, &cpus, recorded.as_ref());
    let seats = Seats { bench: &cpus, threaded: None };
    let outlook = cpuset::look(&KernelFiles, &place.root, &seats, recorded.as_ref());
    if as_json {
        let journal = recorded.as_ref().map(status::journal_value);
        let knobs: Vec<_> = standings.iter().map(Standing::to_value).collect();
        output::json(&json!({
            "bench_cpus": cpus.to_string(), "journal": journal, "journal_unreadable": unreadable, "knobs": knobs,
            "cpuset": outlook.to_value(),
        }))?;
        return Ok(ExitCode::Fine);
    }
    let mut text = format!("for bench CPUs {cpus}\n");
    text.push_str(&match (&recorded, &unreadable) {
        (Some(recorded), _) => status::journal_text(recorded),
        (None, Some(why)) => format!("tuned or left by a session, values before unknown: {why}\n"),
        (None, None) => "no journal: nothing is set that would have to be put back\n".to_owned(),
    });
    text.push_str(&standings_as_text(&standings));
    text.push_str(&outlook.to_text());
    output::text(&text)?;
    Ok(ExitCode::Fine)
}

fn standings_as_text(standings: &[Standing]) -> String {
    let head = ["knob", "file", "before", "now", "wanted", ""].map(String::from).to_vec();
    let mut rows = vec![head];
    let mut nothing = String::new();
    for standing in standings {
        if let Some(why) = &standing.nothing_here {
            nothing.push_str(&format!("{}  nothing here: {why}\n", standing.knob));
        }
        for file in &standing.files {
            let now = file.now.clone().unwrap_or_else(|why| format!("? {why}"));
            let before = file.before.clone().unwrap_or_default();
            let wanted = file.wanted.clone().unwrap_or_default();
            let mark = if file.is_in_force { "in force" } else { "" };
            rows.push(vec![standing.knob.clone(), file.path.clone(), before, now, wanted, mark.into()]);
        }
    }
    let table =
        if rows.len() > 1 { table::lay_out(&rows, output::width()).join("\n") + "\n" } else { String::new() };
    table + &nothing
}

fn applied_as_text(knobs: &[KnobRecord], warnings: &[Warning], cpus: &CpuList) -> String {
    let settings = || knobs.iter().flat_map(|knob| &knob.settings);
    let in_force = settings().filter(|setting| setting.outcome.is_in_force()).count();
    let mut text =
        format!("{in_force} of {} settings are in force for bench CPUs {cpus}\n", settings().count());
    for knob in knobs {
        if let Some(why) = &knob.nothing_here {
            text.push_str(&format!("{}  nothing here: {why}\n", knob.knob));
        }
    }
    for warning in warnings {
        text.push_str(&format!("warning: {warning}\n"));
    }
    for setting in settings().filter(|setting| setting.outcome == SettingOutcome::Left) {
        let reason = setting.reason.as_deref().unwrap_or("");
        text.push_str(&format!("not kept: {}: {reason}\n", setting.path));
    }
    if settings().any(|setting| setting.outcome == SettingOutcome::Set) {
        text.push_str("bench-lab tune restore puts everything back\n");
    }
    text
}

fn warnings_as_json(warnings: &[Warning]) -> Vec<serde_json::Value> {
    let json =
        |warning: &Warning| json!({"kind": warning.kind, "subject": warning.subject, "text": warning.text});
    warnings.iter().map(json).collect()
}

fn chosen_cpus(place: &Place) -> Result<CpuList, CommandError> {
    let placement = surroundings::placement(&place.root, None)
        .map_err(|error| CommandError::new(ExitCode::Usage, &error).hint("name them with --bench-cpus"))?;
    Ok(placement.cpus)
}

fn failed(error: &crate::host::session::SessionError) -> CommandError {
    CommandError::new(ExitCode::HostRefused, error)
}
