//! A new definition, from the environment of the machine that it is to describe.
//!
//! What it writes reads back as a definition that fits that environment; it leaves out what could not be read.

use super::canary::CanaryExpectation;
use super::definition::Role;
use super::known::KNOWN;
use super::threshold::THRESHOLDS;
use super::verify::shown;
use super::wish::KnownKnob;
use crate::canary::CANARIES;
use crate::model::{CanaryExtract, Environment, FactValue};
use crate::placement::Placement;
use crate::taint::Thresholds;
use crate::toml_text::quoted;

/// What a definition is written from.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// What the machine is.
    pub environment: &'a Environment,
    /// Where one would measure on it.
    pub placement: &'a Placement,
    /// Its name.
    pub name: &'a str,
    /// Every knob there is.
    pub knobs: &'a [KnownKnob<'a>],
    /// Times of every kernel in nanoseconds, one per process, or why nothing was measured.
    pub canaries: Result<&'a CanaryExtract, &'a str>,
    /// Who writes, and when: the first line.
    pub head: &'a str,
}

/// The text of the file.
pub fn write(origin: &Origin<'_>) -> String {
    let mut text = format!(
        "# {}\n\
         # `bench-lab run --machine` with this file measures on this machine only. docs/MACHINES.md explains every key.\n\n\
         # Runs name the definition by this.\n\
         name = {}\n",
        one_line(origin.head),
        quoted(origin.name)
    );
    text.push_str(
        "\n# Identity. Another value of one of these is another machine: the run refuses, or marks all it measures.\n\
         [expect.required]\n",
    );
    expected(&mut text, origin.environment, Role::Required);
    text.push_str(
        "\n# Drift. Another value of one of these is the same machine, changed: the run names it as a warning.\n\
         # After a change that is meant, put the new value here: from then on it is the usual one.\n\
         [expect.drift]\n",
    );
    expected(&mut text, origin.environment, Role::Drift);
    canaries(&mut text, origin.canaries);
    cpus(&mut text, origin.placement);
    knobs(&mut text, origin.knobs);
    thresholds(&mut text);
    text
}

fn expected(text: &mut String, environment: &Environment, role: Role) {
    for known in KNOWN.iter().filter(|known| known.role == Some(role)) {
        let Some(fact) = environment.facts.get(known.name) else { continue };
        if !known.doc.is_empty() {
            text.push_str(&format!("# {}\n", known.doc));
        }
        match toml(&fact.value) {
            Some(value) if known.kind.admits(&fact.value) => {
                text.push_str(&format!("{} = {value}\n", known.name))
            }
            _ => text.push_str(&format!("# {} is {}\n", known.name, one_line(&shown(&fact.value)))),
        }
    }
}

fn cpus(text: &mut String, placement: &Placement) {
    text.push_str(
        "\n# Where to measure, as in \"1\" or \"2-5,8\". Without a key the topology decides anew in every run.\n\
         # Chosen here because:\n",
    );
    for reason in &placement.reasons {
        text.push_str(&format!("#   {}\n", one_line(reason)));
    }
    text.push_str("[cpus]\n# Benchmarks with one thread: one of these.\n");
    text.push_str(&format!("bench = \"{}\"\n", placement.cpus));
    text.push_str("# Benchmarks with several threads.\n");
    text.push_str(&format!("threaded = \"{}\"\n", placement.threaded_cpus));
    let is_apart = !placement.cpus.iter().any(|cpu| placement.housekeeping.contains(cpu));
    text.push_str("# The lab itself; never one of `bench`.\n");
    let comment = if is_apart { "" } else { "# " };
    text.push_str(&format!("{comment}housekeeping = \"{}\"\n", placement.housekeeping));
}

fn knobs(text: &mut String, knobs: &[KnownKnob<'_>]) {
    text.push_str(
        "\n# Wanted values of host settings by knob id, in place of the knob's own; \"leave\" has a Run keep its hands off.\n\
         # What is wanted and not reached is a warning in the Run.\n[knobs]\n",
    );
    for knob in knobs {
        text.push_str(&format!("# {}: {}\n#   takes {}\n", knob.id, one_line(knob.why), knob.takes));
    }
}

fn thresholds(text: &mut String) {
    text.push_str("\n# From where on an invocation counts as disturbed. Shown are the usual values; name only what differs.\n[taint]\n");
    let usual = Thresholds::default();
    for threshold in THRESHOLDS {
        text.push_str(&format!("# {} = {}  # {}\n", threshold.id, (threshold.read)(&usual), threshold.doc));
    }
}

fn canaries(text: &mut String, measured: Result<&CanaryExtract, &str>) {
    text.push_str(
        "\n# What bench-lab's own kernels took here, in ns of one pass: the median of several processes of one moment.\n\
         # A Run or a check whose median lies further off than the tolerance names it as drift.\n[canary]\n",
    );
    let is_told = |reason: &str| format!("# not measured: {}\n", one_line(reason));
    let extract = match measured {
        Ok(extract) if extract.is_optimised => extract,
        Ok(_) => return text.push_str(&is_told("this bench-lab was built without optimisations")),
        Err(reason) => return text.push_str(&is_told(reason)),
    };
    for canary in CANARIES {
        text.push_str(&format!("# {}\n", canary.doc));
        let kernel = extract.kernels.iter().find(|kernel| kernel.id == canary.id);
        text.push_str(&match kernel.and_then(|kernel| CanaryExpectation::of_times(&kernel.values)) {
            Some(CanaryExpectation { median_ns, tolerance_share }) => {
                format!("{} = {{ median_ns = {median_ns}, tolerance = {tolerance_share} }}\n", canary.id)
            }
            None => format!("# {} cannot run here\n", canary.id),
        });
    }
}

/// A value in TOML; nothing for those that no definition holds.
fn toml(value: &FactValue) -> Option<String> {
    match value {
        FactValue::Bool(is_on) => Some(is_on.to_string()),
        FactValue::Integer(number) => Some(number.to_string()),
        FactValue::Text(text) => Some(quoted(text)),
        FactValue::List(texts) => {
            Some(format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ")))
        }
        FactValue::Number(_) | FactValue::Absent(_) => None,
    }
}

/// Fit for a comment.
fn one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

#[cfg(test)]
mod tests;
