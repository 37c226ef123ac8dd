//! What is not the same about the machines, their settings and the builds that ran on them.
//!
//! A fact that one side does not know is no difference that was seen.

use std::collections::BTreeSet;

use super::explained::explanation;
use crate::compare::{Subject, decisive_reason};
use crate::model::{FactClass, FactValue};

/// A fact with another value on at least one machine.
#[derive(Clone, Debug, PartialEq)]
pub struct FactAcross {
    /// Dotted name.
    pub fact: String,
    /// Which question it answers.
    pub class: FactClass,
    /// One per machine, in their order; absent where it is not known.
    pub values: Vec<Option<FactValue>>,
    /// Why it can move times; absent for one that only says which machine it is.
    pub why: Option<&'static str>,
}

/// Every fact that differs, those that explain something first: builds, settings, machines, each by name.
pub(super) fn differences(sides: &[Subject<'_>]) -> Vec<FactAcross> {
    let names: BTreeSet<&String> =
        sides.iter().flat_map(|side| side.extract.environment.facts.keys()).collect();
    let mut facts: Vec<FactAcross> = names.into_iter().filter_map(|name| fact(name, sides)).collect();
    facts.sort_by_key(|fact| (fact.why.is_none(), place(fact.class)));
    facts
}

fn place(class: FactClass) -> usize {
    match class {
        FactClass::Build => 0,
        FactClass::Configuration => 1,
        FactClass::Machine => 2,
        FactClass::Explanation => 3,
    }
}

fn fact(name: &str, sides: &[Subject<'_>]) -> Option<FactAcross> {
    let facts: Vec<_> = sides.iter().map(|side| side.extract.environment.facts.get(name)).collect();
    let class = facts.iter().flatten().next()?.class;
    if class == FactClass::Explanation {
        return None;
    }
    let is_known = |value: &&FactValue| !matches!(value, FactValue::Absent(_));
    let values: Vec<Option<FactValue>> =
        facts.iter().map(|fact| fact.map(|fact| &fact.value).filter(is_known).cloned()).collect();
    let first = values.iter().flatten().next()?;
    let other = values.iter().flatten().find(|value| *value != first)?;
    let why = decisive_reason(name, Some(first), Some(other)).or_else(|| explanation(name));
    Some(FactAcross { fact: name.into(), class, values, why })
}
