//! What may be said of each knob: helps, hurts, or no difference seen, and how large one could be all the same.
//!
//! Many figures are looked at together, so a word is given only where it holds among all of them.

use lab_stats::{
    Level, Observations, Probability, benjamini_hochberg, hodges_lehmann, hodges_lehmann_interval,
    signed_rank,
};

use super::figure::{Figure, Visit};

/// Of the words helps and hurts in one table, at most this share is expected to be chance (Benjamini and Hochberg,
/// Journal of the Royal Statistical Society B 57, 1995).
const FALSE_SHARE: f64 = 0.05;

/// All figures of one subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// A knob, all of them together, or nothing at all.
    pub subject: String,
    /// One per [`Figure::ALL`].
    pub effects: Vec<Effect>,
}

/// One figure of one subject.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// Which.
    pub figure: Figure,
    /// In force over not in force; below 1 is better (Hodges-Lehmann over the repetitions).
    pub ratio: f64,
    /// Where the true ratio lies, at 95 % for this figure alone; absent with too few repetitions.
    pub interval: Option<(f64, f64)>,
    /// How probable such a difference is without any, counted among all figures of the table.
    pub p: f64,
    /// What may be said.
    pub word: Word,
}

/// What may be said of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Word {
    /// It is smaller with the knob in force.
    Helps,
    /// It is greater.
    Hurts,
    /// Neither could be told.
    NoDifferenceSeen {
        /// How much more or less it could be all the same, as a share: the farther end of the interval from 1, by
        /// division where that is the lower one. Absent without an interval.
        within: Option<f64>,
    },
}

impl Word {
    /// Name in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Helps => "helps",
            Self::Hurts => "hurts",
            Self::NoDifferenceSeen { .. } => "no_difference_seen",
        }
    }
}

/// Judges every subject by its visits, one per repetition. A subject without visits gets no line.
pub fn judge(subjects: &[(String, Vec<Visit>)]) -> Vec<Judged> {
    let tried: Vec<(&str, &[Visit])> = subjects
        .iter()
        .filter(|(_, visits)| !visits.is_empty())
        .map(|(subject, visits)| (subject.as_str(), visits.as_slice()))
        .collect();
    let tests: Vec<(Figure, Observations)> = tried
        .iter()
        .flat_map(|(_, visits)| Figure::ALL.map(|figure| (figure, logs(figure, visits))))
        .filter_map(|(figure, logs)| Some((figure, logs?)))
        .collect();
    let raw: Vec<Probability> = tests.iter().map(|(_, logs)| signed_rank(logs).p).collect();
    let adjusted = benjamini_hochberg(&raw);
    let effects: Vec<Effect> =
        tests.iter().zip(adjusted).map(|((figure, logs), p)| effect(*figure, logs, p)).collect();
    let by_subject = effects.chunks(Figure::ALL.len()).map(<[Effect]>::to_vec);
    tried
        .iter()
        .zip(by_subject)
        .map(|((subject, _), effects)| Judged { subject: (*subject).to_owned(), effects })
        .collect()
}

/// Absent never in practice: every figure is above zero and finite.
fn logs(figure: Figure, visits: &[Visit]) -> Option<Observations> {
    let logs: Vec<f64> = visits.iter().map(|visit| figure.log_ratio(visit)).collect();
    Observations::new(logs.into_iter().map(|log| if log.is_finite() { log } else { 0.0 }).collect::<Vec<_>>())
        .ok()
}

fn effect(figure: Figure, logs: &Observations, p: Probability) -> Effect {
    let log = hodges_lehmann(logs);
    let interval = hodges_lehmann_interval(logs, Level::P95).ok();
    let interval = interval.map(|interval| (interval.lower().exp(), interval.upper().exp()));
    let word = match (p.value() <= FALSE_SHARE, log < 0.0) {
        (true, true) => Word::Helps,
        (true, false) => Word::Hurts,
        (false, _) => {
            Word::NoDifferenceSeen { within: interval.map(|(lower, upper)| lower.recip().max(upper) - 1.0) }
        }
    };
    Effect { figure, ratio: log.exp(), interval, p: p.value(), word }
}

#[cfg(test)]
mod tests {
    use super::super::figure::Slice;
    use super::*;
    use crate::doctor::Gaps;

    fn slice(lost_ns: u64, canary_ns: f64) -> Slice {
        let gaps = Gaps {
            watched_ns: 100_000_000,
            lost_ns,
            longest_ns: 5_000,
            histogram: vec![(1_000, lost_ns / 1_000)],
        };
        Slice { gaps, canary_ns, canary_spread: 0.01 }
    }

    /// Twelve visits whose noise differs from one to the next and is the same in both arms but for a little.
    fn visits(lost_on: u64, lost_off: u64) -> Vec<Visit> {
        (0..12_u64)
            .map(|turn| {
                let jolt = (turn * 7919) % 13;
                let one =
                    |lost: u64, sign: f64| slice(lost + jolt * 100, 50_000.0 + sign * (jolt as f64 - 6.0));
                Visit {
                    on: [one(lost_on, 1.0), one(lost_on, -1.0)],
                    off: [one(lost_off, -1.0), one(lost_off, 1.0)],
                }
            })
            .collect()
    }

    fn word(judged: &Judged, figure: Figure) -> Word {
        judged.effects.iter().find(|effect| effect.figure == figure).unwrap().word
    }

    #[test]
    fn a_knob_that_halves_the_lost_time_helps_and_nothing_else_is_said_of_it() {
        let subjects = [
            ("quiet".to_owned(), visits(50_000, 100_000)),
            ("noisy".to_owned(), visits(100_000, 50_000)),
            ("nothing".to_owned(), visits(50_000, 50_000)),
            ("untried".to_owned(), Vec::new()),
        ];
        let judged = judge(&subjects);
        assert_eq!(
            judged.iter().map(|one| one.subject.as_str()).collect::<Vec<_>>(),
            ["quiet", "noisy", "nothing"]
        );
        assert_eq!(word(&judged[0], Figure::LostTime), Word::Helps);
        assert_eq!(word(&judged[1], Figure::LostTime), Word::Hurts);
        let effect = judged[0].effects[0];
        assert!((effect.ratio - 0.5).abs() < 0.02, "{effect:?}");
        let (lower, upper) = effect.interval.unwrap();
        assert!(lower <= effect.ratio && effect.ratio <= upper && upper < 1.0, "{effect:?}");
        for one in &judged {
            assert!(matches!(word(one, Figure::CanaryTime), Word::NoDifferenceSeen { .. }), "{one:?}");
        }
        for effect in &judged[2].effects {
            let Word::NoDifferenceSeen { within: Some(within) } = effect.word else { panic!("{effect:?}") };
            assert!(within < 1e-3, "{effect:?}");
        }
    }

    #[test]
    fn five_repetitions_can_tell_nothing_and_say_so() {
        let few: Vec<Visit> = visits(1_000, 900_000).into_iter().take(5).collect();
        let judged = judge(&[("knob".to_owned(), few)]);
        for effect in &judged[0].effects {
            assert_eq!(effect.word, Word::NoDifferenceSeen { within: None }, "{effect:?}");
        }
    }

    #[test]
    fn one_lucky_figure_among_many_is_not_enough() {
        // Alone its p is 2 / 2^6 = 0.03, and among 50 figures nothing.
        let six = |on, off| visits(on, off).into_iter().take(6).collect::<Vec<_>>();
        let mut subjects: Vec<(String, Vec<Visit>)> =
            (0..9).map(|place| (place.to_string(), six(50_000, 50_000))).collect();
        subjects.push(("lucky".into(), six(49_000, 50_000)));
        let judged = judge(&subjects);
        assert!(matches!(word(&judged[9], Figure::LostTime), Word::NoDifferenceSeen { .. }));
    }
}
