//! An examination as text and as JSON.
//!
//! It renders what was counted; whether a rule is kept is decided in [`crate::validation`].

use serde_json::{Value, json};

use super::{number, table};
use crate::format::validation_value;
use crate::validation::{Cell, Count, Plant, Ruling, Status, Validation, rulings};

/// Renders for a terminal of `width` columns.
pub fn text(one: &Validation, width: usize) -> String {
    let mut lines = vec![format!("examined  {}  {}, seed {}", one.id, one.machine, one.seed), String::new()];
    lines.extend(simulated(one, width));
    lines.extend(measured(one, width));
    let rules = rulings(one);
    lines.push("rules".into());
    for ruling in &rules {
        lines.extend(ruled(ruling));
    }
    lines.push(String::new());
    lines.push(control(one));
    lines.extend(one.remarks.iter().map(|remark| format!("remark    {remark}")));
    lines.push(summary(&rules));
    lines.join("\n") + "\n"
}

/// The examination and its rules as one object.
pub fn value(one: &Validation) -> Value {
    let rules: Vec<Value> = rulings(one).iter().map(rule_value).collect();
    json!({"validation": validation_value(one), "rules": rules})
}

fn simulated(one: &Validation, width: usize) -> Vec<String> {
    if one.simulated.is_empty() {
        return Vec::new();
    }
    let head = ["simulated noise", "effect", "changed", "unchanged", "open", "values", ""];
    let mut rows = vec![head.map(String::from).to_vec()];
    for row in &one.simulated {
        let tally = &row.tally;
        let share = |count: usize| number::percent(count as f64 / tally.trials.max(1) as f64);
        rows.push(vec![
            format!("  {}", row.noise),
            format!("{} %", row.effect_percent),
            share(tally.up + tally.down),
            share(tally.unchanged),
            share(tally.open()),
            tally.mean_count().map_or_else(String::new, |count| format!("{count:.0}")),
            if row.broken.is_empty() { String::new() } else { "BROKEN".into() },
        ]);
    }
    let mut lines = table::lay_out(&rows, width);
    lines.push(String::new());
    lines
}

fn measured(one: &Validation, width: usize) -> Vec<String> {
    if one.cells.is_empty() {
        return Vec::new();
    }
    let head = [
        "on this machine",
        "planted",
        "time",
        "verdicts",
        "slower",
        "faster",
        "equal",
        "open",
        "s each",
        "±",
    ];
    let mut rows = vec![head.map(String::from).to_vec()];
    rows.extend(one.cells.iter().map(cell_row));
    let mut lines = table::lay_out(&rows, width);
    lines.push(String::new());
    lines
}

fn cell_row(cell: &Cell) -> Vec<String> {
    let count = cell.ends.count();
    let each = if count == 0 { "-".into() } else { format!("{:.1}", cell.seconds / count as f64) };
    let signed = |log: f64| format!("{:+.2} %", log.exp_m1() * 100.0);
    vec![
        format!("  {} ({})", cell.exercise, cell.metric),
        match cell.plant {
            Plant::Nothing => "nothing".into(),
            Plant::Work(percent) => format!("+{percent} % work"),
            Plant::Memory => "far memory".into(),
        },
        cell.effect.map_or_else(|| "-".into(), |[log, ..]| signed(log)),
        count.to_string(),
        cell.ends.slower.to_string(),
        cell.ends.faster.to_string(),
        cell.ends.unchanged.to_string(),
        cell.ends.open.to_string(),
        each,
        cell.half_width.map_or_else(|| "-".into(), |half| format!("{:.2} %", half * 100.0)),
    ]
}

fn ruled(ruling: &Ruling) -> Vec<String> {
    let status = match ruling.status {
        Status::Passed => "passed".to_owned(),
        Status::Failed => "FAILED".to_owned(),
        Status::Undecided => "undecided".to_owned(),
        Status::NotAsked(_) => "not asked".to_owned(),
    };
    let why = if let Status::NotAsked(why) = ruling.status { format!(" ({why})") } else { String::new() };
    let count = ruling.count.as_ref().filter(|count| count.trials > 0).map(counted);
    let mut lines = vec![format!("  {status:<10} {}{why}", ruling.promise)];
    lines.extend(count.map(|count| format!("             {count}")));
    lines.extend(ruling.note.iter().map(|note| format!("             {note}")));
    lines
}

/// `0 of 236: 0.00 % [0.00, 1.55]`
fn counted(count: &Count) -> String {
    let share = count.share.map_or_else(String::new, |share| {
        let interval = share.interval.map_or_else(String::new, |interval| {
            format!(" [{:.2}, {:.2}]", interval.lower() * 100.0, interval.upper() * 100.0)
        });
        format!(": {:.2} %{interval}", share.point * 100.0)
    });
    format!("{} of {}{share}", count.happened, count.trials)
}

fn control(one: &Validation) -> String {
    match one.control.trials {
        0 => "control   too few launches for the usual way of comparing".into(),
        trials => {
            let count = Count::of(one.control.alarms, trials);
            format!(
                "control   ten processes after ten others and a rank test call the same executable changed in {}; \
                 on a machine that drifts that is many",
                counted(&count)
            )
        }
    }
}

fn summary(rules: &[Ruling]) -> String {
    let of = |wanted: fn(&Status) -> bool| rules.iter().filter(|ruling| wanted(&ruling.status)).count();
    format!(
        "{} passed · {} failed · {} undecided · {} not asked",
        of(|status| *status == Status::Passed),
        of(|status| *status == Status::Failed),
        of(|status| *status == Status::Undecided),
        of(|status| matches!(status, Status::NotAsked(_)))
    )
}

fn rule_value(ruling: &Ruling) -> Value {
    let (status, why) = match ruling.status {
        Status::Passed => ("passed", None),
        Status::Failed => ("failed", None),
        Status::Undecided => ("undecided", None),
        Status::NotAsked(why) => ("not_asked", Some(why)),
    };
    json!({
        "id": ruling.id,
        "promise": ruling.promise,
        "status": status,
        "reason": why,
        "happened": ruling.count.map(|count| count.happened),
        "trials": ruling.count.map(|count| count.trials),
        "interval": ruling.count.and_then(|count| count.share?.interval)
            .map(|interval| [interval.lower(), interval.upper()]),
        "note": ruling.note,
    })
}
