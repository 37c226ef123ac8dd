//! One value per CPU, told once where all agree.
//!
//! It leaves out no CPU that was read.

use std::collections::BTreeMap;
use std::fmt;

use crate::cpulist::CpuList;

/// Values by CPU.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PerCpu<T>(pub BTreeMap<u32, T>);

impl<T> PerCpu<T> {
    /// The CPUs whose value is as told.
    pub fn cpus(&self, holds: impl Fn(&T) -> bool) -> CpuList {
        self.0.iter().filter(|(_, value)| holds(value)).map(|(cpu, _)| *cpu).collect()
    }
}

impl<T: fmt::Display> fmt::Display for PerCpu<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut groups: Vec<(String, Vec<u32>)> = Vec::new();
        for (cpu, value) in &self.0 {
            let value = value.to_string();
            match groups.iter_mut().find(|(known, _)| *known == value) {
                Some((_, cpus)) => cpus.push(*cpu),
                None => groups.push((value, vec![*cpu])),
            }
        }
        match groups.as_slice() {
            [(value, _)] => f.write_str(value),
            groups => {
                let parts = groups.iter().map(|(value, cpus)| {
                    format!("CPU {}: {value}", cpus.iter().copied().collect::<CpuList>())
                });
                f.write_str(&parts.collect::<Vec<_>>().join("; "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PerCpu;

    #[test]
    fn values_that_agree_are_told_once() {
        let text = |pairs: &[(u32, &str)]| PerCpu(pairs.iter().copied().collect()).to_string();
        assert_eq!(text(&[(0, "a"), (1, "a")]), "a");
        assert_eq!(text(&[(0, "a"), (1, "b"), (2, "a")]), "CPU 0,2: a; CPU 1: b");
    }
}
