//! The tools and the rules by which each says that something changed.
//!
//! It is a catalogue: nothing here starts a process.

use serde::{Deserialize, Serialize};

/// A tool with its settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tool {
    /// The duel on the divan executable.
    LabDivan,
    /// The duel on the Criterion executable.
    LabCriterion,
    /// Criterion at its defaults; critcmp reads the same files.
    Criterion,
    /// Criterion with its times cut short.
    CriterionShort,
    /// divan at its defaults.
    Divan,
    /// tango at its defaults.
    Tango,
    /// hyperfine at its defaults, without a shell.
    Hyperfine,
}

/// How a tool, or the script around it, gets from figures to a verdict: a row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// bench-lab's sequential rule, on divan.
    LabDivan,
    /// The same on Criterion.
    LabCriterion,
    /// The sentence that Criterion prints.
    Criterion,
    /// What the program critcmp prints.
    Critcmp,
    /// Its rule, applied to the files that it would read.
    CritcmpRule,
    /// The sentence that Criterion prints, with its times cut short.
    CriterionShort,
    /// Medians more than 5 % apart.
    DivanMedians,
    /// The star that tango prints.
    Tango,
    /// Welch's t on the times of hyperfine's export.
    HyperfineWelch,
    /// The ratio that hyperfine prints, and its spread.
    HyperfineSpread,
}

impl Tool {
    /// Every tool, in the order of the table.
    pub const ALL: [Self; 7] = [
        Self::LabDivan,
        Self::LabCriterion,
        Self::Criterion,
        Self::CriterionShort,
        Self::Divan,
        Self::Tango,
        Self::Hyperfine,
    ];

    /// As on the command line and in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::LabDivan => "lab_divan",
            Self::LabCriterion => "lab_criterion",
            Self::Criterion => "criterion",
            Self::CriterionShort => "criterion_short",
            Self::Divan => "divan",
            Self::Tango => "tango",
            Self::Hyperfine => "hyperfine",
        }
    }

    /// The tool of that name.
    pub fn of_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.id() == id)
    }

    /// Whether it is measured when nobody names tools.
    pub fn is_usual(self) -> bool {
        self != Self::CriterionShort
    }

    /// Parts of the wall time, in relation to those of the other tools: enough for a rate of one in a hundred where
    /// one is claimed, and for a dozen verdicts with nothing planted where each takes twenty seconds.
    pub fn share(self) -> f64 {
        match self {
            Self::LabDivan => 34.0,
            Self::LabCriterion => 22.0,
            Self::Criterion => 26.0,
            Self::CriterionShort | Self::Hyperfine => 10.0,
            Self::Divan | Self::Tango => 4.0,
        }
    }

    /// Seconds of a comparison, roughly, until it was seen: for the first round only.
    pub fn first_guess_seconds(self) -> f64 {
        match self {
            Self::LabDivan | Self::LabCriterion => 2.0,
            Self::Criterion => 20.0,
            Self::CriterionShort => 6.0,
            Self::Divan => 0.1,
            Self::Tango => 0.3,
            Self::Hyperfine => 7.0,
        }
    }

    /// The rules that its comparisons are judged by.
    pub fn rules(self) -> &'static [Rule] {
        match self {
            Self::LabDivan => &[Rule::LabDivan],
            Self::LabCriterion => &[Rule::LabCriterion],
            Self::Criterion => &[Rule::Criterion, Rule::Critcmp, Rule::CritcmpRule],
            Self::CriterionShort => &[Rule::CriterionShort],
            Self::Divan => &[Rule::DivanMedians],
            Self::Tango => &[Rule::Tango],
            Self::Hyperfine => &[Rule::HyperfineWelch, Rule::HyperfineSpread],
        }
    }
}

impl Rule {
    /// Every rule, in the order of the table.
    pub fn all() -> impl Iterator<Item = (Tool, Self)> {
        Tool::ALL.into_iter().flat_map(|tool| tool.rules().iter().map(move |rule| (tool, *rule)))
    }

    /// The first column of its row.
    pub fn title(self) -> &'static str {
        match self {
            Self::LabDivan => "**bench-lab**, duel of the divan executable",
            Self::LabCriterion => "**bench-lab**, duel of the Criterion executable",
            Self::Criterion => "Criterion, defaults: the sentence it prints",
            Self::Critcmp => "critcmp `--threshold 5` on those runs",
            Self::CritcmpRule => "its rule on the same files: means 5 % apart",
            Self::CriterionShort => "Criterion, 1 s warm-up and 1 s measuring",
            Self::DivanMedians => "divan, defaults: medians 5 % apart",
            Self::Tango => "tango-bench, defaults: its star",
            Self::HyperfineWelch => "hyperfine `-N --warmup 1`: Welch's t on its times, p < 0.05",
            Self::HyperfineSpread => "the same runs: its printed ratio minus its ± above 1",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_come_back_from_their_names_which_are_the_stored_ones() {
        for tool in Tool::ALL {
            assert_eq!(Tool::of_id(tool.id()), Some(tool));
            assert_eq!(serde_json::to_string(&tool).unwrap(), format!("{:?}", tool.id()));
        }
        assert_eq!(Tool::of_id("perf"), None);
    }

    #[test]
    fn the_usual_shares_are_per_cent() {
        let shares: f64 = Tool::ALL.into_iter().filter(|tool| tool.is_usual()).map(Tool::share).sum();
        assert!((shares - 100.0).abs() < 1e-9);
    }
}
