//! Picks the packages and bench targets that were asked for.
//!
//! It looks names up and never builds; a name that fits nothing is an error, not an empty choice.

use lab_core::nearest::nearest;
use regex::Regex;

use super::WorkspaceError;
use super::metadata::{Metadata, MetadataPackage, MetadataTarget};
use super::selection::{Packages, Selection};

/// One bench target of one package.
pub(super) type Chosen<'a> = (&'a MetadataPackage, &'a MetadataTarget);

/// The bench targets of a selection, in cargo's order.
pub(super) fn choose<'a>(
    metadata: &'a Metadata,
    selection: &Selection,
) -> Result<(Vec<&'a MetadataPackage>, Vec<Chosen<'a>>), WorkspaceError> {
    let packages = choose_packages(metadata, &selection.packages)?;
    let all: Vec<Chosen<'a>> =
        packages.iter().flat_map(|&package| package.benches().map(move |bench| (package, bench))).collect();
    if all.is_empty() && selection.benches.is_empty() {
        return Err(WorkspaceError::NoBenchTargets {
            packages: packages.iter().map(|package| package.name.clone()).collect(),
            elsewhere: names(metadata.members().filter(|package| package.benches().next().is_some())),
        });
    }
    if selection.benches.is_empty() {
        return Ok((packages, all));
    }
    let mut patterns = Vec::new();
    for wanted in &selection.benches {
        let pattern = glob(wanted)?;
        if !all.iter().any(|(_, bench)| pattern.is_match(&bench.name)) {
            return Err(bench_missing(metadata, &all, wanted, &pattern));
        }
        patterns.push(pattern);
    }
    let chosen = |(_, bench): &Chosen<'a>| patterns.iter().any(|pattern| pattern.is_match(&bench.name));
    Ok((packages, all.into_iter().filter(chosen).collect()))
}

fn choose_packages<'a>(
    metadata: &'a Metadata,
    packages: &Packages,
) -> Result<Vec<&'a MetadataPackage>, WorkspaceError> {
    let wanted = match packages {
        Packages::Default => return Ok(metadata.default_members()),
        Packages::Workspace => return Ok(metadata.members().collect()),
        Packages::Named(names) => names,
    };
    let mut patterns = Vec::new();
    for wanted in wanted {
        let pattern = glob(wanted)?;
        if !metadata.members().any(|package| pattern.is_match(&package.name)) {
            let members = metadata.members().map(|package| package.name.as_str());
            return Err(WorkspaceError::PackageMissing {
                wanted: wanted.clone(),
                nearest: nearest(wanted, members).into_iter().map(Into::into).collect(),
            });
        }
        patterns.push(pattern);
    }
    let is_wanted =
        |package: &&MetadataPackage| patterns.iter().any(|pattern| pattern.is_match(&package.name));
    Ok(metadata.members().filter(is_wanted).collect())
}

fn bench_missing(metadata: &Metadata, all: &[Chosen<'_>], wanted: &str, pattern: &Regex) -> WorkspaceError {
    let has = |package: &&MetadataPackage| package.benches().any(|bench| pattern.is_match(&bench.name));
    WorkspaceError::BenchMissing {
        wanted: wanted.into(),
        nearest: nearest(wanted, all.iter().map(|(_, bench)| bench.name.as_str()))
            .into_iter()
            .map(Into::into)
            .collect(),
        elsewhere: names(metadata.members().filter(has)),
    }
}

fn names<'a>(packages: impl Iterator<Item = &'a MetadataPackage>) -> Vec<String> {
    packages.map(|package| package.name.clone()).collect()
}

/// A name or glob pattern as cargo takes it: `*`, `?` and `[a-z]`, `[!a-z]`.
pub(crate) fn glob(pattern: &str) -> Result<Regex, WorkspaceError> {
    let mut expression = String::from("^(?s:");
    let mut is_in_class = false;
    let mut previous = '\0';
    for character in pattern.chars() {
        match character {
            '[' if !is_in_class => is_in_class = true,
            ']' if is_in_class => is_in_class = false,
            _ => {}
        }
        match character {
            '*' if !is_in_class => expression.push_str(".*"),
            '?' if !is_in_class => expression.push('.'),
            '!' if previous == '[' => expression.push('^'),
            '[' | ']' | '-' => expression.push(character),
            _ => expression.push_str(&regex::escape(character.encode_utf8(&mut [0; 4]))),
        }
        previous = character;
    }
    expression.push_str(")$");
    Regex::new(&expression).map_err(|error| WorkspaceError::Pattern {
        pattern: pattern.into(),
        message: error.to_string().lines().last().unwrap_or_default().into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_what_cargo_matches_with_it() {
        for (pattern, name, matches) in [
            ("speed", "speed", true),
            ("speed", "speeds", false),
            ("spe*", "speed", true),
            ("*", "anything-at_all", true),
            ("s?eed", "speed", true),
            ("s?eed", "seed", false),
            ("case_[0-2]", "case_1", true),
            ("case_[!0-2]", "case_1", false),
            ("a.b", "axb", false),
        ] {
            assert_eq!(glob(pattern).unwrap().is_match(name), matches, "{pattern} on {name}");
        }
    }

    #[test]
    fn a_broken_pattern_is_an_error() {
        assert!(matches!(glob("a[b"), Err(WorkspaceError::Pattern { .. })));
    }
}
