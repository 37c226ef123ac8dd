//! Which benches of a manifest are wanted, by the names and patterns that choose among a workspace's.
//!
//! A name that fits nothing is an error, as it is when a workspace is built.

use lab_core::nearest::nearest;
use regex::Regex;

use super::manifest::Bench;
use crate::workspace::{Packages, Selection, WorkspaceError, glob};

/// The benches of a selection, in the manifest's order.
pub(super) fn choose(benches: Vec<Bench>, selection: &Selection) -> Result<Vec<Bench>, WorkspaceError> {
    let (every, none) = (Vec::new(), Vec::new());
    let packages = match &selection.packages {
        // All that was built was chosen when it was.
        Packages::Default | Packages::Workspace => &none,
        Packages::Named(names) => names,
    };
    let missing_package =
        |wanted: &str, nearest| WorkspaceError::PackageMissing { wanted: wanted.into(), nearest };
    let benches = retained(benches, packages, |bench| &bench.package, missing_package)?;
    let missing_bench = |wanted: &str, nearest| WorkspaceError::BenchMissing {
        wanted: wanted.into(),
        nearest,
        elsewhere: every,
    };
    retained(benches, &selection.benches, |bench| &bench.target, missing_bench)
}

fn retained(
    mut benches: Vec<Bench>,
    patterns: &[String],
    name: impl Fn(&Bench) -> &String,
    missing: impl FnOnce(&str, Vec<String>) -> WorkspaceError,
) -> Result<Vec<Bench>, WorkspaceError> {
    if patterns.is_empty() {
        return Ok(benches);
    }
    let compiled: Vec<Regex> = patterns.iter().map(|pattern| glob(pattern)).collect::<Result<_, _>>()?;
    for (pattern, wanted) in compiled.iter().zip(patterns) {
        if !benches.iter().any(|bench| pattern.is_match(name(bench))) {
            let near = nearest(wanted, benches.iter().map(|bench| name(bench).as_str()));
            return Err(missing(wanted, near.into_iter().map(Into::into).collect()));
        }
    }
    benches.retain(|bench| compiled.iter().any(|pattern| pattern.is_match(name(bench))));
    Ok(benches)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(packages: &[&str], names: &[&str]) -> Result<String, WorkspaceError> {
        let bench = |(package, target): (&str, &str)| -> Bench {
            serde_json::from_value(serde_json::json!({"package": package, "target": target})).unwrap()
        };
        let benches = [("a", "speed"), ("a", "size"), ("b", "speed")].map(bench).into();
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<String>>();
        let packages = if packages.is_empty() { Packages::Default } else { Packages::Named(texts(packages)) };
        let selection = Selection { packages, benches: texts(names), ..Selection::default() };
        let chosen = choose(benches, &selection)?;
        let names: Vec<_> =
            chosen.iter().map(|bench| format!("{}/{}", bench.package, bench.target)).collect();
        Ok(names.join(" "))
    }

    #[test]
    fn packages_and_benches_are_chosen_by_name_and_pattern() {
        assert_eq!(chosen(&[], &[]).unwrap(), "a/speed a/size b/speed");
        assert_eq!(chosen(&["a"], &[]).unwrap(), "a/speed a/size");
        assert_eq!(chosen(&[], &["sp*"]).unwrap(), "a/speed b/speed");
        assert_eq!(chosen(&["b"], &["speed"]).unwrap(), "b/speed");
    }

    #[test]
    fn a_name_that_fits_nothing_is_refused_with_what_is_like_it() {
        let package = chosen(&["c"], &[]).unwrap_err();
        assert!(matches!(package, WorkspaceError::PackageMissing { wanted, .. } if wanted == "c"));
        let bench = chosen(&["a"], &["sizes"]).unwrap_err();
        assert!(matches!(bench, WorkspaceError::BenchMissing { nearest, .. } if nearest == ["size"]));
    }
}
