//! One side in `match.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::benchmark::Benchmark;
use super::environment::Fact;
use super::run::Revision;
use super::target::Target;
use crate::model;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Entrant {
    name: String,
    revision: Revision,
    files_sha256: String,
    facts: BTreeMap<String, Fact>,
    targets: Vec<Target>,
    benchmarks: Vec<Benchmark>,
}

impl From<&model::Entrant> for Entrant {
    fn from(side: &model::Entrant) -> Self {
        let model::Entrant { name, revision, files_sha256, environment, targets, benchmarks } = side;
        Self {
            name: name.clone(),
            revision: revision.clone().into(),
            files_sha256: files_sha256.clone(),
            facts: environment.facts.iter().map(|(name, fact)| (name.clone(), fact.into())).collect(),
            targets: targets.iter().map(Target::from).collect(),
            benchmarks: benchmarks.iter().map(Benchmark::from).collect(),
        }
    }
}

impl Entrant {
    /// A fact that cannot be understood costs that fact and goes to `misunderstood`.
    pub(crate) fn into_model(self, misunderstood: &mut Vec<String>) -> model::Entrant {
        let mut environment = model::Environment::default();
        for (name, fact) in self.facts {
            let fact = fact.into_model(|why| misunderstood.push(format!("fact {name}: {why}")));
            environment.facts.insert(name, fact);
        }
        model::Entrant {
            name: self.name,
            revision: self.revision.into(),
            files_sha256: self.files_sha256,
            environment,
            targets: self.targets.into_iter().map(Into::into).collect(),
            benchmarks: self.benchmarks.into_iter().map(Into::into).collect(),
        }
    }
}
