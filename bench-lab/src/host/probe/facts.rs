//! The hand that writes facts down: reads a file, keeps its path as the source, finds the reason when there is nothing.
//!
//! It knows no fact by name.

use std::collections::BTreeMap;

use lab_core::cpulist::CpuList;
use lab_core::model::{Environment, FactClass, FactValue};

use super::super::sysfs::{Absence, SysRoot};
use super::scene::{Provider, Scene};

/// Facts as they are collected.
pub(super) struct Facts<'a> {
    pub(super) root: &'a SysRoot,
    pub(super) scene: Scene,
    environment: Environment,
}

impl<'a> Facts<'a> {
    pub(super) fn new(root: &'a SysRoot, scene: Scene) -> Self {
        Self { root, scene, environment: Environment::default() }
    }

    pub(super) fn into_environment(self) -> Environment {
        self.environment
    }

    /// Writes down a value that was found out elsewhere, or why there is none.
    pub(super) fn record(
        &mut self,
        name: &str,
        class: FactClass,
        source: &str,
        value: Result<FactValue, Absence>,
    ) {
        self.environment.insert(name, class, source, value.unwrap_or_else(FactValue::Absent));
    }

    /// The text of a file.
    pub(super) fn text(&mut self, name: &str, class: FactClass, provider: Provider, path: &str) {
        let value = self.read(provider, path).map(FactValue::Text);
        self.record(name, class, path, value);
    }

    /// A file that holds one integer.
    pub(super) fn integer(&mut self, name: &str, class: FactClass, provider: Provider, path: &str) {
        let value = self.read(provider, path).and_then(|text| integer(&text, path));
        self.record(name, class, path, value);
    }

    /// The word in brackets of a file such as `always [madvise] never`.
    pub(super) fn bracketed(&mut self, name: &str, class: FactClass, provider: Provider, path: &str) {
        let value = self.read(provider, path).map(|text| {
            let chosen = text.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
            FactValue::Text(chosen.map_or(text.as_str(), |(word, _)| word).to_owned())
        });
        self.record(name, class, path, value);
    }

    /// A file with a CPU list; an empty one, or the kernel's `(null)`, is a true "none".
    pub(super) fn cpu_list(&mut self, name: &str, class: FactClass, provider: Provider, path: &str) {
        let text = self.root.read(path).map_err(|absence| self.scene.explain(&absence, provider));
        let list = text.and_then(|text| text.parse::<CpuList>().map_err(|error| format!("{path}: {error}")));
        let value =
            list.map(|list| FactValue::Text(if list.is_empty() { "none".into() } else { list.to_string() }));
        self.record(name, class, path, value);
    }

    /// The text of a file; an empty one is an absence too, as container engines mask files with empty ones.
    pub(super) fn read(&self, provider: Provider, path: &str) -> Result<String, Absence> {
        match self.root.read(path) {
            Ok(text) if text.is_empty() => Err(self.scene.explain(&format!("{path} is empty"), provider)),
            Ok(text) => Ok(text),
            Err(absence) => Err(self.scene.explain(&absence, provider)),
        }
    }

    /// One file per CPU (`{}` in the pattern is its number), told once when all agree, else by CPU list.
    pub(super) fn per_cpu(
        &self,
        cpus: &CpuList,
        provider: Provider,
        pattern: &str,
    ) -> Result<String, Absence> {
        let mut first_absence = None;
        let mut values = Vec::new();
        for cpu in cpus.iter() {
            match self.read(provider, &pattern.replace("{}", &cpu.to_string())) {
                Ok(text) => values.push((cpu, text)),
                Err(absence) => first_absence = first_absence.or(Some(absence)),
            }
        }
        match (values.is_empty(), first_absence) {
            (true, absence) => Err(absence.unwrap_or_else(|| "no CPU is online".into())),
            (false, None) => Ok(grouped(values)),
            (false, Some(absence)) => Ok(format!("{}; else {absence}", grouped(values))),
        }
    }
}

/// Reads an integer as the kernel prints it.
pub(super) fn integer(text: &str, path: &str) -> Result<FactValue, Absence> {
    text.parse().map(FactValue::Integer).map_err(|_| format!("{path} holds {text:?}, which is no integer"))
}

/// `value` when all CPUs agree, else `0-3: one; 4-7: other`, in the order of the lowest CPU.
pub(super) fn grouped(values: impl IntoIterator<Item = (u32, String)>) -> String {
    let mut groups: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (cpu, value) in values {
        groups.entry(value).or_default().push(cpu);
    }
    let mut groups: Vec<(CpuList, String)> =
        groups.into_iter().map(|(value, cpus)| (cpus.into_iter().collect(), value)).collect();
    groups.sort();
    match groups.as_slice() {
        [(_, value)] => value.clone(),
        _ => groups.iter().map(|(cpus, value)| format!("{cpus}: {value}")).collect::<Vec<_>>().join("; "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_agree_are_told_once() {
        let values = |texts: &[&str]| grouped((0..).zip(texts.iter().map(|&text| text.to_owned())));
        assert_eq!(values(&["a", "a"]), "a");
        assert_eq!(values(&["z", "z", "a", "z"]), "0-1,3: z; 2: a");
        assert_eq!(values(&[]), "");
    }
}
