//! The host under a lab: which CPUs benchmarks have, what is set for them, and that it is put back.
//!
//! It sets nothing by itself: the keeper does, and reads back.

use std::collections::BTreeMap;

use lab_core::cpulist::CpuList;
use lab_core::machine::{self, KnobWish};
use lab_core::model::{Plan, Warning};

use super::Lab;
use crate::cli::error::CommandError;
use crate::cli::exit::ExitCode;
use crate::cli::keeper::{self, Apart, Keeper};
use crate::cli::pinned::{DefinitionFile, Pinned};
use crate::cli::run::Arguments;
use crate::cli::{store_error, surroundings};
use crate::host::session::Report;
use crate::host::{cpuset, topology};
use crate::runner::affinity;
use crate::runner::prepare::Preparation;
use crate::store::OpenRun;

impl Lab {
    /// The machine definition of a new Run, if one was named: compared with this machine before anything is built.
    pub(in crate::cli) fn pin(&self, arguments: &Arguments) -> Result<Option<Pinned>, CommandError> {
        let (Some(path), on_mismatch) = arguments.machine() else { return Ok(None) };
        let file = DefinitionFile::read(path)?;
        Pinned::open(&self.root, file, on_mismatch, arguments.cpus()).map(Some)
    }

    /// Chooses the CPUs of a plan, and leaves them to the benchmarks. The warnings are about the choice and about the
    /// machine.
    pub(in crate::cli) fn place(
        &mut self,
        plan: &mut Plan,
        asked: Option<&CpuList>,
        pinned: Option<&Pinned>,
    ) -> Result<Vec<Warning>, CommandError> {
        let chosen = match pinned {
            Some(pinned) => pinned.placement().clone(),
            None => surroundings::placement(&self.root, asked)
                .map_err(|error| CommandError::new(ExitCode::Usage, &error))?,
        };
        plan.cpus = chosen.cpus.iter().collect();
        plan.threaded_cpus = chosen.threaded_cpus.iter().collect();
        let mut warnings = pinned.map(Pinned::warnings).unwrap_or_default();
        warnings.extend(chosen.warnings);
        for warning in &warnings {
            self.warn(warning);
        }
        self.keep_off(plan, pinned);
        Ok(warnings)
    }

    /// Moves this process away from the CPUs that benchmarks run on, to where a definition wants it.
    pub(in crate::cli) fn keep_off(&mut self, plan: &Plan, pinned: Option<&Pinned>) {
        let housekeeping = pinned.map(|pinned| pinned.placement().housekeeping.iter().collect::<Vec<u32>>());
        if let Err(error) = affinity::keep_off(&plan.cpus, housekeeping.as_deref()) {
            let text = format!("the runner shares the bench CPUs, it could not be moved away: {error}");
            self.warn(&Warning::new("runner_not_moved", "", text));
        }
    }

    /// Sets the host for a plan, as far as it is to be and may be. Threads of benchmarks get no CPU that went offline.
    pub(in crate::cli) fn tune(
        &mut self,
        plan: &mut Plan,
        pinned: Option<&Pinned>,
    ) -> Result<Report, CommandError> {
        let Some(keeper) = self.keeper.take() else { return Ok(Report::default()) };
        let none = BTreeMap::new();
        let (keeper, report) = keeper.apply(plan, pinned.map_or(&none, Pinned::wishes))?;
        self.keeper = keeper;
        let online = topology::read(&self.root).online();
        plan.threaded_cpus.retain(|cpu| online.contains(*cpu));
        for warning in &report.warnings {
            self.warn(warning);
        }
        Ok(report)
    }

    /// Keeps others off the bench CPUs, once it is known whether benchmarks have several threads. With that the host is
    /// set, and what a definition wanted can be held against `tuning`.
    pub(in crate::cli) fn set_apart(
        &mut self,
        plan: &Plan,
        preparation: &Preparation,
        pinned: Option<&Pinned>,
        tuning: &mut Report,
    ) -> Result<Apart, CommandError> {
        let mut prepared = preparation.prepared.iter();
        let needs_threads = prepared.any(|prepared| prepared.wants_threads(&prepared.benchmarks));
        let is_left =
            pinned.and_then(|pinned| pinned.wishes().get(cpuset::KNOB)).is_some_and(KnobWish::is_leave);
        let (mut report, apart) = match &mut self.keeper {
            Some(_) if is_left => (keeper::left_together(), Apart::default()),
            Some(keeper) => keeper.set_apart(plan, needs_threads)?,
            None => (Report::default(), Apart::default()),
        };
        tuning.knobs.append(&mut report.knobs);
        report
            .warnings
            .extend(pinned.iter().flat_map(|pinned| machine::unmet(pinned.wishes(), &tuning.knobs)));
        for warning in &report.warnings {
            self.warn(warning);
        }
        tuning.warnings.append(&mut report.warnings);
        Ok(apart)
    }

    /// Puts the host back and tells the Run what was changed meanwhile or is not back.
    pub(in crate::cli) fn put_back(&mut self, open: &mut OpenRun) -> Result<(), CommandError> {
        for warning in &self.release() {
            open.add_warning(warning).map_err(store_error)?;
        }
        Ok(())
    }

    /// Puts the host back, and says what was changed meanwhile or is not back.
    pub(in crate::cli) fn release(&mut self) -> Vec<Warning> {
        let warnings = self.keeper.take().map(Keeper::finish).unwrap_or_default();
        for warning in &warnings {
            self.warn(warning);
        }
        warnings
    }
}
