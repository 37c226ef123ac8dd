//! `bench-lab env`: what this machine is, as it would be recorded.
//!
//! It reads the host and changes nothing.

use clap::Args;
use lab_core::machine::shown;
use lab_core::model::{Environment, Fact, FactValue};
use serde_json::json;

use super::error::CommandError;
use super::exit::ExitCode;
use super::{output, surroundings};
use crate::host::sysfs::SysRoot;

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// One JSON object on standard output
    #[arg(long)]
    json: bool,
    /// Show also where each fact was read
    #[arg(long)]
    sources: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let environment = surroundings::host(&SysRoot::live());
    if arguments.json {
        output::json(&as_json(&environment))?;
    } else {
        output::text(&as_text(&environment, arguments.sources))?;
    }
    Ok(ExitCode::Fine)
}

fn as_text(environment: &Environment, with_sources: bool) -> String {
    let widest = environment.facts.keys().map(String::len).max().unwrap_or(0);
    let mut text = String::new();
    let mut group = "";
    for (name, fact) in &environment.facts {
        let this = name.split('.').next().unwrap_or("");
        if this != group && !group.is_empty() {
            text.push('\n');
        }
        group = this;
        let source =
            if with_sources { format!("   [{}, {}]", fact.class.id(), fact.source) } else { String::new() };
        text.push_str(&format!("{name:widest$}  {}{source}\n", shown(&fact.value)));
    }
    let digests = environment.digests();
    text.push_str(&format!("\ndigest of the machine        {}\n", &digests.machine[..16]));
    text.push_str(&format!("digest of the configuration  {}\n", &digests.configuration[..16]));
    text
}

fn as_json(environment: &Environment) -> serde_json::Value {
    let digests = environment.digests();
    let facts: serde_json::Map<_, _> =
        environment.facts.iter().map(|(name, fact)| (name.clone(), fact_as_json(fact))).collect();
    json!({
        "digests": {"machine": digests.machine, "configuration": digests.configuration},
        "facts": facts,
    })
}

fn fact_as_json(fact: &Fact) -> serde_json::Value {
    let reason = match &fact.value {
        FactValue::Absent(reason) => Some(reason),
        _ => None,
    };
    json!({
        "value": value_as_json(&fact.value),
        "reason": reason,
        "class": fact.class.id(),
        "source": fact.source,
    })
}

/// `null` for what is absent.
pub(super) fn value_as_json(value: &FactValue) -> serde_json::Value {
    match value {
        FactValue::Bool(value) => json!(value),
        FactValue::Integer(value) => json!(value),
        FactValue::Number(value) => json!(value),
        FactValue::Text(value) => json!(value),
        FactValue::List(values) => json!(values),
        FactValue::Absent(_) => json!(null),
    }
}
