//! When a growing list may be judged, how much error each look may spend, and how small is too small to matter.
//!
//! It must never hold a look at which no list whatever could show a change.

use std::error::Error;
use std::fmt;

use crate::interval::{Cutoff, count_needed};
use crate::probability::Level;
use crate::rank::Null;

/// One count at which a decision is allowed, and the error rates that deciding there may spend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// How many values the list must have reached.
    pub count: usize,
    /// Two-sided error rate of "changed" at this look.
    pub change_alpha: f64,
    /// One-sided error rate of "unchanged" at this look.
    pub equivalence_alpha: f64,
}

/// Looks with their spending, and the margin within which two things count as the same.
///
/// The error rates of the looks add up, so by the union bound both hold for whichever look ends the watching
/// and however that look was chosen (alpha spending: Lan and DeMets, Biometrika 70, 1983, here without their
/// assumption about how the looks depend on each other).
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    steps: Vec<Step>,
    margin: f64,
    change_alpha: f64,
    equivalence_alpha: f64,
}

/// A look with what follows from it, worked out once.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) look: Look,
    pub(super) change_level: Level,
    pub(super) equivalence_level: Level,
    /// Absent in a design for two lists, whose null distribution depends on the length of the other one.
    pub(crate) signed: Option<SignedRank>,
}

/// How a list of signed values is judged at a look.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SignedRank {
    pub(super) null: Null,
    pub(crate) change: Cutoff,
    pub(super) equivalence: Cutoff,
}

impl Design {
    /// The default margin: ln 1.0075, so that a change of three quarters of a percent still counts as none
    /// and a change of one percent does not lie on the edge.
    pub const MARGIN_DEFAULT: f64 = 0.007_472_014_838_701_056_4;

    /// The default looks: 1 % is spent on "changed" and 4.9 % on "unchanged". Ten values are the fewest that
    /// can reach 0.2 % in a signed-rank test; later looks lie about 1.4 times apart, so that stopping at one
    /// of them never costs much more than the best place to stop.
    pub const LOOKS_DEFAULT: [Look; 7] = [
        look(10, 0.002),
        look(14, 0.002),
        look(20, 0.0015),
        look(28, 0.0015),
        look(40, 0.001),
        look(56, 0.001),
        look(80, 0.001),
    ];

    /// Checks the looks and the margin, which is in the unit of the values and may be zero: then nothing is
    /// ever unchanged.
    ///
    /// # Errors
    /// [`DesignError`] names the first look that breaks a rule: counts rise, error rates lie in (0, 0.5) and
    /// sum to less than one half, and each look can reach its own error rates.
    pub fn new(looks: &[Look], margin: f64) -> Result<Self, DesignError> {
        Self::checked(looks, margin, Step::new)
    }

    /// The same for a list that grows against a complete one: [`super::judge_unpaired`] alone judges by it. Whether a
    /// look can reach its error rates depends on the complete list, so that is asked there.
    ///
    /// # Errors
    /// [`DesignError`] as [`Self::new`], but for what is out of reach.
    pub fn of_two_lists(looks: &[Look], margin: f64) -> Result<Self, DesignError> {
        Self::checked(looks, margin, Step::of_two_lists)
    }

    fn checked(
        looks: &[Look],
        margin: f64,
        step: impl Fn(Look) -> Result<Step, DesignError>,
    ) -> Result<Self, DesignError> {
        if looks.is_empty() {
            return Err(DesignError::NoLook);
        }
        if !looks.is_sorted_by(|one, next| one.count < next.count) {
            return Err(DesignError::CountsNotRising);
        }
        let steps = looks.iter().map(|look| step(*look)).collect::<Result<Vec<_>, _>>()?;
        let change_alpha = looks.iter().map(|look| look.change_alpha).sum::<f64>();
        let equivalence_alpha = looks.iter().map(|look| look.equivalence_alpha).sum::<f64>();
        for total in [change_alpha, equivalence_alpha] {
            if total >= 0.5 {
                return Err(DesignError::TotalTooLarge { total });
            }
        }
        Self { steps, margin: 0.0, change_alpha, equivalence_alpha }.with_margin(margin)
    }

    /// The same looks with another margin.
    ///
    /// # Errors
    /// [`DesignError::Margin`] when it is negative, infinite or not a number.
    pub fn with_margin(mut self, margin: f64) -> Result<Self, DesignError> {
        if !(margin.is_finite() && margin >= 0.0) {
            return Err(DesignError::Margin { margin });
        }
        self.margin = margin;
        Ok(self)
    }

    /// The looks at `budget` values or fewer. The error rates promised stay those of the whole design, so a
    /// list that was stopped early may be continued under it.
    ///
    /// # Errors
    /// [`DesignError::BudgetBelowFirstLook`] when no look is left.
    pub fn cut_to(mut self, budget: usize) -> Result<Self, DesignError> {
        let first = self.steps[0].look.count;
        self.steps.retain(|step| step.look.count <= budget);
        if self.steps.is_empty() {
            return Err(DesignError::BudgetBelowFirstLook { budget, first });
        }
        Ok(self)
    }

    /// The looks in rising order; never empty.
    pub fn looks(&self) -> impl ExactSizeIterator<Item = Look> + '_ {
        self.steps.iter().map(|step| step.look)
    }

    /// The count of the last look.
    pub fn budget(&self) -> usize {
        self.steps[self.steps.len() - 1].look.count
    }

    /// The first count above `count` at which there is a look; absent once all are reached.
    pub fn next_count(&self, count: usize) -> Option<usize> {
        self.looks().map(|look| look.count).find(|reached| *reached > count)
    }

    /// How far from zero a value may lie and still count as unchanged, in the unit of the values.
    pub fn margin(&self) -> f64 {
        self.margin
    }

    /// An estimate nearer to zero than this is never called changed, however sure its sign: half the margin.
    pub fn change_floor(&self) -> f64 {
        self.margin / 2.0
    }

    /// The chance, at most, of calling something changed that is not, over all looks.
    pub fn change_alpha(&self) -> f64 {
        self.change_alpha
    }

    /// The chance, at most, of calling something unchanged that lies beyond the margin, over all looks.
    pub fn equivalence_alpha(&self) -> f64 {
        self.equivalence_alpha
    }

    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl Default for Design {
    fn default() -> Self {
        Self::new(&Self::LOOKS_DEFAULT, Self::MARGIN_DEFAULT).expect("the default looks keep every rule")
    }
}

impl Step {
    fn of_two_lists(look: Look) -> Result<Self, DesignError> {
        let Look { count, change_alpha, equivalence_alpha } = look;
        for alpha in [change_alpha, equivalence_alpha] {
            if !(alpha > 0.0 && alpha < 0.5) {
                return Err(DesignError::Alpha { count, alpha });
            }
        }
        let change_level = Level::of_alpha(change_alpha);
        let equivalence_level = Level::of_alpha(2.0 * equivalence_alpha);
        Ok(Self { look, change_level, equivalence_level, signed: None })
    }

    fn new(look: Look) -> Result<Self, DesignError> {
        let step = Self::of_two_lists(look)?;
        let count = look.count;
        let null = Null::signed_rank(count);
        let place = |level: Level| {
            let needed =
                || DesignError::OutOfReach { count, alpha: level.alpha(), needed: count_needed(level) };
            null.cutoff(level).ok_or_else(needed)
        };
        let (change, equivalence) = (place(step.change_level)?, place(step.equivalence_level)?);
        Ok(Self { signed: Some(SignedRank { null, change, equivalence }), ..step })
    }
}

const fn look(count: usize, change_alpha: f64) -> Look {
    Look { count, change_alpha, equivalence_alpha: 0.007 }
}

/// Why looks and a margin make no design.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DesignError {
    /// There was no look at all.
    NoLook,
    /// A look's count was not above the one before it.
    CountsNotRising,
    /// An error rate was not strictly between 0 and 0.5.
    Alpha {
        /// The look's count.
        count: usize,
        /// The error rate given.
        alpha: f64,
    },
    /// Even values that all point one way cannot reach the error rate of their look.
    OutOfReach {
        /// The look's count.
        count: usize,
        /// The two-sided error rate asked for.
        alpha: f64,
        /// The count at which it could be reached.
        needed: usize,
    },
    /// The looks together would spend half or more.
    TotalTooLarge {
        /// What they spend.
        total: f64,
    },
    /// The margin was negative, infinite or not a number.
    Margin {
        /// The margin given.
        margin: f64,
    },
    /// The budget ends before the first look.
    BudgetBelowFirstLook {
        /// The budget given.
        budget: usize,
        /// The count of the first look.
        first: usize,
    },
}

impl fmt::Display for DesignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLook => write!(f, "a sequential design needs at least one look"),
            Self::CountsNotRising => write!(f, "the counts of the looks must rise"),
            Self::Alpha { count, alpha } => {
                write!(f, "the look at {count} values cannot spend {alpha}: give a number between 0 and 0.5")
            }
            Self::OutOfReach { count, alpha, needed } => {
                write!(f, "{count} values cannot reach an error rate of {alpha}: it takes {needed}")
            }
            Self::TotalTooLarge { total } => {
                write!(f, "the looks together spend {total}, and it must be less than 0.5")
            }
            Self::Margin { margin } => write!(f, "{margin} is no margin: give a number from zero up"),
            Self::BudgetBelowFirstLook { budget, first } => {
                write!(f, "a budget of {budget} ends before the first look, which is at {first}")
            }
        }
    }
}

impl Error for DesignError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(count: usize, alpha: f64) -> Look {
        Look { count, change_alpha: alpha, equivalence_alpha: alpha }
    }

    #[test]
    fn the_default_spends_what_it_says_on_what_it_says() {
        let design = Design::default();
        assert!((design.change_alpha() - 0.01).abs() < 1e-15);
        assert!((design.equivalence_alpha() - 0.049).abs() < 1e-15);
        assert_eq!(design.margin(), 1.0075_f64.ln());
        assert_eq!(design.looks().map(|look| look.count).collect::<Vec<_>>(), [10, 14, 20, 28, 40, 56, 80]);
        assert_eq!(design.budget(), 80);
    }

    #[test]
    fn each_broken_rule_is_named() {
        let made = |looks: &[Look]| Design::new(looks, 0.01).unwrap_err();
        assert_eq!(made(&[]), DesignError::NoLook);
        assert_eq!(made(&[plain(20, 0.01), plain(20, 0.01)]), DesignError::CountsNotRising);
        assert_eq!(made(&[plain(20, 0.0)]), DesignError::Alpha { count: 20, alpha: 0.0 });
        assert!(matches!(made(&[plain(20, f64::NAN)]), DesignError::Alpha { count: 20, .. }));
        assert_eq!(made(&[plain(20, 0.3), plain(30, 0.2)]), DesignError::TotalTooLarge { total: 0.5 });
        for margin in [-0.1, f64::NAN, f64::INFINITY] {
            let refused = Design::default().with_margin(margin);
            assert!(matches!(refused, Err(DesignError::Margin { .. })), "{margin}");
        }
    }

    #[test]
    fn a_look_that_could_show_nothing_says_how_many_values_it_takes() {
        let refusal = Design::new(&[plain(9, 0.002)], 0.01).unwrap_err();
        assert!(matches!(refusal, DesignError::OutOfReach { count: 9, needed: 10, .. }), "{refusal:?}");
        assert!(refusal.to_string().contains("it takes 10"));
    }

    #[test]
    fn a_cut_design_keeps_the_error_rates_it_promised() {
        let cut = Design::default().cut_to(45).unwrap();
        assert_eq!(cut.budget(), 40);
        assert_eq!(cut.change_alpha(), Design::default().change_alpha());
        let refusal = Design::default().cut_to(9).unwrap_err();
        assert_eq!(refusal, DesignError::BudgetBelowFirstLook { budget: 9, first: 10 });
    }

    #[test]
    fn the_next_look_is_the_first_above() {
        let design = Design::default();
        assert_eq!([0, 9, 10, 79].map(|count| design.next_count(count)), [10, 10, 14, 80].map(Some));
        assert_eq!(design.next_count(80), None);
    }
}
