//! `environment.json` and its like: one session and the host as measured at its start.
//!
//! A fact that cannot be understood costs that fact, never the file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::VERSION;
use super::tuning::Knob;
use crate::format::decode::Versioned;
use crate::format::number::{not_finite, parse_not_finite};
use crate::model;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    format: u32,
    number: u32,
    started_at: String,
    digests: Digests,
    facts: BTreeMap<String, Fact>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tuning: Vec<Knob>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Digests {
    machine: String,
    configuration: String,
    build: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Fact {
    value: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    source: String,
    class: String,
}

/// What a session file gives.
pub(crate) struct ReadSession {
    /// The session.
    pub(crate) session: model::SessionRecord,
    /// Whether the facts give the digests that were written beside them.
    pub(crate) digests_agree: bool,
    /// Facts that could not be understood, each with the reason.
    pub(crate) misunderstood: Vec<String>,
}

impl From<&model::SessionRecord> for Session {
    fn from(session: &model::SessionRecord) -> Self {
        let model::SessionRecord { number, started_at, environment, tuning } = session;
        let facts = environment.facts.iter().map(|(name, fact)| (name.clone(), Fact::from(fact))).collect();
        Self {
            format: VERSION,
            number: *number,
            started_at: started_at.clone(),
            digests: environment.digests().into(),
            facts,
            tuning: tuning.iter().map(Knob::from).collect(),
        }
    }
}

impl Session {
    /// The session, and what of it could not be understood.
    pub(crate) fn into_model(self) -> ReadSession {
        let mut misunderstood = Vec::new();
        let mut environment = model::Environment::default();
        for (name, fact) in self.facts {
            let fact = fact.into_model(|why| misunderstood.push(format!("fact {name}: {why}")));
            environment.facts.insert(name, fact);
        }
        let digests_agree = self.digests == environment.digests().into();
        let tuning = self.tuning.into_iter().map(model::KnobRecord::from).collect();
        let session =
            model::SessionRecord { number: self.number, started_at: self.started_at, environment, tuning };
        ReadSession { session, digests_agree, misunderstood }
    }
}

impl Versioned for Session {
    const VERSION: u32 = VERSION;

    fn format(&self) -> u32 {
        self.format
    }
}

impl From<model::Digests> for Digests {
    fn from(digests: model::Digests) -> Self {
        let model::Digests { machine, configuration, build } = digests;
        Self { machine, configuration, build }
    }
}

impl From<&model::Fact> for Fact {
    fn from(fact: &model::Fact) -> Self {
        let model::Fact { class, value, source } = fact;
        let (value, reason) = match value {
            model::FactValue::Bool(value) => (json!(value), None),
            model::FactValue::Integer(value) => (json!(value), None),
            // An object, for a bare "NaN" would read back as text.
            model::FactValue::Number(value) => match not_finite(*value) {
                Some(text) => (json!({ "not_finite": text }), None),
                None => (json!(value), None),
            },
            model::FactValue::Text(value) => (json!(value), None),
            model::FactValue::List(values) => (json!(values), None),
            model::FactValue::Absent(reason) => (Value::Null, Some(reason.clone())),
        };
        Self { value, reason, source: source.clone(), class: class.id().into() }
    }
}

impl Fact {
    /// A fact; what of it could not be understood is handed over.
    pub(crate) fn into_model(self, mut misunderstood: impl FnMut(String)) -> model::Fact {
        let class = fact_class(&self.class).unwrap_or_else(|| {
            misunderstood(format!("its class `{}` is unknown, so it decides nothing", self.class));
            model::FactClass::Explanation
        });
        let value = fact_value(self.value, self.reason).unwrap_or_else(|why| {
            misunderstood(why.clone());
            model::FactValue::Absent(why)
        });
        model::Fact { class, value, source: self.source }
    }
}

fn fact_class(id: &str) -> Option<model::FactClass> {
    use model::FactClass::{Build, Configuration, Explanation, Machine};
    [Machine, Configuration, Build, Explanation].into_iter().find(|class| class.id() == id)
}

fn fact_value(value: Value, reason: Option<String>) -> Result<model::FactValue, String> {
    let unknown = |value: &Value| format!("its value {value} is none that this bench-lab knows");
    match value {
        Value::Null => Ok(model::FactValue::Absent(reason.unwrap_or_default())),
        Value::Bool(value) => Ok(model::FactValue::Bool(value)),
        Value::String(value) => Ok(model::FactValue::Text(value)),
        Value::Number(ref number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Ok(model::FactValue::Integer(integer)),
            (None, Some(float)) if number.is_f64() => Ok(model::FactValue::Number(float)),
            _ => Err(unknown(&value)),
        },
        Value::Array(ref values) => values
            .iter()
            .map(|value| value.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .map(model::FactValue::List)
            .ok_or_else(|| unknown(&value)),
        Value::Object(ref object) => object
            .get("not_finite")
            .and_then(Value::as_str)
            .and_then(parse_not_finite)
            .map(model::FactValue::Number)
            .ok_or_else(|| unknown(&value)),
    }
}
