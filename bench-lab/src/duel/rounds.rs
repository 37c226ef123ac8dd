//! From what both sides recorded to rounds: one slice of each, back to back, and proof that it was so.
//!
//! It looks at tickets and counts, never at times: a launch is not thrown away for what it measured.

use lab_core::model::{Round, Side, Slice};

use super::shared::Taken;
use crate::harness::duelist::Plan;

/// Pairs up the slices of both sides that were played in turns.
///
/// # Errors
/// A sentence on what does not fit: counts, the order of turns, or the iterations.
pub(super) fn pair_up(taken: [&[Taken]; 2], plans: [&Plan; 2], starter: Side) -> Result<Vec<Round>, String> {
    let [baseline, candidate] = Side::BOTH.map(|which| {
        let at = which.index();
        in_turns(which, taken[at], plans[at])
    });
    let (baseline, candidate) = (baseline?, candidate?);
    if baseline.len() != candidate.len() {
        let (of, or) = (baseline.len(), candidate.len());
        return Err(format!("the baseline played {of} slices in turns and the candidate {or}"));
    }
    let mut rounds = Vec::with_capacity(baseline.len());
    for (number, (baseline, candidate)) in (0_u32..).zip(baseline.into_iter().zip(candidate)) {
        let first = if number % 2 == 0 { starter } else { starter.other() };
        for (which, turn) in [(Side::Baseline, &baseline), (Side::Candidate, &candidate)] {
            let due = 2 * number + u32::from(which != first);
            if turn.ticket != due {
                let name = which.name();
                return Err(format!(
                    "the {name}'s slice of round {number} was turn {} instead of {due}",
                    turn.ticket
                ));
            }
        }
        if baseline.iterations != candidate.iterations {
            let (of, or) = (baseline.iterations, candidate.iterations);
            return Err(format!(
                "round {number} had {of} iterations of the baseline and {or} of the candidate"
            ));
        }
        rounds.push(Round {
            first,
            iterations: baseline.iterations,
            baseline: baseline.slice,
            candidate: candidate.slice,
        });
    }
    Ok(rounds)
}

/// Whose slice it was that nobody recorded first: of two sides that did not come to their end, the one that hung. The
/// other waited, or played on alone once it was known that the first is dead.
pub(super) fn stalled(taken: [&[Taken]; 2], starter: Side) -> Side {
    let has =
        |which: Side, ticket: u32| taken[which.index()].iter().any(|taken| taken.ticket == Some(ticket));
    let owners = (0..).map(|ticket: u32| {
        let is_turned = (ticket / 2) % 2 == 1;
        let is_second = ticket % 2 == 1;
        (ticket, if is_turned == is_second { starter } else { starter.other() })
    });
    let mut missing = owners.filter(|(ticket, owner)| !has(*owner, *ticket));
    missing.next().map_or(starter, |(_, owner)| owner)
}

/// One slice that was played in turn.
struct InTurn {
    ticket: u32,
    iterations: u64,
    slice: Slice,
}

fn in_turns(which: Side, taken: &[Taken], plan: &Plan) -> Result<Vec<InTurn>, String> {
    let name = which.name();
    if taken.len() != plan.iterations.len() {
        let (count, asked) = (taken.len(), plan.iterations.len());
        return Err(format!("the {name} played {count} slices instead of {asked}"));
    }
    let slices = taken.iter().zip(&plan.iterations).skip(plan.solo_count as usize);
    let in_turn = |(taken, iterations): (&Taken, &u64)| {
        let ticket = taken.ticket.ok_or_else(|| format!("the {name} played a slice without a turn"))?;
        Ok(InTurn { ticket, iterations: *iterations, slice: taken.slice })
    };
    slices.map(in_turn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(iterations: &[u64], solo_count: u32) -> Plan {
        Plan {
            arguments: Vec::new(),
            iterations: iterations.to_vec(),
            solo_count,
            warm_up_step_ns: 0,
            is_cut_short: false,
        }
    }

    fn taken(tickets: &[Option<u32>]) -> Vec<Taken> {
        let slice = |wall_ns| Slice { wall_ns, cycles: None, instructions: None, task_clock_ns: None };
        let one = |(at, ticket): (usize, &Option<u32>)| Taken {
            ticket: *ticket,
            switch_count: 0,
            slice: slice(at as u64),
        };
        tickets.iter().enumerate().map(one).collect()
    }

    #[test]
    fn slices_are_paired_in_their_order_and_those_played_alone_are_left_out() {
        let baseline = taken(&[None, Some(0), Some(3), Some(4)]);
        let candidate = taken(&[Some(1), Some(2), Some(5)]);
        let plans = [plan(&[1, 5, 6, 7], 1), plan(&[5, 6, 7], 0)];
        let rounds = pair_up([&baseline, &candidate], [&plans[0], &plans[1]], Side::Baseline).unwrap();
        let seen: Vec<_> =
            rounds.iter().map(|r| (r.first, r.iterations, r.baseline.wall_ns, r.candidate.wall_ns)).collect();
        assert_eq!(seen, [(Side::Baseline, 5, 1, 0), (Side::Candidate, 6, 2, 1), (Side::Baseline, 7, 3, 2)]);
    }

    #[test]
    fn the_side_that_hung_is_the_one_whose_slice_is_missing() {
        let some = |tickets: &[u32]| taken(&tickets.iter().map(|ticket| Some(*ticket)).collect::<Vec<_>>());
        // A B B A A: the candidate hung in its second slice, and the baseline played on when it was dead.
        let (baseline, candidate) = (some(&[0, 3, 4]), some(&[1]));
        assert_eq!(stalled([&baseline, &candidate], Side::Baseline), Side::Candidate);
        let (baseline, candidate) = (some(&[0]), some(&[1, 2]));
        assert_eq!(stalled([&baseline, &candidate], Side::Baseline), Side::Baseline);
        assert_eq!(stalled([&[], &[]], Side::Candidate), Side::Candidate);
    }

    #[test]
    fn whatever_does_not_fit_is_refused_with_its_reason() {
        let whole = [Some(0), Some(3)];
        let other = [Some(1), Some(2)];
        let plans = [plan(&[5, 5], 0), plan(&[5, 5], 0)];
        let refusal = |a: &[Option<u32>], b: &[Option<u32>], starter, plans: &[Plan; 2]| {
            pair_up([&taken(a), &taken(b)], [&plans[0], &plans[1]], starter).unwrap_err()
        };
        assert!(pair_up([&taken(&whole), &taken(&other)], [&plans[0], &plans[1]], Side::Baseline).is_ok());
        assert!(refusal(&whole, &other, Side::Candidate, &plans).contains("instead of"));
        assert!(
            refusal(&whole[..1], &other, Side::Baseline, &plans).contains("played 1 slices instead of 2")
        );
        assert!(refusal(&[Some(0), None], &other, Side::Baseline, &plans).contains("without a turn"));
        let uneven = [plan(&[5, 5], 0), plan(&[5, 6], 0)];
        assert!(refusal(&whole, &other, Side::Baseline, &uneven).contains("iterations"));
    }
}
