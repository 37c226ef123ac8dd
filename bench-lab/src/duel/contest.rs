//! One benchmark's duel: calibrated once, launched as often as the caller decides.
//!
//! It keeps no result and takes no decision about going on.

use std::path::Path;
use std::time::Instant;

use lab_core::lot::Lot;
use lab_core::model::{BenchmarkRecord, Calibration, Grain, Launch, MetricId, Outcome, Round, Side, Warning};

use super::bout::{self, Player};
use super::contender::{Context, Pair, Place, Settings, Stopped};
use super::library::Library;
use super::processes;
use super::result::{Asked, judge};
use super::terms::{Interleaving, Part, Terms, UnreadTerms};
use super::{calibrate, obstacle};
use crate::harness::Duelist;
use crate::runner::own_copy::OwnCopy;
use crate::runner::spawn::Metering;

/// A duel that is ready to be launched.
pub struct Contest<'a> {
    pair: Pair<'a>,
    settings: Settings,
    terms: Terms,
    /// Both sides' benchmarks with their harness's settings.
    records: [BenchmarkRecord; 2],
    /// Who reads their clocks, and what lets them take turns; absent for whole processes.
    turns: Option<Turns>,
}

/// What it takes to take turns.
struct Turns {
    duelist: &'static dyn Duelist,
    library: Library,
}

/// Why there is no duel.
#[derive(Debug)]
pub enum Refusal {
    /// The person stopped it.
    Stopped,
    /// A side's benchmark does not work.
    Broken {
        /// Which side.
        side: Side,
        /// How it fails.
        outcome: Outcome,
    },
    /// Terms from an earlier session cannot be used.
    Terms(UnreadTerms),
    /// Terms from an earlier session ask for turns, and those cannot be had any more.
    NoTurns(String),
}

impl<'a> Contest<'a> {
    /// Calibrates a pair: a pilot of each side, a survey of how each reads the clock, trial launches for the length of
    /// a slice. About a second for short benchmarks. What keeps the sides from taking turns is no error:
    /// [`warning`](Self::warning) names it, and launches are of whole processes then.
    ///
    /// # Errors
    /// [`Refusal::Stopped`] and [`Refusal::Broken`].
    pub fn prepare(context: &Context<'_>, pair: Pair<'a>, settings: &Settings) -> Result<Self, Refusal> {
        Self::prepare_at_most(context, pair, settings, Grain::Slices)
    }

    /// As [`prepare`](Self::prepare), with launches no finer than `finest`: whole processes, for one who wants to see
    /// what taking turns is worth.
    ///
    /// # Errors
    /// As [`prepare`](Self::prepare).
    pub fn prepare_at_most(
        context: &Context<'_>,
        pair: Pair<'a>,
        settings: &Settings,
        finest: Grain,
    ) -> Result<Self, Refusal> {
        let (terms, library) = calibrate::terms(context, &pair, settings, finest)?;
        let turns =
            library.and_then(|library| Some(Turns { duelist: obstacle::duelist(&pair).ok()?, library }));
        Ok(Self::new(pair, settings, terms, turns))
    }

    /// Goes on under terms that were found before, so that later launches do the same work.
    ///
    /// # Errors
    /// [`Refusal::Terms`] and [`Refusal::NoTurns`].
    pub fn resume(pair: Pair<'a>, stored: &Calibration, settings: &Settings) -> Result<Self, Refusal> {
        let terms = Terms::from_calibration(stored).map_err(Refusal::Terms)?;
        let turns = match terms.grain() {
            Grain::Processes => None,
            Grain::Slices => {
                let duelist = obstacle::duelist(&pair).map_err(Refusal::NoTurns)?;
                Some(Turns { duelist, library: Library::lay_down().map_err(Refusal::NoTurns)? })
            }
        };
        Ok(Self::new(pair, settings, terms, turns))
    }

    fn new(pair: Pair<'a>, settings: &Settings, terms: Terms, turns: Option<Turns>) -> Self {
        let records = Side::BOTH.map(|which| BenchmarkRecord {
            calibration: terms.settings[which.index()].clone(),
            ..pair.side(which).record.clone()
        });
        Self { pair, settings: settings.clone(), terms, records, turns }
    }

    /// The terms, to be stored; [`resume`](Self::resume) takes them.
    pub fn calibration(&self) -> Calibration {
        self.terms.to_calibration()
    }

    /// How finely its launches interleave the sides.
    pub fn grain(&self) -> Grain {
        self.terms.grain()
    }

    /// The metric that carries the verdict; chosen before the first launch.
    pub fn primary(&self) -> &MetricId {
        &self.terms.primary
    }

    /// Why its sides do not take turns; absent when they do.
    pub fn warning(&self) -> Option<Warning> {
        match &self.terms.interleaving {
            Interleaving::Slices { .. } => None,
            Interleaving::Processes { why } => Some(calibrate::warning(&self.pair, why)),
        }
    }

    /// Runs one launch: a fresh pair of processes. `index` and `seed` give its draws; `layout` is only recorded, the
    /// pair's executables are those of [`prepare`](Self::prepare) or of a relinked [`Pair`] that was resumed.
    ///
    /// A side that fails is no error: [`Launch::outcome`] names it.
    ///
    /// # Errors
    /// [`Stopped`] when the person stopped it; nothing of the launch is left then.
    pub fn launch(
        &self,
        context: &Context<'_>,
        index: u32,
        layout: u32,
        seed: u64,
    ) -> Result<Launch, Stopped> {
        let lot = Lot::draw(seed, index);
        let mut launch = Launch {
            index,
            benchmark: self.pair.baseline.record.id.clone(),
            grain: self.grain(),
            starter: lot.starter,
            layout,
            padding_bytes: lot.padding_bytes,
            started_at: String::new(),
            wall_ns: 0,
            outcome: Outcome::Ok,
            rounds: Vec::new(),
            warnings: Vec::new(),
        };
        let began = Instant::now();
        let (copies, warnings) = self.copies(lot);
        let images = copies.each_ref().map(|copy| copy.as_ref().map(OwnCopy::path));
        let copying = began.elapsed();
        match &self.terms.interleaving {
            Interleaving::Slices { discarded_count, parts } => {
                let rounds = self.take_turns(context, parts, (lot, images), &mut launch)?;
                launch.rounds = rounds.into_iter().skip(*discarded_count as usize).collect();
            }
            Interleaving::Processes { .. } => self.take_processes(context, (lot, images), &mut launch)?,
        }
        launch.wall_ns += u64::try_from(copying.as_nanos()).unwrap_or(0);
        launch.warnings.extend(warnings);
        Ok(launch)
    }

    /// Every round of a pair of processes, also those that do not count.
    fn take_turns(
        &self,
        context: &Context<'_>,
        parts: &[Part; 2],
        (lot, images): (Lot, [Option<&Path>; 2]),
        launch: &mut Launch,
    ) -> Result<Vec<Round>, Stopped> {
        let Some(Turns { duelist, library }) = &self.turns else { return Ok(Vec::new()) };
        let requests = self.requests();
        let specs = [0, 1].map(|at| self.pair.side(Side::BOTH[at]).harness.command(&requests[at]));
        let players = [0, 1].map(|at| Player {
            contender: self.pair.side(Side::BOTH[at]),
            image: images[at],
            spec: &specs[at],
            plan: &parts[at].plan,
            score: &parts[at].score,
        });
        let by = (library, self.place(Metering::Inside));
        let bout = match bout::play(context, players, by, lot)? {
            Ok(bout) => bout,
            Err(error) => {
                let reason = format!("no memory that both sides could share: {error}");
                launch.outcome = Outcome::Missing { reason };
                return Ok(Vec::new());
            }
        };
        launch.started_at.clone_from(&bout.started_at);
        launch.wall_ns = u64::try_from(bout.wall.as_nanos()).unwrap_or(u64::MAX);
        let asked = [0, 1].map(|at| Asked {
            contender: self.pair.side(Side::BOTH[at]),
            request: &requests[at],
            part: &parts[at],
        });
        let result = judge(bout, asked, *duelist, lot.starter);
        (launch.outcome, launch.warnings) = (result.outcome, result.warnings);
        Ok(result.rounds)
    }

    /// Memory of its own for each side of a launch, made in the order in which they are born: who gets which physical
    /// pages is drawn by lot as well.
    fn copies(&self, lot: Lot) -> ([Option<OwnCopy>; 2], Vec<Warning>) {
        let (mut copies, mut warnings) = ([None, None], Vec::new());
        for which in [lot.born_first, lot.born_first.other()] {
            let at = which.index();
            match OwnCopy::make(&self.pair.side(which).target.executable, lot.padding_bytes[at]) {
                Ok(copy) => copies[at] = Some(copy),
                Err(warning) => warnings.push(warning),
            }
        }
        (copies, warnings)
    }

    fn take_processes(
        &self,
        context: &Context<'_>,
        (lot, images): (Lot, [Option<&Path>; 2]),
        launch: &mut Launch,
    ) -> Result<(), Stopped> {
        let [baseline, candidate] = self.requests();
        let sides = [(&self.pair.baseline, baseline), (&self.pair.candidate, candidate)];
        let sequence = processes::play(context, sides, images, self.place(Metering::Inside), lot)?;
        launch.started_at = sequence.started_at;
        launch.wall_ns = sequence.wall_ns;
        launch.outcome = sequence.outcome;
        launch.rounds = sequence.rounds;
        Ok(())
    }

    fn requests(&self) -> [crate::harness::Request<'_>; 2] {
        Side::BOTH
            .map(|which| self.pair.side(which).request(&self.records[which.index()], self.settings.time_ms))
    }

    fn place(&self, metering: Metering) -> Place<'_> {
        Place {
            cpus: self.settings.cpus(self.terms.is_threaded),
            aslr: self.settings.aslr,
            padding_bytes: 0,
            image: None,
            limit: self.settings.timeout,
            metering,
            has_counters: !self.terms.is_threaded,
        }
    }
}
