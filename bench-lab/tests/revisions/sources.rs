//! What belongs to a revision, and what is said of what does not.

use std::fs;
use std::path::Path;

use bench_lab::revisions::{Repository, RevisionError, Snapshot, differing_inputs};
use lab_core::model::Revision;

use crate::repository::{Repo, git, write};

fn around(repo: &Repo) -> Repository {
    Repository::around(&repo.top()).unwrap()
}

fn working_tree(repo: &Repo) -> (Snapshot, Revision) {
    let (snapshot, named) = Snapshot::of_working_tree(&around(repo), &repo.beside("scratch")).unwrap();
    (snapshot, named.revision)
}

fn commit(repo: &Repo, name: &str) -> Snapshot {
    let repository = around(repo);
    Snapshot::of_commit(&repository, &repository.resolve(name).unwrap()).unwrap()
}

/// The inputs that differ from the first commit, as text.
fn differing(repo: &Repo, snapshot: &Snapshot) -> Vec<String> {
    let paths = differing_inputs(&commit(repo, "first"), snapshot).unwrap();
    paths.iter().map(|path| path.display().to_string()).collect()
}

#[test]
fn a_clean_working_tree_is_its_head_and_a_changed_one_is_not() {
    let repo = Repo::new();
    let (clean, revision) = working_tree(&repo);
    assert_eq!(clean.digest(), commit(&repo, "HEAD").digest());
    assert_eq!((revision.branch.as_deref(), revision.is_dirty), (Some("main"), Some(false)));
    assert_eq!(revision.commit, Some(repo.git("rev-parse HEAD")));

    repo.write("input.txt", "two");
    repo.write("new/data.txt", "untracked");
    repo.write("ignored", "not part of it");
    fs::remove_file(repo.top().join("src/lib.rs")).unwrap();
    let before = repo.picture();
    let (changed, revision) = working_tree(&repo);
    assert_eq!(revision.is_dirty, Some(true));
    assert_eq!(differing(&repo, &changed), ["input.txt", "new/data.txt"]);
    assert_eq!(repo.picture(), before, "not a byte of the repository changed");
}

#[test]
fn staged_intended_and_conflicting_files_count_as_they_lie_there() {
    let repo = Repo::new();
    repo.git("switch --quiet --create other");
    repo.write("input.txt", "theirs");
    repo.commit("theirs");
    repo.git("switch --quiet main");
    repo.write("input.txt", "ours");
    repo.commit("ours");
    let merge = std::process::Command::new("git").args(["merge", "other"]).current_dir(repo.top()).output();
    assert!(!merge.unwrap().status.success());
    repo.write("staged.txt", "first");
    repo.git("add staged.txt");
    repo.write("staged.txt", "then changed");
    repo.write("intended.txt", "x");
    repo.git("add --intent-to-add intended.txt");
    let before = repo.picture();
    let (snapshot, _) = working_tree(&repo);
    assert_eq!(differing(&repo, &snapshot), ["input.txt", "intended.txt", "staged.txt"]);
    assert_eq!(repo.picture(), before);
}

#[test]
fn a_target_folder_that_nobody_ignores_is_no_part_of_the_files() {
    let repo = Repo::new();
    repo.write("target/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55");
    repo.write("target/release/deps/speed.o", "big");
    repo.write("kept/target.txt", "an input");
    let (snapshot, _) = working_tree(&repo);
    assert_eq!(differing(&repo, &snapshot), ["kept/target.txt"]);
}

#[test]
fn a_repository_without_a_commit_has_a_working_tree() {
    let repo = Repo::new();
    fs::remove_dir_all(repo.top().join(".git")).unwrap();
    repo.git("init --quiet");
    let (_, revision) = working_tree(&repo);
    assert_eq!((revision.commit, revision.is_dirty), (None, Some(true)));
    assert!(matches!(around(&repo).resolve("HEAD"), Err(RevisionError::Unknown { .. })));
}

#[test]
fn names_mean_what_git_means_and_unknown_ones_offer_the_nearest() {
    let repo = Repo::new();
    repo.git("branch feature/fast-path");
    let repository = around(&repo);
    let named = repository.resolve("feature/fast-path").unwrap();
    assert_eq!(named.revision.branch.as_deref(), Some("feature/fast-path"));
    let head = repo.git("rev-parse HEAD");
    assert_eq!(named.shown(), format!("feature/fast-path ({})", &head[..10]));
    assert_eq!(repository.resolve(&head[..12]).unwrap().shown(), head[..10]);
    let unknown = repository.resolve("fast-pat");
    assert!(matches!(unknown, Err(RevisionError::Unknown { nearest, is_shallow: false, .. })
        if nearest == ["feature/fast-path"]));
    for odd in ["", "--all", "HEAD^{tree}", "first:src/lib.rs", "a b"] {
        assert!(matches!(repository.resolve(odd), Err(RevisionError::Unknown { .. })), "{odd:?}");
    }
}

#[test]
fn a_shallow_clone_is_known_as_one() {
    let repo = Repo::new();
    repo.commit_empty("second");
    let clone = repo.beside("clone");
    git(
        &repo.beside(""),
        &format!("clone --quiet --depth 1 file://{} {}", repo.top().display(), clone.display()),
    );
    let unknown = Repository::around(&clone).unwrap().resolve("HEAD~1");
    assert!(matches!(unknown, Err(RevisionError::Unknown { is_shallow: true, .. })));
}

#[test]
fn outside_a_repository_and_in_a_bare_one_there_are_no_revisions() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Repository::around(folder.path()), Err(RevisionError::NoRepository { .. })));
    git(folder.path(), "init --quiet --bare");
    assert!(matches!(Repository::around(folder.path()), Err(RevisionError::Bare { .. })));
}

#[test]
fn submodules_are_part_of_the_files_at_the_commit_that_each_revision_wants() {
    let (repo, library) = (Repo::new(), Repo::new());
    repo.git(&format!("submodule --quiet add {} vendored/library", library.top().display()));
    repo.commit("with-library");
    let inner = repo.top().join("vendored/library");
    write(&inner.join("input.txt"), "newer");
    git(&inner, "commit --quiet --all --message newer");
    repo.commit("with-newer");
    let files = |snapshot: &Snapshot| {
        let paths = differing_inputs(&commit(&repo, "with-library"), snapshot).unwrap();
        paths.into_iter().filter(|path| path.starts_with("vendored/library/")).collect::<Vec<_>>()
    };
    assert!(files(&commit(&repo, "with-library")).is_empty());
    let changed = Path::new("vendored/library/input.txt");
    assert_eq!(files(&commit(&repo, "with-newer")), [changed]);
    write(&inner.join("input.txt"), "not even committed");
    let before = repo.picture();
    let (snapshot, revision) = working_tree(&repo);
    assert_eq!((files(&snapshot), revision.is_dirty), (vec![changed.to_owned()], Some(true)));
    assert_eq!(repo.picture(), before);

    for forget in [
        "checkout --quiet --force --detach HEAD~1",
        "branch --quiet -D main",
        "reflog expire --expire=now --all",
        "gc --quiet --prune=now",
    ] {
        git(&inner, forget);
    }
    let repository = around(&repo);
    let gone = Snapshot::of_commit(&repository, &repository.resolve("with-newer").unwrap());
    assert!(
        matches!(gone, Err(RevisionError::SubmoduleCommit { path, .. }) if path == Path::new("vendored/library"))
    );
}
