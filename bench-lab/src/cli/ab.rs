//! `bench-lab ab`: build two revisions, let them take turns, judge, keep, show.
//!
//! It turns flags into a plan and stages into a match; how each stage works is decided elsewhere.

mod flags;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use lab_core::agenda::Agenda;
use lab_core::compare::{live_design, policy_of_match};
use lab_core::cpulist::CpuList;
use lab_core::filter::Filter;
use lab_core::model::{
    Aslr, DuelRecord, Entrant, Footing, Match, MatchPlan, MatchState, Plan, SessionRecord, Side, Warning,
    WitnessSource,
};
use lab_core::policy::Policy;
use lab_core::report::format::Topic;

use super::entrants::Recipe;
use super::error::{CommandError, did_you_mean};
use super::exit::ExitCode;
use super::finish::Finish;
use super::lab::{Lab, Opening};
use super::recheck::First;
use super::rules::{Rules, workspace_root};
use super::{entrants, finish, ids, output, recheck, rematch, store_error, surroundings};
use crate::duel::{Callgrind, Context, Settings};
use crate::host::revision::Source;
use crate::matches::{Ending, Entrants, Field, Pairing, pair_up, play, play_layouts, suspects, targets};
use crate::revisions::Orders;
use crate::runner::event::Event;
use crate::store::{OpenMatch, Store};

pub(super) use flags::Arguments;

/// Measuring time of a process where whole processes are compared, in milliseconds.
pub(super) const PROCESS_TIME_MS: u64 = 100;

pub(super) fn run(arguments: &Arguments, store: Option<&Path>) -> Result<ExitCode, CommandError> {
    arguments.formats.check(&[Topic::Comparison])?;
    let opening = Opening {
        display: arguments.display(),
        waiting: arguments.wait,
        store: store.map(PathBuf::from),
        tune: arguments.tune,
    };
    let mut lab = Lab::open(opening)?;
    match (&arguments.resume, &arguments.recheck) {
        (Some(reference), _) => rematch::run(&mut lab, arguments, reference),
        (None, Some(reference)) => recheck::run(&mut lab, arguments, reference),
        (None, None) => fresh(&mut lab, arguments),
    }
}

/// A match that is to be begun.
pub(super) struct Beginning<'a> {
    pub(super) rules: Rules,
    pub(super) plan: MatchPlan,
    pub(super) recipe: Recipe<'a>,
    /// The match whose suspects it measures again.
    pub(super) first: Option<First>,
}

fn fresh(lab: &mut Lab, arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let named = arguments.ids.as_deref().map(ids::read).transpose()?;
    if let (Some([]), Some(path)) = (named.as_deref(), &arguments.ids) {
        output::note(&format!("nothing to measure: {} names no benchmark", path.display()));
        return Ok(ExitCode::Fine);
    }
    let manifest = entrants::manifest_folder(arguments.build.manifest_path())?;
    let rules = Rules::read(&workspace_root(&manifest), arguments.policy.as_deref())?;
    let mut plan = arguments.plan(&manifest, rules.text.clone());
    plan.filters.extend(named.unwrap_or_default());
    let recipe = Recipe {
        manifest: &manifest,
        build: &arguments.build,
        carry: &arguments.carry,
        names: [arguments.baseline.as_deref(), arguments.candidate.as_deref()],
        loudness: arguments.loudness(),
    };
    begin(lab, arguments, Beginning { rules, plan, recipe, first: None })
}

/// Builds both sides, measures them and judges.
pub(super) fn begin(
    lab: &mut Lab,
    arguments: &Arguments,
    beginning: Beginning<'_>,
) -> Result<ExitCode, CommandError> {
    let Beginning { rules, mut plan, recipe, first } = beginning;
    let manifest = recipe.manifest;
    // Before anything is built.
    counter(plan.witness)?;
    let pair = entrants::build(lab, recipe)?;
    let mut warnings = lab.place_match(&mut plan, arguments.cpus.as_ref())?;
    let candidate = &pair.sides[1];
    let store =
        lab.create_store(&entrants::top_of(manifest)?.join(candidate.inside(&candidate.workspace.root)))?;
    let mut differing =
        pair.differing_inputs.iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
    differing.sort();
    warnings.extend(pair.warnings.iter().cloned());
    let Some(mut entrants) = entrants::prepare(lab, pair, plan.includes_ignored)? else {
        return Ok(lab.stopped_before());
    };
    if let Some(first) = &first {
        first.refuse_changed(&entrants)?;
    }
    let pairing = chosen(&mut entrants, &plan.filters, &rules)?;
    warnings.extend(skipped(&entrants));
    let (session, more) = lab.begin_match(&mut plan, &entrants, 1)?;
    warnings.extend(more);
    let stored = Newborn { manifest, plan, differing_inputs: differing, session, warnings };
    let (mut open, mut content) = stored.store(&store, &entrants, &pairing)?;
    let ending = contend(lab, recipe, (&entrants, &pairing), &rules, (&mut open, &mut content))?;
    finish::finish(lab, Finish { store: &store, open, content, ending, first }, rules, &arguments.shown())
}

/// A match before its first launch.
pub(super) struct Newborn<'a> {
    pub(super) manifest: &'a Path,
    pub(super) plan: MatchPlan,
    pub(super) differing_inputs: Vec<String>,
    pub(super) session: SessionRecord,
    pub(super) warnings: Vec<Warning>,
}

impl Newborn<'_> {
    /// Stores it, with the duels that need no launch.
    pub(super) fn store(
        self,
        store: &Store,
        entrants: &Entrants,
        pairing: &Pairing,
    ) -> Result<(OpenMatch, Match), CommandError> {
        let mut content = Match {
            // The store names it when it finds a free name.
            id: String::new(),
            lab_version: env!("CARGO_PKG_VERSION").into(),
            created_at: self.session.started_at.clone(),
            workspace: self.manifest.display().to_string(),
            sides: Side::BOTH.map(|side| entrant(entrants, side)),
            plan: self.plan,
            differing_inputs: self.differing_inputs,
            sessions: vec![self.session],
            duels: Vec::new(),
            launches: Vec::new(),
            warnings: self.warnings,
            state: MatchState::Open,
        };
        let mut open = store.create_match(&content).map_err(store_error)?;
        content.id = open.id().to_owned();
        for place in &pairing.identical {
            let duel = DuelRecord { footing: Footing::Identical, ..pairing.duels[*place].clone() };
            open.add_duel(&duel).map_err(store_error)?;
            content.duels.push(duel);
        }
        Ok((open, content))
    }
}

/// Plays what is open of a match.
pub(super) fn contend(
    lab: &mut Lab,
    recipe: Recipe<'_>,
    (entrants, pairing): (&Entrants, &Pairing),
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
    let settings = Settings::of_plan(&run_plan(plan));
    let counter = counter(plan.witness)?;
    let deadline = plan.budget_ms.map(|budget| Instant::now() + Duration::from_millis(budget));
    let template = Template { entrants, settings, agenda, policy: &policy, deadline, counter };
    lab.tell(&Event::MatchBegun {
        id: open.id(),
        sides: [&content.sides[0].name, &content.sides[1].name],
        duel_count: pairing.duels.len(),
        identical_count: pairing.identical.len(),
    });
    let ending = lab
        .with_ring(|context, observer| {
            play(&template.field(context), open, content, &pairing.duels, observer)
        })
        .map_err(store_error)?;
    if ending != Ending::Done || content.plan.layouts.is_none() {
        return Ok(ending);
    }
    in_other_layouts(lab, recipe, &template, (open, content))
}

/// The second stage of a match: suspects are linked in other orders and launched again.
fn in_other_layouts(
    lab: &mut Lab,
    recipe: Recipe<'_>,
    template: &Template<'_>,
    (open, content): (&mut OpenMatch, &mut Match),
) -> Result<Ending, CommandError> {
    let suspects = suspects(content, template.policy);
    if suspects.is_empty() {
        return Ok(Ending::Done);
    }
    let targets = targets(&suspects);
    let count = content.plan.layouts.unwrap_or_default();
    let orders = Orders { built: &template.entrants.built, targets: &targets, count };
    let relinked = entrants::relink(lab, recipe, &orders)?;
    lab.with_ring(|context, observer| {
        play_layouts(&template.field(context), (&suspects, &relinked), (open, content), observer)
    })
    .map_err(store_error)
}

/// What a field is made of in both stages.
struct Template<'a> {
    entrants: &'a Entrants,
    settings: Settings,
    agenda: Agenda,
    policy: &'a Policy,
    deadline: Option<Instant>,
    counter: Option<Callgrind>,
}

impl<'a> Template<'a> {
    fn field(&self, context: Context<'a>) -> Field<'a> {
        Field {
            entrants: self.entrants,
            context,
            settings: self.settings.clone(),
            agenda: self.agenda.clone(),
            policy: self.policy,
            deadline: self.deadline,
            counter: self.counter.clone(),
        }
    }
}

/// Who counts instructions, where somebody is asked to.
fn counter(witness: WitnessSource) -> Result<Option<Callgrind>, CommandError> {
    if witness != WitnessSource::Callgrind {
        return Ok(None);
    }
    let found = Callgrind::find().map_err(|error| {
        CommandError::new(ExitCode::Usage, &error).hint(
            "apt install valgrind, dnf install valgrind, or nix shell nixpkgs#valgrind; without it leave out --witness",
        )
    });
    found.map(Some)
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
    let near = super::fresh::nearest_ids(&listed, &filters[0]);
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
            Some(Warning::new(finish::TARGET_FAILED, format!("{side} {}", record.id), skip.to_string()))
        })
        .collect()
}

pub(super) fn entrant(entrants: &Entrants, side: Side) -> Entrant {
    let built = &entrants.built[side.index()];
    let source = Source { revision: built.named.revision.clone(), absence: None };
    Entrant {
        name: built.named.typed.clone(),
        revision: built.named.revision.clone(),
        files_sha256: built.digest.clone(),
        environment: surroundings::of_build(&built.workspace, &source, None),
        targets: entrants.prepared[side.index()].records.clone(),
        benchmarks: entrants.benchmarks(side),
    }
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
        looks: None,
    }
}

/// The plan of launches that no match keeps: the lab against itself, benchmarks against themselves.
pub(super) fn unstored_plan(filters: Vec<String>, launch_count: u32, seed: u64) -> Plan {
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
