//! The second stage of a match: what changed is launched again in other link orders, the same on both sides.
//!
//! It launches a number that was fixed before, whatever it sees: nothing stops when it looks good.

use std::sync::atomic::Ordering;
use std::time::Instant;

use lab_core::compare::{compare_executables, is_suspect};
use lab_core::model::{BenchmarkId, DuelRecord, Footing, Launch, Match, Side, TargetId, Warning};
use lab_core::policy::Policy;

use super::play::{Ending, Field, seed_of};
use crate::duel::{Contender, Contest, Pair};
use crate::revisions::Relinked;
use crate::runner::event::{Event, MatchProgress, Observer};
use crate::store::{OpenMatch, StoreError};
use crate::workspace::BenchTarget;

/// Launches in each link order; their median is the order's one value.
const LAUNCHES: usize = 3;

/// The duels whose executables differ for a reason that may be their link order, and that lack launches in others.
pub fn suspects(content: &Match, policy: &Policy) -> Vec<DuelRecord> {
    let Ok(comparison) = compare_executables(content, policy) else { return Vec::new() };
    let count = content.plan.layouts.unwrap_or(0);
    let lacks =
        |benchmark: &BenchmarkId| (1..=count).any(|layout| launched(content, benchmark, layout) < LAUNCHES);
    let changes = comparison.changes.iter().filter(|change| is_suspect(change) && lacks(&change.benchmark));
    let of_change =
        |benchmark: &BenchmarkId| content.duels.iter().find(|duel| duel.benchmark == *benchmark).cloned();
    changes.filter_map(|change| of_change(&change.benchmark)).collect()
}

/// The targets of suspects on each side, baseline first.
pub fn targets(suspects: &[DuelRecord]) -> [Vec<TargetId>; 2] {
    Side::BOTH.map(|side| {
        let mut targets: Vec<TargetId> = suspects.iter().map(|duel| duel.name(side).target.clone()).collect();
        targets.sort();
        targets.dedup();
        targets
    })
}

/// Launches the suspects of a match in every link order. What is measured is added to `content` and to the store.
///
/// # Errors
/// What the store says; all that was acknowledged is kept.
pub fn play_layouts(
    field: &Field<'_>,
    (suspects, relinked): (&[DuelRecord], &Relinked),
    (open, content): (&mut OpenMatch, &mut Match),
    observer: &mut dyn Observer,
) -> Result<Ending, StoreError> {
    let count = content.plan.layouts.unwrap_or(0);
    for pass in 0..LAUNCHES {
        for layout in 1..=count {
            for duel in suspects {
                if launched(content, &duel.benchmark, layout) > pass {
                    continue;
                }
                if field.context.stop.load(Ordering::SeqCst) {
                    return Ok(Ending::Stopped);
                }
                if field.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                    return Ok(Ending::BudgetSpent(suspects.len()));
                }
                let index = content.launches.iter().filter(|one| one.benchmark == duel.benchmark).count();
                let seed = seed_of(content.plan.seed, &duel.benchmark);
                match launch(field, relinked, duel, (index, layout, seed)) {
                    Err(Halt::Stopped) => return Ok(Ending::Stopped),
                    Err(Halt::Because(why)) => {
                        let text = format!("it was not launched in link order {layout}: {why}");
                        let warning = Warning::new("layout_not_launched", &duel.benchmark, text);
                        observer.notice(&Event::Warned(&warning));
                        open.add_warning(&warning)?;
                        content.warnings.push(warning);
                    }
                    Ok(launch) => {
                        open.append(&launch)?;
                        let all = content.duels.len();
                        let launched = content.launches.len() + 1;
                        let progress = MatchProgress { launched, decided: all, of: all, remaining_max: None };
                        observer.notice(&Event::Launched { launch: &launch, progress });
                        content.launches.push(launch);
                    }
                }
            }
        }
    }
    Ok(Ending::Done)
}

enum Halt {
    Stopped,
    Because(String),
}

fn launch(
    field: &Field<'_>,
    relinked: &Relinked,
    duel: &DuelRecord,
    (index, layout, seed): (usize, u32, u64),
) -> Result<Launch, Halt> {
    let because = |why: &str| Halt::Because(why.to_owned());
    let pair = field.entrants.pair(duel).ok_or_else(|| because("it is not listed any more"))?;
    let Footing::Ready(terms) = &duel.footing else { return Err(because("it has no terms")) };
    let target = |side: Side| -> Option<BenchTarget> {
        let own = pair.side(side).target;
        let executable = relinked.executable(side, &own.id, layout)?.clone();
        Some(BenchTarget { executable, ..own.clone() })
    };
    let (Some(baseline), Some(candidate)) = (target(Side::Baseline), target(Side::Candidate)) else {
        return Err(because("its target was not linked so"));
    };
    let relinked = Pair {
        baseline: Contender { target: &baseline, ..pair.baseline },
        candidate: Contender { target: &candidate, ..pair.candidate },
    };
    let contest = Contest::resume(relinked, terms, &field.settings)
        .map_err(|refusal| Halt::Because(format!("{refusal:?}")))?;
    let index = u32::try_from(index).unwrap_or(u32::MAX);
    let launch = contest.launch(&field.context, index, layout, seed).map_err(|_| Halt::Stopped)?;
    Ok(Launch { benchmark: duel.benchmark.clone(), ..launch })
}

/// Launches of a benchmark in a link order, failed ones included: what fails in one order will fail again.
fn launched(content: &Match, benchmark: &BenchmarkId, layout: u32) -> usize {
    content.launches.iter().filter(|one| one.layout == layout && one.benchmark == *benchmark).count()
}
