//! A built workspace as seen from another folder with the same files.
//!
//! It changes paths only; what is baked into an executable stays as it was built.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::workspace::Workspace;

/// Makes every path that leads into `from` lead to the same place in `to`: working directories, and the variables
/// that cargo sets.
pub(super) fn moved(mut workspace: Workspace, from: &Path, to: &Path) -> Workspace {
    let path = |path: &mut PathBuf| {
        if let Ok(inside) = path.strip_prefix(from) {
            *path = if inside.as_os_str().is_empty() { to.into() } else { to.join(inside) };
        }
    };
    path(&mut workspace.root);
    for target in &mut workspace.targets {
        path(&mut target.package_root);
        path(&mut target.source);
        for (_, value) in &mut target.environment {
            *value = value_moved(value, from, to);
        }
    }
    for skipped in &mut workspace.skipped {
        path(&mut skipped.source);
    }
    workspace
}

/// A value that is a path, or a list of paths.
fn value_moved(value: &OsStr, from: &Path, to: &Path) -> OsString {
    let each = std::env::split_paths(value).map(|path| match path.strip_prefix(from) {
        Ok(inside) if inside.as_os_str().is_empty() => to.to_owned(),
        Ok(inside) => to.join(inside),
        Err(_) => path,
    });
    if std::env::split_paths(value).any(|path| path.starts_with(from)) {
        std::env::join_paths(each).unwrap_or_else(|_| value.into())
    } else {
        value.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_values_that_lead_into_the_folder_are_changed() {
        let moved = |value: &str| value_moved(value.as_ref(), Path::new("/b/tree"), Path::new("/s/1"));
        assert_eq!(moved("/b/tree"), "/s/1");
        assert_eq!(moved("/b/tree/pkg/Cargo.toml"), "/s/1/pkg/Cargo.toml");
        assert_eq!(moved("/b/trees/x"), "/b/trees/x");
        assert_eq!(moved("/usr/lib:/b/tree/lib"), "/usr/lib:/s/1/lib");
        assert_eq!(moved("say: it::is"), "say: it::is");
    }
}
