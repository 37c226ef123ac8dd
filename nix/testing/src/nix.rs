//! Commands of Nix, with a store and settings of their own.
//!
//! No command may read or write what belongs to a user's Nix.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use super::ground::Ground;

/// Places of the host that builds may see, where they exist: compiler, C library and tools.
const VISIBLE: &[&str] = &["/bin", "/usr", "/lib", "/lib64", "/etc/alternatives", "/etc/ld.so.cache"];

/// How commands of Nix are called.
pub(crate) struct Nix {
    store: PathBuf,
    home: PathBuf,
    settings: String,
}

/// What a command said.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Said {
    /// Standard output of a command that must have succeeded.
    pub(crate) fn expect(self, what: &str) -> String {
        let tail: Vec<&str> = self.stderr.lines().rev().take(40).collect();
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        assert_eq!(self.code, Some(0), "{what}:\n{}\n{}", self.stdout, tail.join("\n"));
        self.stdout
    }
}

impl Nix {
    pub(crate) fn version() -> Result<String, String> {
        let output =
            Command::new("nix").arg("--version").output().map_err(|error| format!("nix: {error}"))?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// `home` keeps caches away from the user's.
    pub(crate) fn new(ground: &Ground, home: &Path) -> Self {
        let visible =
            VISIBLE.iter().map(Path::new).chain([ground.sysroot.as_path()]).filter(|path| path.exists());
        let mut settings = String::from("experimental-features = nix-command flakes\n");
        settings.push_str("sandbox = true\nsandbox-fallback = false\nbuild-users-group =\n");
        settings.push_str("substituters =\nflake-registry =\nwarn-dirty = false\nsandbox-paths =");
        for path in visible {
            write!(settings, " {}", path.display()).expect("a text can be written to");
        }
        Self { store: ground.store.clone(), home: home.to_owned(), settings }
    }

    /// A command of one of Nix's programs.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        for name in ["NIX_PATH", "NIX_STORE_DIR", "NIX_STATE_DIR", "NIX_USER_CONF_FILES", "IN_NIX_SHELL"] {
            command.env_remove(name);
        }
        command
            .env("NIX_REMOTE", &self.store)
            .env("NIX_CONF_DIR", &self.home)
            .env("NIX_CONFIG", &self.settings)
            .env("HOME", &self.home)
            .env("XDG_CACHE_HOME", self.home.join("cache"))
            .env("XDG_CONFIG_HOME", self.home.join("config"));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        self.command("nix").args(arguments).output().expect("nix was found").into()
    }

    /// A path of the store, where the host sees it.
    pub(crate) fn real(&self, path: &str) -> PathBuf {
        self.store.join(path.trim_start_matches('/'))
    }

    /// Whether a build can be confined here, tried with the smallest one.
    ///
    /// # Errors
    ///
    /// What Nix said.
    pub(crate) fn prove_sandbox(&self) -> Result<(), String> {
        let smallest = r#"derivation { name = "sandbox"; system = builtins.currentSystem; builder = "/bin/bash"; args = [ "-c" "echo >$out" ]; }"#;
        let said = self.run(&["build", "--impure", "--no-link", "--expr", smallest]);
        if said.code == Some(0) {
            return Ok(());
        }
        let why = said.stderr.lines().find(|line| line.contains("error")).unwrap_or("Nix gave no reason");
        Err(format!("Nix cannot confine a build here, which takes root or user namespaces: {}", why.trim()))
    }

    /// The JSON of an expression below an installable, with `apply` (a function of Nix) called on it.
    pub(crate) fn eval(&self, installable: &str, apply: &str) -> Value {
        let said = self.run(&["eval", "--json", installable, "--apply", apply]).expect(installable);
        serde_json::from_str(&said).unwrap()
    }

    /// Builds, and gives the path in the store.
    pub(crate) fn build(&self, installable: &str) -> String {
        let said = self.run(&["build", "--json", "--no-link", "-L", installable]).expect(installable);
        let built: Value = serde_json::from_str(&said).unwrap();
        built[0]["outputs"]["out"].as_str().unwrap().to_owned()
    }

    /// Every path that a path needs at run time, itself included.
    pub(crate) fn closure(&self, path: &str) -> Vec<String> {
        let said: Said = self
            .command("nix-store")
            .args(["--query", "--requisites", path])
            .output()
            .expect("nix-store was found")
            .into();
        said.expect(path).lines().map(str::to_owned).collect()
    }
}
