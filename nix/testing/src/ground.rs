//! What the host has for these tests, or what it lacks.
//!
//! It changes nothing but the store of these tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::nix::Nix;

/// A host on which the steps can run.
pub(crate) struct Ground {
    /// What `nix --version` says.
    pub(crate) version: String,
    /// The folder that Nix takes for the root of its store.
    pub(crate) store: PathBuf,
    /// Folder of the toolchain that cargo runs these tests with.
    pub(crate) sysroot: PathBuf,
    /// Folder with real inputs of the flake, or why there is none.
    pub(crate) checkouts: Result<PathBuf, String>,
}

/// Names a folder that holds `crane`, `rust-overlay` and `nixpkgs-lib`, the first two as the lock file has them.
const CHECKOUTS_VARIABLE: &str = "BENCH_LAB_FLAKE_CHECKOUTS";

/// What the builder of the stand-ins takes from the host, beside what it links to.
const PROGRAMS: &[&str] = &["cc", "git", "strip", "tar"];

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("nix/testing lies in the repository")
        .to_owned()
}

/// Where a program of the host lies.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

impl Ground {
    /// # Errors
    ///
    /// What is missing, as the end of a sentence that begins with "since".
    pub(crate) fn find() -> Result<Self, String> {
        if program("nix").is_none() {
            return Err("there is no `nix` (Debian: apt-get install nix-bin)".into());
        }
        if let Some(name) = PROGRAMS.iter().find(|name| program(name).is_none()) {
            return Err(format!("there is no `{name}`, which the stand-ins take from the host"));
        }
        if !Path::new("/bin/bash").exists() {
            return Err(
                "there is no /bin/bash for the stand-ins to build with; `nix flake check` does more here"
                    .into(),
            );
        }
        let sysroot = Command::new("rustc")
            .args(["--print", "sysroot"])
            .output()
            .map_err(|error| format!("rustc: {error}"))?;
        let ground = Self {
            version: Nix::version()?,
            store: Path::new(env!("CARGO_TARGET_TMPDIR")).join("flake-store"),
            sysroot: String::from_utf8_lossy(&sysroot.stdout).trim().into(),
            checkouts: std::env::var_os(CHECKOUTS_VARIABLE).map(PathBuf::from).ok_or_else(|| {
                format!("{CHECKOUTS_VARIABLE} names no folder with crane, rust-overlay and nixpkgs-lib")
            }),
        };
        std::fs::create_dir_all(&ground.store)
            .map_err(|error| format!("{}: {error}", ground.store.display()))?;
        Nix::new(&ground, &ground.store).prove_sandbox()?;
        Ok(ground)
    }
}
