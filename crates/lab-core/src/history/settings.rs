//! The settings that move times by more than code does, of a Run, and what changed between two.
//!
//! Which those are is the list of `compare`; what one side does not know is no change.

use std::collections::BTreeMap;

use crate::compare::{DECISIVE, decisive_reason};
use crate::model::{Environment, FactValue};

/// One setting that is another than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingChange {
    /// Dotted name of the fact.
    pub name: String,
    /// What it was.
    pub before: String,
    /// What it is.
    pub after: String,
}

/// The facts of an environment that forbid a comparison where they differ, as text.
pub fn decisive_settings(environment: &Environment) -> BTreeMap<String, String> {
    let known = environment.facts.iter().filter(|(name, _)| is_decisive(name));
    known.filter_map(|(name, fact)| Some((name.clone(), text(&fact.value)?))).collect()
}

/// What changed from one Run to a later one, by name.
pub fn changed_settings(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Vec<SettingChange> {
    let both = before.iter().filter_map(|(name, one)| after.get(name).map(|two| (name, one, two)));
    both.filter(|(name, one, two)| {
        let [one, two] = [one, two].map(|text| FactValue::Text((*text).clone()));
        one != two && decisive_reason(name, Some(&one), Some(&two)).is_some()
    })
    .map(|(name, before, after)| SettingChange {
        name: name.clone(),
        before: before.clone(),
        after: after.clone(),
    })
    .collect()
}

fn is_decisive(name: &str) -> bool {
    DECISIVE.iter().any(|(listed, _)| *listed == name || (listed.ends_with('.') && name.starts_with(listed)))
}

fn text(value: &FactValue) -> Option<String> {
    match value {
        FactValue::Bool(is_on) => Some(is_on.to_string()),
        FactValue::Integer(integer) => Some(integer.to_string()),
        FactValue::Number(number) => Some(number.to_string()),
        FactValue::Text(text) => Some(text.clone()),
        FactValue::List(texts) => Some(texts.join(" ")),
        FactValue::Absent(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_compiler_that_changed_is_told_and_a_fact_that_one_side_lacks_is_not() {
        let before =
            settings(&[("rustc.release", "1.94.0"), ("kernel.release", "6.18.1"), ("thp.enabled", "never")]);
        let after = settings(&[("rustc.release", "1.95.0"), ("kernel.release", "6.18.9")]);
        let changed = changed_settings(&before, &after);
        assert_eq!(changed.len(), 1);
        assert_eq!((changed[0].before.as_str(), changed[0].after.as_str()), ("1.94.0", "1.95.0"));
    }
}
