//! The programs that a profile takes: where they are, and how to get them.
//!
//! It looks at PATH and starts nothing.

use std::env;
use std::path::PathBuf;

use lab_core::profile::{Gap, Part};

use crate::host::search_path::find_program;

/// A program of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Samples call stacks.
    Perf,
    /// Simulates: instructions by callgrind, the heap by DHAT.
    Valgrind,
    /// Counts system calls.
    Strace,
    /// Follows the heap.
    Heaptrack,
}

/// A program that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} is not installed: it is not in PATH", .0.name())]
pub struct Missing(pub Tool);

impl Tool {
    /// Its name, which is that of its file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Perf => "perf",
            Self::Valgrind => "valgrind",
            Self::Strace => "strace",
            Self::Heaptrack => "heaptrack",
        }
    }

    /// Where it is.
    ///
    /// # Errors
    /// [`Missing`].
    pub fn find(self) -> Result<PathBuf, Missing> {
        self.find_in(&env::var_os("PATH").unwrap_or_default())
    }

    fn find_in(self, path: &std::ffi::OsStr) -> Result<PathBuf, Missing> {
        find_program(self.name(), path).ok_or(Missing(self))
    }

    /// How to get it, and what does part of its work.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Perf => {
                "apt install linux-perf (Debian), apt install linux-tools-$(uname -r) (Ubuntu), dnf install perf, or nix \
                 shell nixpkgs#perf; without it --instructions and --memory still say how much is done, by valgrind"
            }
            Self::Valgrind => "apt install valgrind, dnf install valgrind, or nix shell nixpkgs#valgrind",
            Self::Strace => "apt install strace, dnf install strace, or nix shell nixpkgs#strace",
            Self::Heaptrack => "apt install heaptrack, or valgrind, which counts bytes too",
        }
    }

    /// A part that could not be had without it.
    pub fn gap(self, part: Part) -> Gap {
        Gap { part, reason: Missing(self).to_string(), advice: Some(self.advice().into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_is_found_in_path_or_missing_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().as_os_str();
        let missing = Tool::Perf.find_in(path).unwrap_err();
        assert_eq!(missing.to_string(), "perf is not installed: it is not in PATH");
        std::fs::write(folder.path().join("perf"), "").unwrap();
        assert_eq!(Tool::Perf.find_in(path).unwrap(), folder.path().join("perf"));
        assert!(Tool::Valgrind.gap(Part::Heap).advice.unwrap().contains("apt install valgrind"));
    }
}
