//! The search for the first commit that is like the bad end: halving, around commits that cannot be measured.
//!
//! It knows places and findings, no commit and no number.

/// What was found out about a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nearer to the good end.
    LikeGood,
    /// Nearer to the bad end.
    LikeBad,
    /// It cannot be built, or its benchmark does not run: why.
    Untestable(String),
    /// It was measured, and neither is shown: why.
    Undecided(String),
}

/// What a comparison with the good end showed.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// A change, in ln units.
    Changed(f64),
    /// That any change is smaller than half of the bad end's.
    Same,
    /// Neither: why.
    Neither(String),
}

impl Found {
    /// Which end a commit is like, where the bad end differs from the good one by `effect`, in ln units.
    pub fn of(shown: Shown, effect: f64) -> Self {
        match shown {
            Shown::Changed(own) if own * effect.signum() >= effect.abs() / 2.0 => Self::LikeBad,
            Shown::Changed(_) | Shown::Same => Self::LikeGood,
            Shown::Neither(why) => Self::Undecided(why),
        }
    }

    fn is_answer(&self) -> bool {
        matches!(self, Self::LikeGood | Self::LikeBad)
    }
}

/// Where a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// This one is the first that is like the bad end, and the one before it is like the good end.
    Culprit(usize),
    /// One of these, both ends included; those but the last could not be told.
    Among {
        /// The first.
        first: usize,
        /// The last, which is like the bad end.
        last: usize,
    },
}

/// A search over the commits after the good end, the last of which is the bad end.
#[derive(Clone, Debug)]
pub struct Search {
    found: Vec<Option<Found>>,
}

impl Search {
    /// Over so many commits, at least one; the last is known to be bad.
    pub fn over(count: usize) -> Self {
        let mut found = vec![None; count.max(1)];
        if let Some(last) = found.last_mut() {
            *last = Some(Found::LikeBad);
        }
        Self { found }
    }

    /// The next commit to measure: that nearest to the middle of what is open; absent when nothing more can be told.
    pub fn next(&self) -> Option<usize> {
        let (first, last) = self.open();
        // With n open places the middle one leaves as many on either side.
        let middle = first + (last - first).saturating_sub(1) / 2;
        let untold = (first..last).filter(|place| self.found[*place].is_none());
        untold.min_by_key(|place| place.abs_diff(middle))
    }

    /// Notes what was found of a commit.
    pub fn note(&mut self, place: usize, found: Found) {
        self.found[place] = Some(found);
    }

    /// What was found of a commit.
    pub fn found(&self, place: usize) -> Option<&Found> {
        self.found[place].as_ref()
    }

    /// What can be said now.
    pub fn outcome(&self) -> Outcome {
        let (first, last) = self.open();
        if first == last { Outcome::Culprit(last) } else { Outcome::Among { first, last } }
    }

    /// The first place that is not known to be good, and the first known bad one from there on.
    fn open(&self) -> (usize, usize) {
        let answered = |place: &usize| self.found[*place].as_ref().is_some_and(Found::is_answer);
        let is_bad = |place: &usize| self.found[*place] == Some(Found::LikeBad);
        let count = self.found.len();
        let last = (0..count).filter(answered).find(is_bad).unwrap_or(count - 1);
        let good = (0..last).rfind(|place| self.found[*place] == Some(Found::LikeGood));
        (good.map_or(0, |good| good + 1), last)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use lab_core::compare::live_design;
    use lab_stats::simulate::{Noise, Order, Simulation};
    use lab_stats::{Design, Draws, Finding, first_decision};
    use proptest::prelude::*;

    use super::*;
    use crate::bisect::comparisons_max;

    /// One comparison of simulated launches, as a match would end.
    fn compared(simulation: Simulation, design: &Design, draws: &mut Draws) -> Shown {
        let standing = first_decision(design, &simulation.pairs(80, draws)).unwrap();
        match standing.finding {
            Finding::Changed(_) => Shown::Changed(standing.estimate),
            Finding::Unchanged => Shown::Same,
            Finding::Undecided | Finding::Exhausted => Shown::Neither("not decided".into()),
        }
    }

    /// A whole bisection over 30 commits: right, a range that holds the culprit, or wrong. Nothing when the ends do not
    /// differ visibly.
    fn bisected(noise: Noise, effect: f64, draws: &mut Draws) -> Option<Result<Outcome, usize>> {
        const COMMITS: usize = 30;
        let culprit = draws.below(COMMITS);
        let most = comparisons_max(COMMITS);
        let of = |effect: f64| Simulation { noise, spread: 0.01, effect, order: Order::Coin };
        let design = |margin: f64| live_design(0.01 / f64::from(most), margin).unwrap();
        let Shown::Changed(seen) = compared(of(effect), &design(0.0075_f64.ln_1p()), draws) else {
            return None;
        };
        let design = design(seen.abs() / 2.0);
        let mut search = Search::over(COMMITS);
        for _ in 2..most {
            let Some(place) = search.next() else { break };
            let own = if place < culprit { 0.0 } else { effect };
            search.note(place, Found::of(compared(of(own), &design, draws), seen));
        }
        let outcome = search.outcome();
        let holds = match outcome {
            Outcome::Culprit(found) => found == culprit,
            Outcome::Among { first, last } => (first..=last).contains(&culprit),
        };
        Some(if holds { Ok(outcome) } else { Err(culprit) })
    }

    #[test]
    fn simulated_bisections_name_the_right_commit_and_hardly_ever_a_wrong_one() {
        let mut draws = Draws::seeded(11);
        for noise in [Noise::Normal, Noise::HeavyTailed, Noise::Bursts, Noise::Bimodal] {
            for effect in [0.02, 0.05] {
                let (mut right, mut ranges, mut wrong, mut unseen) = (0, 0, 0, 0);
                for _ in 0..100 {
                    match bisected(noise, effect, &mut draws) {
                        Some(Ok(Outcome::Culprit(_))) => right += 1,
                        Some(Ok(Outcome::Among { .. })) => ranges += 1,
                        Some(Err(_)) => wrong += 1,
                        None => unseen += 1,
                    }
                }
                println!(
                    "{noise:?} {effect}: {right} right, {ranges} ranges, {wrong} wrong, {unseen} unseen"
                );
                // 100 bisections at 1 % each: six or more wrong ones would be a chance of less than 0.1 %.
                assert!(wrong <= 5, "{noise:?} {effect}: {wrong} wrong");
                assert!(noise != Noise::Normal || right >= 90, "{effect}: {right} right");
            }
        }
    }

    /// Plays a search to its end; the commits from `culprit` on are bad.
    fn played(count: usize, culprit: usize, untestable: &BTreeSet<usize>) -> (Outcome, usize) {
        let mut search = Search::over(count);
        let mut measured = 0;
        while let Some(place) = search.next() {
            let found = match untestable.contains(&place) {
                true => Found::Untestable("does not build".into()),
                false => {
                    measured += 1;
                    if place < culprit { Found::LikeGood } else { Found::LikeBad }
                }
            };
            search.note(place, found);
        }
        (search.outcome(), measured)
    }

    #[test]
    fn one_commit_is_the_culprit_without_a_look() {
        assert_eq!(played(1, 0, &BTreeSet::new()), (Outcome::Culprit(0), 0));
    }

    proptest! {
        #[test]
        fn the_culprit_is_found_in_as_many_looks_as_there_are_halvings(count in 1..200_usize, at in 0.0..1.0_f64) {
            let culprit = (at * count as f64) as usize;
            let (outcome, measured) = played(count, culprit, &BTreeSet::new());
            prop_assert_eq!(outcome, Outcome::Culprit(culprit));
            prop_assert!(measured <= count.next_power_of_two().ilog2() as usize);
        }

        #[test]
        fn around_commits_that_cannot_be_told_the_range_holds_the_culprit_and_only_those(
            count in 1..60_usize, at in 0.0..1.0_f64, untestable in proptest::collection::btree_set(0..60_usize, 0..20),
        ) {
            let culprit = (at * count as f64) as usize;
            match played(count, culprit, &untestable).0 {
                Outcome::Culprit(found) => prop_assert_eq!(found, culprit),
                Outcome::Among { first, last } => {
                    prop_assert!(first < last && (first..=last).contains(&culprit));
                    prop_assert!((first..last).all(|place| untestable.contains(&place)));
                }
            }
        }
    }
}
