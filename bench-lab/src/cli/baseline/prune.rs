//! Which baselines go when there are too many.
//!
//! What somebody chose by name never goes: defaults, the policy's choices, versions.

use lab_core::report::number::counted;

use crate::cli::error::CommandError;
use crate::cli::exit::ExitCode;
use crate::cli::output;
use crate::cli::rules::{Rules, workspace_root};
use crate::cli::side::{Sources, baseline_error};

pub(super) fn prune(
    sources: &Sources,
    keep: usize,
    machine: Option<&str>,
    is_dry: bool,
) -> Result<(), CommandError> {
    let machine = super::or_this_one(machine)?;
    let here = std::env::current_dir().map_err(|error| CommandError::new(ExitCode::Usage, &error))?;
    let policy = Rules::read(&workspace_root(&here), None)?.policy;
    let chosen: Vec<&String> =
        policy.default_baseline.of_branch.values().chain(&policy.default_baseline.any).collect();
    let default = sources.shelf.default_of(&machine).map_err(|error| baseline_error(&error))?;
    let mut others = Vec::new();
    for place in sources.shelf.list().map_err(|error| baseline_error(&error))? {
        let stays = place.machine != machine
            || default.as_ref() == Some(&place)
            || chosen.contains(&&place.name)
            || is_version(&place.name);
        if !stays {
            others.push((super::load(sources, &place)?.baseline.saved_at, place));
        }
    }
    others.sort();
    let excess = others.len().saturating_sub(keep);
    for (_, place) in &others[..excess] {
        if !is_dry {
            sources.shelf.remove(place).map_err(|error| baseline_error(&error))?;
        }
        output::note(&format!("{place} {}", if is_dry { "would go" } else { "is removed" }));
    }
    output::note(&format!(
        "{} of {machine} removed, {} kept besides the default and versions",
        counted(if is_dry { 0 } else { excess }, "baseline"),
        others.len() - excess
    ));
    Ok(())
}

/// `v2`, `v2.1.0-rc1`, `2.1`: what a release is called is kept for good.
fn is_version(name: &str) -> bool {
    let rest = name.strip_prefix('v').unwrap_or(name);
    let first = rest.split(['.', '-', '+']).next().unwrap_or_default();
    !first.is_empty()
        && first.bytes().all(|byte| byte.is_ascii_digit())
        && (rest.len() < name.len() || rest.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_told_from_other_names() {
        for name in ["v2", "v2.1.0", "2.1.0-rc1", "1.0"] {
            assert!(is_version(name), "{name}");
        }
        for name in ["main", "vendor", "20", "v", "feature-2.0", ""] {
            assert!(!is_version(name), "{name}");
        }
    }
}
