//! What a count of instructions says beside a verdict on time.
//!
//! Time alarms; a count only explains. It never turns a verdict.

use super::opinion::Shown;

/// A count that moved by less than this did not move: hash seeds alone do more than counting does.
pub(super) const STILL: f64 = 0.0002;
/// From here on a count is worth a word of its own.
const TOLD: f64 = 0.001;

/// A count of instructions on both sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Work {
    /// ln(candidate / baseline).
    pub(super) log: f64,
    /// How sure it is, in the same unit; zero where the count is exact.
    pub(super) unsure: f64,
}

/// What time and work say together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Meaning {
    /// The time moved, and the same instructions were executed.
    SameWork,
    /// The time moved one way and the work the other, by so much as a share.
    OtherWay(f64),
    /// The work moved by so much as a share, and the time is equal.
    TimeUnchanged(f64),
}

impl Work {
    /// Whether it moved by more than its own error.
    pub(super) fn has_moved(self) -> bool {
        self.log.abs() >= STILL.max(self.unsure)
    }

    fn is_told(self) -> bool {
        self.log.abs() >= TOLD.max(self.unsure)
    }
}

/// Reads both together; nothing where they need no explanation, or where time says nothing.
pub(super) fn meaning(time: Shown, work: Work) -> Option<Meaning> {
    let share = work.log.exp_m1();
    match time {
        Shown::Up | Shown::Down if !work.has_moved() => Some(Meaning::SameWork),
        Shown::Up if work.log < 0.0 && work.is_told() => Some(Meaning::OtherWay(share)),
        Shown::Down if work.log > 0.0 && work.is_told() => Some(Meaning::OtherWay(share)),
        Shown::Equal if work.is_told() => Some(Meaning::TimeUnchanged(share)),
        Shown::Up | Shown::Down | Shown::Equal | Shown::Nothing | Shown::LostInDrift => None,
    }
}

impl Meaning {
    /// As a note under a verdict.
    pub(super) fn sentence(self) -> String {
        let work = |share: f64| {
            let way = if share > 0.0 { "more" } else { "less" };
            format!("{:.2} % {way} work", share.abs() * 100.0)
        };
        match self {
            Self::SameWork => "same instructions: layout, cache, branches or memory".into(),
            Self::OtherWay(share) => {
                format!("does {}, and the time goes the other way: cache, branches or memory", work(share))
            }
            Self::TimeUnchanged(share) => format!("does {}, time unchanged", work(share)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(share: f64) -> Work {
        Work { log: f64::ln_1p(share), unsure: 0.0 }
    }

    fn said(time: Shown, work: Work) -> Option<String> {
        meaning(time, work).map(Meaning::sentence)
    }

    #[test]
    fn a_change_of_time_with_as_many_instructions_is_no_change_of_work() {
        for time in [Shown::Up, Shown::Down] {
            assert_eq!(meaning(time, exact(0.0)), Some(Meaning::SameWork));
            assert_eq!(meaning(time, exact(0.000_19)), Some(Meaning::SameWork));
            assert_eq!(meaning(time, exact(-0.000_19)), Some(Meaning::SameWork));
        }
        assert_eq!(meaning(Shown::Equal, exact(0.0)), None);
    }

    #[test]
    fn work_and_time_that_move_alike_need_no_word() {
        assert_eq!(meaning(Shown::Up, exact(0.02)), None);
        assert_eq!(meaning(Shown::Down, exact(-0.02)), None);
    }

    #[test]
    fn work_that_moves_alone_or_against_the_time_is_told_with_its_size() {
        assert_eq!(said(Shown::Equal, exact(0.02)).unwrap(), "does 2.00 % more work, time unchanged");
        assert_eq!(said(Shown::Equal, exact(-0.005)).unwrap(), "does 0.50 % less work, time unchanged");
        assert_eq!(said(Shown::Equal, exact(0.000_9)), None, "too little for a word");
        let against = said(Shown::Up, exact(-0.01)).unwrap();
        assert!(against.starts_with("does 1.00 % less work, and the time goes the other way"), "{against}");
        assert!(said(Shown::Down, exact(0.01)).unwrap().starts_with("does 1.00 % more work"));
        assert_eq!(said(Shown::Up, exact(-0.000_9)), None);
    }

    #[test]
    fn a_count_is_not_believed_beyond_its_own_error() {
        let unsure = Work { unsure: 0.002, ..exact(0.0015) };
        assert_eq!(meaning(Shown::Equal, unsure), None);
        assert_eq!(meaning(Shown::Up, unsure), Some(Meaning::SameWork));
    }

    #[test]
    fn without_a_verdict_on_time_there_is_nothing_to_explain() {
        for time in [Shown::Nothing, Shown::LostInDrift] {
            assert_eq!(meaning(time, exact(0.3)), None);
        }
    }
}
