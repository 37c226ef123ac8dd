//! The commit at which a branch left another, by the names that people and CI systems give it.

use bench_lab::revisions::{Repository, RevisionError};

use crate::repository::Repo;

/// `main` has moved on since `feature`, which is checked out, left it at `first`.
fn forked() -> Repo {
    let repo = Repo::new();
    repo.git("checkout --quiet -b feature");
    repo.write("input.txt", "two");
    repo.commit("on-feature");
    repo.git("checkout --quiet main");
    repo.write("input.txt", "three");
    repo.commit("on-main");
    repo.git("checkout --quiet feature");
    repo
}

fn commit(repo: &Repo, name: &str) -> Option<String> {
    Repository::around(&repo.top()).unwrap().resolve(name).unwrap().revision.commit
}

#[test]
fn it_is_the_fork_point_and_not_the_tip() {
    let repo = forked();
    for name in ["merge-base", "merge-base:main"] {
        assert_eq!(commit(&repo, name), commit(&repo, "first"), "{name}");
        let shown = Repository::around(&repo.top()).unwrap().resolve(name).unwrap().shown();
        assert!(shown.starts_with("merge-base:main ("), "{shown}");
    }
    assert_ne!(commit(&repo, "merge-base"), commit(&repo, "main"));
    repo.git("checkout --quiet main");
    assert_eq!(commit(&repo, "merge-base"), commit(&repo, "main"));
}

#[test]
fn a_checkout_without_local_branches_finds_those_of_its_remote() {
    let repo = forked();
    let first = commit(&repo, "first");
    let clone = repo.beside("clone");
    repo.git(&format!("clone --quiet {} {}", repo.top().display(), clone.display()));
    let clone = Repository::around(&clone).unwrap();
    for name in ["merge-base:main", "merge-base:origin/main"] {
        let named = clone.resolve(name).unwrap();
        assert_eq!((named.revision.commit, named.typed.as_str()), (first.clone(), "merge-base:origin/main"));
    }
    // Its own default branch is the one that was checked out when it was cloned.
    assert!(clone.resolve("merge-base").unwrap().typed.starts_with("merge-base:origin/"));
}

#[test]
fn what_has_no_such_commit_is_refused_with_its_reason() {
    let repo = forked();
    let repository = Repository::around(&repo.top()).unwrap();
    assert!(matches!(
        repository.resolve("merge-base:mian"),
        Err(RevisionError::Unknown { typed, nearest, .. }) if typed == "mian" && nearest == ["main"]
    ));
    assert!(matches!(repository.resolve("merge-base:"), Err(RevisionError::Unknown { .. })));
    repo.git("checkout --quiet --orphan alone");
    repo.commit("alone-commit");
    assert!(matches!(
        repository.resolve("merge-base:main"),
        Err(RevisionError::NoMergeBase { is_shallow: false, .. })
    ));
    // Somebody's own branch of that name is what it is.
    repo.git("branch merge-base first");
    assert_eq!(commit(&repo, "merge-base"), commit(&repo, "first"));
}
