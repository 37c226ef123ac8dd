//! A baseline as text files, and back.
//!
//! Anything that cannot be read is an error with its file and line: a baseline lies in git, where it can be restored,
//! and half of one would look like benchmarks that are gone.

use super::decode::{UnknownFields, decode};
use super::layout::{document, line};
use super::{FormatError, Place, session_document, session_file, v1};
use crate::model::{Baseline, SessionRecord, Warning};

/// What it is, and of which Run.
pub const BASELINE_FILE: &str = "baseline.json";
/// One line per benchmark.
pub const BENCHMARKS_FILE: &str = "benchmarks.jsonl";

/// A baseline's files by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaselineFiles {
    /// [`BASELINE_FILE`].
    pub head: Vec<u8>,
    /// `environment.json`, as a Run's first session has it; absent for an import.
    pub environment: Option<Vec<u8>>,
    /// [`BENCHMARKS_FILE`].
    pub benchmarks: Vec<u8>,
}

/// The texts of a baseline's files.
pub fn baseline_files(baseline: &Baseline) -> BaselineFiles {
    let extract = &baseline.extract;
    let session = SessionRecord {
        number: 1,
        started_at: extract.created_at.clone(),
        environment: extract.environment.clone(),
        tuning: Vec::new(),
    };
    BaselineFiles {
        head: document(&v1::baseline::Baseline::from(baseline)),
        environment: (!extract.environment.facts.is_empty()).then(|| session_document(&session)),
        benchmarks: extract
            .benchmarks
            .iter()
            .flat_map(|kept| line(&v1::baseline::KeptBenchmark::from(kept)))
            .collect(),
    }
}

/// Reads a baseline, with what is odd about its files.
///
/// # Errors
/// [`FormatError`] with file and line.
pub fn read_baseline(files: &BaselineFiles) -> Result<(Baseline, Vec<Warning>), FormatError> {
    let mut unknown = UnknownFields::default();
    let place = Place::file(BASELINE_FILE);
    let head: v1::baseline::Baseline = decode(place.clone(), &files.head, &mut unknown)?;
    let mut baseline = head.into_model().map_err(|reason| FormatError::Invalid { place, reason })?;
    if let Some(bytes) = &files.environment {
        let session: v1::environment::Session = decode(Place::file(&session_file(1)), bytes, &mut unknown)?;
        baseline.extract.environment = session.into_model().session.environment;
    }
    let lines = files.benchmarks.split(|byte| *byte == b'\n').enumerate();
    for (number, bytes) in lines.filter(|(_, bytes)| !bytes.is_empty()) {
        let place = Place::line(BENCHMARKS_FILE, number as u64 + 1);
        let kept: v1::baseline::KeptBenchmark = decode(place.clone(), bytes, &mut unknown)?;
        let kept = kept.into_model().map_err(|reason| FormatError::Invalid { place, reason })?;
        baseline.extract.benchmarks.push(kept);
    }
    Ok((baseline, unknown.warnings().collect()))
}
