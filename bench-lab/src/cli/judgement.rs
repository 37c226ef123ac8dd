//! What is said of a Run that was just measured: its budgets, a comparison, the gate's answer.
//!
//! All that it needs is read before measuring, so that a slip of the pen or a missing baseline costs no hour.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use lab_core::compare::{Comparison, look};
use lab_core::gate::Gate;
use lab_core::model::{Extract, LookPlan, LookRecord, Origin, Plan, Run, TargetRecord, Warning};
use lab_core::report::compared::{ComparedView, json, text};
use lab_core::report::number::counted;
use lab_core::report::tone::Line;
use lab_core::report::view::RunView;
use serde_json::Value;

use super::compare::{PlaceArguments, judged};
use super::error::CommandError;
use super::exit::ExitCode;
use super::rules::{Rules, exit_code};
use super::side::{Side, Sources};
use crate::runner::prepare::Preparation;
use crate::store::Store;

/// What was typed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// What to compare with.
    pub(super) baseline: Option<&'a str>,
    /// Whether the gate decides the exit code.
    pub(super) gates: bool,
    /// Where policy and baselines are.
    pub(super) places: &'a PlaceArguments,
}

/// The rules and the baseline, read.
#[derive(Debug)]
pub(super) struct Judgement {
    rules: Rules,
    baseline: Option<Side>,
    gates: bool,
}

/// What became of a Run.
#[derive(Debug)]
pub(super) struct Ruling {
    comparison: Option<Comparison>,
    gate: Option<Gate>,
}

impl Asked<'_> {
    /// Refuses a baseline that nobody knows, and a policy that cannot be read, before anything is built. `roots` are the
    /// folders that may turn out to be the workspace's: what is found in any of them is looked up again when it is known.
    pub(super) fn refuse_unknown(
        self,
        store: Option<&Path>,
        roots: &[PathBuf],
        machine: &dyn Fn() -> String,
    ) -> Result<(), CommandError> {
        if let Some(policy) = &self.places.policy {
            Rules::read(Path::new(""), Some(policy))?;
        }
        let Some(baseline) = self.baseline else { return Ok(()) };
        let machine = machine();
        let mut refusal = None;
        for root in roots {
            let sources = Sources::around(store, self.places.baselines.as_deref(), root);
            match sources.side(baseline, Some(&machine)) {
                Ok(_) => return Ok(()),
                // The innermost manifest is most often the one that is meant, or names the same folders.
                Err(error) => drop(refusal.get_or_insert(error)),
            }
        }
        refusal.map_or(Ok(()), Err)
    }
}

impl Judgement {
    /// Reads everything for a Run with these targets: policy and budgets from its workspace, baselines from around its
    /// results, which is another folder for benches that were built elsewhere. `machine` names the one it is measured on.
    pub(super) fn prepare(
        asked: Asked<'_>,
        store: &Store,
        (root, home): (&Path, &Path),
        targets: &[TargetRecord],
        machine: &dyn Fn() -> String,
    ) -> Result<Self, CommandError> {
        let mut rules = Rules::read(root, asked.places.policy.as_deref())?;
        rules.add_budgets(root, targets)?;
        let sources = Sources::of_workspace(store.clone(), asked.places.baselines.as_deref(), home);
        let baseline = asked.baseline.map(|text| sources.side(text, Some(&machine()))).transpose()?;
        Ok(Self { rules, baseline, gates: asked.gates })
    }

    /// Lets each benchmark do the same work as in the baseline, where both were to take the same time: another number of
    /// iterations per sample is another measurement. Says how many it was done for.
    pub(super) fn carry_over(&self, plan: &Plan, preparation: &mut Preparation) -> Option<Warning> {
        let baseline = self.baseline.as_ref()?;
        if baseline.extract.plan.as_ref().map(|plan| plan.time_ms) != Some(plan.time_ms) {
            return None;
        }
        let kept = baseline.extract.by_id();
        let mut count = 0;
        for record in preparation.prepared.iter_mut().flat_map(|prepared| &mut prepared.benchmarks) {
            let (Some(kept), own) = (kept.get(&record.id), &mut record.calibration) else { continue };
            // Other keys are of another harness or version, and would be refused.
            if kept.calibration != *own && kept.calibration.0.keys().eq(own.0.keys()) {
                own.clone_from(&kept.calibration);
                count += 1;
            }
        }
        let text =
            format!("{} measured with the calibration of {}", counted(count, "benchmark"), baseline.name);
        (count > 0).then(|| Warning::new("calibration_carried_over", "", text))
    }

    /// When a Run is held against the baseline; absent without one.
    pub(super) fn look_plan(&self, counts: Vec<u32>) -> Option<LookPlan> {
        let baseline = self.baseline.as_ref()?;
        Some(LookPlan { baseline: baseline.reference.clone(), baseline_run: run_of(baseline), counts })
    }

    /// An error where the baseline is not the one that a Run was begun against.
    pub(super) fn refuse_other_baseline(&self, begun: Option<&LookPlan>) -> Result<(), CommandError> {
        let (Some(begun), Some(baseline)) = (begun, &self.baseline) else { return Ok(()) };
        if begun.baseline == baseline.reference && begun.baseline_run == run_of(baseline) {
            return Ok(());
        }
        let of = |run: Option<&String>| run.map_or_else(String::new, |run| format!(", made of Run {run}"));
        let message = format!(
            "the Run was begun against {}{}, and this is {}{}",
            begun.baseline,
            of(begun.baseline_run.as_ref()),
            baseline.reference,
            of(run_of(baseline).as_ref())
        );
        Err(CommandError::text(ExitCode::NotComparable, message)
            .hint("resume without --compare, with that baseline in its place; or start a new Run"))
    }

    /// What the next look at a Run decides; absent where there is none to take.
    pub(super) fn look(&self, run: &Run) -> Result<Option<LookRecord>, CommandError> {
        if self.baseline.is_none() || run.plan.looks.is_none() {
            return Ok(None);
        }
        let comparison = self.compare(run)?;
        Ok(comparison.and_then(|comparison| {
            look(run, &comparison, self.rules.policy.alpha, Timestamp::now().to_string())
        }))
    }

    fn compare(&self, run: &Run) -> Result<Option<Comparison>, CommandError> {
        let Some(baseline) = &self.baseline else { return Ok(None) };
        let (name, extract) = (run.id.clone(), Extract::of_run(run));
        let candidate = Side { reference: name.clone(), name, extract, warnings: Vec::new() };
        judged(baseline, &candidate, &self.rules.policy).map(Some)
    }

    /// A Run with its budgets.
    pub(super) fn view<'a>(&self, run: &'a Run) -> RunView<'a> {
        RunView::new(run).with_budgets(&self.rules.budgets)
    }

    /// Judges a Run that is whole.
    pub(super) fn judge(&self, view: &RunView<'_>) -> Result<Ruling, CommandError> {
        let comparison = self.compare(view.run)?;
        let gate = self.gates.then(|| self.rules.gate(Some(view), comparison.as_ref()));
        Ok(Ruling { comparison, gate })
    }
}

fn run_of(side: &Side) -> Option<String> {
    match &side.extract.origin {
        Origin::Run(id) => Some(id.clone()),
        Origin::Import { .. } => None,
    }
}

impl Ruling {
    /// The comparison, with the gate's answer; absent when none was asked for.
    pub(super) fn view(&self) -> Option<ComparedView<'_>> {
        let comparison = self.comparison.as_ref()?;
        Some(ComparedView { comparison, gate: self.gate.as_ref(), lists_all: false })
    }

    /// The comparison alone.
    pub(super) fn comparison(&self) -> Option<&Comparison> {
        self.comparison.as_ref()
    }

    /// Whether nothing was asked.
    pub(super) fn is_empty(&self) -> bool {
        self.comparison.is_none() && self.gate.is_none()
    }

    /// The comparison as text, and the gate's answer; empty when neither was asked for.
    pub(super) fn lines(&self, width: usize) -> Vec<Line> {
        match (self.view(), &self.gate) {
            (Some(view), _) => [vec![Line::from("")], text::lines(&view, width, &[])].concat(),
            (None, Some(gate)) => text::gate(gate, width),
            (None, None) => Vec::new(),
        }
    }

    /// The same for programs.
    pub(super) fn json(&self) -> (Value, Value) {
        let compared = self.comparison.as_ref().map_or(Value::Null, |comparison| {
            json::render(&ComparedView { comparison, gate: None, lists_all: true })
        });
        (compared, self.gate.as_ref().map_or(Value::Null, json::gate))
    }

    /// The exit code of the gate; fine when nobody asked it.
    pub(super) fn exit_code(&self) -> ExitCode {
        self.gate.as_ref().map_or(ExitCode::Fine, exit_code)
    }
}
