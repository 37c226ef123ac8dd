//! Both sides built: equal sources give equal bytes, each side has its own files, and nothing is built in vain.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bench_lab::revisions::{BuiltPair, Carry, Named, Repository, RevisionError, Stage, Telling, Wish, build};
use bench_lab::workspace::{BenchTarget, Said, Selection};
use lab_core::model::{Side, Skip};

use crate::repository::{MANIFEST, Repo, bench};

/// What was built and what cargo said it compiled.
struct Outcome {
    pair: BuiltPair,
    built: Vec<Side>,
    compiled: String,
}

/// The stage of a repository in a place of its own. The variable that names it is set for the whole process once.
fn stage(repo: &Repo) -> Stage {
    Stage::open_in(&repo.beside("builds"), &Repository::around(&repo.top()).unwrap()).unwrap()
}

fn try_build(repo: &Repo, names: [Option<&str>; 2], carry: &[&str]) -> Result<Outcome, RevisionError> {
    let carry = Carry { paths: carry.iter().map(|path| repo.top().join(path)).collect() };
    build_all(repo, (&Selection::default(), Path::new("")), names, &carry)
}

fn build_with(
    repo: &Repo,
    selection: &Selection,
    manifest: &Path,
    names: [Option<&str>; 2],
) -> Result<Outcome, RevisionError> {
    build_all(repo, (selection, manifest), names, &Carry::default())
}

fn build_all(
    repo: &Repo,
    (selection, manifest): (&Selection, &Path),
    names: [Option<&str>; 2],
    carry: &Carry,
) -> Result<Outcome, RevisionError> {
    let repository = Repository::around(&repo.top()).unwrap();
    let wish = Wish { repository: &repository, manifest, selection, names, carry };
    let (mut built, mut compiled) = (Vec::new(), Vec::new());
    let pair = build(&stage(repo), &wish, &mut |telling| match telling {
        Telling::Builds(side, _) => built.push(side),
        Telling::Said(Said::Cargo(bytes)) => compiled.extend_from_slice(bytes),
        Telling::Kept(..) | Telling::Said(_) | Telling::Relinks(..) => {}
    })?;
    Ok(Outcome { pair, built, compiled: String::from_utf8_lossy(&compiled).into_owned() })
}

fn both(repo: &Repo, names: [Option<&str>; 2]) -> Outcome {
    try_build(repo, names, &[]).unwrap()
}

fn target(outcome: &Outcome, side: usize) -> &BenchTarget {
    &outcome.pair.sides[side].workspace.targets[0]
}

/// What the bench of one side says, run as it would be measured.
fn says(outcome: &Outcome, side: usize) -> String {
    let target = target(outcome, side);
    let output = Command::new(&target.executable)
        .current_dir(&target.package_root)
        .envs(target.environment.iter().map(|(name, value)| (name, value)))
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn kinds(outcome: &Outcome) -> Vec<&str> {
    outcome.pair.warnings.iter().map(|warning| warning.kind.as_str()).collect()
}

#[test]
fn each_side_has_its_executable_and_its_files_and_the_repository_is_untouched() {
    let repo = Repo::new();
    repo.write("benches/speed.rs", &bench(2));
    repo.write("input.txt", "two");
    let before = repo.picture();
    let outcome = both(&repo, [Some("first"), None]);
    assert_eq!((says(&outcome, 0), says(&outcome, 1)), ("1 one".into(), "2 two".into()));
    assert_eq!(outcome.pair.differing_inputs, [PathBuf::from("input.txt")]);
    assert_eq!(repo.picture(), before);
    let [baseline, candidate] = &outcome.pair.sides;
    assert_eq!(baseline.named.typed, "first");
    assert_eq!(
        (candidate.named.typed.as_str(), candidate.named.revision.is_dirty),
        ("working tree", Some(true))
    );
    let manifest_dir = |side: usize| {
        let variables = &target(&outcome, side).environment;
        PathBuf::from(variables.iter().find(|(name, _)| name == "CARGO_MANIFEST_DIR").unwrap().1.clone())
    };
    for side in 0..2 {
        assert_eq!(manifest_dir(side), target(&outcome, side).package_root);
    }
}

#[test]
fn equal_sources_give_one_executable_although_other_files_differ() {
    let repo = Repo::new();
    repo.write("input.txt", "two");
    repo.write("notes.md", "prose");
    repo.commit("second");
    let outcome = both(&repo, [Some("first"), Some("second")]);
    assert_eq!(target(&outcome, 0).executable, target(&outcome, 1).executable);
    assert_ne!(target(&outcome, 0).package_root, target(&outcome, 1).package_root);
    assert_eq!((says(&outcome, 0), says(&outcome, 1)), ("1 one".into(), "1 two".into()));

    let same = both(&repo, [Some("first"), Some("first")]);
    assert_eq!(same.pair.sides[0].digest, same.pair.sides[1].digest);
    assert!(same.pair.differing_inputs.is_empty());
}

#[test]
fn a_build_is_kept_and_only_what_differs_is_built_again() {
    let repo = Repo::new();
    repo.write("engine/Cargo.toml", "[package]\nname = \"engine\"\nversion = \"0.1.0\"\n");
    repo.write("engine/src/lib.rs", "pub fn run() {}\n");
    repo.write("Cargo.toml", &format!("{MANIFEST}\n[dependencies]\nengine = {{ path = \"engine\" }}\n"));
    repo.commit("base");
    repo.write("benches/speed.rs", &bench(2));
    let first = both(&repo, [Some("base"), None]);
    assert_eq!(first.built, Side::BOTH);
    assert_eq!(first.compiled.matches("Compiling engine").count(), 1, "{}", first.compiled);

    let again = both(&repo, [Some("base"), None]);
    assert!(again.built.is_empty() && again.compiled.is_empty());
    assert_eq!((says(&again, 0), says(&again, 1)), ("1 one".into(), "2 one".into()));

    repo.write("benches/speed.rs", &bench(3));
    let edited = both(&repo, [Some("base"), None]);
    assert_eq!(edited.built, [Side::Candidate]);
    assert!(!edited.compiled.contains("engine"), "{}", edited.compiled);
    assert_eq!((says(&edited, 0), says(&edited, 1)), ("1 one".into(), "3 one".into()));

    let executables = repo.beside("builds");
    let stage = fs::read_dir(executables).unwrap().next().unwrap().unwrap().path();
    fs::remove_dir_all(stage.join("executables")).unwrap();
    let lost = both(&repo, [Some("base"), None]);
    assert_eq!(lost.built, Side::BOTH, "a kept build without its files is none");
}

#[test]
fn two_workspaces_with_a_package_of_one_name_are_not_taken_for_each_other() {
    let (one, two) = (Repo::new(), Repo::new());
    let target = one.beside("shared");
    two.write("benches/speed.rs", &bench(2));
    two.commit("two");
    // Written before the first one is built: to cargo the times say that nothing changed.
    let with_target = |repo: &Repo| {
        let selection = Selection { target_dir: Some(target.clone()), ..Selection::default() };
        build_with(repo, &selection, Path::new(""), [Some("HEAD"), Some("HEAD")]).unwrap()
    };
    let _ = stage(&two);
    assert_eq!(says(&with_target(&one), 0), "1 one");
    assert_eq!(says(&with_target(&two), 0), "2 one");

    for (folder, number) in [("a", 3), ("b", 4)] {
        one.write(&format!("{folder}/Cargo.toml"), MANIFEST);
        one.write(&format!("{folder}/benches/speed.rs"), &bench(number));
        one.write(&format!("{folder}/src/lib.rs"), "");
        one.write(&format!("{folder}/input.txt"), folder);
    }
    one.write("Cargo.toml", &format!("{MANIFEST}\n[workspace]\nexclude = [\"a\", \"b\"]\n"));
    one.commit("both");
    let inner = |folder: &str| {
        build_with(&one, &Selection::default(), Path::new(folder), [Some("HEAD"), Some("HEAD")]).unwrap()
    };
    assert_eq!((says(&inner("a"), 0), says(&inner("b"), 0)), ("3 a".into(), "4 b".into()));
}

#[test]
fn a_baseline_is_not_built_with_the_configuration_of_the_working_tree() {
    let repo = Repo::new();
    let main = "fn main() { println!(\"{}\", if cfg!(fast) { \"fast\" } else { \"plain\" }); }\n";
    repo.write("benches/speed.rs", main);
    repo.commit("plain");
    repo.write(".cargo/config.toml", "[build]\nrustflags = [\"--cfg\", \"fast\"]\n");
    let outcome = both(&repo, [Some("plain"), None]);
    assert_eq!((says(&outcome, 0), says(&outcome, 1)), ("plain".into(), "fast".into()));
    assert_eq!(kinds(&outcome), ["lock_not_in_revision"; 0]);
}

#[test]
fn what_git_ignores_and_a_build_needs_is_carried_and_said() {
    let repo = Repo::new();
    repo.write(".gitignore", "Cargo.lock\n.cargo\n/data\n");
    repo.write(
        "benches/speed.rs",
        "fn main() { println!(\"{} {}\", cfg!(fast), std::fs::read_to_string(\"data/big\").unwrap()); }",
    );
    repo.commit("base");
    repo.write("Cargo.lock", "version = 4\n\n[[package]]\nname = \"small\"\nversion = \"0.1.0\"\n");
    repo.write(".cargo/config.toml", "[build]\nrustflags = [\"--cfg\", \"fast\"]\n");
    repo.write("data/big", "food");
    let before = repo.picture();
    let outcome = try_build(&repo, [Some("base"), None], &["data"]).unwrap();
    assert_eq!((says(&outcome, 0), says(&outcome, 1)), ("true food".into(), "true food".into()));
    assert_eq!(kinds(&outcome), ["lock_not_in_revision", "carried"]);
    assert_eq!(repo.picture(), before);
    for wrong in ["nowhere", ".."] {
        let refused = try_build(&repo, [Some("base"), None], &[wrong]);
        assert!(matches!(refused, Err(RevisionError::Carry { .. })), "{wrong}");
    }
}

#[test]
fn a_side_that_does_not_build_is_named_with_its_first_error() {
    let repo = Repo::new();
    repo.write("benches/speed.rs", "fn main() { nothing() }");
    let refused = try_build(&repo, [Some("first"), None], &[]).err().unwrap().to_string();
    assert!(refused.starts_with("candidate working tree (") && refused.contains("with changes"), "{refused}");
    assert!(refused.contains("speed.rs") && refused.contains("nothing"), "{refused}");
    let other = try_build(&repo, [None, Some("first")], &[]).err().unwrap().to_string();
    assert!(other.starts_with("baseline working tree"), "{other}");

    repo.git("rm --quiet --cached Cargo.toml");
    repo.git("commit --quiet --message without");
    let none = try_build(&repo, [Some("HEAD"), Some("first")], &[]);
    assert!(matches!(none, Err(RevisionError::NoManifest { .. })));
}

#[test]
fn a_target_that_only_one_side_has_is_on_that_side_alone() {
    let repo = Repo::new();
    repo.write("Cargo.toml", &format!("{MANIFEST}\n[[bench]]\nname = \"added\"\nharness = false\n"));
    repo.write("benches/added.rs", "fn main() { nothing() }");
    let outcome = both(&repo, [Some("first"), None]);
    let [baseline, candidate] = &outcome.pair.sides;
    assert_eq!((baseline.workspace.targets.len(), baseline.workspace.skipped.len()), (1, 0));
    assert_eq!(candidate.workspace.targets.len(), 1);
    assert!(matches!(&candidate.workspace.skipped[..], [only] if matches!(only.skip, Skip::BuildFailed(_))));
}

#[test]
fn an_executable_that_holds_the_path_of_its_build_is_named_when_the_files_differ() {
    let repo = Repo::new();
    let main = "fn main() { println!(\"{}\", concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/input.txt\")); }";
    repo.write("benches/speed.rs", main);
    repo.commit("base");
    assert!(kinds(&both(&repo, [Some("base"), None])).is_empty());
    repo.write("input.txt", "two");
    assert_eq!(kinds(&both(&repo, [Some("base"), None])), ["shared_files"]);
}

#[test]
fn packages_beside_the_repository_are_built_as_they_are_and_named() {
    let repo = Repo::new();
    crate::repository::write(
        &repo.beside("engine/Cargo.toml"),
        "[package]\nname = \"engine\"\nversion = \"0.1.0\"\n",
    );
    crate::repository::write(
        &repo.beside("engine/src/lib.rs"),
        "pub fn word() -> &'static str { \"beside\" }\n",
    );
    repo.write("Cargo.toml", &format!("{MANIFEST}\n[dependencies]\nengine = {{ path = \"../engine\" }}\n"));
    repo.write("benches/speed.rs", "fn main() { println!(\"{}\", engine::word()); }");
    repo.commit("base");
    let outcome = both(&repo, [Some("base"), None]);
    assert_eq!(says(&outcome, 0), "beside");
    assert_eq!(kinds(&outcome), ["outside_package"]);
}

#[test]
fn a_crash_in_the_middle_of_a_checkout_is_repaired() {
    let repo = Repo::new();
    repo.write("benches/speed.rs", &bench(2));
    let _ = both(&repo, [Some("first"), None]);
    let stage = fs::read_dir(repo.beside("builds")).unwrap().next().unwrap().unwrap().path();
    fs::remove_dir_all(stage.join("builds")).unwrap();
    fs::write(stage.join("tree.index.lock"), "").unwrap();
    fs::write(stage.join("tree.index"), "torn").unwrap();
    let tree = stage.join("above").join(repo.top().strip_prefix("/").unwrap());
    fs::write(tree.join("benches/speed.rs"), "half a fi").unwrap();
    fs::write(tree.join("input.txt"), "").unwrap();
    let outcome = both(&repo, [Some("first"), None]);
    assert_eq!((says(&outcome, 0), says(&outcome, 1)), ("1 one".into(), "2 one".into()));
}

#[test]
fn the_names_of_both_sides_are_shown_as_people_know_them() {
    let named = |typed: &str, is_dirty| Named {
        typed: typed.into(),
        revision: lab_core::model::Revision { commit: Some("a".repeat(40)), branch: None, is_dirty },
    };
    assert_eq!(named("working tree", Some(true)).shown(), "working tree (aaaaaaaaaa with changes)");
    assert_eq!(named("aaaaaa", Some(false)).shown(), "aaaaaaaaaa");
}
