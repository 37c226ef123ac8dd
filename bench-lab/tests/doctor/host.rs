//! A host to examine: files, answers and probes, all of them given.

use std::time::Duration;

use bench_lab::host::doctor::{self, Live, Scene, Snapshot, Timed};
use bench_lab::host::probe::{self, LiveReadings};
use bench_lab::host::{interrupts, topology};
use lab_core::doctor::{Check, Finding, Gaps, Report, examine};
use lab_core::placement::{self, Request};

use crate::machines::Machine;

/// All that the doctor asks for.
#[derive(Clone)]
pub(crate) struct Host {
    /// The kernel's files when the doctor comes.
    pub(crate) first: Machine,
    pub(crate) live: Live,
    /// What opening the group of counters gave.
    pub(crate) has_counters: Result<(), String>,
    /// As typed with `--cpus`.
    pub(crate) cpus: Option<&'static str>,
    /// Nothing for a doctor that does not watch.
    pub(crate) probes: Option<Probes>,
}

/// What the timed probes see.
#[derive(Clone)]
pub(crate) struct Probes {
    /// The kernel's files after two seconds.
    pub(crate) rested: Machine,
    /// And after three more.
    pub(crate) spun: Machine,
    pub(crate) gaps: Result<Gaps, String>,
    pub(crate) clocks: Result<Vec<(u32, Vec<f64>)>, String>,
}

impl Host {
    /// What the doctor says.
    pub(crate) fn report(&self) -> Report {
        let planted = self.first.plant();
        let root = planted.root();
        let topology = topology::read(&root);
        let request = Request {
            cpus: self.cpus.map(|list| list.parse().unwrap()),
            interrupt_counts: interrupts::device_counts(&root).unwrap_or_default(),
        };
        let placement = placement::choose(&topology, &request).unwrap();
        let readings =
            LiveReadings { counter_group: self.has_counters.clone(), ..LiveReadings::none("not captured") };
        let environment = probe::environment(&root, &topology, &readings);
        let timed = self.probes.as_ref().map(|probes| {
            let later = |machine: &Machine, seconds| {
                Snapshot::take(&machine.plant().root(), Duration::from_secs(seconds))
            };
            Timed {
                first: Snapshot::take(&root, Duration::ZERO),
                rested: later(&probes.rested, 2),
                spun: later(&probes.spun, 5),
                gaps: probes.gaps.clone(),
                clocks: probes.clocks.clone(),
            }
        });
        let scene = Scene {
            root: &root,
            topology: &topology,
            placement: &placement,
            environment: &environment,
            live: &self.live,
            timed: timed.as_ref().ok_or("not captured"),
        };
        examine(&doctor::read(&scene))
    }

    /// A file that reads otherwise in all three looks.
    pub(crate) fn with(self, path: &str, text: &str) -> Self {
        let first = self.first.with(path, text);
        let probes = self.probes.map(|probes| Probes {
            rested: probes.rested.with(path, text),
            spun: probes.spun.with(path, text),
            ..probes
        });
        Self { first, probes, ..self }
    }

    /// The same without everything that begins so.
    pub(crate) fn without(self, beginning: &str) -> Self {
        let first = self.first.without(beginning);
        let probes = self.probes.map(|probes| Probes {
            rested: probes.rested.without(beginning),
            spun: probes.spun.without(beginning),
            ..probes
        });
        Self { first, probes, ..self }
    }

    /// The same after a change of what the probes see.
    pub(crate) fn probing(mut self, change: impl FnOnce(&mut Probes)) -> Self {
        change(self.probes.as_mut().unwrap());
        self
    }

    /// The same after a change of what the system answers.
    pub(crate) fn living(mut self, change: impl FnOnce(&mut Live)) -> Self {
        change(&mut self.live);
        self
    }
}

/// The finding of one check.
pub(crate) fn finding(report: &Report, check: Check) -> &Finding {
    report.findings.iter().find(|finding| finding.check == check).unwrap()
}
