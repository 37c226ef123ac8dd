//! A report across machines as people and scripts are shown it.
//!
//! Times stand in it for reading; every ratio it shows is one of ratios.

pub mod csv;
pub mod json;
pub mod md;
pub(super) mod phrase;
pub mod text;

use crate::across::{Across, Row, Yardstick};

/// The report, ready to be rendered.
#[derive(Clone, Copy, Debug)]
pub struct AcrossView<'a> {
    /// The report.
    pub across: &'a Across,
    /// Whether everything is listed, however long.
    pub lists_all: bool,
}

impl<'a> AcrossView<'a> {
    /// Rows by yardstick, within each those first that scale least like it.
    fn groups(&self) -> Vec<(&'a Yardstick, Vec<&'a Row>)> {
        let mut groups: Vec<(&Yardstick, Vec<&Row>)> = Vec::new();
        for row in &self.across.rows {
            match groups.iter_mut().find(|(yardstick, _)| *yardstick == &row.yardstick) {
                Some((_, rows)) => rows.push(row),
                None => groups.push((&row.yardstick, vec![row])),
            }
        }
        for (_, rows) in &mut groups {
            rows.sort_by(|one, two| two.deviation().total_cmp(&one.deviation()));
        }
        groups
    }
}
