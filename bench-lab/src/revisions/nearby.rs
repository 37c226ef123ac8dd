//! What lies beside the sources and may be read by a benchmark: where two revisions differ in it, equal executables
//! need not do equal work.
//!
//! It compares names and object ids and opens no file of either revision.

use std::path::{Path, PathBuf};

use super::RevisionError;
use super::snapshot::Snapshot;

/// Folders in which cargo looks for sources.
const SOURCE_FOLDERS: [&str; 4] = ["src", "benches", "tests", "examples"];

/// The files, sources and prose left out, that only one of two revisions has, or both with different content.
///
/// # Errors
/// [`RevisionError::Git`].
pub fn differing_inputs(baseline: &Snapshot, candidate: &Snapshot) -> Result<Vec<PathBuf>, RevisionError> {
    let (baseline, candidate) = (baseline.files()?, candidate.files()?);
    let differs = |path: &&PathBuf| baseline.get(*path) != candidate.get(*path);
    let mut paths: Vec<&PathBuf> = baseline.keys().chain(candidate.keys()).filter(differs).collect();
    paths.sort();
    paths.dedup();
    Ok(paths.into_iter().filter(|path| may_be_read(path)).cloned().collect())
}

/// Whether a running benchmark may read a file. What reached it through the compiler shows in the executable; a
/// `.rs` elsewhere than cargo's folders may be a parser's food.
fn may_be_read(path: &Path) -> bool {
    let parts = || path.components().map(|part| part.as_os_str());
    let has_ending = |ending: &str| path.extension().is_some_and(|found| found == ending);
    let is_source = has_ending("rs")
        && (parts().any(|part| SOURCE_FOLDERS.iter().any(|folder| part == *folder))
            || path.ends_with("build.rs"));
    let is_cargos = ["Cargo.toml", "Cargo.lock"].iter().any(|name| path.ends_with(name));
    let is_hidden = parts().any(|part| part.as_encoded_bytes().starts_with(b"."));
    !(is_source || is_cargos || is_hidden || has_ending("md"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_prose_and_hidden_files_are_no_inputs() {
        for path in
            ["src/lib.rs", "a/benches/x.rs", "build.rs", "a/Cargo.toml", "README.md", ".github/ci.yml"]
        {
            assert!(!may_be_read(Path::new(path)), "{path}");
        }
        for path in ["data/words.txt", "corpus/big.rs", "benches/x.json", "a/src/table.bin", "config.toml"] {
            assert!(may_be_read(Path::new(path)), "{path}");
        }
    }
}
