//! A repository with a history, and a picture of everything git keeps of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A package with one bench that prints what it reads and what was compiled into it.
pub(crate) const MANIFEST: &str = "[package]\nname = \"small\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
    [[bench]]\nname = \"speed\"\nharness = false\n\n[profile.bench]\nopt-level = 0\ndebug = false\n";

/// A bench whose executable holds this number, and which reads a file of its package.
pub(crate) fn bench(number: u32) -> String {
    format!(
        "fn main() {{\n    println!(\"{{}} {{}}\", {number}, std::fs::read_to_string(\"input.txt\").unwrap());\n    \
         assert!(std::env::args().count() > 0, \"panics name their file\");\n}}\n"
    )
}

/// A folder with a repository in it.
pub(crate) struct Repo {
    folder: TempDir,
}

impl Repo {
    /// With one commit, tagged `first`, of a package whose bench says 1.
    pub(crate) fn new() -> Self {
        let repo = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(repo.top()).unwrap();
        repo.git("init --quiet --initial-branch main");
        repo.write("Cargo.toml", MANIFEST);
        repo.write("benches/speed.rs", &bench(1));
        repo.write("src/lib.rs", "");
        repo.write("input.txt", "one");
        repo.write(".gitignore", "/ignored\n");
        repo.commit("first");
        repo
    }

    pub(crate) fn top(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join("repository")
    }

    /// Beside the repository.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        write(&self.top().join(path), text);
    }

    /// Commits everything and tags it.
    pub(crate) fn commit(&self, tag: &str) {
        self.git("add --all");
        self.git(&format!("commit --quiet --message {tag}"));
        self.git(&format!("tag {tag}"));
    }

    pub(crate) fn commit_empty(&self, message: &str) {
        self.git(&format!("commit --quiet --allow-empty --message {message}"));
    }

    pub(crate) fn git(&self, words: &str) -> String {
        git(&self.top(), words)
    }

    /// Every file of the repository with its bytes, git's own files included.
    pub(crate) fn picture(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        collect(&self.top(), &mut found);
        found
    }
}

pub(crate) fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Git with an identity of its own, whatever the user's configuration says.
pub(crate) fn git(directory: &Path, words: &str) -> String {
    let identity =
        ["user.name=t", "user.email=t@example.org", "commit.gpgsign=false", "protocol.file.allow=always"];
    let output = Command::new("git")
        .args(identity.iter().flat_map(|setting| ["-c", setting]))
        .args(words.split_whitespace())
        .current_dir(directory)
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {words}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn collect(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
}
