//! A match: all duels between two revisions, in the order in which their launches ended.
//!
//! It holds what was measured; verdicts are formed from it by `compare` and are never stored.

use std::collections::BTreeSet;

use super::{
    Aslr, BenchmarkExtract, BenchmarkId, BenchmarkRecord, Calibration, CanaryExtract, Environment, Extract,
    Launch, Origin, Revision, SessionRecord, Side, TargetRecord, Testimony, Warning, WitnessSource,
};

/// One live comparison of two revisions: the stored unit of `bench-lab ab`.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// Name in the store, of the form of a Run's.
    pub id: String,
    /// Version of the bench-lab that wrote it.
    pub lab_version: String,
    /// Its start, RFC 3339 in UTC.
    pub created_at: String,
    /// Absolute path of the folder of the manifest.
    pub workspace: String,
    /// How it was to be measured.
    pub plan: MatchPlan,
    /// Baseline, then candidate.
    pub sides: [Entrant; 2],
    /// Files that a benchmark may read and that are not the same in both revisions; paths from the top of the
    /// repository.
    pub differing_inputs: Vec<String>,
    /// One per stretch of measuring; their environments have no facts about a build.
    pub sessions: Vec<SessionRecord>,
    /// One per benchmark that was prepared so far, in the order in which that happened.
    pub duels: Vec<DuelRecord>,
    /// In the order in which they ended, by the candidate's names.
    pub launches: Vec<Launch>,
    /// What a reader must know.
    pub warnings: Vec<Warning>,
    /// Whether it goes on.
    pub state: MatchState,
}

/// How a match is to be measured.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchPlan {
    /// Regular expressions over benchmark ids, as typed; empty for all.
    pub filters: Vec<String>,
    /// Most launches of one benchmark.
    pub launch_max: u32,
    /// Measuring time of a process where whole processes are compared, in milliseconds.
    pub time_ms: u64,
    /// Wall-clock limit of the whole match in milliseconds; absent for none.
    pub budget_ms: Option<u64>,
    /// A process that lives longer is killed, in milliseconds.
    pub timeout_ms: u64,
    /// Seed of every draw.
    pub seed: u64,
    /// CPUs for single-threaded benchmarks; empty when nothing is pinned.
    pub cpus: Vec<u32>,
    /// CPUs for benchmarks with several threads; empty when nothing is pinned.
    pub threaded_cpus: Vec<u32>,
    /// Address layout of the processes.
    pub aslr: Aslr,
    /// Whether benchmarks that a harness ignores by default take part.
    pub includes_ignored: bool,
    /// Cargo's flags that decide what was built.
    pub build_arguments: Vec<String>,
    /// Text of the policy file in force; absent when there was none.
    pub policy: Option<String>,
    /// The metric that was asked for; absent to let each benchmark's calibration choose.
    pub metric: Option<String>,
    /// The smallest change that matters, as a share, where it was asked for.
    pub margin: Option<f64>,
    /// Where a witness beside time is taken from.
    pub witness: WitnessSource,
    /// Link orders in which suspects are compared besides the linker's own; absent for none.
    pub layouts: Option<u32>,
}

/// One side of a match.
#[derive(Clone, Debug, PartialEq)]
pub struct Entrant {
    /// As typed; `working tree` for the files as they were.
    pub name: String,
    /// The source.
    pub revision: Revision,
    /// SHA-256 over all files of the revision.
    pub files_sha256: String,
    /// Facts about its build.
    pub environment: Environment,
    /// Every bench target of the selection, those that could not run included.
    pub targets: Vec<TargetRecord>,
    /// The selected benchmarks, in the harness's order.
    pub benchmarks: Vec<BenchmarkRecord>,
}

/// What was found out about one pair before its first launch.
#[derive(Clone, Debug, PartialEq)]
pub struct DuelRecord {
    /// The candidate's name.
    pub benchmark: BenchmarkId,
    /// The baseline's name where it is another.
    pub renamed_from: Option<BenchmarkId>,
    /// What it stands on.
    pub footing: Footing,
    /// What was counted of both sides; absent where nobody was asked to count.
    pub testimony: Option<Testimony>,
}

/// What a duel stands on.
#[derive(Clone, Debug, PartialEq)]
pub enum Footing {
    /// One and the same executable with the same inputs: there is nothing to launch.
    Identical,
    /// Its terms: fixed before the first launch, so that all do equal work.
    Ready(Calibration),
    /// It does not work; its one launch says how.
    Broken,
}

/// Whether a match goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MatchState {
    /// It is being measured, or can be resumed.
    Open,
    /// It is whole.
    Sealed(MatchSeal),
}

/// What was there when a match was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchSeal {
    /// RFC 3339 in UTC.
    pub sealed_at: String,
    /// Launches in it.
    pub launch_count: u32,
    /// SHA-256 of the file of launches, hex.
    pub launches_sha256: String,
    /// Why not every verdict was reached that more launches could have given; absent when they all were.
    pub cut_short: Option<String>,
}

/// The calibration key that holds the metric which carries the verdict, chosen before the first launch.
pub const PRIMARY_KEY: &str = "primary";

impl Match {
    /// One side as a comparison reads it: its build with the machine of the first session, and its benchmarks, whose
    /// values are all in the launches.
    ///
    /// Equal executables count as identical only where the duel was found to be so: their digests are left out
    /// otherwise, since what they read may differ.
    pub fn extract(&self, side: Side) -> Extract {
        let entrant = self.side(side);
        let mut environment =
            self.sessions.first().map_or_else(Environment::default, |session| session.environment.clone());
        environment.facts.extend(entrant.environment.facts.clone());
        let identical = self.identical_targets(side);
        let targets = entrant.targets.iter().map(|target| TargetRecord {
            sha256: target.sha256.clone().filter(|_| identical.contains(&target.id)),
            ..target.clone()
        });
        let benchmark = |record: &BenchmarkRecord| {
            let calibration = self.terms_of(side, &record.id).cloned().unwrap_or_default();
            BenchmarkExtract::empty(record.id.clone(), calibration)
        };
        Extract {
            origin: Origin::Run(self.id.clone()),
            lab_version: self.lab_version.clone(),
            created_at: self.created_at.clone(),
            revision: entrant.revision.clone(),
            plan: None,
            environment,
            mixed: Vec::new(),
            targets: targets.collect(),
            benchmarks: entrant.benchmarks.iter().map(benchmark).collect(),
            canary: CanaryExtract::default(),
        }
    }

    /// One side.
    pub fn side(&self, side: Side) -> &Entrant {
        match side {
            Side::Baseline => &self.sides[0],
            Side::Candidate => &self.sides[1],
        }
    }

    fn terms_of(&self, side: Side, id: &BenchmarkId) -> Option<&Calibration> {
        let duel = self.duels.iter().find(|duel| duel.name(side) == id)?;
        match &duel.footing {
            Footing::Ready(calibration) => Some(calibration),
            Footing::Identical | Footing::Broken => None,
        }
    }

    fn identical_targets(&self, side: Side) -> BTreeSet<&super::TargetId> {
        let identical = self.duels.iter().filter(|duel| duel.footing == Footing::Identical);
        identical.map(|duel| &duel.name(side).target).collect()
    }
}

impl DuelRecord {
    /// How a side calls the benchmark.
    pub fn name(&self, side: Side) -> &BenchmarkId {
        match side {
            Side::Baseline => self.renamed_from.as_ref().unwrap_or(&self.benchmark),
            Side::Candidate => &self.benchmark,
        }
    }
}
