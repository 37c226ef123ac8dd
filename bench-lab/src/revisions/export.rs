//! Writes the files of a revision into a folder, and touches only those that are not there yet as they should be.
//!
//! Unchanged files keep their times, so that cargo builds only what differs between two revisions. It works through
//! an index of its own: to the repository that folder does not exist.

use std::fs;
use std::path::{Path, PathBuf};

use super::RevisionError;
use super::snapshot::Snapshot;

/// Makes `folder` hold exactly the files of the snapshot. `index` is the file in which git keeps what it wrote there.
///
/// `git archive` would not do: it leaves out what `export-ignore` names, and benches are often among that.
pub(super) fn export(snapshot: &Snapshot, folder: &Path, index: &Path) -> Result<(), RevisionError> {
    fs::create_dir_all(folder).map_err(RevisionError::io("create", folder))?;
    // A process that was killed while it wrote leaves its lock.
    let _ = fs::remove_file(with_suffix(index, ".lock"));
    let git = snapshot.git().within(folder).with("GIT_WORK_TREE", folder).with("GIT_INDEX_FILE", index);
    let reset = |tree: &str| git.bytes(&["read-tree", "--reset", "-u", tree]);
    if let Err(error) = reset(&snapshot.tree) {
        // An index that a crash spoilt, or whose objects are gone, is made anew.
        if fs::remove_file(index).is_err() {
            return Err(error);
        }
        reset(&snapshot.tree)?;
    }
    git.bytes(&["clean", "-ffdxq"])?;
    for (number, part) in snapshot.parts.iter().enumerate() {
        export(&part.snapshot, &folder.join(&part.path), &with_suffix(index, &format!(".{number}")))?;
    }
    Ok(())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
