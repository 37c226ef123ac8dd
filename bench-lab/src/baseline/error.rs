//! What can go wrong with baselines, each with its path and what was tried.
//!
//! Which exit code follows is the command line's business.

use std::io;
use std::path::{Path, PathBuf};

use lab_core::format::FormatError;

use crate::store::StoreError;

/// Why a baseline could not be had or kept.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// Nothing is called so.
    #[error("no baseline is called {text:?} in {path}")]
    Unknown {
        /// As typed.
        text: String,
        /// Where it was looked for.
        path: PathBuf,
        /// What is spelt alike, with machines, best first.
        nearest: Vec<String>,
    },
    /// Several machines have one of this name.
    #[error("{text:?} is a baseline of several machines: {}", places.join(", "))]
    Ambiguous {
        /// As typed.
        text: String,
        /// All of them, with machines.
        places: Vec<String>,
    },
    /// The name is taken.
    #[error("there is a baseline {place} already")]
    Exists {
        /// Which.
        place: String,
    },
    /// The name is fit for no folder.
    #[error("{name:?} cannot be the name of a baseline or a machine: {why}")]
    Name {
        /// As given.
        name: String,
        /// In words.
        why: &'static str,
    },
    /// Its files are not those of a baseline that can be read.
    #[error("baseline {path}: {source}")]
    Format {
        /// Its folder.
        path: PathBuf,
        /// What is wrong.
        source: FormatError,
    },
    /// Another program's files are not what they should be.
    #[error("{path}: {why}")]
    Import {
        /// The file or folder.
        path: PathBuf,
        /// In words.
        why: String,
    },
    /// What the kernel says.
    #[error("could not {tried} {path}: {source}")]
    Io {
        /// What it was tried on.
        path: PathBuf,
        /// What was tried.
        tried: &'static str,
        /// The kernel's word.
        source: io::Error,
    },
    /// A file could not be made sure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BaselineError {
    pub(crate) fn io(tried: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), tried, source }
    }

    /// What is spelt like the name that was not found.
    pub fn nearest(&self) -> &[String] {
        match self {
            Self::Unknown { nearest, .. } => nearest,
            _ => &[],
        }
    }
}
