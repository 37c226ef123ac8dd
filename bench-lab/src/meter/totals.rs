//! The common shape of meters that read running totals: the reading at the end less the reading at the start.
//!
//! It never reports a difference of two things that are not the same counter.

use lab_core::model::Reading;

use super::{Meter, Running, Scene, reading};
use crate::host::sysfs::Absence;
use crate::runner::watch::Seen;

/// One value per signal of the meter, in order, or why there is none.
pub(super) type Values = Vec<Result<f64, Absence>>;

/// A meter of running totals.
pub(super) struct Totals {
    /// Name, for messages.
    pub(super) id: &'static str,
    /// What it fills.
    pub(super) signals: &'static [&'static str],
    /// Reads the totals as they stand: one value per signal.
    pub(super) read: fn(&Scene<'_>) -> Values,
}

struct Begun {
    totals: &'static [&'static str],
    read: fn(&Scene<'_>) -> Values,
    first: Values,
}

impl Meter for Totals {
    fn id(&self) -> &'static str {
        self.id
    }

    fn signals(&self) -> &'static [&'static str] {
        self.signals
    }

    fn begin(&self, scene: &Scene<'_>) -> Box<dyn Running> {
        Box::new(Begun { totals: self.signals, read: self.read, first: (self.read)(scene) })
    }
}

impl Running for Begun {
    fn end(self: Box<Self>, scene: &Scene<'_>, _: &Seen) -> Vec<(&'static str, Reading)> {
        let last = (self.read)(scene);
        let pairs = self.first.into_iter().zip(last);
        let differences = pairs.map(|(first, last)| match (first?, last?) {
            (first, last) if last >= first => Ok(last - first),
            // A CPU that went offline and came back starts again from nothing.
            _ => Err("the counter went backwards".into()),
        });
        self.totals.iter().copied().zip(differences.map(reading)).collect()
    }
}

/// The sum, or the first reason why a part is missing.
pub(super) fn sum(values: impl IntoIterator<Item = Result<f64, Absence>>) -> Result<f64, Absence> {
    values.into_iter().sum()
}
