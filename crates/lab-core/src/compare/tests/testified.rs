//! Verdicts on launches without counters, with instructions that somebody else counted.

use super::*;
use crate::model::{CALLGRIND, Counted, DuelRecord, Footing, Testimony};

fn duel(counted: Result<[f64; 2], &str>) -> DuelRecord {
    let counted = counted.map(|sides| sides.map(|instructions| Counted { instructions, spread: 0.0 }));
    DuelRecord {
        benchmark: id("p/t/a"),
        renamed_from: None,
        footing: Footing::Ready(Calibration::default()),
        testimony: Some(Testimony { source: CALLGRIND.into(), counted: counted.map_err(str::to_owned) }),
    }
}

/// Fourteen launches of a host without counters whose times differ by so much.
fn timed(log: f64, counted: Result<[f64; 2], &str>) -> Change {
    let mut launches: Vec<Launch> =
        around(log, 0.02, 14).iter().zip(0..).map(|(log, n)| launch(n, *log, 0.0, 0.0)).collect();
    for round in launches.iter_mut().flat_map(|launch| &mut launch.rounds) {
        for slice in [&mut round.baseline, &mut round.candidate] {
            (slice.cycles, slice.instructions) = (None, None);
        }
    }
    let side = extract(&["p/t/a"]);
    let material = Material {
        baseline: Subject { name: "main", extract: &side },
        candidate: Subject { name: "HEAD", extract: &side },
        launches: &launches,
        duels: &[duel(counted)],
    };
    compare(&material, &Policy::default()).unwrap().changes.remove(0)
}

fn witness(change: &Change) -> (f64, Reading) {
    let of_callgrind = |witness: &&Witness| witness.metric.0 == "instructions:callgrind";
    let witness = change.witnesses.iter().find(of_callgrind).unwrap();
    (witness.ratio.point, witness.reading)
}

#[test]
fn a_count_that_goes_with_the_time_stands_beside_the_verdict_with_its_source() {
    let change = timed(0.15, Ok([1000.0, 1159.0]));
    assert_eq!((&change.verdict, witness(&change)), (&Verdict::Regressed, (1.159, Reading::Agrees)));
    assert!(change.notes.is_empty(), "{:?}", change.notes);
}

#[test]
fn a_count_that_does_not_go_with_the_time_is_explained_and_changes_no_verdict() {
    let same = timed(0.02, Ok([1000.0, 1000.1]));
    assert_eq!((&same.verdict, witness(&same).1), (&Verdict::Regressed, Reading::Still));
    assert_eq!(same.notes, ["same instructions: layout, cache, branches or memory"]);

    let more = timed(0.0001, Ok([1000.0, 1030.0]));
    assert_eq!(more.verdict, Verdict::Equivalent(Equivalence::Measured));
    assert_eq!(witness(&more), (1.03, Reading::Differs));
    assert_eq!(more.notes, ["does 3.00 % more work, time unchanged"]);
}

#[test]
fn what_cannot_be_counted_says_why_instead_of_a_number() {
    let change = timed(0.15, Err("starts no iteration"));
    assert!(change.witnesses.iter().all(|witness| !witness.metric.0.starts_with("instructions")));
    assert_eq!(change.notes, ["not countable by callgrind: it starts no iteration"]);
}
