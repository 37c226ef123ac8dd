//! All files of a revision as git trees, those of submodules included.
//!
//! The files as they are become a tree in an index and an object folder of our own, which lend what they lack from
//! the repository: nothing is written into it, not even an object that nobody refers to.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use lab_core::hex::hex;
use lab_core::model::Warning;
use sha2::{Digest, Sha256};

use super::git::Git;
use super::{Named, Repository, RevisionError};

/// What cargo and other tools put into folders that can be made again: <https://bford.info/cachedir/>.
const CACHE_MARK: &str = "CACHEDIR.TAG";

/// The files of one revision.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The repository's own folder.
    pub(super) git_dir: PathBuf,
    /// Where objects lie that the repository does not have; absent for commits.
    pub(super) objects: Option<PathBuf>,
    /// The tree's object id.
    pub(super) tree: String,
    /// Submodules that are here.
    pub(super) parts: Vec<Part>,
    /// What is not as a reader would expect.
    pub(super) warnings: Vec<Warning>,
}

/// The files of a submodule.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// From the folder of the repository around it.
    pub(super) path: PathBuf,
    pub(super) snapshot: Snapshot,
}

/// A submodule as a tree has it.
struct Link {
    path: PathBuf,
    commit: String,
}

impl Snapshot {
    /// The files of a commit.
    ///
    /// # Errors
    /// [`RevisionError::SubmoduleCommit`], [`RevisionError::Git`].
    pub fn of_commit(repository: &Repository, named: &Named) -> Result<Self, RevisionError> {
        let commit = named.revision.commit.clone().unwrap_or_default();
        let tree = repository.git().text(&["rev-parse", "--verify", &format!("{commit}^{{tree}}")])?;
        let git_dir = repository.git_dir.clone();
        let mut snapshot = Self { git_dir, objects: None, tree, parts: Vec::new(), warnings: Vec::new() };
        for link in snapshot.links()? {
            let Some(inner) = submodule(repository, &link.path) else {
                snapshot.warnings.push(absent(&link.path));
                continue;
            };
            let wanted = Named {
                typed: named.typed.clone(),
                revision: lab_core::model::Revision {
                    commit: Some(link.commit.clone()),
                    ..Default::default()
                },
            };
            if inner.git().text(&["cat-file", "-e", &format!("{}^{{commit}}", link.commit)]).is_err() {
                return Err(RevisionError::SubmoduleCommit {
                    revision: named.shown(),
                    path: link.path,
                    commit: link.commit.chars().take(10).collect(),
                });
            }
            snapshot.parts.push(Part { snapshot: Self::of_commit(&inner, &wanted)?, path: link.path });
        }
        Ok(snapshot)
    }

    /// The files as they are: what is tracked with its changes, and what is neither tracked nor ignored. `scratch`
    /// is a folder of ours; what was in it is gone afterwards.
    ///
    /// # Errors
    /// [`RevisionError::Git`], [`RevisionError::Io`].
    pub fn of_working_tree(repository: &Repository, scratch: &Path) -> Result<(Self, Named), RevisionError> {
        match fs::remove_dir_all(scratch) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(RevisionError::io("clear", scratch)(error));
            }
            _ => {}
        }
        Self::of_files(repository, scratch)
    }

    fn of_files(repository: &Repository, scratch: &Path) -> Result<(Self, Named), RevisionError> {
        let (index, objects) = (scratch.join("index"), scratch.join("objects"));
        let information = objects.join("info");
        fs::create_dir_all(&information).map_err(RevisionError::io("create", &information))?;
        let mut lender = repository.objects.as_os_str().as_bytes().to_vec();
        lender.push(b'\n');
        let alternates = information.join("alternates");
        fs::write(&alternates, lender).map_err(RevisionError::io("write", &alternates))?;
        let theirs = repository.git_dir.join("index");
        if theirs.is_file() {
            // With git's own notes on file times most files need not be read again.
            copy_with_time(&theirs, &index).map_err(RevisionError::io("copy", &theirs))?;
        }
        let git = repository.git().with("GIT_INDEX_FILE", &index).with("GIT_OBJECT_DIRECTORY", &objects);
        git.bytes(&["-c", "core.safecrlf=false", "add", "--update"])?;
        let mut warnings = Vec::new();
        let others = others(repository, &git, &mut warnings)?;
        git.fed(&["update-index", "--add", "-z", "--stdin"], &others)?;
        let tree = git.text(&["write-tree"])?;

        let mut named = repository.working_tree();
        let head = repository.git().text(&["rev-parse", "--verify", "--quiet", "HEAD^{tree}"]).ok();
        let mut is_dirty = head.as_ref() != Some(&tree);
        let git_dir = repository.git_dir.clone();
        let mut snapshot = Self { git_dir, objects: Some(objects), tree, parts: Vec::new(), warnings };
        for (number, link) in snapshot.links()?.into_iter().enumerate() {
            let Some(inner) = submodule(repository, &link.path) else {
                snapshot.warnings.push(absent(&link.path));
                continue;
            };
            let (part, inner) = Self::of_files(&inner, &scratch.join(number.to_string()))?;
            is_dirty |= inner.revision.is_dirty != Some(false);
            snapshot.parts.push(Part { path: link.path, snapshot: part });
        }
        named.revision.is_dirty = Some(is_dirty);
        Ok((snapshot, named))
    }

    /// A name for exactly these files.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for (path, tree) in self.trees(Path::new("")) {
            hash.update(path.as_os_str().as_bytes());
            hash.update([0]);
            hash.update(tree);
            hash.update([0]);
        }
        hex(&hash.finalize())
    }

    /// Whether it has a file.
    pub(super) fn holds(&self, path: &Path) -> bool {
        if let Some(part) = self.parts.iter().find(|part| path.starts_with(&part.path)) {
            return part.snapshot.holds(path.strip_prefix(&part.path).unwrap_or(path));
        }
        let mut object = format!("{}:", self.tree).into_bytes();
        object.extend(path.as_os_str().as_bytes());
        self.git().text(&["cat-file", "-e", &String::from_utf8_lossy(&object)]).is_ok()
    }

    /// Every file with what identifies its content, by path from the top.
    pub(super) fn files(&self) -> Result<BTreeMap<PathBuf, String>, RevisionError> {
        let mut files = BTreeMap::new();
        let is_part = |path: &Path| self.parts.iter().any(|part| part.path == path);
        for entry in self.entries()?.into_iter().filter(|entry| !is_part(&entry.path)) {
            files.insert(entry.path, format!("{} {}", entry.mode, entry.object));
        }
        for part in &self.parts {
            let inner = part.snapshot.files()?;
            files.extend(inner.into_iter().map(|(path, content)| (part.path.join(path), content)));
        }
        Ok(files)
    }

    /// Git over this revision's objects.
    pub(super) fn git(&self) -> Git {
        let git = Git::at(&self.git_dir).with("GIT_DIR", &self.git_dir);
        match &self.objects {
            Some(objects) => git.with("GIT_OBJECT_DIRECTORY", objects),
            None => git,
        }
    }

    fn trees(&self, at: &Path) -> Vec<(PathBuf, &str)> {
        let inner = self.parts.iter().flat_map(|part| part.snapshot.trees(&at.join(&part.path)));
        std::iter::once((at.to_owned(), self.tree.as_str())).chain(inner).collect()
    }

    fn links(&self) -> Result<Vec<Link>, RevisionError> {
        let links = self.entries()?.into_iter().filter(|entry| entry.mode == "160000");
        Ok(links.map(|entry| Link { path: entry.path, commit: entry.object }).collect())
    }

    fn entries(&self) -> Result<Vec<Entry>, RevisionError> {
        let records = self.git().records(&["ls-tree", "-r", "-z", "--full-tree", &self.tree])?;
        Ok(records.iter().filter_map(|record| Entry::parse(record)).collect())
    }
}

/// The time goes along: git reads a file again that is not older than its index, since it may have been changed within
/// the clock's step after it was noted (git's Documentation/technical/racy-git.txt).
fn copy_with_time(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::copy(from, to)?;
    let modified = fs::metadata(from)?.modified()?;
    fs::File::options().append(true).open(to)?.set_modified(modified)
}

/// One line of `git ls-tree`: mode, kind, object, a tab, the path.
struct Entry {
    mode: String,
    object: String,
    path: PathBuf,
}

impl Entry {
    fn parse(record: &[u8]) -> Option<Self> {
        let tab = record.iter().position(|byte| *byte == b'\t')?;
        let mut words = std::str::from_utf8(&record[..tab]).ok()?.split(' ');
        let (mode, object) = (words.next()?.to_owned(), words.nth(1)?.to_owned());
        Some(Self { mode, object, path: OsStr::from_bytes(&record[tab + 1..]).into() })
    }
}

/// What is neither tracked nor ignored, as `update-index -z --stdin` wants it.
fn others(repository: &Repository, git: &Git, warnings: &mut Vec<Warning>) -> Result<Vec<u8>, RevisionError> {
    let mut known: BTreeMap<PathBuf, bool> = BTreeMap::new();
    let mut list = Vec::new();
    for record in git.records(&["ls-files", "-z", "--others", "--exclude-standard"])? {
        let path = Path::new(OsStr::from_bytes(&record));
        if record.ends_with(b"/") {
            let text = "a repository of its own that is no submodule; it is not part of the measured files";
            warnings.push(Warning::new("nested_repository", path.display(), text));
        } else if !is_in_cache(&repository.top, path, &mut known) {
            list.extend(&record);
            list.push(0);
        }
    }
    Ok(list)
}

/// Whether a path lies in a folder that says it can be made again, such as a `target` that nobody ignores.
fn is_in_cache(top: &Path, path: &Path, known: &mut BTreeMap<PathBuf, bool>) -> bool {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return false };
    if let Some(is_cache) = known.get(folder) {
        return *is_cache;
    }
    let is_cache = top.join(folder).join(CACHE_MARK).is_file() || is_in_cache(top, folder, known);
    known.insert(folder.into(), is_cache);
    is_cache
}

/// The repository of a submodule that was fetched.
fn submodule(repository: &Repository, path: &Path) -> Option<Repository> {
    let folder = repository.top.join(path);
    let inner = Repository::around(&folder).ok()?;
    // In an empty folder git would answer for the repository around it.
    (inner.top == folder.canonicalize().ok()?).then_some(inner)
}

fn absent(path: &Path) -> Warning {
    let text = "this submodule is not checked out here, so both revisions are built without it (git submodule \
                update --init fetches it)";
    Warning::new("submodule_absent", path.display(), text)
}
