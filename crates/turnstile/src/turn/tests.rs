//! The order of turns, and what becomes of a turn whose owner is gone.

use super::*;

#[test]
fn rounds_alternate_their_order_from_either_starter() {
    for (starter, pattern) in [(Side::Baseline, "ABBAABBA"), (Side::Candidate, "BAABBAAB")] {
        let mut turn = Turn::new(starter);
        let mut order = String::new();
        for _ in 0..8 {
            order.push(if turn.owner() == Side::Baseline { 'A' } else { 'B' });
            turn.0 += TICKET;
        }
        assert_eq!(order, pattern);
    }
}

#[test]
fn nobody_plays_before_both_are_there() {
    let turn = Turn(Turn::new(Side::Baseline).0 | Turn::arrival(Side::Baseline));
    assert!(!turn.may_play(Side::Baseline));
    let turn = Turn(turn.0 | Turn::arrival(Side::Candidate));
    assert!(turn.may_play(Side::Baseline) && !turn.may_play(Side::Candidate));
}

#[test]
fn a_side_that_is_left_alone_plays_on() {
    let turn = Turn(Turn::new(Side::Candidate).0 | Turn::departure(Side::Candidate));
    assert!(turn.may_play(Side::Baseline));
}
