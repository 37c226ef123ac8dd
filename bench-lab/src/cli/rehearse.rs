//! `bench-lab doctor --rehearse`: sets the host, kills the session that did, and shows what came back.
//!
//! It proves what the engine promises and promises nothing itself: no kill, no word.

use std::time::Duration;

use lab_core::cpulist::CpuList;
use lab_core::model::SettingOutcome;
use lab_core::report::{number, table};
use serde_json::{Value, json};

use super::error::CommandError;
use super::exit::ExitCode;
use super::{output, surroundings};
use crate::host::knob;
use crate::host::rehearsal::{
    self, Fault, FaultKind, Kill, Rehearsal, RehearsalError, Round, Row, Scenery, Step,
};
use crate::host::session::{GroupNote, Place, PlaceError, WayError};

const REMEDY: &str = "sudo bench-lab tune restore";

pub(super) fn run(cpus: Option<&CpuList>, as_json: bool) -> Result<ExitCode, CommandError> {
    let place = Place::of_process();
    let bench_cpus = surroundings::placement(&place.root, cpus)
        .map_err(|error| CommandError::new(ExitCode::Usage, &error))?
        .cpus;
    let scenery = Scenery { place: &place, knobs: knob::ALL, bench_cpus: &bench_cpus };
    let tell = |step| {
        if !as_json {
            output::note(&describe(step));
        }
    };
    let rehearsal = rehearsal::rehearse(&scenery, tell).map_err(|error| refused(&error))?;
    let is_proven = rehearsal.is_proven();
    if as_json {
        output::json(&to_value(&rehearsal, &bench_cpus))?;
    } else {
        output::text(&to_text(&rehearsal, &place))?;
    }
    Ok(if is_proven { ExitCode::Fine } else { ExitCode::HostRefused })
}

/// Nothing was rehearsed, in one line, and how to get it.
fn refused(error: &RehearsalError) -> CommandError {
    let shown = CommandError::new(ExitCode::HostRefused, error);
    let message = format!("nothing could be rehearsed: {}", shown.message());
    let hint = match error {
        RehearsalError::Way(WayError::Place(PlaceError::NeedsRoot { .. })) => {
            "sudo bench-lab doctor --rehearse"
        }
        RehearsalError::Way(WayError::Place(PlaceError::Busy)) | RehearsalError::Locked(_) => {
            "it needs the host for itself; wait until the other session has ended"
        }
        RehearsalError::Way(WayError::Kept { .. } | WayError::Recovery(_)) => {
            "sudo bench-lab tune restore, then once more"
        }
        RehearsalError::NothingHere => "bench-lab tune status says for each knob why",
        RehearsalError::Way(WayError::Place(_)) => {
            "the journal's folder must be root's and writable by root only"
        }
        RehearsalError::Actor { .. } => "bench-lab tune status shows how the host is set now",
    };
    CommandError::text(ExitCode::HostRefused, message).hint(hint)
}

fn describe(step: Step) -> String {
    match step {
        Step::Looked { setting_count, neighbour_count } => format!(
            "read {} that knobs set, and {neighbour_count} beside them",
            number::counted(setting_count, "file")
        ),
        Step::Control => "a session that sets nothing is killed, to see what moves by itself".into(),
        Step::Round(kill) => format!("a session sets the host; SIGKILL to {}", kill.phrase()),
        Step::Waiting(time) => format!("the host is not free yet after {}", number::span(time.as_secs_f64())),
    }
}

fn milliseconds(time: Duration) -> String {
    number::quantity(time.as_nanos() as f64, "ns")
}

fn to_text(rehearsal: &Rehearsal, place: &Place) -> String {
    let mut text = String::from("\n");
    if rehearsal.recovered_count > 0 {
        let files = number::counted(rehearsal.recovered_count, "file");
        text.push_str(&format!("put back first what an earlier session had left: {files}\n"));
    }
    for line in table::lay_out(&rows(&rehearsal.rows), output::width()) {
        text.push_str(&format!("{line}\n"));
    }
    text.push('\n');
    for round in &rehearsal.rounds {
        text.push_str(&format!("{}\n", round_line(round)));
    }
    text.push_str(&group_line(&rehearsal.rounds));
    let moved: Vec<&str> =
        rehearsal.rounds.iter().flat_map(|round| &round.moved).map(|moved| moved.path.as_str()).collect();
    if let Some(first) = moved.first() {
        text.push_str(&format!(
            "{} beside the knobs that nobody can write moved, as {first}\n",
            number::counted(moved.len(), "state")
        ));
    }
    for row in rehearsal.rows.iter().filter(|row| !is_in_force(row)) {
        let outcome = row.outcome.map_or("not tried", SettingOutcome::id).replace('_', " ");
        let reason = row.reason.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        text.push_str(&format!("not rehearsed: {}: {outcome}{reason}\n", row.path));
    }
    for (round, fault) in faults(rehearsal) {
        text.push_str(&format!("FAULT after {} was killed: {}\n", round.kill.phrase(), fault_line(fault)));
        text.push_str(&format!("  fix: {}\n", remedy(fault, place)));
    }
    text.push_str(&verdict(rehearsal));
    text
}

fn rows(rows: &[Row]) -> Vec<Vec<String>> {
    let head = ["file", "knob", "before", "applied", "runner killed", "group killed", "guard too"];
    let mut shown = vec![head.map(String::from).to_vec()];
    for row in rows {
        let mut cells = vec![row.path.clone(), row.knob.clone(), row.before.clone(), applied(row)];
        cells.extend(Kill::ALL.iter().map(|kill| {
            let after = row.after.iter().find(|(played, _)| played == kill);
            after.map_or_else(|| "-".to_owned(), |(_, text)| text.clone())
        }));
        shown.push(cells);
    }
    shown
}

fn applied(row: &Row) -> String {
    match row.outcome {
        Some(SettingOutcome::Set) => format!("→ {}", row.applied),
        Some(SettingOutcome::Already) => "as wanted".into(),
        Some(_) | None => "not set".into(),
    }
}

fn is_in_force(row: &Row) -> bool {
    row.outcome.is_some_and(SettingOutcome::is_in_force)
}

fn round_line(round: &Round) -> String {
    let by = match round.kill {
        Kill::Runner | Kill::Group => "the guard put back and freed the host",
        Kill::GuardToo => "the next start replayed the journal",
    };
    format!(
        "applied in {}; SIGKILL to {}: {by} in {}",
        milliseconds(round.apply),
        round.kill.phrase(),
        milliseconds(round.back)
    )
}

/// What became of the control group that each session made for its benchmarks.
fn group_line(rounds: &[Round]) -> String {
    let made: Vec<&GroupNote> = rounds.iter().filter_map(|round| round.group.as_ref()).collect();
    match made.first() {
        Some(GroupNote { path, kind, cpus }) => format!(
            "{} of {} sessions made a control group for benchmarks ({kind}, CPUs {cpus}) and moved a child into it, as {path}\n",
            made.len(),
            rounds.len()
        ),
        None => "no session could make a control group for benchmarks\n".into(),
    }
}

fn faults(rehearsal: &Rehearsal) -> impl Iterator<Item = (&Round, &Fault)> {
    rehearsal.rounds.iter().flat_map(|round| round.faults.iter().map(move |fault| (round, fault)))
}

fn fault_line(fault: &Fault) -> String {
    let knob = fault.knob.as_ref().map(|knob| format!(" ({knob})")).unwrap_or_default();
    let Fault { path, expected, found, kind, .. } = fault;
    format!("{path}{knob} {}: expected {expected}, found {found}", kind.phrase())
}

/// A restore does what a journal says; a file that it left to others, or never knew, is put back by hand.
fn remedy(fault: &Fault, place: &Place) -> String {
    let by_hand = format!("echo '{}' | sudo tee {}", fault.expected, fault.path);
    match fault.kind {
        _ if place.journal().exists() => REMEDY.into(),
        FaultKind::NotBack | FaultKind::Neighbour => {
            format!("{REMEDY}; where that leaves it to others: {by_hand}")
        }
        FaultKind::NotInForce => "end whatever else sets it; bench-lab doctor names known daemons".into(),
        FaultKind::WrongOriginal | FaultKind::Journal | FaultKind::NotReplayed => {
            format!("{REMEDY}; and please report it: this is a bug")
        }
    }
}

/// The one line that counts.
fn verdict(rehearsal: &Rehearsal) -> String {
    let sum = rehearsal.sum();
    let (kills, played) = (Kill::ALL.len(), rehearsal.rounds.len());
    let already = match sum.already_count {
        0 => String::new(),
        count => format!(", {count} were as wanted before"),
    };
    let refused = match sum.refused_count {
        0 => String::new(),
        count => format!(", {count} could not be set"),
    };
    let rehearsed = format!(
        "{} of {} settings rehearsed{already}{refused}; {} beside them watched",
        sum.rehearsed_count,
        sum.setting_count,
        number::counted(rehearsal.neighbour_count, "file")
    );
    match (rehearsal.is_proven(), faults(rehearsal).count()) {
        (true, _) => format!("{rehearsed}; everything came back after {played} of {kills} kills\n"),
        (false, 0) => format!("{rehearsed}: nothing could be set, so nothing is proven\n"),
        (false, count) => {
            let count = number::counted(count, "fault");
            format!("{rehearsed}; {count} after {played} of {kills} kills: NOT everything came back\n")
        }
    }
}

fn to_value(rehearsal: &Rehearsal, bench_cpus: &CpuList) -> Value {
    let sum = rehearsal.sum();
    let settings: Vec<Value> = rehearsal
        .rows
        .iter()
        .map(|row| {
            let after: serde_json::Map<String, Value> =
                row.after.iter().map(|(kill, text)| (kill.id().to_owned(), text.as_str().into())).collect();
            json!({
                "knob": row.knob, "path": row.path, "before": row.before, "wanted": row.wanted,
                "applied": row.applied, "outcome": row.outcome.map(SettingOutcome::id), "reason": row.reason,
                "after": after, "is_back": row.is_back(),
            })
        })
        .collect();
    let rounds: Vec<Value> = rehearsal.rounds.iter().map(round_value).collect();
    json!({
        "bench_cpus": bench_cpus.to_string(),
        "is_proven": rehearsal.is_proven(),
        "counts": {
            "settings": sum.setting_count, "rehearsed": sum.rehearsed_count, "already": sum.already_count,
            "not_set": sum.refused_count, "not_back": sum.not_back_count,
            "kills": rehearsal.rounds.len(), "kills_wanted": Kill::ALL.len(),
            "neighbours": rehearsal.neighbour_count, "recovered": rehearsal.recovered_count,
        },
        "settings": settings,
        "rounds": rounds,
    })
}

fn round_value(round: &Round) -> Value {
    let faults: Vec<Value> = round
        .faults
        .iter()
        .map(|fault| {
            json!({
                "kind": fault.kind.id(), "knob": fault.knob, "path": fault.path, "expected": fault.expected,
                "found": fault.found,
            })
        })
        .collect();
    let moved: Vec<Value> = round
        .moved
        .iter()
        .map(|moved| json!({"path": moved.path, "before": moved.before, "after": moved.after}))
        .collect();
    json!({
        "group": round.group.as_ref().map(|group| json!({"path": group.path, "kind": group.kind, "cpus": group.cpus})),
        "killed": round.kill.id(), "apply_ns": round.apply.as_nanos() as u64, "back_ns": round.back.as_nanos() as u64,
        "faults": faults, "moved": moved,
    })
}
