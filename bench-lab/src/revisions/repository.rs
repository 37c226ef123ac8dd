//! The user's repository: where it is, and what its names mean.
//!
//! It is only read.

use std::path::{Path, PathBuf};

use lab_core::model::Revision;
use lab_core::nearest::nearest;

use super::RevisionError;
use super::git::Git;
use super::merge_base;

/// A repository with files.
#[derive(Clone, Debug)]
pub struct Repository {
    /// The folder of its files, without links.
    pub(super) top: PathBuf,
    /// The folder of this worktree's index and head.
    pub(super) git_dir: PathBuf,
    /// The folder of its objects.
    pub(super) objects: PathBuf,
}

/// A revision as somebody named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// As typed; `working tree` for the files as they are.
    pub typed: String,
    /// What it is.
    pub revision: Revision,
}

/// How the files as they are, uncommitted changes included, are called.
pub(super) const WORKING_TREE: &str = "working tree";

impl Repository {
    /// The repository around a folder.
    ///
    /// # Errors
    /// [`RevisionError::NoGit`], [`RevisionError::NoRepository`], [`RevisionError::Bare`].
    pub fn around(directory: &Path) -> Result<Self, RevisionError> {
        let git = Git::at(directory);
        let refused = |error| match error {
            RevisionError::Git { message, .. } => {
                RevisionError::NoRepository { directory: directory.into(), message }
            }
            other => other,
        };
        if git.text(&["rev-parse", "--is-inside-work-tree"]).map_err(refused)? != "true" {
            return Err(RevisionError::Bare { directory: directory.into() });
        }
        let path = |arguments: &[&str]| git.text(arguments).map(|text| directory.join(text));
        let top = path(&["rev-parse", "--show-toplevel"])?;
        let git_dir = path(&["rev-parse", "--absolute-git-dir"])?;
        let objects = path(&["rev-parse", "--git-path", "objects"])?;
        let top = top.canonicalize().map_err(RevisionError::io("look at", top))?;
        let objects = objects.canonicalize().map_err(RevisionError::io("look at", objects))?;
        Ok(Self { top, git_dir, objects })
    }

    /// The folder of its files.
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// The commit that a name means.
    ///
    /// # Errors
    /// [`RevisionError::Unknown`] with the nearest branches and tags, [`RevisionError::NoMergeBase`].
    pub fn resolve(&self, typed: &str) -> Result<Named, RevisionError> {
        self.resolve_beside(typed, "HEAD")
    }

    /// The same, where `merge-base` and `merge-base:BRANCH` are those of another commit than the one checked out.
    pub(super) fn resolve_beside(&self, typed: &str, head: &str) -> Result<Named, RevisionError> {
        let git = self.git();
        let wanted = format!("{typed}^{{commit}}");
        let found = git.text(&["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]);
        let Ok(commit) = found else {
            // Only now: somebody may have a branch of that name.
            return match merge_base::wanted(typed) {
                Some(branch) => self.merge_base(typed, branch, head),
                None => Err(self.unknown(typed)),
            };
        };
        let full = git.text(&["rev-parse", "--symbolic-full-name", "--verify", "--quiet", typed]);
        let branch = full.ok().and_then(|name| name.strip_prefix("refs/heads/").map(str::to_owned));
        let revision = Revision { commit: Some(commit), branch, is_dirty: Some(false) };
        Ok(Named { typed: typed.into(), revision })
    }

    /// Who commits here, as git's settings say; absent where they do not.
    pub fn user(&self) -> Option<String> {
        self.git().text(&["config", "user.name"]).ok().filter(|name| !name.trim().is_empty())
    }

    /// The files as they are; a repository without a commit has them too.
    pub(super) fn working_tree(&self) -> Named {
        let git = self.git();
        let commit = git.text(&["rev-parse", "--verify", "--quiet", "HEAD"]).ok();
        let branch = git.text(&["symbolic-ref", "--quiet", "--short", "HEAD"]).ok();
        Named { typed: WORKING_TREE.into(), revision: Revision { commit, branch, is_dirty: None } }
    }

    pub(super) fn git(&self) -> Git {
        Git::at(&self.top)
    }

    pub(super) fn unknown(&self, typed: &str) -> RevisionError {
        let git = self.git();
        let kinds = ["refs/heads", "refs/tags", "refs/remotes"];
        let listed = git.text(&[&["for-each-ref", "--format=%(refname:short)"][..], &kinds].concat());
        let listed = listed.unwrap_or_default();
        let nearest = nearest(typed, listed.lines()).into_iter().map(str::to_owned).collect();
        RevisionError::Unknown { typed: typed.into(), nearest, is_shallow: self.is_shallow() }
    }

    /// Whether the history was cut when it was cloned.
    pub(super) fn is_shallow(&self) -> bool {
        self.git().text(&["rev-parse", "--is-shallow-repository"]).is_ok_and(|text| text == "true")
    }
}

impl Named {
    /// `main (3f2a91c)`, or the commit alone where that is what was typed.
    pub fn shown(&self) -> String {
        let commit = self.revision.commit.as_deref().unwrap_or_default();
        let short = &commit[..commit.len().min(10)];
        match self.revision.is_dirty {
            _ if short.is_empty() => self.typed.clone(),
            Some(true) => format!("{} ({short} with changes)", self.typed),
            _ if commit.starts_with(&self.typed) => short.to_owned(),
            _ => format!("{} ({short})", self.typed),
        }
    }
}
