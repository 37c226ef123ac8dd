//! One thing that divan can be told to run alone: a path, and a thread count where the path has several.
//!
//! divan has no name for the second part. Its table calls the rows `t=1` and `t=2`, and `--threads` picks one;
//! the benchmark's path here is divan's own with ` t=2` behind it.

use std::collections::{BTreeMap, HashMap};

use lab_core::model::{BenchmarkId, BenchmarkRecord, Calibration, TargetId};

/// Key of the calibration that holds the thread count of a leaf with several; known from the list on.
pub(super) const THREADS: &str = "threads";

/// Key of the calibration that holds the iterations of one sample.
pub(super) const SAMPLE_SIZE: &str = "sample_size";

/// Key of the calibration that holds the number of samples.
pub(super) const SAMPLE_COUNT: &str = "sample_count";

/// Key of the calibration: samples are `long`, or `short` where long ones are another benchmark.
pub(super) const SAMPLES: &str = "samples";

/// What one process can be told to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    /// As `--exact` takes it.
    pub(super) path: String,
    /// As `--threads` takes it; `None` when the path has one row whatever its threads.
    pub(super) threads: Option<u32>,
}

impl Leaf {
    /// A leaf with one row.
    pub(super) fn plain(path: impl Into<String>) -> Self {
        Self { path: path.into(), threads: None }
    }

    /// The leaf of a listed benchmark.
    ///
    /// The calibration and not the path says that there is a thread count, since a function may be named `x t=2`.
    pub(super) fn of(record: &BenchmarkRecord) -> Self {
        let path = &record.id.path;
        let threads: Option<u32> = record.calibration.0.get(THREADS).and_then(|text| text.parse().ok());
        let stem = threads.and_then(|count| path.strip_suffix(&suffix(count)));
        match stem {
            Some(stem) => Self { path: stem.to_owned(), threads },
            None => Self::plain(path.clone()),
        }
    }

    /// The path of a benchmark's id.
    pub(super) fn id_path(&self) -> String {
        match self.threads {
            Some(count) => format!("{}{}", self.path, suffix(count)),
            None => self.path.clone(),
        }
    }

    /// What is known before any measurement.
    pub(super) fn settings(&self) -> BTreeMap<String, String> {
        self.threads.map(|count| (THREADS.to_owned(), count.to_string())).into_iter().collect()
    }

    /// Whether a table's row of that path is this leaf's. The path ends in `::t=N` when a process ran several
    /// thread counts.
    pub(super) fn is_row(&self, row_path: &str) -> bool {
        match self.threads {
            _ if row_path == self.path => true,
            Some(count) => row_path.strip_suffix(&format!("::t={count}")) == Some(&self.path),
            None => false,
        }
    }
}

fn suffix(thread_count: u32) -> String {
    format!(" t={thread_count}")
}

/// The records of listed leaves; a path that occurs again gets the next occurrence.
pub(super) fn records(target: &TargetId, leaves: Vec<(Leaf, bool)>) -> Vec<BenchmarkRecord> {
    let mut seen: HashMap<String, u32> = HashMap::new();
    leaves
        .into_iter()
        .map(|(leaf, is_ignored)| {
            let path = leaf.id_path();
            let occurrence = seen.entry(path.clone()).and_modify(|count| *count += 1).or_insert(1);
            BenchmarkRecord {
                id: BenchmarkId { target: target.clone(), path, occurrence: *occurrence },
                is_ignored,
                calibration: Calibration(leaf.settings()),
                // What the list says needs not be seen; a look at a short process may miss it.
                thread_count_max: leaf.threads.filter(|count| *count > 1),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(path: &str, threads: Option<&str>) -> BenchmarkRecord {
        let settings = threads.map(|count| (THREADS.to_owned(), count.to_owned()));
        BenchmarkRecord {
            id: BenchmarkId::new(TargetId::new("p", "b"), path),
            is_ignored: false,
            calibration: Calibration(settings.into_iter().collect()),
            thread_count_max: None,
        }
    }

    #[test]
    fn a_thread_count_survives_the_way_through_a_record() {
        let leaf = Leaf { path: "zoo::a".into(), threads: Some(2) };
        let records = records(&TargetId::new("p", "b"), vec![(leaf.clone(), false)]);
        assert_eq!(records[0].id.path, "zoo::a t=2");
        assert_eq!(Leaf::of(&records[0]), leaf);
    }

    #[test]
    fn a_name_that_looks_like_a_thread_count_is_a_name() {
        assert_eq!(Leaf::of(&record("zoo::a t=2", None)), Leaf::plain("zoo::a t=2"));
    }

    #[test]
    fn a_path_used_twice_gets_two_occurrences() {
        let twins = vec![(Leaf::plain("zoo::twin"), false), (Leaf::plain("zoo::twin"), false)];
        let records = records(&TargetId::new("p", "b"), twins);
        assert_eq!(records.iter().map(|record| record.id.occurrence).collect::<Vec<_>>(), [1, 2]);
    }
}
