//! A Run that grows: measured on where a look at its baseline leaves open what more invocations may decide.
//!
//! What a look decides is on the disk before anything follows from it, so a Run that dies in between goes on by the same rule.

use super::error::CommandError;
use super::judgement::Judgement;
use super::lab::{Lab, Session};
use super::store_error;
use crate::runner::event::Event;
use crate::runner::measure::Ending;
use crate::runner::remaining::Pace;
use crate::store::{OpenRun, Store};

/// What a Run grows by.
pub(super) struct Spending<'a> {
    /// Where it is kept.
    pub(super) store: &'a Store,
    /// What it is held against.
    pub(super) judgement: &'a Judgement,
    /// The session that measured what was planned; its budget is that of all.
    pub(super) session: &'a Session<'a>,
}

impl Lab {
    /// Looks, and measures what the look adds, until no benchmark goes on, the budget is spent or the person stops it.
    pub(super) fn spend(
        &mut self,
        open: &mut OpenRun,
        spending: &Spending<'_>,
        pace: &mut Pace,
        mut ending: Ending,
    ) -> Result<Ending, CommandError> {
        while ending == Ending::Done {
            let run = spending.store.load(open.id()).map_err(store_error)?.run;
            let Some(look) = spending.judgement.look(&run)? else { break };
            open.add_look(&look, &run.benchmarks).map_err(store_error)?;
            self.tell(&Event::Looked { look: &look, counts: look_counts(&run) });
            if look.schedule.is_empty() {
                break;
            }
            let session = Session { run: &run, schedule: &look.schedule, ..*spending.session };
            ending = self.measure(open, &session, pace)?;
        }
        Ok(ending)
    }
}

fn look_counts(run: &lab_core::model::Run) -> &[u32] {
    run.plan.looks.as_ref().map_or(&[], |looks| &looks.counts)
}
