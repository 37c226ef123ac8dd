//! The machine and its settings as measured, fact by fact.
//!
//! A fact that could not be had is absent with a reason; it is never a false "off".

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::hex::hex;

/// Which question a fact answers when two Runs are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactClass {
    /// The hardware: another value means another machine.
    Machine,
    /// Software and settings as measured: another value means the machine was set up otherwise.
    Configuration,
    /// What was built and how: another value means another build.
    Build,
    /// Explains, and decides nothing: times, names, free text.
    Explanation,
}

impl FactClass {
    /// Stored name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Configuration => "configuration",
            Self::Build => "build",
            Self::Explanation => "explanation",
        }
    }
}

/// The value of a fact.
#[derive(Clone, Debug, PartialEq)]
pub enum FactValue {
    /// A switch as read.
    Bool(bool),
    /// A count or a size in the unit the fact's name ends with.
    Integer(i64),
    /// A measured quantity in the unit the fact's name ends with.
    Number(f64),
    /// Text as read, trimmed at the ends.
    Text(String),
    /// Several texts whose order means something.
    List(Vec<String>),
    /// Why there is no value, as a short clause ("no cpufreq: virtual machine").
    Absent(String),
}

/// One thing known, or known to be unknown.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Which digest it belongs to.
    pub class: FactClass,
    /// What it is.
    pub value: FactValue,
    /// Where it was read: a path, a command, an instruction.
    pub source: String,
}

/// The groups in the order of [`Environment::groups`].
const GROUPS: &[&str] = &[
    "machine",
    "cpu",
    "topology",
    "cache",
    "numa",
    "memory",
    "board",
    "bios",
    "virtual",
    "boot",
    "kernel",
    "mitigations",
    "clock",
    "frequency",
    "idle",
    "isolation",
    "thp",
    "ksm",
    "swap",
    "aslr",
    "clocksource",
    "timer",
    "perf",
    "os",
    "libc",
    "variables",
    "lab",
    "rustc",
    "cargo",
    "build",
    "nix",
    "source",
];

/// Every fact by dotted name (`cpu.model`, `frequency.governor`), the unit last in names of bare numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Environment {
    /// The facts, sorted by name.
    pub facts: BTreeMap<String, Fact>,
}

/// One digest per class that decides comparability; 64 hex digits each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digests {
    /// Over [`FactClass::Machine`].
    pub machine: String,
    /// Over [`FactClass::Configuration`].
    pub configuration: String,
    /// Over [`FactClass::Build`].
    pub build: String,
}

impl Environment {
    /// Adds or replaces a fact.
    pub fn insert(&mut self, name: &str, class: FactClass, source: &str, value: FactValue) {
        self.facts.insert(name.into(), Fact { class, value, source: source.into() });
    }

    /// The text of a fact, when it has one.
    pub fn text(&self, name: &str) -> Option<&str> {
        match &self.facts.get(name)?.value {
            FactValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The three digests: SHA-256 over the sorted `name=value` lines of a class.
    ///
    /// An absent fact counts as absent whatever its reason says, so that a reworded reason makes no other machine.
    pub fn digests(&self) -> Digests {
        Digests {
            machine: self.digest(FactClass::Machine),
            configuration: self.digest(FactClass::Configuration),
            build: self.digest(FactClass::Build),
        }
    }

    /// The facts by the first part of their names, each under the rest of it, in the order a reader asks for them:
    /// the machine, its settings, the system, the build; groups not known here come last by name.
    pub fn groups(&self) -> Vec<(&str, Vec<(&str, &Fact)>)> {
        let mut groups: BTreeMap<(usize, &str), Vec<(&str, &Fact)>> = BTreeMap::new();
        for (name, fact) in &self.facts {
            let (group, rest) = name.split_once('.').unwrap_or(("", name));
            let place = GROUPS.iter().position(|known| *known == group).unwrap_or(GROUPS.len());
            groups.entry((place, group)).or_default().push((rest, fact));
        }
        groups.into_iter().map(|((_, group), facts)| (group, facts)).collect()
    }

    /// Names of the facts that decide comparability and differ, in either direction, sorted.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let names: BTreeSet<&String> = self.facts.keys().chain(other.facts.keys()).collect();
        let decisive = |environment: &Self, name: &str| {
            let fact = environment.facts.get(name).filter(|fact| fact.class != FactClass::Explanation)?;
            Some(canonical(&fact.value))
        };
        names.into_iter().filter(|name| decisive(self, name) != decisive(other, name)).cloned().collect()
    }

    fn digest(&self, class: FactClass) -> String {
        let mut hash = Sha256::new();
        for (name, fact) in self.facts.iter().filter(|(_, fact)| fact.class == class) {
            hash.update(format!("{name:?}={}\n", canonical(&fact.value)));
        }
        hex(&hash.finalize())
    }
}

/// One unambiguous text per value; `{:?}` quotes what texts may hold.
fn canonical(value: &FactValue) -> String {
    match value {
        FactValue::Bool(value) => format!("b{value}"),
        FactValue::Integer(value) => format!("i{value}"),
        FactValue::Number(value) => format!("n{value:?}"),
        FactValue::Text(value) => format!("t{value:?}"),
        FactValue::List(values) => format!("l{values:?}"),
        FactValue::Absent(_) => "absent".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(reason: &str) -> Environment {
        let mut environment = Environment::default();
        let absent = FactValue::Absent(reason.into());
        environment.insert("frequency.governor", FactClass::Configuration, "/sys", absent);
        environment.insert("cpu.model", FactClass::Machine, "/proc/cpuinfo", FactValue::Text("2".into()));
        environment
    }

    #[test]
    fn a_reworded_reason_or_source_changes_no_digest() {
        let mut other = environment("hidden");
        other.insert("cpu.model", FactClass::Machine, "cpuid", FactValue::Text("2".into()));
        assert_eq!(environment("no cpufreq").digests(), other.digests());
    }

    #[test]
    fn a_value_changes_the_digest_of_its_class_only() {
        let before = environment("no cpufreq").digests();
        let mut other = environment("no cpufreq");
        other.insert(
            "frequency.governor",
            FactClass::Configuration,
            "/sys",
            FactValue::Text("absent".into()),
        );
        other.insert("boot.id", FactClass::Explanation, "/proc", FactValue::Text("x".into()));
        let after = other.digests();
        assert_eq!((&before.machine, &before.build), (&after.machine, &after.build));
        assert_ne!(before.configuration, after.configuration);
    }

    #[test]
    fn groups_come_in_the_order_a_reader_asks_for() {
        let mut environment = environment("no cpufreq");
        environment.insert("zeta.one", FactClass::Explanation, "", FactValue::Bool(true));
        let groups: Vec<&str> = environment.groups().into_iter().map(|(group, _)| group).collect();
        assert_eq!(groups, ["cpu", "frequency", "zeta"]);
        assert_eq!(environment.groups()[0].1[0].0, "model");
    }
}
