//! Which harness owns a bench executable: by marks in the file, checked against the package's dependencies.
//!
//! It never runs the file, for a program that is no bench may do anything.

use std::fmt;

use lab_core::model::{Skip, TargetId, Warning};
use memchr::memmem;

use super::{ALL, Harness, foreign};
use crate::workspace::{BenchTarget, Dependency};

/// The answer to "who drives this executable?".
#[derive(Clone, Debug)]
pub struct Claim {
    /// The owner.
    pub owner: Owner,
    /// What was odd: a mark without a dependency, a dependency without a mark.
    pub warnings: Vec<Warning>,
}

/// Who owns an executable.
#[derive(Clone, Copy)]
pub enum Owner {
    /// A harness of the lab.
    Harness(&'static dyn Harness),
    /// A framework that is recognised and not driven yet.
    Foreign(&'static str),
    /// No framework left its marks: a plain program.
    Nobody,
    /// Its package does not want it to be measured.
    Declined,
}

/// The word for a harness in the metadata that says: leave this target alone.
const NONE: &str = "none";

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Harness(harness) => write!(f, "Harness({})", harness.id()),
            Self::Foreign(name) => write!(f, "Foreign({name})"),
            Self::Nobody => write!(f, "Nobody"),
            Self::Declined => write!(f, "Declined"),
        }
    }
}

impl Owner {
    /// The harness that drives it.
    ///
    /// # Errors
    /// Why nobody does.
    pub fn harness(self) -> Result<&'static dyn Harness, Skip> {
        match self {
            Self::Harness(harness) => Ok(harness),
            Self::Foreign(name) => {
                Err(Skip::UnknownHarness(format!("built with {name}, which bench-lab does not drive yet")))
            }
            Self::Nobody => {
                Err(Skip::UnknownHarness("its file carries the marks of no benchmark framework".into()))
            }
            Self::Declined => Err(Skip::Declined),
        }
    }
}

/// A harness named in `[package.metadata.bench-lab]` that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{target}: [package.metadata.bench-lab] names the harness {name:?}; known are {}", known.join(", "))]
pub struct UnknownHarness {
    /// The target whose package names it.
    pub target: TargetId,
    /// The name as written.
    pub name: String,
    /// The names that exist.
    pub known: Vec<&'static str>,
}

/// Decides who drives the target whose executable holds `file`.
///
/// A name in the package's metadata beats everything, and `none` there leaves the target alone. Else the
/// harnesses whose marks are in the file are asked in the order of [`ALL`], those that the package depends on
/// first: a Criterion bench may hold libtest's strings, and a bench of bench-lab itself holds everybody's. A
/// dependency alone claims nothing, since a package that depends on Criterion may have a plain program among its
/// benches.
///
/// # Errors
/// [`UnknownHarness`] when the metadata names another than these.
pub fn claim(target: &BenchTarget, file: &[u8]) -> Result<Claim, UnknownHarness> {
    if target.harness_override.as_deref() == Some(NONE) {
        return Ok(Claim { owner: Owner::Declined, warnings: Vec::new() });
    }
    if let Some(name) = &target.harness_override {
        let harness = ALL.iter().find(|harness| harness.id() == name).ok_or_else(|| UnknownHarness {
            target: target.id.clone(),
            name: name.clone(),
            known: ALL.iter().map(|harness| harness.id()).chain([NONE]).collect(),
        })?;
        return Ok(Claim { owner: Owner::Harness(*harness), warnings: Vec::new() });
    }
    let marked: Vec<&'static dyn Harness> =
        ALL.iter().copied().filter(|harness| carries_marks_of(file, *harness)).collect();
    let owner = owner_among(target, &marked, file);
    Ok(Claim { owner, warnings: doubts(target, &marked, owner) })
}

/// The version of a harness as resolved for the target; a fork says its own name as well.
pub fn version(target: &BenchTarget, harness: &dyn Harness) -> Option<String> {
    let dependency = dependency_on(target, harness)?;
    Some(if dependency.name == harness.id() {
        dependency.version.clone()
    } else {
        format!("{} {}", dependency.name, dependency.version)
    })
}

fn owner_among(target: &BenchTarget, marked: &[&'static dyn Harness], file: &[u8]) -> Owner {
    let confirmed = marked.iter().find(|harness| dependency_on(target, **harness).is_some());
    if let Some(harness) = confirmed {
        return Owner::Harness(*harness);
    }
    // Harnesses that come with the compiler have no crate that could confirm them.
    let from_crate = marked.iter().find(|harness| !harness.crate_names().is_empty());
    let foreign = || foreign::recognise(file).map(Owner::Foreign);
    match (from_crate, marked.first()) {
        (Some(harness), _) | (None, Some(harness)) => Owner::Harness(*harness),
        (None, None) => foreign().unwrap_or(Owner::Nobody),
    }
}

fn doubts(target: &BenchTarget, marked: &[&'static dyn Harness], owner: Owner) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if let Owner::Harness(harness) = owner {
        let is_checkable = !harness.crate_names().is_empty();
        if is_checkable && dependency_on(target, harness).is_none() {
            let text = format!(
                "the file carries the marks of {0} but the package does not depend on {1}; it is driven as {0}. \
                 Name the harness in [package.metadata.bench-lab] if that is wrong",
                harness.id(),
                harness.crate_names().join(" or ")
            );
            warnings.push(Warning::new("harness_without_dependency", &target.id, text));
        }
        if is_checkable {
            // One warning at most: the doubts below are about targets that no crate's harness claims.
            return warnings;
        }
    }
    for harness in ALL.iter().filter(|harness| !is_among(**harness, marked)) {
        if let Some(dependency) = dependency_on(target, *harness) {
            let text = format!(
                "the package depends on {} but this file does not carry its marks; if it should, \
                 `harness = false` may be missing in its [[bench]] table",
                dependency.name
            );
            warnings.push(Warning::new("dependency_without_harness", &target.id, text));
        }
    }
    warnings
}

fn is_among(harness: &dyn Harness, marked: &[&'static dyn Harness]) -> bool {
    marked.iter().any(|other| other.id() == harness.id())
}

fn carries_marks_of(file: &[u8], harness: &dyn Harness) -> bool {
    harness.markers().iter().any(|marker| memmem::find(file, marker.as_bytes()).is_some())
}

/// A renamed fork (`criterion = { package = "criterion2" }`) counts by the name the code uses.
fn dependency_on<'a>(target: &'a BenchTarget, harness: &dyn Harness) -> Option<&'a Dependency> {
    harness.crate_names().iter().find_map(|name| {
        target.dependencies.iter().find(|dependency| dependency.name == *name || dependency.alias == *name)
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    const CRITERION: &str = "CARGO_CRITERION_PORT";
    const DIVAN: &str = "DIVAN_SAMPLE_COUNT";
    const LIBTEST: &str = "RUST_TEST_THREADS";

    fn file(marks: &[&str]) -> Vec<u8> {
        marks
            .iter()
            .fold(b"\x7fELF".to_vec(), |file, mark| [&file, b"\0".as_slice(), mark.as_bytes()].concat())
    }

    /// Dependencies as `name` or `alias = name`, all of version 1.2.3.
    fn target(dependencies: &[&str]) -> BenchTarget {
        let dependency = |text: &&str| {
            let (alias, name) = text.split_once(" = ").unwrap_or((text, text));
            Dependency { name: name.into(), alias: alias.into(), version: "1.2.3".into() }
        };
        BenchTarget {
            id: TargetId::new("package", "bench"),
            executable: PathBuf::new(),
            package_root: PathBuf::new(),
            source: PathBuf::new(),
            environment: Vec::new(),
            dependencies: dependencies.iter().map(dependency).collect(),
            harness_override: None,
        }
    }

    /// Owner and kinds of warnings.
    fn claimed(dependencies: &[&str], marks: &[&str]) -> (String, Vec<String>) {
        let claim = claim(&target(dependencies), &file(marks)).unwrap();
        (format!("{:?}", claim.owner), claim.warnings.into_iter().map(|warning| warning.kind).collect())
    }

    fn quietly(owner: &str) -> (String, Vec<String>) {
        (owner.to_owned(), Vec::new())
    }

    #[test]
    fn a_mark_with_its_dependency_claims_in_silence() {
        assert_eq!(claimed(&["divan", "serde"], &[DIVAN]), quietly("Harness(divan)"));
        assert_eq!(claimed(&["criterion"], &[CRITERION]), quietly("Harness(criterion)"));
        assert_eq!(claimed(&[], &[LIBTEST]), quietly("Harness(libtest)"));
    }

    #[test]
    fn a_fork_counts_by_the_name_the_code_uses() {
        assert_eq!(claimed(&["criterion = criterion2"], &[CRITERION]), quietly("Harness(criterion)"));
        let codspeed = ["divan = codspeed-divan-compat"];
        assert_eq!(claimed(&codspeed, &[DIVAN, "CODSPEED_CARGO_WORKSPACE_ROOT"]), quietly("Harness(divan)"));
        assert_eq!(version(&target(&codspeed), &super::super::Divan).unwrap(), "codspeed-divan-compat 1.2.3");
        assert_eq!(version(&target(&["divan"]), &super::super::Divan).unwrap(), "1.2.3");
        assert_eq!(version(&target(&[]), &super::super::Divan), None);
    }

    #[test]
    fn libtest_strings_in_a_bench_of_a_crate_claim_nothing() {
        assert_eq!(claimed(&["criterion"], &[LIBTEST, CRITERION]), quietly("Harness(criterion)"));
        assert_eq!(claimed(&["divan"], &[LIBTEST, DIVAN]), quietly("Harness(divan)"));
        assert_eq!(claimed(&[], &[LIBTEST, DIVAN]).0, "Harness(divan)");
    }

    #[test]
    fn a_dependency_decides_between_marks_of_several() {
        let everybodys = [CRITERION, DIVAN, LIBTEST, "GUNGRAUN_RUNNER"];
        assert_eq!(claimed(&["divan"], &everybodys), quietly("Harness(divan)"));
        assert_eq!(claimed(&["criterion"], &everybodys), quietly("Harness(criterion)"));
    }

    #[test]
    fn a_mark_without_a_dependency_claims_with_a_warning() {
        let (owner, warnings) = claimed(&["serde"], &[DIVAN]);
        assert_eq!((owner.as_str(), warnings), ("Harness(divan)", vec!["harness_without_dependency".into()]));
    }

    #[test]
    fn a_dependency_alone_claims_nothing_and_is_said() {
        let (owner, warnings) = claimed(&["criterion"], &[]);
        assert_eq!((owner.as_str(), warnings), ("Nobody", vec!["dependency_without_harness".into()]));
        let (owner, warnings) = claimed(&["divan"], &[LIBTEST]);
        assert_eq!(
            (owner.as_str(), warnings),
            ("Harness(libtest)", vec!["dependency_without_harness".into()])
        );
    }

    #[test]
    fn foreign_frameworks_are_named_and_left_alone() {
        assert_eq!(claimed(&[], &["IAI_CALLGRIND_RUNNER"]), quietly("Foreign(iai-callgrind)"));
        assert_eq!(claimed(&[], &[]), quietly("Nobody"));
    }

    #[test]
    fn the_metadata_beats_the_file() {
        let named =
            |name: &str| BenchTarget { harness_override: Some(name.into()), ..target(&["criterion"]) };
        let owner = |name| claim(&named(name), &file(&[CRITERION])).map(|claim| format!("{:?}", claim.owner));
        assert_eq!(owner("libtest").unwrap(), "Harness(libtest)");
        assert_eq!(owner("none").unwrap(), "Declined");
        let message = owner("divann").unwrap_err().to_string();
        for name in ["package/bench", "\"divann\"", "criterion", "divan", "libtest", "none"] {
            assert!(message.contains(name), "{message}");
        }
    }
}
