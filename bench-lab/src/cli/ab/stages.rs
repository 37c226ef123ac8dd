//! The stages of a match that is stored: launches until its verdicts stand, and then other link orders for suspects.
//!
//! When to stop is decided elsewhere.

use std::time::{Duration, Instant};

use lab_core::agenda::Agenda;
use lab_core::compare::{live_design, policy_of_match};
use lab_core::model::{Match, WitnessSource};
use lab_core::policy::Policy;

use super::plan::run_plan;
use crate::cli::entrants::{self, Recipe};
use crate::cli::error::CommandError;
use crate::cli::exit::ExitCode;
use crate::cli::lab::Lab;
use crate::cli::rules::Rules;
use crate::cli::store_error;
use crate::duel::{Callgrind, Context, Settings};
use crate::matches::{Ending, Entrants, Field, Pairing, play, play_layouts, suspects, targets};
use crate::revisions::Orders;
use crate::runner::event::Event;
use crate::store::OpenMatch;

/// Plays what is open of a match.
pub(in crate::cli) fn contend(
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
pub(super) fn counter(witness: WitnessSource) -> Result<Option<Callgrind>, CommandError> {
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
