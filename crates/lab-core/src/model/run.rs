//! One execution of a Plan: the unit that is stored, named, compared and reported.
//!
//! A Run is only ever appended to; a seal says that it is whole.

use super::{
    BenchmarkRecord, CanaryRecord, Environment, Invocation, KnobRecord, LookRecord, Plan, Provenance,
    Scheduled, TargetRecord, Warning,
};

/// The source that was measured, as git tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revision {
    /// Full commit hash; absent outside a repository.
    pub commit: Option<String>,
    /// Branch name; absent on a detached head.
    pub branch: Option<String>,
    /// Uncommitted changes to tracked files; absent outside a repository.
    pub is_dirty: Option<bool>,
}

/// One stretch of measuring: a Run that was resumed has several.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionRecord {
    /// From 1.
    pub number: u32,
    /// RFC 3339 in UTC.
    pub started_at: String,
    /// The host as measured at the start of the session.
    pub environment: Environment,
    /// What was set on the host for this session, knob by knob; empty when it was not to be tuned.
    pub tuning: Vec<KnobRecord>,
}

/// How far a Run has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// No seal: it is being measured, or it was interrupted and can be resumed.
    Open,
    /// Sealed: nothing more is added.
    Sealed(Seal),
}

/// Says that a Run is whole, and lets damage be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// RFC 3339 in UTC.
    pub sealed_at: String,
    /// Number of invocations in the file, those of the canaries included.
    pub invocation_count: u32,
    /// How many of them are the canaries'.
    pub canary_count: u32,
    /// SHA-256 of the invocations file, hex.
    pub invocations_sha256: String,
    /// Set when the Run ended before its schedule did ("budget of 600 s reached").
    pub cut_short: Option<String>,
}

/// One stored Run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Name of its directory: time and commit.
    pub id: String,
    /// Version of the bench-lab that wrote it.
    pub lab_version: String,
    /// RFC 3339 in UTC.
    pub created_at: String,
    /// Absolute path of the workspace that was measured.
    pub workspace: String,
    /// The source that was measured.
    pub revision: Revision,
    /// Where its benches come from; absent when Nix did not build them.
    pub provenance: Option<Provenance>,
    /// How it was to be measured.
    pub plan: Plan,
    /// Every bench target of the selection, those that could not run included.
    pub targets: Vec<TargetRecord>,
    /// The selected benchmarks.
    pub benchmarks: Vec<BenchmarkRecord>,
    /// The kernels that measure the machine meanwhile, with what they gave; nothing of them is in the other lists but
    /// their places in the schedule.
    pub canary: CanaryRecord,
    /// The order as planned, the canaries' processes included; what looks added to it is in theirs.
    pub schedule: Vec<Scheduled>,
    /// Stretches of measuring, first to last; never empty once a Run has begun.
    pub sessions: Vec<SessionRecord>,
    /// What was measured so far of the benchmarks.
    pub invocations: Vec<Invocation>,
    /// What its looks at the baseline decided, with the order of what they added; empty for a Run of a fixed size.
    pub looks: Vec<LookRecord>,
    /// What a reader must know.
    pub warnings: Vec<Warning>,
    /// Whether it is whole.
    pub state: State,
}

impl Run {
    /// Every process that was measured, those of the benchmarks first and those of the canaries behind them.
    pub fn all_invocations(&self) -> impl Iterator<Item = &Invocation> {
        self.invocations.iter().chain(&self.canary.invocations)
    }

    /// The whole order: as planned, then what each look added.
    pub fn whole_schedule(&self) -> impl Iterator<Item = &Scheduled> {
        self.schedule.iter().chain(self.looks.iter().flat_map(|look| &look.schedule))
    }
}
