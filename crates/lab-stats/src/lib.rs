//! Order statistics, intervals and exact rank tests over plain lists of numbers.
//!
//! It must never learn what a number stands for: no unit and no file format lives here, and no randomness but
//! what a seed determines.
//! Every function is total: [`Observations`] refuses what arithmetic cannot carry, [`Level`] and
//! [`Probability`] refuse what is not one, and nothing behind those three can meet a NaN.

pub mod binomial;
mod bisect;
pub mod bootstrap;
pub mod changepoint;
mod distribution;
pub mod draws;
pub mod equivalence;
pub mod geomean;
pub mod interval;
pub mod layouts;
pub mod median_interval;
pub mod multiple;
pub mod observations;
pub mod permutation;
pub mod power;
pub mod power_law;
pub mod probability;
pub mod random_effects;
pub mod rank;
pub mod sequential;
pub mod series;
pub mod simulate;
pub mod stretch;
pub mod summary;
pub mod trend;

pub use binomial::{Share, ShareError};
pub use bootstrap::{
    Nested, Replicates, Resampling, Within, bca_bootstrap, percentile_bootstrap, resample, resample_groups,
};
pub use changepoint::{Point, Segment, Sensitivity, segments};
pub use draws::Draws;
pub use equivalence::{Claim, Equivalence, equivalent_centre, equivalent_shift};
pub use geomean::{NotPositive, geometric_mean};
pub use interval::{Estimate, Interval, IntervalError, NoInterval};
pub use layouts::{OverLayouts, fewest_layouts, layouts_needed};
pub use median_interval::{median_estimate, median_interval};
pub use multiple::{benjamini_hochberg, holm};
pub use observations::{Observations, ObservationsError};
pub use permutation::{Centre, Flips, SignFlip, sign_flip};
pub use power::{
    OneLook, Scenario, count_needed_for, count_needed_of_two, detectable_spreads, detectable_spreads_of_two,
    detection, detection_chance, detection_chance_of_two, detection_of_two, smallest_detectable,
};
pub use power_law::{PowerLaw, PowerLawError, power_law};
pub use probability::{Level, LevelError, Probability, ProbabilityError};
pub use random_effects::{CombineError, Measured, RandomEffects, fixed_set_mean, random_effects};
pub use rank::{
    Method, RankTest, TwoSamples, hodges_lehmann, hodges_lehmann_interval, mann_kendall, mann_whitney, shift,
    shift_interval, signed_rank,
};
pub use sequential::{
    Design, DesignError, Direction, Finding, Look, Promise, RankSums, Standing, Tally, Unpaired,
    decision_now, first_decision, first_decision_unpaired, judge, judge_unpaired, shares,
};
pub use series::Series;
pub use stretch::{Beginning, Stretch, stretches};
pub use summary::{
    interquartile_range, max, mean, median, median_absolute_deviation, min, quantile, relative_spread,
    scaled_median_absolute_deviation, standard_deviation,
};
pub use trend::{Trend, trend};
