//! The explicit lists against the folders and documents that mirror them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use bench_lab::host::knob;
use bench_lab::{canary, harness, meter};
use lab_core::canary::CANARIES;
use lab_core::compare::DECISIVE;
use lab_core::doctor::{self, Check, Cost};
use lab_core::model::{METRICS, SIGNALS, TaintRule};
use lab_core::report::format::{self, Topic};

use super::root;

/// Names of the files and folders of a module that hold one listed thing each.
fn members(folder: &str, parts: &[&str]) -> BTreeSet<String> {
    fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            Path::new(path.file_name().unwrap()).file_stem().unwrap().to_string_lossy().into_owned()
        })
        .filter(|name| name != "mod" && !parts.contains(&name.as_str()))
        .collect()
}

#[test]
fn every_harness_file_is_listed() {
    let listed: BTreeSet<String> = harness::ALL.iter().map(|harness| harness.id().to_owned()).collect();
    assert_eq!(
        members("bench-lab/src/harness", &["claim", "countable", "duelist", "ending", "foreign"]),
        listed
    );
}

#[test]
fn every_meter_file_is_listed() {
    // Parts of several meters; `thermal.rs` alone holds two.
    let parts = &["perf_event", "totals"];
    assert_eq!(members("bench-lab/src/meter", parts).len() + 1, meter::ALL.len());
}

#[test]
fn every_knob_file_is_listed() {
    let listed: BTreeSet<String> = knob::ALL.iter().map(|knob| knob.id().to_owned()).collect();
    assert_eq!(listed.len(), knob::ALL.len(), "ids are unique");
    // Parts of several knobs.
    let parts = &["cores", "idle", "mask", "policy", "wished"];
    assert_eq!(members("bench-lab/src/host/knob", parts), listed);
}

#[test]
fn the_documented_knobs_are_the_listed_ones() {
    let mut table = String::from("## Table\n\n| knob | what it costs while it is not set |\n|---|---|\n");
    for knob in knob::ALL {
        table.push_str(&format!("| `{}` | {} |\n", knob.id(), knob.why()));
    }
    hold("docs/KNOBS.md", "## Table", &table);
}

#[test]
fn every_kernel_file_is_listed_and_documented() {
    let listed: BTreeSet<String> = canary::ALL
        .iter()
        .map(|kernel| kernel.id.rsplit_once("_v").expect("a version stands last").0.to_owned())
        .collect();
    // Parts of several kernels.
    assert_eq!(members("bench-lab/src/canary/kernel", &["mix"]), listed);
    let mut table = String::from(
        "## Kernels\n\n| id | what it does, and what it stands for | one unit | units of a pass |\n|---|---|---|---|\n",
    );
    for (canary, kernel) in CANARIES.iter().zip(canary::ALL) {
        table.push_str(&format!(
            "| `{}` | {} | {} | {} |\n",
            canary.id, canary.doc, kernel.unit, kernel.usual_units
        ));
    }
    hold("docs/CANARIES.md", "## Kernels", &table);
}

/// The tables of `docs/SIGNALS.md`, as the lists have them.
fn tables() -> String {
    let mut text = String::new();
    text.push_str("## Metrics\n\n| id | unit | what it is |\n|---|---|---|\n");
    for metric in METRICS {
        text.push_str(&format!("| `{}` | {} | {} |\n", metric.id, metric.unit, metric.doc));
    }
    text.push_str("\n## Signals\n\n| id | unit | what it is |\n|---|---|---|\n");
    for signal in SIGNALS {
        text.push_str(&format!("| `{}` | {} | {} |\n", signal.id, signal.unit, signal.doc));
    }
    text.push_str("\n## Taints\n\n| rule | what it means |\n|---|---|\n");
    for rule in TaintRule::ALL {
        text.push_str(&format!("| `{}` | {} |\n", rule.id(), rule.doc()));
    }
    text
}

#[test]
fn the_documented_signals_are_the_listed_ones() {
    hold("docs/SIGNALS.md", "## Metrics", &tables());
}

/// The document must end in the table, from `heading` on.
fn hold(document: &str, heading: &str, table: &str) {
    let path = root().join(document);
    let text = fs::read_to_string(&path).unwrap();
    let head = text.split(heading).next().unwrap().to_owned();
    let wanted = head + table;
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &wanted).unwrap();
    }
    let now = fs::read_to_string(&path).unwrap();
    assert_eq!(now, wanted, "run `UPDATE_DOCS=1 cargo test --test tidy` to write the tables anew");
}

/// The tables of `docs/DOCTOR.md`, as the catalogue and the thresholds have them.
fn doctor_tables() -> String {
    let mut text = String::from("## Checks\n\n| check | asked by | wanted | why |\n|---|---|---|---|\n");
    for check in Check::ALL {
        let asked = match check.cost() {
            Cost::Fast => "every Run",
            Cost::Timed => "the doctor",
        };
        text.push_str(&format!("| `{check}` | {asked} | {} | {} |\n", check.wanted(), check.why()));
    }
    text.push_str("\n## Thresholds\n\n| check | condition | what it does | reason |\n|---|---|---|---|\n");
    for row in Check::ALL.iter().flat_map(|check| check.thresholds()) {
        text.push_str(&format!(
            "| `{}` | {} | {} | {} |\n",
            row.check,
            row.what,
            row.limit.describe(),
            row.reason
        ));
    }
    text
}

#[test]
fn the_documented_checks_are_the_listed_ones() {
    hold("docs/DOCTOR.md", "## Checks", &doctor_tables());
}

#[test]
fn the_documented_formats_are_the_listed_ones() {
    let mut table = String::from(
        "## Formats\n\n| `--format` | what it is | a Run | a comparison | across machines |\n|---|---|---|---|---|\n",
    );
    for format in format::ALL {
        let shown = [Topic::Run, Topic::Comparison, Topic::Across]
            .map(|topic| if format.shows(topic).is_ok() { "yes" } else { "no" });
        table.push_str(&format!("| `{}` | {} | {} |\n", format.id(), format.doc(), shown.join(" | ")));
    }
    hold("docs/CI.md", "## Formats", &table);
}

#[test]
fn the_documented_decisive_facts_are_the_listed_ones() {
    let mut table = String::from("| fact | why |\n|---|---|\n");
    for (name, why) in DECISIVE {
        let shown = if name.ends_with('.') { format!("`{name}*`") } else { format!("`{name}`") };
        table.push_str(&format!("| {shown} | {why} |\n"));
    }
    hold("docs/POLICY.md", "| fact | why |", &table);
}

#[test]
fn every_group_of_checks_is_read_and_judged_in_files_of_its_name() {
    let groups: BTreeSet<String> = doctor::ALL.iter().map(|group| group.id.to_owned()).collect();
    let read = members("bench-lab/src/host/doctor", &["live", "processes", "scene", "timed"]);
    assert_eq!(read, groups);
    let parts =
        ["catalogue", "criterion", "finding", "json", "per_cpu", "reading", "report", "text", "threshold"];
    assert_eq!(members("crates/lab-core/src/doctor", &parts), groups);
}

#[test]
fn ids_are_unique_and_carry_their_unit_last() {
    let ids: BTreeSet<&str> = SIGNALS.iter().map(|signal| signal.id).collect();
    assert_eq!(ids.len(), SIGNALS.len());
    for signal in SIGNALS {
        let unit = match signal.unit {
            "°C" => "celsius".to_owned(),
            unit => unit.to_lowercase(),
        };
        assert!(
            signal.id.ends_with(&unit) || signal.id.contains(&format!("_{unit}_")),
            "{} is in {}",
            signal.id,
            signal.unit
        );
    }
}
