//! One duel while a match is played: how far it is, and what it has cost.
//!
//! It starts nothing and stores nothing.

use std::time::Duration;

use lab_core::agenda::Progress;
use lab_core::model::{DuelRecord, Footing, Launch, Match, Outcome};

use crate::duel::Contest;

/// One duel while it is played.
pub(super) struct Playing<'a> {
    pub(super) record: DuelRecord,
    /// Absent before its first turn.
    pub(super) contest: Option<Contest<'a>>,
    pub(super) progress: Progress,
    /// Launches of any outcome.
    pub(super) launched: u32,
    pub(super) wall: Duration,
}

impl Playing<'_> {
    /// A duel as far as a match has it.
    pub(super) fn of(duel: &DuelRecord, content: &Match) -> Self {
        let mut playing = Self {
            record: duel.clone(),
            contest: None,
            progress: Progress::default(),
            launched: 0,
            wall: Duration::ZERO,
        };
        let own = |launch: &&Launch| launch.benchmark == duel.benchmark && launch.layout == 0;
        content.launches.iter().filter(own).for_each(|launch| playing.count(launch));
        let stored = content.duels.iter().find(|stored| stored.benchmark == duel.benchmark);
        match stored.map(|stored| &stored.footing) {
            Some(Footing::Identical) => playing.progress.is_decided = true,
            Some(Footing::Broken) => playing.progress.failed_in_row = u32::MAX,
            Some(Footing::Ready(_)) | None => {}
        }
        playing
    }

    pub(super) fn count(&mut self, launch: &Launch) {
        self.launched += 1;
        self.wall += Duration::from_nanos(launch.wall_ns);
        if launch.outcome == Outcome::Ok {
            self.progress.counted += 1;
            self.progress.failed_in_row = 0;
        } else {
            self.progress.failed_in_row = self.progress.failed_in_row.saturating_add(1);
        }
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.progress.failed_in_row == u32::MAX
    }
}
