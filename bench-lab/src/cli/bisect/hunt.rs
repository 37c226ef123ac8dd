//! One comparison of a bisection: found in the store, gone on with, or begun, as a match of one benchmark.
//!
//! It decides nothing about where to look next.

use std::path::Path;

use jiff::Timestamp;
use lab_core::compare::{Change, Verdict, policy_of_match};
use lab_core::filter::Filter;
use lab_core::model::{Aslr, DuelRecord, Footing, Match, MatchPlan, SessionRecord, WitnessSource};

use super::Arguments;
use crate::bisect::{Found, Shown};
use crate::cli::ab::{self, Newborn, PROCESS_TIME_MS};
use crate::cli::entrants::{self, Recipe};
use crate::cli::error::CommandError;
use crate::cli::exit::ExitCode;
use crate::cli::history::benchmark_id;
use crate::cli::lab::Lab;
use crate::cli::rules::Rules;
use crate::cli::{existing_store, matched, rematch, run, store_error, surroundings};
use crate::matches::{Ending, Entrants, Pairing};
use crate::store::{OpenMatch, Store};

/// Why a commit without the benchmark is left out.
const ABSENT: &str = "the benchmark is not there";

/// Why there is no comparison.
pub(super) enum Stop {
    /// The person stopped it.
    Stopped,
    /// It cannot go on at all.
    Error(CommandError),
    /// The candidate cannot be measured: why.
    Untestable(String),
}

impl From<CommandError> for Stop {
    fn from(error: CommandError) -> Self {
        if error.code() == ExitCode::Interrupted { Self::Stopped } else { Self::Error(error) }
    }
}

/// Two commits, compared.
#[derive(Clone, Debug)]
pub(super) struct Compared {
    /// The match that holds it.
    pub(super) id: String,
    pub(super) change: Change,
}

impl Compared {
    /// ln(candidate / baseline) where a change is shown.
    pub(super) fn effect(&self) -> Option<f64> {
        let is_changed = matches!(self.change.verdict, Verdict::Regressed | Verdict::Improved);
        self.change.ratio.filter(|_| is_changed).map(|ratio| ratio.point.ln())
    }

    /// Which end the candidate is like, where BAD differs from GOOD by `effect`.
    pub(super) fn like(&self, effect: f64) -> Found {
        let shown = match (&self.change.verdict, self.effect()) {
            (_, Some(own)) => Shown::Changed(own),
            (Verdict::Equivalent(_), None) => Shown::Same,
            (Verdict::NotComparable(_), None) => {
                return Found::Untestable("it is not comparable with GOOD".into());
            }
            _ => Shown::Neither(format!("not decided by {} launches", self.change.count)),
        };
        Found::of(shown, effect)
    }
}

/// What all comparisons share.
pub(super) struct Hunt<'a> {
    lab: &'a mut Lab,
    arguments: &'a Arguments,
    manifest: &'a Path,
    rules: Rules,
    /// The whole id, and behind it the one that it had before it was renamed; nothing until they are known.
    names: Vec<String>,
    /// The host as it was set for the first comparison, with the plan's CPUs.
    session: Option<(SessionRecord, MatchPlan)>,
}

impl<'a> Hunt<'a> {
    pub(super) fn new(lab: &'a mut Lab, arguments: &'a Arguments, manifest: &'a Path, rules: Rules) -> Self {
        Self { lab, arguments, manifest, rules, names: Vec::new(), session: None }
    }

    /// Puts the host back.
    pub(super) fn release(&mut self) {
        // Each warning is told as it comes.
        let _ = self.lab.release();
        self.lab.ended();
    }

    /// Compares a commit with another one: from the store where it was measured before, else by measuring.
    pub(super) fn compare(
        &mut self,
        baseline: &str,
        candidate: &str,
        margin: Option<f64>,
    ) -> Result<Compared, Stop> {
        let plan = self.plan(margin);
        let kept = self.kept([baseline, candidate], &plan)?;
        let open = match kept {
            Some(Kept::Whole(content)) => return self.read(&content),
            Some(Kept::Open(id)) => Some(id),
            None => None,
        };
        let recipe = Recipe {
            manifest: self.manifest,
            build: &self.arguments.build,
            carry: &self.arguments.carry,
            names: [Some(baseline), Some(candidate)],
            loudness: self.arguments.loudness(),
        };
        // Of the two ends nothing can be stepped around.
        let is_first = self.names.is_empty();
        let failed = |error| if is_first { Stop::from(error) } else { untestable(error) };
        let pair = entrants::build(self.lab, recipe).map_err(failed)?;
        let built = &pair.sides[1];
        let root = entrants::top_of(self.manifest)?.join(built.inside(&built.workspace.root));
        let store = self.lab.create_store(&root)?;
        let differing = pair.differing_inputs.iter().map(|path| path.display().to_string()).collect();
        let Some(mut entrants) = entrants::prepare(self.lab, pair, false)? else { return Err(Stop::Stopped) };
        let mut pairing = ab::chosen(&mut entrants, &plan.filters, &self.rules).map_err(failed)?;
        self.only_one(&mut pairing)?;
        let (open, content) = match open {
            Some(id) => self.resumed((&store, &id), &entrants)?,
            None => self.begun(&store, plan, (&entrants, &pairing, differing))?,
        };
        self.played(&store, recipe, (&entrants, &pairing), (open, content))
    }

    fn plan(&self, margin: Option<f64>) -> MatchPlan {
        let mut build_arguments = self.arguments.build.stored(self.manifest);
        for path in &self.arguments.carry {
            build_arguments.extend([rematch::CARRY.to_owned(), path.display().to_string()]);
        }
        MatchPlan {
            filters: match self.names.as_slice() {
                [] => vec![self.arguments.benchmark.clone()],
                // A commit before the renaming has the old name on both sides.
                names => names.to_vec(),
            },
            launch_max: self.arguments.launches,
            time_ms: PROCESS_TIME_MS,
            budget_ms: None,
            timeout_ms: run::millis(self.arguments.timeout),
            seed: self.arguments.seed.unwrap_or_else(run::seed_from_clock),
            cpus: Vec::new(),
            threaded_cpus: Vec::new(),
            aslr: Aslr::Random,
            includes_ignored: false,
            build_arguments,
            policy: self.rules.text.clone(),
            metric: self.arguments.metric.clone(),
            margin,
            witness: WitnessSource::Auto,
            layouts: None,
        }
    }

    /// The benchmark that is meant, once and for all comparisons.
    fn only_one(&mut self, pairing: &mut Pairing) -> Result<(), Stop> {
        if !self.names.is_empty() {
            return self.same_one(pairing);
        }
        let [duel] = pairing.duels.as_slice() else {
            let names: Vec<String> =
                pairing.duels.iter().take(3).map(|duel| duel.benchmark.to_string()).collect();
            let count = pairing.duels.len();
            let message =
                format!("{:?} means {count} benchmarks: {}", self.arguments.benchmark, names.join(", "));
            let error = CommandError::text(ExitCode::Usage, message);
            return Err(Stop::Error(
                error.hint("name one of them by its whole id; each has a culprit of its own"),
            ));
        };
        self.know(duel);
        Ok(())
    }

    /// Leaves the benchmark that is looked for: where a commit does not have it, its id is a part of others' ids.
    fn same_one(&self, pairing: &mut Pairing) -> Result<(), Stop> {
        let is_same = |duel: &DuelRecord| self.names.contains(&duel.benchmark.to_string());
        let places: Vec<usize> =
            (0..pairing.duels.len()).filter(|place| is_same(&pairing.duels[*place])).collect();
        let [place] = places[..] else {
            let why = if places.is_empty() { ABSENT } else { "it has both names of the benchmark" };
            return Err(Stop::Untestable(why.into()));
        };
        pairing.duels = vec![pairing.duels.swap_remove(place)];
        pairing.identical = if pairing.identical.contains(&place) { [0].into() } else { [].into() };
        Ok(())
    }

    fn know(&mut self, duel: &DuelRecord) {
        if self.names.is_empty() {
            let names = std::iter::once(&duel.benchmark).chain(&duel.renamed_from);
            self.names = names.map(ToString::to_string).collect();
        }
    }

    /// What the store has of these two commits under the same plan, on this machine.
    fn kept(&mut self, commits: [&str; 2], plan: &MatchPlan) -> Result<Option<Kept>, Stop> {
        let Ok(store) = existing_store(self.lab.store.as_deref(), self.arguments.build.manifest_path())
        else {
            return Ok(None);
        };
        let machine = surroundings::without_build(self.lab.root()).digests().machine;
        let typed = Filter::new(&plan.filters);
        let is_meant = |content: &Match| {
            let [id] = content.plan.filters.as_slice() else { return false };
            let own = &content.plan;
            !typed.select(&[benchmark_id(id)]).is_empty()
                && (own.launch_max, own.timeout_ms) == (plan.launch_max, plan.timeout_ms)
                && (&own.policy, &own.metric, own.margin) == (&plan.policy, &plan.metric, plan.margin)
                && own.build_arguments == plan.build_arguments
                && content.sessions.iter().all(|session| session.environment.digests().machine == machine)
        };
        let listed = store.list_matches().map_err(store_error)?;
        for one in listed.iter().rev() {
            let Ok(known) = &one.content else { continue };
            let of_these = known.head.revisions.iter().zip(commits).all(|(revision, commit)| {
                revision.commit.as_deref() == Some(commit) && revision.is_dirty != Some(true)
            });
            if !of_these || known.seal.as_ref().is_some_and(|seal| seal.cut_short.is_some()) {
                continue;
            }
            let content = store.load_match(&one.id).map_err(store_error)?.content;
            if is_meant(&content) {
                content.duels.first().into_iter().for_each(|duel| self.know(duel));
                return Ok(Some(match known.seal {
                    Some(_) => Kept::Whole(Box::new(content)),
                    None => Kept::Open(one.id.clone()),
                }));
            }
        }
        Ok(None)
    }

    fn begun(
        &mut self,
        store: &Store,
        mut plan: MatchPlan,
        (entrants, pairing, differing_inputs): (&Entrants, &Pairing, Vec<String>),
    ) -> Result<(OpenMatch, Match), Stop> {
        plan.filters = vec![pairing.duels[0].benchmark.to_string()];
        let (session, mut warnings) = self.session(&mut plan, entrants, 1)?;
        warnings.extend(ab::skipped(entrants));
        let newborn = Newborn { manifest: self.manifest, plan, differing_inputs, session, warnings };
        Ok(newborn.store(store, entrants, pairing)?)
    }

    /// A match that a kill left open goes on with the same executables.
    fn resumed(
        &mut self,
        (store, id): (&Store, &str),
        entrants: &Entrants,
    ) -> Result<(OpenMatch, Match), Stop> {
        let resumed = store.resume_match(id).map_err(store_error)?;
        let (mut open, mut content) = (resumed.open, resumed.stored.content);
        rematch::refuse_changed(&content, entrants)?;
        let number = content.sessions.last().map_or(1, |session| session.number + 1);
        let mut plan = content.plan.clone();
        let (session, warnings) = self.session(&mut plan, entrants, number)?;
        for warning in &warnings {
            open.add_warning(warning).map_err(store_error)?;
        }
        open.begin_session(&session).map_err(store_error)?;
        content.sessions.push(session);
        Ok((open, content))
    }

    /// The host is set once, for the first comparison; all of them stand on that.
    fn session(
        &mut self,
        plan: &mut MatchPlan,
        entrants: &Entrants,
        number: u32,
    ) -> Result<(SessionRecord, Vec<lab_core::model::Warning>), CommandError> {
        if let Some((session, placed)) = &self.session {
            (plan.cpus, plan.threaded_cpus) = (placed.cpus.clone(), placed.threaded_cpus.clone());
            let started_at = Timestamp::now().to_string();
            return Ok((SessionRecord { number, started_at, ..session.clone() }, Vec::new()));
        }
        let mut warnings = self.lab.place_match(plan, self.arguments.cpus.as_ref())?;
        let (session, more) = self.lab.begin_match(plan, entrants, number)?;
        warnings.extend(more);
        self.session = Some((session.clone(), plan.clone()));
        Ok((session, warnings))
    }

    fn played(
        &mut self,
        store: &Store,
        recipe: Recipe<'_>,
        (entrants, pairing): (&Entrants, &Pairing),
        (mut open, mut content): (OpenMatch, Match),
    ) -> Result<Compared, Stop> {
        let ending =
            ab::contend(self.lab, recipe, (entrants, pairing), &self.rules, (&mut open, &mut content))?;
        if ending != Ending::Done {
            return Err(Stop::Stopped);
        }
        let id = open.id().to_owned();
        open.seal(None).map_err(store_error)?;
        let content = store.load_match(&id).map_err(store_error)?.content;
        self.read(&content)
    }

    /// What a whole match says of its one benchmark.
    fn read(&self, content: &Match) -> Result<Compared, Stop> {
        if let Some(duel) = content.duels.iter().find(|duel| duel.footing == Footing::Broken) {
            let why = content.launches.iter().find(|launch| launch.benchmark == duel.benchmark);
            let why = why.map_or_else(String::new, |launch| format!(": {}", reason(&launch.outcome)));
            return Err(Stop::Untestable(format!("the benchmark does not run{why}")));
        }
        let comparison = matched::judged(content, &policy_of_match(&self.rules.policy, &content.plan))?;
        let change = comparison.changes.into_iter().next();
        let change = change.ok_or_else(|| Stop::Untestable(ABSENT.into()))?;
        Ok(Compared { id: content.id.clone(), change })
    }
}

enum Kept {
    Whole(Box<Match>),
    Open(String),
}

fn reason(outcome: &lab_core::model::Outcome) -> String {
    use lab_core::model::Outcome;
    match outcome {
        Outcome::Ok => "it ran".into(),
        Outcome::Failed { reason, .. } | Outcome::Missing { reason } => reason.clone(),
        Outcome::TimedOut { .. } => "it took too long".into(),
    }
}

/// What one side cannot do is no error of the bisection; a stop is.
fn untestable(error: CommandError) -> Stop {
    if error.code() == ExitCode::Interrupted {
        return Stop::Stopped;
    }
    if error.code() == ExitCode::NotComparable {
        return Stop::Untestable(ABSENT.into());
    }
    Stop::Untestable(error.message().lines().next().unwrap_or_default().to_owned())
}
