//! The vocabulary: every noun of `docs/GLOSSARY.md` that is stored, as one type.
//!
//! The types carry no serde: what goes to disk is the business of [`crate::format`].

mod baseline;
mod benchmark;
mod canary;
mod duel;
mod environment;
mod extract;
mod invocation;
mod look;
mod matches;
mod measurement;
mod metric;
mod plan;
mod provenance;
mod run;
mod signal;
mod taint;
mod target;
mod testimony;
mod tuning;
mod warning;

pub use baseline::Baseline;
pub use benchmark::{BenchmarkId, BenchmarkRecord, Calibration};
pub use canary::{CanaryRecord, KernelRecord};
pub use duel::{Grain, Launch, Round, Side, Slice};
pub use environment::{Digests, Environment, Fact, FactClass, FactValue};
pub use extract::{BenchmarkExtract, CanaryExtract, Extract, KernelExtract, Origin, Series};
pub use invocation::{Exit, Invocation, Observation, Outcome};
pub use look::{LookEnd, LookRecord, Spent};
pub use matches::{DuelRecord, Entrant, Footing, Match, MatchPlan, MatchSeal, MatchState, PRIMARY_KEY};
pub use measurement::{Measurement, Printed, Sample, Summary, Throughput, Values};
pub use metric::{Direction, METRICS, Metric, MetricId};
pub use plan::{Aslr, LookPlan, LookTaken, Plan, Scheduled};
pub use provenance::{NixOutput, NixSource, NixToolchain, Provenance};
pub use run::{Revision, Run, Seal, SessionRecord, State};
pub use signal::{Reading, SIGNALS, Signal, SignalId, Signals};
pub use taint::{Taint, TaintRule};
pub use target::{Skip, TargetId, TargetRecord};
pub use testimony::{CALLGRIND, Counted, Testimony, WitnessSource};
pub use tuning::{KnobRecord, Setting, SettingOutcome};
pub use warning::Warning;
