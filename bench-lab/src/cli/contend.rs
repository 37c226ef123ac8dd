//! The stages that a new match and a resumed one have in common: build, list, pair, set the host, play.
//!
//! It decides nothing about what is to be measured; that is in the plan.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use lab_core::agenda::Agenda;
use lab_core::compare::{live_design, policy_of_match};
use lab_core::cpulist::CpuList;
use lab_core::filter::Filter;
use lab_core::model::{Match, MatchPlan, Plan, SessionRecord, Side, Warning};

use super::ab::PROCESS_TIME_MS;
use super::arguments::{BuildArguments, Loudness};
use super::error::{CommandError, did_you_mean};
use super::exit::ExitCode;
use super::lab::Lab;
use super::rules::Rules;
use super::{fresh, hints, matched, output, store_error, surroundings};
use crate::duel::Settings;
use crate::matches::{Ending, Entrants, Field, Pairing, pair_up, play};
use crate::revisions::{self, BuiltPair, Carry, Repository, Stage, Telling, Wish};
use crate::runner::event::Event;
use crate::runner::prepare::{Preparation, Wanted};
use crate::store::OpenMatch;

/// Plays what is open of a match.
pub(super) fn contend(
    lab: &mut Lab,
    entrants: &Entrants,
    pairing: &Pairing,
    rules: &Rules,
    (open, content): (&mut OpenMatch, &mut Match),
) -> Result<Ending, CommandError> {
    let policy = policy_of_match(&rules.policy, &content.plan);
    let plan = &content.plan;
    let agenda = live_design(policy.alpha, policy.limits.margin.ln_1p())
        .and_then(|design| Agenda::new(design.looks().map(|look| look.count), plan.launch_max, plan.seed))
        .ok_or_else(|| {
            let message = format!(
                "no verdict at a level of {} is possible within {} launches",
                policy.alpha, plan.launch_max
            );
            CommandError::text(ExitCode::Usage, message).hint("allow more launches, or a larger alpha")
        })?;
    let settings = Settings {
        cpus: plan.cpus.clone(),
        threaded_cpus: plan.threaded_cpus.clone(),
        aslr: plan.aslr,
        time_ms: plan.time_ms,
        timeout: Duration::from_millis(plan.timeout_ms),
    };
    let deadline = plan.budget_ms.map(|budget| Instant::now() + Duration::from_millis(budget));
    lab.tell(&Event::MatchBegun {
        id: open.id(),
        sides: [&content.sides[0].name, &content.sides[1].name],
        duel_count: pairing.duels.len(),
        identical_count: pairing.identical.len(),
    });
    lab.with_ring(|context, observer| {
        let field = Field { entrants, context, settings, agenda, policy: &policy, deadline };
        play(&field, open, content, &pairing.duels, observer)
    })
    .map_err(store_error)
}

/// Builds both revisions.
pub(super) fn build(
    lab: &mut Lab,
    manifest: &Path,
    (build, carry): (&BuildArguments, &[PathBuf]),
    names: [Option<&str>; 2],
    loudness: Loudness,
) -> Result<BuiltPair, CommandError> {
    let repository = Repository::around(manifest).map_err(|error| hints::revision(&error))?;
    let stage = Stage::open(&repository).map_err(|error| hints::revision(&error))?;
    let inside = manifest.strip_prefix(repository.top()).unwrap_or(Path::new(""));
    let carry = Carry { paths: carry.to_vec() };
    let selection = build.selection(loudness);
    let wish =
        Wish { repository: &repository, manifest: inside, selection: &selection, names, carry: &carry };
    let tells = loudness == Loudness::Usual;
    let side = |side| if side == Side::Baseline { "baseline" } else { "candidate" };
    let built = revisions::build(&stage, &wish, &mut |telling| match telling {
        Telling::Builds(which, named) if tells => {
            output::note(&format!("build    {} {}", side(which), named.shown()));
        }
        Telling::Kept(which, named) if tells => {
            output::note(&format!("built    {} {} before", side(which), named.shown()));
        }
        Telling::Said(said) => lab.pass_on(said),
        Telling::Builds(..) | Telling::Kept(..) => {}
    });
    built.map_err(|error| lab.interrupted_or(hints::revision(&error)))
}

/// Claims and lists both sides; nothing when the person stopped it.
pub(super) fn prepare(
    lab: &mut Lab,
    pair: BuiltPair,
    includes_ignored: bool,
) -> Result<Option<Entrants>, CommandError> {
    let wanted = Wanted { filter: Filter::default(), includes_ignored, time_ms: PROCESS_TIME_MS };
    let mut prepared: Vec<Preparation> = Vec::new();
    for built in &pair.sides {
        for warning in &built.workspace.warnings {
            lab.warn(warning);
        }
        match lab.prepare_wanted(&built.workspace, &wanted)? {
            Ok(preparation) => prepared.push(preparation),
            Err(_) => return Ok(None),
        }
    }
    for warning in &pair.warnings {
        lab.warn(warning);
    }
    let prepared: Result<[Preparation; 2], _> = prepared.try_into();
    let has_differing_inputs = !pair.differing_inputs.is_empty();
    Ok(prepared.ok().map(|prepared| Entrants { built: pair.sides, prepared, has_differing_inputs }))
}

/// The pairs that are meant; an error when there is none.
pub(super) fn chosen(
    entrants: &mut Entrants,
    filters: &[String],
    rules: &Rules,
) -> Result<Pairing, CommandError> {
    let listed: Vec<_> =
        Side::BOTH.into_iter().flat_map(|side| entrants.benchmarks(side)).map(|record| record.id).collect();
    let pairing = pair_up(entrants, &Filter::new(filters), &rules.policy.renamed);
    if !pairing.duels.is_empty() {
        return Ok(pairing);
    }
    let [baseline, candidate] = Side::BOTH.map(|side| entrants.benchmarks(side).len());
    if filters.is_empty() || baseline + candidate > 0 {
        let message = format!(
            "the two revisions have no benchmark in common: {baseline} in the baseline, {candidate} in the candidate"
        );
        return Err(CommandError::text(ExitCode::NotComparable, message)
            .hint("a benchmark that was renamed is declared in bench-lab.toml, under [renamed]"));
    }
    let near = fresh::nearest_ids(&listed, &filters[0]);
    let message = format!("no benchmark of either revision matches {}", filters.join(", "));
    let hint = did_you_mean(&near).unwrap_or_else(|| "bench-lab list shows every id".into());
    Err(CommandError::text(ExitCode::Usage, message).hint(hint))
}

/// Targets that were meant to be measured and could not be, by side.
pub(super) fn skipped(entrants: &Entrants) -> Vec<Warning> {
    let sides = ["baseline", "candidate"].into_iter().zip(&entrants.prepared);
    sides
        .flat_map(|(side, preparation)| preparation.records.iter().map(move |record| (side, record)))
        .filter_map(|(side, record)| {
            let skip = record.skip.as_ref().filter(|skip| super::lab::is_failure(skip))?;
            Some(Warning::new(matched::TARGET_FAILED, format!("{side} {}", record.id), skip.to_string()))
        })
        .collect()
}

impl Lab {
    /// Chooses the CPUs of a match, and leaves them to the benchmarks.
    pub(super) fn place_match(
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
    pub(super) fn begin_match(
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
pub(super) fn run_plan(plan: &MatchPlan) -> Plan {
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
    }
}
