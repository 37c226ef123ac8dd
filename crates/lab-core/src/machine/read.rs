//! The text of a definition file, checked and turned into a [`MachineDefinition`].
//!
//! It passes nothing over: a key it does not know is an error, because a slip of the pen would otherwise look like an
//! expectation that is always met.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::definition::{Expectation, KnobWish, MachineDefinition, Role, Seats};
use super::error::{DefinitionError, Problem};
use super::known::{KNOWN, known};
use super::threshold::THRESHOLDS;
use super::wish::KnownKnob;
use crate::cpulist::CpuList;
use crate::mistake::{Mistake, Problem as General};
use crate::taint::Thresholds;
use crate::toml_tree::{self as tree, Entry};

const TOP: &[&str] = &["name", "expect", "cpus", "knobs", "taint", "canary"];
const ROLES: &[Role] = &[Role::Required, Role::Drift];
const SEATS: &[&str] = &["bench", "threaded", "housekeeping"];
/// Longest name; it becomes part of file names.
const NAME_LENGTH_MAX: usize = 100;

/// Reads a definition. Wishes are checked against `knobs` unless that is empty.
///
/// # Errors
/// The first mistake of the file, with its line.
pub fn read(text: &str, knobs: &[KnownKnob<'_>]) -> Result<MachineDefinition, DefinitionError> {
    let parsed = tree::parse(text)?;
    let mut definition = MachineDefinition {
        name: String::new(),
        expectations: Vec::new(),
        seats: Seats::default(),
        knobs: BTreeMap::new(),
        thresholds: Thresholds::default(),
        canaries: BTreeMap::new(),
    };
    for entry in tree::entries(text, parsed.get_ref()) {
        match entry.key.as_str() {
            "name" => definition.name = name(&entry)?,
            "expect" => definition.expectations = expectations(text, table(&entry)?)?,
            "cpus" => definition.seats = seats(text, &entry)?,
            "knobs" => definition.knobs = wishes(text, table(&entry)?, knobs)?,
            "taint" => definition.thresholds = thresholds(text, table(&entry)?)?,
            "canary" => definition.canaries = canary::expectations(text, table(&entry)?)?,
            _ => return Err(unknown(&entry, "", TOP.iter().copied())),
        }
    }
    if definition.name.is_empty() {
        return Err(missing("name", "a Run says by it which machine it was pinned to"));
    }
    if !definition.expectations.iter().any(|expectation| expectation.role == Role::Required) {
        return Err(missing("expect.required", "without a required fact the definition fits every machine"));
    }
    Ok(definition)
}

fn name(entry: &Entry<'_>) -> Result<String, DefinitionError> {
    let text = text(entry, "name")?;
    let is_fit = |character: char| character.is_ascii_alphanumeric() || character == '-';
    if text.is_empty() || text.len() > NAME_LENGTH_MAX || !text.chars().all(is_fit) {
        let why = format!(
            "is made of up to {NAME_LENGTH_MAX} letters, digits and hyphens, since files are named by it"
        );
        return Err(at(entry, General::Unfit { key: "name".into(), why }));
    }
    Ok(text)
}

fn expectations(text: &str, expect: &DeTable<'_>) -> Result<Vec<Expectation>, DefinitionError> {
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    let mut expectations = Vec::new();
    for group in tree::entries(text, expect) {
        let role = ROLES.iter().copied().find(|role| role.id() == group.key);
        let role = role.ok_or_else(|| unknown(&group, "expect", ROLES.iter().map(|role| role.id())))?;
        for leaf in tree::leaves(text, table(&group)?) {
            if let Some(first) = lines.insert(leaf.key.clone(), leaf.line) {
                return Err(at(&leaf, Problem::Twice { key: leaf.key.clone(), first }));
            }
            expectations.push(expectation(&leaf, role)?);
        }
    }
    expectations.sort_by(|one, two| (one.role, &one.fact).cmp(&(two.role, &two.fact)));
    Ok(expectations)
}

fn expectation(leaf: &Entry<'_>, role: Role) -> Result<Expectation, DefinitionError> {
    let table = format!("expect.{}", role.id());
    let fact = known(&leaf.key).filter(|_| !leaf.key.ends_with('.'));
    let fact = fact.ok_or_else(|| unknown(leaf, &table, KNOWN.iter().map(|fact| fact.name)))?;
    let value = tree::fact_value(leaf.value).filter(|value| fact.kind.admits(value));
    let value = value.ok_or_else(|| wrong(leaf, &leaf.key, fact.kind.in_words()))?;
    Ok(Expectation { fact: leaf.key.clone(), role, value })
}

fn seats(text: &str, cpus: &Entry<'_>) -> Result<Seats, DefinitionError> {
    let mut seats = Seats::default();
    for entry in tree::entries(text, table(cpus)?) {
        let slot = match entry.key.as_str() {
            "bench" => &mut seats.bench,
            "threaded" => &mut seats.threaded,
            "housekeeping" => &mut seats.housekeeping,
            _ => return Err(unknown(&entry, "cpus", SEATS.iter().copied())),
        };
        *slot = Some(cpu_list(&entry)?);
    }
    let bench = seats.bench.iter().flat_map(CpuList::iter);
    let both = |cpu: &u32| seats.housekeeping.as_ref().is_some_and(|list| list.contains(*cpu));
    let both: CpuList = bench.filter(both).collect();
    if both.is_empty() { Ok(seats) } else { Err(at(cpus, Problem::Overlap { cpus: both })) }
}

fn cpu_list(entry: &Entry<'_>) -> Result<CpuList, DefinitionError> {
    let key = format!("cpus.{}", entry.key);
    let list: CpuList = match text(entry, &key)?.parse() {
        Ok(list) => list,
        Err(source) => return Err(at(entry, Problem::CpuList { key, source })),
    };
    if list.is_empty() {
        let why = "names no CPU; leave the key out to let the topology decide".into();
        return Err(at(entry, General::Unfit { key, why }));
    }
    Ok(list)
}

fn wishes(
    text: &str,
    table: &DeTable<'_>,
    knobs: &[KnownKnob<'_>],
) -> Result<BTreeMap<String, KnobWish>, DefinitionError> {
    let wish = |entry: Entry<'_>| {
        let knob = knobs.iter().find(|knob| knob.id == entry.key);
        if !knobs.is_empty() && knob.is_none() {
            return Err(unknown(&entry, "knobs", knobs.iter().map(|knob| knob.id)));
        }
        let wish = match (entry.value, tree::fact_value(entry.value)) {
            (DeValue::String(word), _) => KnobWish::Word(word.to_string()),
            (DeValue::Boolean(is_on), _) => KnobWish::Switch(*is_on),
            (_, Some(crate::model::FactValue::Integer(number))) => KnobWish::Number(number),
            _ => {
                return Err(wrong(
                    &entry,
                    &format!("knobs.{}", entry.key),
                    "a text, an integer, true or false",
                ));
            }
        };
        match knob.filter(|knob| !knob.takes.admits(&wish)) {
            Some(knob) => {
                let why = format!("{wish} cannot be wanted; this knob takes {}", knob.takes);
                Err(at(&entry, General::Unfit { key: format!("knobs.{}", entry.key), why }))
            }
            None => Ok((entry.key, wish)),
        }
    };
    tree::entries(text, table).into_iter().map(wish).collect()
}

fn thresholds(text: &str, table: &DeTable<'_>) -> Result<Thresholds, DefinitionError> {
    let mut thresholds = Thresholds::default();
    for entry in tree::entries(text, table) {
        let threshold = THRESHOLDS.iter().find(|threshold| threshold.id == entry.key);
        let names = || THRESHOLDS.iter().map(|threshold| threshold.id);
        let threshold = threshold.ok_or_else(|| unknown(&entry, "taint", names()))?;
        let key = format!("taint.{}", entry.key);
        let value = number(&entry, &key)?;
        if !(0.0..f64::INFINITY).contains(&value) {
            return Err(at(
                &entry,
                General::Unfit { key, why: "a threshold is finite and not below 0".into() },
            ));
        }
        *(threshold.slot)(&mut thresholds) = value;
    }
    Ok(thresholds)
}

fn number(entry: &Entry<'_>, key: &str) -> Result<f64, DefinitionError> {
    let value = match entry.value {
        DeValue::Integer(integer) => {
            i64::from_str_radix(integer.as_str(), integer.radix()).ok().map(|whole| whole as f64)
        }
        DeValue::Float(float) => float.as_str().parse().ok(),
        _ => None,
    };
    value.ok_or_else(|| wrong(entry, key, "a number"))
}

fn table<'a>(entry: &Entry<'a>) -> Result<&'a DeTable<'a>, DefinitionError> {
    match entry.value {
        DeValue::Table(table) => Ok(table),
        _ => Err(wrong(entry, &entry.key, "a table")),
    }
}

fn text(entry: &Entry<'_>, key: &str) -> Result<String, DefinitionError> {
    match entry.value {
        DeValue::String(text) => Ok(text.to_string()),
        _ => Err(wrong(entry, key, "a text")),
    }
}

fn at(entry: &Entry<'_>, problem: impl Into<Problem>) -> DefinitionError {
    DefinitionError { line: entry.line, problem: problem.into() }
}

fn wrong(entry: &Entry<'_>, key: &str, wanted: &'static str) -> DefinitionError {
    at(entry, General::WrongType { key: key.to_owned(), wanted, found: tree::kind_of(entry.value) })
}

fn missing(key: &'static str, why: &'static str) -> DefinitionError {
    DefinitionError { line: 1, problem: General::Missing { key, why }.into() }
}

fn unknown<'n>(entry: &Entry<'_>, table: &str, names: impl Iterator<Item = &'n str>) -> DefinitionError {
    Mistake::unknown(entry, table, names).into()
}

mod canary;
#[cfg(test)]
mod tests;
