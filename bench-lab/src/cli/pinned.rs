//! The definition that a run is pinned to: read, compared with this machine, then in force or refused.
//!
//! It never measures; it decides whether measuring begins, where, and by which thresholds.

use std::collections::BTreeMap;
use std::path::Path;

use clap::ValueEnum;
use lab_core::canary::figures;
use lab_core::cpulist::CpuList;
use lab_core::hex::hex;
use lab_core::machine::{
    self, CanaryFinding, InForce, KnobWish, KnownKnob, MachineDefinition, Match, Seats, Takes, Verification,
};
use lab_core::model::{Environment, Run, Warning};
use lab_core::placement::{Placement, Request};
use lab_core::taint::Thresholds;
use sha2::{Digest, Sha256};

use super::error::{CommandError, did_you_mean};
use super::exit::ExitCode;
use super::surroundings;
use crate::host::sysfs::SysRoot;
use crate::host::{cpuset, interrupts, knob, topology};

/// Differences that an error names before the rest is only counted.
const NAMED_MAX: usize = 4;

/// A definition with the file it is from.
pub(super) struct DefinitionFile {
    /// What it says.
    pub(super) definition: MachineDefinition,
    /// Absolute.
    pub(super) path: String,
    /// Of its bytes.
    pub(super) sha256: String,
}

/// What becomes of a run on another machine than the definition's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum OnMismatch {
    /// It does not begin
    Refuse,
    /// It is measured, and each difference is kept as a warning in the Run
    Mark,
}

/// A definition in force.
pub(super) struct Pinned {
    file: DefinitionFile,
    verification: Verification,
    placement: Placement,
}

impl DefinitionFile {
    /// Reads and checks the file.
    pub(super) fn read(path: &Path) -> Result<Self, CommandError> {
        let refused = |why: String| {
            CommandError::text(ExitCode::Usage, format!("machine definition {}: {why}", path.display()))
        };
        let text = std::fs::read_to_string(path).map_err(|error| {
            refused(error.to_string()).hint("bench-lab machine init PATH writes one for this machine")
        })?;
        let definition = machine::read(&text, &known_knobs()).map_err(|error| {
            let shown = refused(error.to_string());
            match did_you_mean(error.nearest()) {
                Some(hint) => shown.hint(hint),
                None => shown.hint("docs/MACHINES.md explains every key"),
            }
        })?;
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let sha256 = hex(&Sha256::digest(&text));
        Ok(Self { definition, path: path.display().to_string(), sha256 })
    }

    /// Where it has one measure on this machine.
    pub(super) fn place(&self, root: &SysRoot, seats: &Seats) -> Result<Placement, CommandError> {
        let interrupt_counts = interrupts::device_counts(root).unwrap_or_default();
        let request = Request { cpus: None, interrupt_counts };
        machine::place(seats, &topology::read(root), &request).map_err(|error| {
            let message = format!("machine definition {}: {error}", self.definition.name);
            CommandError::text(ExitCode::HostRefused, message)
                .hint("--cpus LIST measures on other CPUs than the definition's")
        })
    }
}

impl Pinned {
    /// Compares this machine with the definition, and refuses when it is another one and nobody wants that.
    pub(super) fn open(
        root: &SysRoot,
        file: DefinitionFile,
        on_mismatch: OnMismatch,
        cpus: Option<&CpuList>,
    ) -> Result<Self, CommandError> {
        let verification = machine::verify(&file.definition, &surroundings::host(root));
        if verification.verdict() == Match::Other && on_mismatch == OnMismatch::Refuse {
            return Err(refusal(&file, &verification));
        }
        let seats = match cpus {
            Some(cpus) => instead(&file.definition.seats, cpus),
            None => file.definition.seats.clone(),
        };
        let placement = file.place(root, &seats)?;
        Ok(Self { file, verification, placement })
    }

    /// The definition that an open Run was begun under, unchanged; nothing when it was begun without one.
    pub(super) fn reopen(
        root: &SysRoot,
        run: &Run,
        named: Option<&Path>,
        on_mismatch: OnMismatch,
    ) -> Result<Option<Self>, CommandError> {
        let stored = |name: &str| {
            run.sessions.first().and_then(|session| session.environment.text(name)).map(str::to_owned)
        };
        let begun_under = stored("machine.definition_path");
        let Some(path) = named.or(begun_under.as_deref().map(Path::new)) else { return Ok(None) };
        let file = DefinitionFile::read(path)?;
        if stored("machine.definition_sha256").as_ref() != Some(&file.sha256) {
            let begun = match stored("machine.definition") {
                Some(name) => format!("under another text of the machine definition {name}"),
                None => "without a machine definition".to_owned(),
            };
            let message = format!("Run {} was begun {begun}, not under {}", run.id, file.path);
            return Err(CommandError::text(ExitCode::NotComparable, message)
                .hint("a Run has one definition from its beginning to its end; start a new one"));
        }
        let mut pinned = Self::open(root, file, on_mismatch, None)?;
        pinned.placement.cpus = run.plan.cpus.iter().copied().collect();
        pinned.placement.threaded_cpus = run.plan.threaded_cpus.iter().copied().collect();
        Ok(Some(pinned))
    }

    /// Where to measure.
    pub(super) fn placement(&self) -> &Placement {
        &self.placement
    }

    /// From where on an invocation is tainted.
    pub(super) fn thresholds(&self) -> Thresholds {
        self.file.definition.thresholds
    }

    /// How the machine differs from its definition.
    pub(super) fn warnings(&self) -> Vec<Warning> {
        self.verification.warnings()
    }

    /// What is wanted of the host's settings, by knob.
    pub(super) fn wishes(&self) -> &BTreeMap<String, KnobWish> {
        &self.file.definition.knobs
    }

    /// Where the canaries of a Run are not what the definition says; nothing for a Run without canaries, which was
    /// asked for.
    pub(super) fn canary_warnings(&self, run: &Run) -> Vec<Warning> {
        if run.canary.kernels.is_empty() {
            return Vec::new();
        }
        let findings = machine::verify_canaries(&self.file.definition.canaries, Ok(&figures(run)));
        findings.iter().filter_map(CanaryFinding::warning).collect()
    }

    /// Adds the definition to what a Run records.
    pub(super) fn insert(&self, environment: &mut Environment) {
        let in_force = InForce {
            definition: &self.file.definition,
            path: &self.file.path,
            sha256: &self.file.sha256,
            verification: &self.verification,
            placement: &self.placement,
        };
        in_force.insert(environment);
    }
}

/// Everything that the knobs table may hold: the knobs, and the group that benchmarks are set apart in.
pub(super) fn known_knobs() -> Vec<KnownKnob<'static>> {
    let group = KnownKnob { id: cpuset::KNOB, why: cpuset::WHY, takes: Takes::Own };
    let knobs =
        knob::ALL.iter().map(|knob| KnownKnob { id: knob.id(), why: knob.why(), takes: knob.takes() });
    knobs.chain([group]).collect()
}

/// CPUs that were typed go before those of the file; the lab stays where the file puts it, unless that is on them.
fn instead(seats: &Seats, cpus: &CpuList) -> Seats {
    let is_apart = |list: &&CpuList| !list.iter().any(|cpu| cpus.contains(cpu));
    Seats {
        bench: Some(cpus.clone()),
        threaded: None,
        housekeeping: seats.housekeeping.as_ref().filter(is_apart).cloned(),
    }
}

fn refusal(file: &DefinitionFile, verification: &Verification) -> CommandError {
    let mismatches = verification.mismatches();
    let named = mismatches.iter().take(NAMED_MAX).map(|finding| {
        let expected = machine::shown(&finding.expectation.value);
        format!("{} is {}, expected {expected}", finding.expectation.fact, finding.found)
    });
    let mut differences = named.collect::<Vec<_>>().join("; ");
    if mismatches.len() > NAMED_MAX {
        differences.push_str(&format!("; and {} more", mismatches.len() - NAMED_MAX));
    }
    let message = format!("this machine is not {}: {differences}", file.definition.name);
    CommandError::text(ExitCode::HostRefused, message).hint(format!(
        "bench-lab machine check {} shows every fact; --machine-mismatch mark measures all the same and marks the Run",
        file.path
    ))
}
