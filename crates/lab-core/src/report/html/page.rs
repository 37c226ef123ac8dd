//! Everything the file shows, collected and in its order.
//!
//! It reads what is stored and what was decided from it; renderers compute nothing but coordinates.

use std::collections::{BTreeMap, HashMap};

use super::card::Card;
use super::commands::{Command, commands};
use super::flames::Flame;
use super::growths::{Growing, growing};
use super::history::History;
use super::words;
use crate::across::Across;
use crate::compare::Change;
use crate::gate::Gate;
use crate::model::{BenchmarkId, Extract, Launch, Match, Side, Warning};
use crate::report::compared::ComparedView;
use crate::report::view::RunView;

/// What the file is about.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// One Run or baseline by itself.
    Alone {
        /// As typed.
        name: &'a str,
        /// Its values.
        extract: &'a Extract,
        /// What the gate says of its budgets; absent when nobody asked.
        gate: Option<&'a Gate>,
    },
    /// Two stored sides.
    Sides {
        /// The comparison with the gate's answer.
        view: ComparedView<'a>,
        /// The baseline's values.
        baseline: &'a Extract,
        /// The candidate's values.
        candidate: &'a Extract,
    },
    /// A live comparison.
    Match {
        /// Its verdicts with the gate's answer.
        view: ComparedView<'a>,
        /// The match.
        content: &'a Match,
    },
}

/// Everything the file is made of.
#[derive(Clone, Copy, Debug)]
pub struct Material<'a> {
    /// What it is about.
    pub subject: Subject<'a>,
    /// The Run that is judged, where a Run is: it knows what failed and what was left out.
    pub run: Option<&'a RunView<'a>>,
    /// What a filter left of it; absent without one.
    pub filtered: Option<Filtered<'a>>,
    /// Older Runs of the same machine; empty for none.
    pub history: &'a History,
    /// The machines beside each other, where that was asked for.
    pub across: Option<&'a Across>,
    /// Flame graphs to show.
    pub flames: &'a [Flame],
    /// What was odd about reading all this.
    pub warnings: &'a [Warning],
    /// Whether the program that writes this has a profiler to name.
    pub profiler: Profiler,
}

/// A filter that was in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filtered<'a> {
    /// As typed.
    pub filters: &'a [String],
    /// Benchmarks that it left.
    pub chosen_count: usize,
    /// Benchmarks that there are on either side.
    pub all_count: usize,
}

/// Whether there is a `bench-lab profile`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profiler {
    /// Each benchmark names the command that profiles it.
    Here,
    /// Nothing is named that is not there.
    Absent,
}

/// The file's content.
#[derive(Debug)]
pub(super) struct Page<'a> {
    pub(super) material: &'a Material<'a>,
    pub(super) cards: Vec<Card<'a>>,
    pub(super) growing: Vec<Growing>,
    pub(super) commands: Vec<Command>,
    /// Each once: of the comparison, of the Run, of reading.
    pub(super) warnings: Vec<Warning>,
    /// Why most of what is open is open, and how many that are; absent where the reasons differ.
    pub(super) reason: Option<(String, usize)>,
}

impl<'a> Page<'a> {
    /// Collects all of it.
    pub(super) fn new(material: &'a Material<'a>) -> Self {
        let cards = cards(material);
        Self {
            growing: growing(&cards, &material.subject),
            commands: commands(material),
            warnings: warnings(material),
            reason: material.subject.view().and_then(|view| words::common_reason(&view.comparison.changes)),
            cards,
            material,
        }
    }

    /// Whether the project asks anything of these benchmarks by itself.
    pub(super) fn has_budgets(&self) -> bool {
        self.material.run.is_some_and(|run| !run.budgets.is_empty())
    }

    /// The comparison, where there is one.
    pub(super) fn view(&self) -> Option<ComparedView<'a>> {
        self.material.subject.view()
    }

    /// What a row says beside the word of its verdict.
    pub(super) fn own_reason(&self, change: &Change) -> Option<String> {
        words::own_reason(change, self.reason.as_ref().map(|(text, _)| text.as_str()))
    }
}

impl<'a> Subject<'a> {
    /// The comparison, where there is one.
    pub(super) fn view(&self) -> Option<ComparedView<'a>> {
        match self {
            Self::Alone { .. } => None,
            Self::Sides { view, .. } | Self::Match { view, .. } => Some(*view),
        }
    }

    /// The gate's answer, where it was asked.
    pub(super) fn gate(&self) -> Option<&'a Gate> {
        match self {
            Self::Alone { gate, .. } => *gate,
            Self::Sides { view, .. } | Self::Match { view, .. } => view.gate,
        }
    }
}

impl Material<'_> {
    /// Benchmarks with a row of their own.
    pub fn benchmark_count(&self) -> usize {
        match self.subject {
            Subject::Alone { extract, .. } => extract.benchmarks.len(),
            Subject::Sides { view, .. } | Subject::Match { view, .. } => view.comparison.changes.len(),
        }
    }
}

fn cards<'a>(material: &Material<'a>) -> Vec<Card<'a>> {
    match material.subject {
        Subject::Alone { extract, .. } => {
            let benchmarks = extract.benchmarks.iter().zip(1..);
            benchmarks.map(|(benchmark, number)| Card::alone(number, benchmark, extract)).collect()
        }
        Subject::Sides { view, baseline, candidate } => {
            let maps = [baseline.by_id(), candidate.by_id()];
            numbered(view)
                .map(|(number, change)| Card::of_stored(number, change, [&maps[0], &maps[1]], candidate))
                .collect()
        }
        Subject::Match { view, content } => {
            let mut launches: HashMap<&BenchmarkId, Vec<&Launch>> = HashMap::new();
            for launch in &content.launches {
                launches.entry(&launch.benchmark).or_default().push(launch);
            }
            let targets: BTreeMap<_, _> =
                content.side(Side::Candidate).targets.iter().map(|t| (&t.id, t)).collect();
            numbered(view)
                .map(|(number, change)| {
                    let own = launches.get(&change.benchmark).map_or(&[][..], Vec::as_slice);
                    let target = targets.get(&change.benchmark.target).copied();
                    Card::of_duel(number, change, own, target)
                })
                .collect()
        }
    }
}

fn numbered<'a>(view: ComparedView<'a>) -> impl Iterator<Item = (usize, &'a Change)> {
    (1..).zip(&view.comparison.changes)
}

fn warnings(material: &Material<'_>) -> Vec<Warning> {
    let of_comparison = material.subject.view().map_or(&[][..], |view| &view.comparison.warnings);
    let of_run = material.run.map_or(&[][..], |run| &run.warnings);
    let of_machines = material.across.map_or(&[][..], |across| &across.warnings);
    let mut all: Vec<Warning> = Vec::new();
    for warning in of_comparison.iter().chain(of_run).chain(of_machines).chain(material.warnings) {
        if !all.contains(warning) {
            all.push(warning.clone());
        }
    }
    all
}
