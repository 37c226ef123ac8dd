//! `merge-base` and `merge-base:BRANCH`: the commit at which a branch left another, which is what a pull request is
//! compared against.
//!
//! It asks git and fetches nothing: a history that was cut when it was cloned may not hold the commit.

use lab_core::model::Revision;

use super::git::Git;
use super::{Named, Repository, RevisionError};

/// The word.
const WORD: &str = "merge-base";

/// Where a branch of that name may be, and which branches are tried where none is named.
const REMOTE: &str = "origin";
const USUAL: [&str; 2] = ["main", "master"];

/// The branch that such a name wants, empty for the repository's default one; absent for other names.
pub(crate) fn wanted(typed: &str) -> Option<&str> {
    match typed.strip_prefix(WORD)? {
        "" => Some(""),
        rest => rest.strip_prefix(':').filter(|branch| !branch.is_empty()),
    }
}

impl Repository {
    /// The newest commit that `head` and the branch have in common.
    pub(super) fn merge_base(&self, typed: &str, branch: &str, head: &str) -> Result<Named, RevisionError> {
        let git = self.git();
        let tip = self
            .tip(&git, branch)
            .ok_or_else(|| self.unknown(if branch.is_empty() { typed } else { branch }))?;
        let found = git.text(&["merge-base", "--end-of-options", &tip, head]);
        let commit =
            found.ok().filter(|commit| !commit.is_empty()).ok_or_else(|| RevisionError::NoMergeBase {
                branch: tip.clone(),
                head: head.into(),
                is_shallow: self.is_shallow(),
            })?;
        let revision = Revision { commit: Some(commit), branch: None, is_dirty: Some(false) };
        Ok(Named { typed: format!("{WORD}:{tip}"), revision })
    }

    /// The branch as git finds it: as it is called, else on the remote, since a checkout for CI has no local branches.
    fn tip(&self, git: &Git, branch: &str) -> Option<String> {
        let is_there = |name: &String| {
            let wanted = format!("{name}^{{commit}}");
            git.text(&["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]).is_ok()
        };
        if !branch.is_empty() {
            return [branch.to_owned(), format!("{REMOTE}/{branch}")].into_iter().find(is_there);
        }
        let default =
            git.text(&["symbolic-ref", "--quiet", "--short", &format!("refs/remotes/{REMOTE}/HEAD")]);
        let usual = USUAL.iter().map(|name| format!("{REMOTE}/{name}"));
        default.into_iter().chain(usual).chain(USUAL.map(str::to_owned)).find(is_there)
    }
}
