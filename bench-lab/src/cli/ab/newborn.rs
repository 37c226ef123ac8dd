//! A match before its first launch: both sides as they stand in it.
//!
//! It measures nothing.

use std::path::Path;

use lab_core::model::{
    DuelRecord, Entrant, Footing, Match, MatchPlan, MatchState, SessionRecord, Side, Warning,
};

use crate::cli::error::CommandError;
use crate::cli::lab::is_failure;
use crate::cli::{finish, store_error, surroundings};
use crate::host::revision::Source;
use crate::matches::{Entrants, Pairing};
use crate::store::{OpenMatch, Store};

/// A match before its first launch.
pub(in crate::cli) struct Newborn<'a> {
    pub(in crate::cli) manifest: &'a Path,
    pub(in crate::cli) plan: MatchPlan,
    pub(in crate::cli) differing_inputs: Vec<String>,
    pub(in crate::cli) session: SessionRecord,
    pub(in crate::cli) warnings: Vec<Warning>,
}

impl Newborn<'_> {
    /// Stores it, with the duels that need no launch.
    pub(in crate::cli) fn store(
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

/// Targets that were meant to be measured and could not be, by side.
pub(in crate::cli) fn skipped(entrants: &Entrants) -> Vec<Warning> {
    let sides = ["baseline", "candidate"].into_iter().zip(&entrants.prepared);
    sides
        .flat_map(|(side, preparation)| preparation.records.iter().map(move |record| (side, record)))
        .filter_map(|(side, record)| {
            let skip = record.skip.as_ref().filter(|skip| is_failure(skip))?;
            Some(Warning::new(finish::TARGET_FAILED, format!("{side} {}", record.id), skip.to_string()))
        })
        .collect()
}

fn entrant(entrants: &Entrants, side: Side) -> Entrant {
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
