//! Settings that the harness fixed for each side, and whether values measured with them are of one thing.
//!
//! It never takes another speed for another way of measuring: numbers follow the speed of what is measured.

use std::collections::BTreeSet;

use super::Obstacle;
use super::pairing::Pair;
use crate::model::MetricId;

/// What differs between the settings of two sides.
#[derive(Clone, Debug, Default)]
pub(super) struct Unlike(Vec<Setting>);

#[derive(Clone, Debug)]
struct Setting {
    name: String,
    /// Each side's; absent where it has none.
    values: [Option<String>; 2],
}

impl Unlike {
    /// What differs in a pair.
    pub(super) fn of(pair: Pair<'_>) -> Self {
        let sides = [&pair.baseline.calibration.0, &pair.candidate.calibration.0];
        let names: BTreeSet<&String> = sides.iter().flat_map(|side| side.keys()).collect();
        let settings = names
            .into_iter()
            .map(|name| Setting { name: name.clone(), values: sides.map(|side| side.get(name).cloned()) });
        Self(settings.filter(|setting| setting.values[0] != setting.values[1]).collect())
    }

    /// Why values of this metric are not of one thing.
    pub(super) fn obstacle(&self, metric: &MetricId) -> Option<Obstacle> {
        self.0.iter().find_map(|setting| {
            let [Some(baseline), Some(candidate)] = &setting.values else { return None };
            let are_numbers = [baseline, candidate].iter().any(|value| value.parse::<f64>().is_ok());
            // The most that was alive at once grows with the number of iterations whose results are kept.
            let is_of_a_sample = metric.0.starts_with("live_");
            (!are_numbers || is_of_a_sample).then(|| Obstacle::OtherCalibration {
                setting: setting.name.clone(),
                baseline: baseline.clone(),
                candidate: candidate.clone(),
            })
        })
    }

    /// What to tell of it; nothing where nothing differs.
    pub(super) fn note(&self) -> Option<String> {
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "not set".into());
        let of_setting = |setting: &Setting| {
            let [baseline, candidate] = &setting.values;
            format!("{} {} and {}", setting.name, shown(baseline), shown(candidate))
        };
        let differ: Vec<String> = self.0.iter().map(of_setting).collect();
        (!differ.is_empty())
            .then(|| format!("the two sides were calibrated unlike each other: {}", differ.join(", ")))
    }
}
