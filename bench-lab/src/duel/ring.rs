//! Both sides while their terms are found: plans, surveys, and trial bouts under one roof.
//!
//! It decides nothing about lengths and metrics; `calibrate` does, by what comes back from here.

use std::cell::RefCell;

use lab_core::lot::Lot;
use lab_core::model::Side;
use lab_core::slicing::Shape;

use super::bout::{self, Player};
use super::contender::{Context, Pair, Place, Settings, Stopped, about};
use super::library::Library;
use super::pilot::Piloted;
use super::survey::{Surveyed, survey};
use super::terms::Part;
use crate::harness::Request;
use crate::harness::duelist::{Duelist, Plan, Trial, Unfit, Wish};
use crate::runner::spawn::Metering;

/// Everything that is fixed while the terms are found.
pub(super) struct Ring<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) pair: &'a Pair<'a>,
    pub(super) settings: &'a Settings,
    pub(super) library: &'a Library,
    pub(super) duelist: &'static dyn Duelist,
    pub(super) piloted: &'a [Piloted; 2],
    pub(super) is_threaded: bool,
    /// Every survey that was made, by side and arguments: one is never made twice.
    pub(super) surveys: RefCell<Vec<(Side, Vec<String>, Surveyed)>>,
}

/// Why a step did not lead on: the person stopped it, or the pair cannot take turns.
pub(super) enum Hindrance {
    Stopped,
    Unfit(String),
}

impl From<Stopped> for Hindrance {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

impl From<Unfit> for Hindrance {
    fn from(unfit: Unfit) -> Self {
        Self::Unfit(unfit.to_string())
    }
}

impl Ring<'_> {
    /// What both sides do in slices of a shape.
    pub(super) fn parts(&self, shape: Shape, times: [f64; 2]) -> Result<[Part; 2], Hindrance> {
        let [baseline, candidate] = self.plans(shape, times)?;
        let parts = [self.score(Side::Baseline, baseline)?, self.score(Side::Candidate, candidate)?];
        let [of, or] = parts.each_ref().map(|part| &part.plan.iterations[part.plan.solo_count as usize..]);
        if of != or {
            return Err(Hindrance::Unfit(format!(
                "the code of its two sides fixes different samples: {of:?} and {or:?} iterations"
            )));
        }
        Ok(parts)
    }

    /// What the baseline does in them.
    pub(super) fn part(&self, shape: Shape, times: [f64; 2]) -> Result<Part, Hindrance> {
        let [baseline, _] = self.plans(shape, times)?;
        self.score(Side::Baseline, baseline)
    }

    pub(super) fn plans(&self, shape: Shape, times: [f64; 2]) -> Result<[Plan; 2], Hindrance> {
        let wish = Wish {
            slice_iterations: shape.slice_iterations,
            iteration_ns: times[0].min(times[1]),
            round_count: shape.round_count,
            discarded_count: shape.discarded_count,
        };
        let trials = Side::BOTH.map(|which| {
            let piloted = &self.piloted[which.index()];
            Trial { request: self.request(which), pilot: &piloted.captured }
        });
        let plans = self.duelist.plan([&trials[0], &trials[1]], &wish)?;
        if plans[0].iterations.len() > turnstile::mapping::SLICES_MAX {
            return Err(Hindrance::Unfit(format!("takes {} samples in a row", plans[0].iterations.len())));
        }
        Ok(plans)
    }

    pub(super) fn request(&self, which: Side) -> Request<'_> {
        let record = &self.piloted[which.index()].record;
        self.pair.side(which).request(record, self.settings.time_ms)
    }

    fn score(&self, which: Side, plan: Plan) -> Result<Part, Hindrance> {
        let score = self.survey(which, &plan)?.score;
        // What was seen to happen, and happens again, is the plan from here on.
        let plan = Plan { iterations: score.iterations.clone(), ..plan };
        Ok(Part { plan, score })
    }

    pub(super) fn survey(&self, which: Side, plan: &Plan) -> Result<Surveyed, Hindrance> {
        let is_it = |(side, arguments, _): &&(Side, Vec<String>, Surveyed)| {
            *side == which && *arguments == plan.arguments
        };
        if let Some((_, _, made)) = self.surveys.borrow().iter().find(is_it) {
            return Ok(made.clone());
        }
        let (contender, request) = (self.pair.side(which), self.request(which));
        let spec = contender.harness.command(&request);
        let surveyed = survey(
            self.context,
            (contender, &request, &spec),
            (self.duelist, plan),
            self.library,
            self.place(),
        )?;
        let surveyed = surveyed.map_err(|unfit| Hindrance::Unfit(about(which, unfit)))?;
        self.surveys.borrow_mut().push((which, plan.arguments.clone(), surveyed.clone()));
        Ok(surveyed)
    }

    fn place(&self) -> Place<'_> {
        place(self.settings, self.is_threaded, Metering::Inside)
    }

    pub(super) fn play(&self, players: [(Side, &Part); 2], lot: Lot) -> Result<bout::Bout, Hindrance> {
        let requests = players.map(|(which, _)| self.request(which));
        let specs = [0, 1].map(|at| self.pair.side(players[at].0).harness.command(&requests[at]));
        let players = [0, 1].map(|at| {
            let (which, part) = players[at];
            Player {
                image: None,
                contender: self.pair.side(which),
                spec: &specs[at],
                plan: &part.plan,
                score: &part.score,
            }
        });
        let bout = bout::play(self.context, players, (self.library, self.place()), lot)?;
        bout.map_err(|error| Hindrance::Unfit(format!("no shared memory can be had: {error}")))
    }
}

/// Where both sides run.
pub(super) fn place(settings: &Settings, is_threaded: bool, metering: Metering) -> Place<'_> {
    Place {
        cpus: settings.cpus(is_threaded),
        aslr: settings.aslr,
        padding_bytes: 0,
        image: None,
        limit: settings.timeout,
        metering,
        has_counters: !is_threaded,
    }
}
