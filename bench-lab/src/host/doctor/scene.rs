//! What every group may look at: the kernel's files, the recorded facts, the chosen CPUs, and the probes' results.
//!
//! It tells a thing that is hidden from one that is not there; it reads no file of its own.

use std::collections::BTreeMap;

use lab_core::cpulist::CpuList;
use lab_core::doctor::{Gap, PerCpu, Sourced};
use lab_core::model::{Environment, FactValue};
use lab_core::placement::Placement;
use lab_core::topology::Topology;

use super::live::Live;
use super::timed::{Timed, Window};
use crate::host::sysfs::{Absence, SysRoot};

/// Where the kernel describes CPUs.
pub(super) const CPUS: &str = "/sys/devices/system/cpu";

/// The host as the doctor sees it.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The kernel's files.
    pub root: &'a SysRoot,
    /// The CPUs.
    pub topology: &'a Topology,
    /// Which of them would be measured on.
    pub placement: &'a Placement,
    /// The facts that a Run would record.
    pub environment: &'a Environment,
    /// What no file gives.
    pub live: &'a Live,
    /// What the timed probes saw, or why they were not run.
    pub timed: Result<&'a Timed, &'a str>,
}

/// Whose thing a reading would have been; decides what its absence means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Provider {
    /// The processor's or the firmware's, which a hypervisor may keep to itself.
    Hardware,
    /// The kernel's.
    Kernel,
}

impl<'a> Scene<'a> {
    /// Every CPU that benchmarks would run on.
    pub(super) fn bench(&self) -> CpuList {
        self.placement.cpus.iter().chain(self.placement.threaded_cpus.iter()).collect()
    }

    /// The CPU of single-threaded benchmarks.
    pub(super) fn first_bench(&self) -> u32 {
        self.placement.cpus.first().unwrap_or(0)
    }

    /// Name of the hypervisor, when one is known.
    pub(super) fn hypervisor(&self) -> Option<&'a str> {
        self.environment.text("virtual.hypervisor").filter(|name| *name != "none")
    }

    /// What an absence means here.
    pub(super) fn gap(&self, absence: Absence, provider: Provider) -> Gap {
        match (provider, self.hypervisor()) {
            _ if !absence.starts_with("no ") => Gap::Unreadable(absence),
            (Provider::Hardware, Some(_)) => Gap::Virtual(absence),
            _ => Gap::Absent(absence),
        }
    }

    /// A fact of the environment as a reading; `take` gives nothing for a value of another type than expected.
    pub(super) fn fact<T>(&self, name: &str, take: impl FnOnce(&FactValue) -> Option<T>) -> Sourced<T> {
        let Some(fact) = self.environment.facts.get(name) else {
            return Sourced::new(name, Err(Gap::Unreadable(format!("{name} was not probed"))));
        };
        let value = match &fact.value {
            FactValue::Absent(why) => Err(match why.strip_suffix(": virtual machine") {
                Some(why) => Gap::Virtual(why.to_owned()),
                None => self.gap(why.clone(), Provider::Kernel),
            }),
            value => take(value).ok_or_else(|| Gap::Unreadable(format!("{name} holds {value:?}"))),
        };
        Sourced::new(&fact.source, value)
    }

    /// A fact that is text.
    pub(super) fn text(&self, name: &str) -> Sourced<String> {
        self.fact(name, |value| match value {
            FactValue::Text(text) => Some(text.clone()),
            _ => None,
        })
    }

    /// A fact that is a whole number.
    pub(super) fn integer(&self, name: &str) -> Sourced<i64> {
        self.fact(name, |value| match value {
            FactValue::Integer(value) => Some(*value),
            _ => None,
        })
    }

    /// One file of each bench CPU, through `take`; CPUs without the file are left out as long as one has it.
    pub(super) fn per_bench_cpu<T>(
        &self,
        file: &str,
        take: impl Fn(u32, String) -> Option<T>,
    ) -> Sourced<PerCpu<T>> {
        let mut why = None;
        let mut values = BTreeMap::new();
        for cpu in self.bench().iter() {
            let path = format!("{CPUS}/cpu{cpu}/{file}");
            match self.root.read(&path) {
                Ok(text) => match take(cpu, text) {
                    Some(value) => drop(values.insert(cpu, value)),
                    None => why = why.or(Some(Gap::Unreadable(format!("{path} cannot be understood")))),
                },
                Err(absence) => why = why.or_else(|| Some(self.gap(absence, Provider::Hardware))),
            }
        }
        let value = match why {
            Some(gap) if values.is_empty() => Err(gap),
            _ => Ok(PerCpu(values)),
        };
        Sourced::new(format!("{CPUS}/cpu{{{}}}/{file}", self.bench()), value)
    }

    /// The time in which the doctor only watched.
    pub(super) fn rested(&self) -> Result<Window<'a>, Gap> {
        self.probed().map(|timed| Window { first: &timed.first, last: &timed.rested })
    }

    /// The time in which it spun on the bench CPU.
    pub(super) fn spun(&self) -> Result<Window<'a>, Gap> {
        self.probed().map(|timed| Window { first: &timed.rested, last: &timed.spun })
    }

    /// Both.
    pub(super) fn watched(&self) -> Result<Window<'a>, Gap> {
        self.probed().map(|timed| Window { first: &timed.first, last: &timed.spun })
    }

    /// The timed probes.
    pub(super) fn probed(&self) -> Result<&'a Timed, Gap> {
        self.timed.map_err(|why| Gap::Unreadable(why.to_owned()))
    }
}
