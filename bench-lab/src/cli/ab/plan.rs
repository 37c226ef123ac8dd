//! The plan of a match, and the host that is set for it.
//!
//! It is the plan of a Run as far as the host goes.

use jiff::Timestamp;
use lab_core::cpulist::CpuList;
use lab_core::model::{Aslr, MatchPlan, Plan, SessionRecord, Warning};

use crate::cli::error::CommandError;
use crate::cli::lab::Lab;
use crate::cli::surroundings;
use crate::matches::Entrants;

/// Measuring time of a process where whole processes are compared, in milliseconds.
pub(in crate::cli) const PROCESS_TIME_MS: u64 = 100;

impl Lab {
    /// Chooses the CPUs of a match, and leaves them to the benchmarks.
    pub(in crate::cli) fn place_match(
        &mut self,
        plan: &mut MatchPlan,
        asked: Option<&CpuList>,
    ) -> Result<Vec<Warning>, CommandError> {
        let mut of_run = run_plan(plan);
        let warnings = self.place(&mut of_run, asked, None)?;
        (plan.cpus, plan.threaded_cpus) = (of_run.cpus, of_run.threaded_cpus);
        Ok(warnings)
    }

    /// Sets the host and reads it: the session, and what is to be told of it.
    pub(in crate::cli) fn begin_match(
        &mut self,
        plan: &mut MatchPlan,
        entrants: &Entrants,
        number: u32,
    ) -> Result<(SessionRecord, Vec<Warning>), CommandError> {
        let mut of_run = run_plan(plan);
        let mut tuning = self.tune(&mut of_run, None)?;
        let apart = self.set_apart(&of_run, &entrants.prepared[1], None, &mut tuning)?;
        plan.threaded_cpus = of_run.threaded_cpus;
        let mut environment = surroundings::without_build(self.root());
        apart.insert(&mut environment);
        let started_at = Timestamp::now().to_string();
        Ok((SessionRecord { number, started_at, environment, tuning: tuning.knobs }, tuning.warnings))
    }
}

/// The part of a plan that the host is set for.
pub(in crate::cli) fn run_plan(plan: &MatchPlan) -> Plan {
    Plan {
        filters: Vec::new(),
        invocation_count: plan.launch_max,
        time_ms: plan.time_ms,
        budget_ms: plan.budget_ms,
        timeout_ms: plan.timeout_ms,
        seed: plan.seed,
        cpus: plan.cpus.clone(),
        threaded_cpus: plan.threaded_cpus.clone(),
        aslr: plan.aslr,
        includes_ignored: plan.includes_ignored,
        build_arguments: Vec::new(),
        looks: None,
    }
}

/// The plan of launches that no match keeps: the lab against itself, benchmarks against themselves.
pub(in crate::cli) fn unstored_plan(filters: Vec<String>, launch_count: u32, seed: u64) -> Plan {
    Plan {
        filters,
        invocation_count: launch_count,
        time_ms: PROCESS_TIME_MS,
        budget_ms: None,
        timeout_ms: 60_000,
        seed,
        cpus: Vec::new(),
        threaded_cpus: Vec::new(),
        aslr: Aslr::Random,
        includes_ignored: false,
        build_arguments: Vec::new(),
        looks: None,
    }
}
