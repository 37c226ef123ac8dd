//! What is wrong with the files of a Run that can still be read in part.
//!
//! It reports; it never mends.

use super::Place;
use crate::model::Warning;

/// One thing lost or changed behind our back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The sealed Run holds another number of readable invocations than its seal says.
    CountDiffers {
        /// Number in the seal.
        sealed: u32,
        /// Number that can be read.
        found: u32,
    },
    /// The invocations of a sealed Run are not the bytes that were sealed.
    DigestDiffers {
        /// SHA-256 in the seal.
        sealed: String,
        /// SHA-256 of the file.
        found: String,
    },
    /// The facts of an environment file do not give the digests written in it.
    EnvironmentDiffers {
        /// The environment file.
        file: String,
    },
    /// A file that every Run of this kind has is not there.
    MissingFile {
        /// Its name.
        file: String,
    },
    /// A file or a line that cannot be read; the rest was.
    Unreadable {
        /// Where.
        place: Place,
        /// What the parser says.
        reason: String,
    },
    /// The last line of a file ends without a newline: the writer was stopped while writing it.
    TornLine {
        /// Where.
        place: Place,
        /// How much of the line is there.
        torn_bytes: u64,
    },
}

impl Damage {
    /// Whether what was measured may differ from what is read; a torn line only lacks what was never finished.
    pub fn is_corruption(&self) -> bool {
        !matches!(self, Self::TornLine { .. })
    }

    /// The same as a warning, so that it is shown wherever the Run is.
    pub fn warning(&self) -> Warning {
        match self {
            Self::CountDiffers { sealed, found } => Warning::new(
                "damaged",
                "invocations.jsonl",
                format!(
                    "the Run was sealed with {sealed} invocations and {found} can be read: do not trust its results"
                ),
            ),
            Self::DigestDiffers { sealed, found } => Warning::new(
                "damaged",
                "invocations.jsonl",
                format!(
                    "the file was changed after it was sealed (SHA-256 {sealed} then, {found} now): do not trust its results"
                ),
            ),
            Self::EnvironmentDiffers { file } => Warning::new(
                "damaged",
                file,
                "the facts do not give the digests written beside them: the file was changed by hand",
            ),
            Self::MissingFile { file } => {
                Warning::new("missing_file", file, "the file is missing from the Run")
            }
            Self::Unreadable { place, reason } => {
                Warning::new("unreadable", place, format!("left out: {reason}"))
            }
            Self::TornLine { place, torn_bytes } => Warning::new(
                "torn_line",
                place,
                format!(
                    "left out: the line breaks off after {torn_bytes} bytes, as after a power loss or a full disk"
                ),
            ),
        }
    }
}
