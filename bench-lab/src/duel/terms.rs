//! The terms of a duel: all that is fixed before its first launch, so that every launch does equal work.
//!
//! They are stored as a [`Calibration`] and read back from one; what cannot be read is an error and never a guess.

use std::collections::BTreeMap;

use lab_core::model::{Calibration, Grain, MetricId, Side};
use serde::{Deserialize, Serialize};
use turnstile::listener::Pattern;

use crate::harness::duelist::{Plan, Score};

/// What both sides agreed on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Terms {
    /// Which metric carries the verdict.
    pub(super) primary: MetricId,
    /// Whether they run on the CPUs for several threads.
    pub(super) is_threaded: bool,
    /// The harness's own settings, baseline's and candidate's.
    pub(super) settings: [Calibration; 2],
    /// How finely they are interleaved.
    pub(super) interleaving: Interleaving,
}

/// How finely the sides are interleaved.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Interleaving {
    /// In turns.
    Slices {
        /// Rounds at the beginning of a launch that do not count.
        discarded_count: u32,
        /// What each side does.
        parts: Box<[Part; 2]>,
    },
    /// Process by process.
    Processes {
        /// Why not in turns: one sentence.
        why: String,
    },
}

/// What one side does in a launch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) plan: Plan,
    pub(super) score: Score,
}

/// Terms that were stored and make no sense.
#[derive(Debug, thiserror::Error)]
#[error("the stored terms of the duel hold no readable {key:?}; calibrate it anew")]
pub struct UnreadTerms {
    key: String,
}

impl Terms {
    /// How finely they are interleaved.
    pub(super) fn grain(&self) -> Grain {
        match self.interleaving {
            Interleaving::Slices { .. } => Grain::Slices,
            Interleaving::Processes { .. } => Grain::Processes,
        }
    }

    /// As stored: one key for each term, JSON where a term has parts.
    pub(super) fn to_calibration(&self) -> Calibration {
        let mut map = BTreeMap::from([
            ("primary".to_owned(), self.primary.0.clone()),
            ("threads".to_owned(), if self.is_threaded { "many" } else { "one" }.to_owned()),
        ]);
        for which in Side::BOTH {
            let settings = &self.settings[which.index()].0;
            map.insert(key(which, "settings"), json(settings));
        }
        match &self.interleaving {
            Interleaving::Processes { why } => {
                map.insert("why_processes".into(), why.clone());
            }
            Interleaving::Slices { discarded_count, parts } => {
                map.insert("discarded_rounds".into(), discarded_count.to_string());
                for which in Side::BOTH {
                    map.insert(key(which, "part"), json(&StoredPart::from(&parts[which.index()])));
                }
            }
        }
        Calibration(map)
    }

    /// From what was stored.
    ///
    /// # Errors
    /// [`UnreadTerms`] when a key is missing or holds something else.
    pub(super) fn from_calibration(stored: &Calibration) -> Result<Self, UnreadTerms> {
        let text = |key: &str| stored.0.get(key).ok_or_else(|| UnreadTerms { key: key.into() });
        let settings = |which| -> Result<Calibration, UnreadTerms> {
            parse(stored, &key(which, "settings")).map(Calibration)
        };
        let part = |which| -> Result<Part, UnreadTerms> {
            let part: StoredPart = parse(stored, &key(which, "part"))?;
            Ok(part.into())
        };
        let interleaving = match stored.0.get("why_processes") {
            Some(why) => Interleaving::Processes { why: why.clone() },
            None => Interleaving::Slices {
                discarded_count: parse(stored, "discarded_rounds")?,
                parts: Box::new([part(Side::Baseline)?, part(Side::Candidate)?]),
            },
        };
        Ok(Self {
            primary: MetricId(text("primary")?.clone()),
            is_threaded: text("threads")? == "many",
            settings: [settings(Side::Baseline)?, settings(Side::Candidate)?],
            interleaving,
        })
    }
}

fn key(which: Side, what: &str) -> String {
    format!("{}_{what}", which.name())
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("maps of text and plain numbers have a JSON form")
}

fn parse<T: for<'a> Deserialize<'a>>(stored: &Calibration, key: &str) -> Result<T, UnreadTerms> {
    let read = stored.0.get(key).and_then(|text| serde_json::from_str(text).ok());
    read.ok_or_else(|| UnreadTerms { key: key.into() })
}

/// [`Part`] as stored. Numbers of slices are runs of equal ones: `[[count, value], ...]`.
#[derive(Serialize, Deserialize)]
struct StoredPart {
    arguments: Vec<String>,
    iterations: Vec<(u32, u64)>,
    pairs: Vec<(u32, u64)>,
    solo_count: u32,
    warm_up_step_ns: u64,
    is_cut_short: bool,
    output_count: u32,
    skip_reads: u32,
    lead_reads: u32,
    gap_reads: u32,
    trail_reads: u32,
}

impl From<&Part> for StoredPart {
    fn from(part: &Part) -> Self {
        let Pattern { output_count, skip_reads, lead_reads, gap_reads, trail_reads, .. } = part.score.pattern;
        Self {
            arguments: part.plan.arguments.clone(),
            iterations: runs(part.plan.iterations.iter().copied()),
            pairs: runs(part.score.pairs.iter().map(|pairs| u64::from(*pairs))),
            solo_count: part.plan.solo_count,
            warm_up_step_ns: part.plan.warm_up_step_ns,
            is_cut_short: part.plan.is_cut_short,
            output_count,
            skip_reads,
            lead_reads,
            gap_reads,
            trail_reads,
        }
    }
}

impl From<StoredPart> for Part {
    fn from(stored: StoredPart) -> Self {
        let iterations = unfold(&stored.iterations);
        let pattern = Pattern {
            output_count: stored.output_count,
            skip_reads: stored.skip_reads,
            lead_reads: stored.lead_reads,
            gap_reads: stored.gap_reads,
            trail_reads: stored.trail_reads,
            slice_count: iterations.len() as u32,
            solo_count: stored.solo_count,
            warm_up_step_ns: stored.warm_up_step_ns,
        };
        let pairs = unfold(&stored.pairs).into_iter().map(|pairs| pairs as u32).collect();
        Self {
            plan: Plan {
                arguments: stored.arguments,
                iterations: iterations.clone(),
                solo_count: stored.solo_count,
                warm_up_step_ns: stored.warm_up_step_ns,
                is_cut_short: stored.is_cut_short,
            },
            score: Score { pattern, pairs, iterations },
        }
    }
}

fn runs(values: impl Iterator<Item = u64>) -> Vec<(u32, u64)> {
    let mut runs: Vec<(u32, u64)> = Vec::new();
    for value in values {
        match runs.last_mut() {
            Some((count, last)) if *last == value => *count += 1,
            _ => runs.push((1, value)),
        }
    }
    runs
}

/// No more values than a launch can have slices, whatever was stored.
fn unfold(runs: &[(u32, u64)]) -> Vec<u64> {
    let each = runs.iter().flat_map(|(count, value)| std::iter::repeat_n(*value, *count as usize));
    each.take(turnstile::mapping::SLICES_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(iterations: Vec<u64>) -> Part {
        let pairs = vec![3; iterations.len()];
        let plan = Plan {
            arguments: vec!["--exact".into(), "a \"b\"\n".into()],
            iterations,
            solo_count: 2,
            warm_up_step_ns: 9,
            is_cut_short: true,
        };
        let pattern = Pattern {
            output_count: 1,
            skip_reads: 2,
            lead_reads: 3,
            gap_reads: 8,
            trail_reads: 4,
            slice_count: pairs.len() as u32,
            solo_count: 2,
            warm_up_step_ns: 9,
        };
        Part { score: Score { pattern, pairs, iterations: plan.iterations.clone() }, plan }
    }

    fn terms(interleaving: Interleaving) -> Terms {
        let settings = Calibration(BTreeMap::from([("sample_size".into(), "4".into())]));
        Terms {
            primary: MetricId::wall_ns(),
            is_threaded: true,
            settings: [settings, Calibration::default()],
            interleaving,
        }
    }

    #[test]
    fn terms_come_back_as_they_were_stored() {
        let parts = Box::new([part(vec![5, 5, 5, 6, 7]), part((1..=44).collect())]);
        for interleaving in [
            Interleaving::Slices { discarded_count: 2, parts },
            Interleaving::Processes { why: "it is static".into() },
        ] {
            let terms = terms(interleaving);
            assert_eq!(Terms::from_calibration(&terms.to_calibration()).unwrap(), terms);
        }
    }

    #[test]
    fn what_is_missing_or_damaged_is_named() {
        let whole = terms(Interleaving::Slices {
            discarded_count: 2,
            parts: Box::new([part(vec![1]), part(vec![1])]),
        })
        .to_calibration();
        for key in whole.0.keys() {
            let mut lacking = whole.clone();
            lacking.0.remove(key);
            let error = Terms::from_calibration(&lacking).unwrap_err().to_string();
            assert!(error.contains(key), "{error}");
        }
        let mut damaged = whole.clone();
        damaged.0.insert("candidate_part".into(), "{".into());
        assert!(Terms::from_calibration(&damaged).is_err());
    }
}
