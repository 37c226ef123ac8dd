//! Where the store is: the flag, else the environment variable, else beside the workspace.
//!
//! It decides about a path and touches nothing.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

/// The environment variable that moves the store.
pub const STORE_VARIABLE: &str = "BENCH_LAB_STORE";

/// The folder in a workspace root that is the store when nothing else is said.
pub const STORE_FOLDER: &str = ".bench-lab";

/// Who chose the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `--store`.
    Flag,
    /// [`STORE_VARIABLE`].
    Variable,
    /// The workspace.
    Workspace,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flag => "named by --store",
            Self::Variable => "named by BENCH_LAB_STORE",
            Self::Workspace => "the workspace's own",
        })
    }
}

/// Where the store is, and why there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The folder that holds `runs/`.
    pub path: PathBuf,
    /// Who chose it.
    pub origin: Origin,
}

impl Location {
    /// The flag wins over the variable (empty counts as unset), and that over the workspace. Relative paths
    /// stay relative to the current directory.
    pub fn choose(flag: Option<&Path>, variable: Option<OsString>, workspace_root: &Path) -> Self {
        if let Some(path) = flag {
            return Self { path: path.to_owned(), origin: Origin::Flag };
        }
        match variable.filter(|value| !value.is_empty()) {
            Some(value) => Self { path: value.into(), origin: Origin::Variable },
            None => Self { path: workspace_root.join(STORE_FOLDER), origin: Origin::Workspace },
        }
    }

    /// [`Self::choose`] with the variable as this process has it.
    pub fn of(flag: Option<&Path>, workspace_root: &Path) -> Self {
        Self::choose(flag, std::env::var_os(STORE_VARIABLE), workspace_root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_wins_over_the_variable_and_that_over_the_workspace() {
        let root = Path::new("/ws");
        let choose = |flag: Option<&str>, variable: Option<&str>| {
            let location = Location::choose(flag.map(Path::new), variable.map(OsString::from), root);
            (location.path.display().to_string(), location.origin)
        };
        assert_eq!(choose(Some("a"), Some("b")), ("a".into(), Origin::Flag));
        assert_eq!(choose(None, Some("b")), ("b".into(), Origin::Variable));
        assert_eq!(choose(None, Some("")), ("/ws/.bench-lab".into(), Origin::Workspace));
        assert_eq!(choose(None, None), ("/ws/.bench-lab".into(), Origin::Workspace));
    }
}
