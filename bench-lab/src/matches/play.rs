//! The loop of a match: passes over the open duels, a few launches each, until every verdict stands.
//!
//! Every launch is on disk before the next one starts.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use lab_core::agenda::{Agenda, Progress};
use lab_core::compare::{Comparison, Verdict, compare_executables};
use lab_core::model::{
    BenchmarkId, DuelRecord, Footing, Grain, Launch, Match, Outcome, Side, Testimony, Warning,
};
use lab_core::policy::Policy;

use super::entrants::Entrants;
use super::playing::Playing;
use crate::duel::{Callgrind, Contest, Context, Refusal, Settings};
use crate::runner::event::{Event, MatchProgress, Observer};
use crate::store::{OpenMatch, StoreError};

/// Everything a match is played with.
pub struct Field<'a> {
    /// Both sides.
    pub entrants: &'a Entrants,
    /// The way to processes.
    pub context: Context<'a>,
    /// Where and how they run.
    pub settings: Settings,
    /// When verdicts are looked at.
    pub agenda: Agenda,
    /// By which rules.
    pub policy: &'a Policy,
    /// When the budget ends; absent for none.
    pub deadline: Option<Instant>,
    /// Counts the instructions of each benchmark before its first launch; absent where nobody asked.
    pub counter: Option<Callgrind>,
}

/// How a match ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every verdict stands, or no further launch is allowed.
    Done,
    /// The time ran out with so many duels open.
    BudgetSpent(usize),
    /// The person stopped it.
    Stopped,
}

struct Loop<'a, 'b> {
    field: &'b Field<'a>,
    open: &'b mut OpenMatch,
    content: &'b mut Match,
    observer: &'b mut dyn Observer,
    duels: Vec<Playing<'a>>,
}

enum Halt {
    Stopped,
    Budget,
    Store(StoreError),
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Plays the duels of a match that are still open; `duels` are all of them. What is measured is added to `content` and
/// to the store.
///
/// # Errors
/// What the store says; all that was acknowledged is kept.
pub fn play(
    field: &Field<'_>,
    open: &mut OpenMatch,
    content: &mut Match,
    duels: &[DuelRecord],
    observer: &mut dyn Observer,
) -> Result<Ending, StoreError> {
    let duels = duels.iter().map(|duel| Playing::of(duel, content)).collect();
    let mut play = Loop { field, open, content, observer, duels };
    match play.run() {
        Ok(()) => Ok(Ending::Done),
        Err(Halt::Stopped) => Ok(Ending::Stopped),
        Err(Halt::Budget) => Ok(Ending::BudgetSpent(play.open_count())),
        Err(Halt::Store(error)) => Err(error),
    }
}

impl<'a> Loop<'a, '_> {
    fn run(&mut self) -> Result<(), Halt> {
        if !self.content.launches.is_empty() {
            self.judge();
        }
        for pass in 0.. {
            let progress: Vec<Progress> = self.duels.iter().map(|duel| duel.progress).collect();
            let turns = self.field.agenda.pass(pass, &progress);
            if turns.is_empty() {
                break;
            }
            for turn in turns {
                self.prepare(turn.duel)?;
                for _ in 0..turn.launch_count {
                    if !self.field.agenda.goes_on(&self.duels[turn.duel].progress) {
                        break;
                    }
                    self.launch(turn.duel)?;
                }
            }
            self.look();
        }
        Ok(())
    }

    /// Stops between processes, where nothing is lost.
    fn check(&self) -> Result<(), Halt> {
        if self.field.context.stop.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(Halt::Stopped);
        }
        if self.field.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(Halt::Budget);
        }
        Ok(())
    }

    /// Calibrates a duel before its first launch, or takes its terms from an earlier session.
    fn prepare(&mut self, place: usize) -> Result<(), Halt> {
        if self.duels[place].contest.is_some() || self.duels[place].is_given_up() {
            return Ok(());
        }
        self.check()?;
        let record = self.duels[place].record.clone();
        self.observer.notice(&Event::Calibrating { benchmark: &record.benchmark });
        let Some(pair) = self.field.entrants.pair(&record) else {
            return self.give_up(place, Side::Candidate, missing());
        };
        let stored = self.content.duels.iter().find(|duel| duel.benchmark == record.benchmark);
        let settings = &self.field.settings;
        let contest = match stored.map(|duel| &duel.footing) {
            Some(Footing::Ready(terms)) => Contest::resume(pair, terms, settings),
            _ => Contest::prepare(&self.field.context, pair, settings),
        };
        match contest {
            Ok(contest) => self.begin(place, contest),
            Err(Refusal::Stopped) => Err(Halt::Stopped),
            Err(Refusal::Broken { side, outcome }) => self.give_up(place, side, outcome),
            Err(Refusal::Terms(error)) => self.leave(place, &error.to_string()),
            Err(Refusal::NoTurns(why)) => self.leave(place, &why),
        }
    }

    fn begin(&mut self, place: usize, contest: Contest<'a>) -> Result<(), Halt> {
        let is_new =
            !self.content.duels.iter().any(|duel| duel.benchmark == self.duels[place].record.benchmark);
        if is_new {
            let footing = Footing::Ready(contest.calibration());
            let testimony = self.count(place)?;
            self.add_duel(DuelRecord { footing, testimony, ..self.duels[place].record.clone() })?;
            if let Some(warning) = contest.warning() {
                self.warn(warning)?;
            }
        }
        self.duels[place].contest = Some(contest);
        Ok(())
    }

    /// What is counted of a benchmark, once.
    fn count(&mut self, place: usize) -> Result<Option<Testimony>, Halt> {
        let record = &self.duels[place].record;
        let (Some(counter), Some(pair)) = (&self.field.counter, self.field.entrants.pair(record)) else {
            return Ok(None);
        };
        self.observer.notice(&Event::Counting { benchmark: &record.benchmark });
        let testimony = counter.count(&self.field.context, &pair, &self.field.settings);
        testimony.map(Some).map_err(|_| Halt::Stopped)
    }

    /// A benchmark that does not work has one launch that says so.
    fn give_up(&mut self, place: usize, side: Side, outcome: Outcome) -> Result<(), Halt> {
        let record = self.duels[place].record.clone();
        let launch = Launch {
            index: self.duels[place].launched,
            benchmark: record.benchmark.clone(),
            grain: Grain::Slices,
            starter: side,
            layout: 0,
            padding_bytes: [0, 0],
            started_at: jiff::Timestamp::now().to_string(),
            wall_ns: 0,
            outcome: blamed(side, outcome),
            rounds: Vec::new(),
            warnings: Vec::new(),
        };
        if self.content.duels.iter().all(|duel| duel.benchmark != record.benchmark) {
            self.add_duel(DuelRecord { footing: Footing::Broken, ..record })?;
        }
        self.duels[place].progress.failed_in_row = u32::MAX;
        self.keep(place, launch)
    }

    /// A duel that cannot go on as it was begun keeps what it has.
    fn leave(&mut self, place: usize, why: &str) -> Result<(), Halt> {
        let benchmark = self.duels[place].record.benchmark.clone();
        self.duels[place].progress.failed_in_row = u32::MAX;
        self.warn(Warning::new(
            "duel_not_resumed",
            benchmark,
            format!("it cannot go on as it was begun: {why}"),
        ))
    }

    fn launch(&mut self, place: usize) -> Result<(), Halt> {
        self.check()?;
        let duel = &self.duels[place];
        let Some(contest) = &duel.contest else { return Ok(()) };
        let seed = seed_of(self.content.plan.seed, &duel.record.benchmark);
        let launch =
            contest.launch(&self.field.context, duel.launched, 0, seed).map_err(|_| Halt::Stopped)?;
        let launch = Launch { benchmark: duel.record.benchmark.clone(), ..launch };
        self.keep(place, launch)
    }

    fn keep(&mut self, place: usize, launch: Launch) -> Result<(), Halt> {
        self.open.append(&launch)?;
        let duel = &mut self.duels[place];
        duel.count(&launch);
        let progress = self.progress();
        self.observer.notice(&Event::Launched { launch: &launch, progress });
        self.content.launches.push(launch);
        Ok(())
    }

    fn add_duel(&mut self, duel: DuelRecord) -> Result<(), Halt> {
        self.open.add_duel(&duel)?;
        self.content.duels.push(duel);
        Ok(())
    }

    fn warn(&mut self, warning: Warning) -> Result<(), Halt> {
        self.observer.notice(&Event::Warned(&warning));
        self.open.add_warning(&warning)?;
        self.content.warnings.push(warning);
        Ok(())
    }

    /// Looks at the verdicts where a duel stands at a look; all of them, since one being sure helps another.
    fn look(&mut self) {
        let agenda = &self.field.agenda;
        if !self.duels.iter().any(|duel| !duel.progress.is_decided && agenda.is_at_look(&duel.progress)) {
            return;
        }
        self.judge();
    }

    fn judge(&mut self) {
        let Ok(comparison) = compare_executables(self.content, self.field.policy) else { return };
        let verdicts = by_benchmark(&comparison);
        for place in 0..self.duels.len() {
            let duel = &self.duels[place];
            let Some(change) = verdicts.get(&duel.record.benchmark) else { continue };
            if duel.progress.is_decided || !stands(&change.verdict) {
                continue;
            }
            self.duels[place].progress.is_decided = true;
            let progress = self.progress();
            self.observer.notice(&Event::Judged { change, progress });
        }
    }

    fn open_count(&self) -> usize {
        self.duels.iter().filter(|duel| self.field.agenda.goes_on(&duel.progress)).count()
    }

    fn progress(&self) -> MatchProgress {
        let open = self.duels.iter().filter(|duel| self.field.agenda.goes_on(&duel.progress));
        let (wall, launched) = self
            .duels
            .iter()
            .fold((Duration::ZERO, 0), |(wall, launched), duel| (wall + duel.wall, launched + duel.launched));
        let usual = (launched > 0).then(|| wall / launched);
        let most = self.field.agenda.launch_max();
        let left: Option<Duration> = open
            .map(|duel| {
                let each = if duel.launched > 0 { Some(duel.wall / duel.launched) } else { usual };
                each.map(|each| each * most.saturating_sub(duel.progress.counted))
            })
            .sum();
        let to_deadline =
            self.field.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        MatchProgress {
            launched: self.content.launches.len() + 1,
            decided: self.duels.len() - self.open_count(),
            of: self.duels.len(),
            remaining_max: match (left, to_deadline) {
                (Some(left), Some(to_deadline)) => Some(left.min(to_deadline)),
                (left, to_deadline) => left.or(to_deadline),
            },
        }
    }
}

/// Whether more launches are not needed.
fn stands(verdict: &Verdict) -> bool {
    !matches!(verdict, Verdict::Inconclusive(_))
}

fn by_benchmark(comparison: &Comparison) -> BTreeMap<&BenchmarkId, &lab_core::compare::Change> {
    comparison.changes.iter().map(|change| (&change.benchmark, change)).collect()
}

/// A seed of its own for each benchmark, so that launches of equal index draw different lots.
pub(super) fn seed_of(seed: u64, benchmark: &BenchmarkId) -> u64 {
    // FNV-1a (Fowler, Noll, Vo): stable across versions and machines, which a stored seed must be.
    let start = 0xcbf2_9ce4_8422_2325_u64 ^ seed;
    benchmark
        .to_string()
        .bytes()
        .fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

fn missing() -> Outcome {
    Outcome::Missing { reason: "it is not listed any more".into() }
}

/// A failure with its side in front.
fn blamed(side: Side, outcome: Outcome) -> Outcome {
    let name = side.name();
    match outcome {
        Outcome::Failed { reason, tail } => Outcome::Failed { reason: format!("{name}: {reason}"), tail },
        Outcome::Missing { reason } => Outcome::Missing { reason: format!("{name}: {reason}") },
        other => other,
    }
}
