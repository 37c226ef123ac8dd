//! The environment this process was started with, made fit for a cargo of somebody else's workspace.
//!
//! It only removes what cargo and rustup put there for this process; what the user set stays.

use std::collections::BTreeMap;
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Variables that `cargo run` and `cargo test` set for the process they start, besides `CARGO_PKG_*` and
/// `CARGO_BIN_EXE_*`. The Cargo Book, "Environment variables Cargo sets for crates"; checked with cargo 1.95.
const SET_BY_CARGO: &[&str] = &[
    "CARGO",
    "CARGO_BIN_NAME",
    "CARGO_CRATE_NAME",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_PRIMARY_PACKAGE",
    "CARGO_TARGET_TMPDIR",
    "OUT_DIR",
];

/// The library path variable of the platform's dynamic loader.
pub(super) const LIBRARY_PATH: &str = "LD_LIBRARY_PATH";

/// Names the toolchain for rustup's proxies; set by the user, or by a proxy for its children.
pub(super) const RUSTUP_TOOLCHAIN: &str = "RUSTUP_TOOLCHAIN";

/// The environment of this process, and where its executable lies.
#[derive(Clone, Debug)]
pub(super) struct Inherited {
    variables: BTreeMap<OsString, OsString>,
    executable: Option<PathBuf>,
}

impl Inherited {
    /// Reads them.
    pub(super) fn of_this_process() -> Self {
        Self { variables: env::vars_os().collect(), executable: env::current_exe().ok() }
    }

    /// The same with another value of one variable.
    #[cfg(test)]
    pub(super) fn with(mut self, name: &str, value: &Path) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// One variable as it was inherited.
    pub(super) fn variable(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// What a cargo that the user starts by hand would see.
    pub(super) fn for_cargo(&self) -> BTreeMap<OsString, OsString> {
        let mut variables = self.variables.clone();
        if self.is_under_cargo() {
            variables.retain(|name, _| !is_set_by_cargo(name));
        }
        if self.is_under_proxy() && !self.is_toolchain_chosen() {
            variables.remove(OsStr::new(RUSTUP_TOOLCHAIN));
        }
        if self.is_under_proxy() {
            variables.remove(OsStr::new("RUST_RECURSION_COUNT"));
            variables.remove(OsStr::new("RUSTUP_TOOLCHAIN_SOURCE"));
        }
        match self.own_library_path() {
            Some(path) if !path.is_empty() => variables.insert(LIBRARY_PATH.into(), path),
            _ => variables.remove(OsStr::new(LIBRARY_PATH)),
        };
        // A measurement never starts a download that nobody asked for.
        variables.insert("RUSTUP_AUTO_INSTALL".into(), "0".into());
        variables
    }

    /// The toolchain that a rustup proxy chose for this process.
    pub(super) fn proxy_toolchain(&self) -> Option<String> {
        let name = self.variable(RUSTUP_TOOLCHAIN).filter(|_| self.is_under_proxy())?;
        Some(name.to_string_lossy().into_owned())
    }

    fn is_under_cargo(&self) -> bool {
        self.variable("CARGO_MANIFEST_DIR").is_some()
    }

    fn is_under_proxy(&self) -> bool {
        self.variable("RUST_RECURSION_COUNT").is_some()
    }

    /// Whether the user named the toolchain, by variable or by `cargo +name`; rustup says so since 1.29.
    fn is_toolchain_chosen(&self) -> bool {
        let source = self.variable("RUSTUP_TOOLCHAIN_SOURCE");
        source.is_some_and(|source| source == "env" || source == "cli")
    }

    /// The library path without the entries that cargo and rustup put in front for this process.
    fn own_library_path(&self) -> Option<OsString> {
        let path = self.variable(LIBRARY_PATH)?;
        let kept = env::split_paths(path).filter(|entry| {
            let is_cargos = self.is_under_cargo() && (self.is_build_output(entry) || is_sysroot(entry));
            let is_proxys = self.is_under_proxy() && is_rustup_toolchain(entry);
            !entry.as_os_str().is_empty() && !is_cargos && !is_proxys
        });
        env::join_paths(kept).ok()
    }

    /// Whether an entry lies where this executable was built: beside it, above it (tests lie in `deps`), or in
    /// the output of a build script of the same profile.
    fn is_build_output(&self, entry: &Path) -> bool {
        let Some(directory) = self.executable.as_deref().and_then(Path::parent) else {
            return false;
        };
        let profile = match directory.file_name() {
            Some(name) if name == "deps" || name == "examples" => directory.parent().unwrap_or(directory),
            _ => directory,
        };
        entry.starts_with(profile)
    }
}

fn is_set_by_cargo(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    SET_BY_CARGO.contains(&&*name) || name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_BIN_EXE_")
}

/// Whether an entry is the `lib/rustlib/<triple>/lib` of a compiler.
fn is_sysroot(entry: &Path) -> bool {
    entry.ends_with("lib") && entry.components().any(|part| part.as_os_str() == "rustlib")
}

/// Whether an entry is the `lib` of a toolchain that rustup installed.
fn is_rustup_toolchain(entry: &Path) -> bool {
    entry.ends_with("lib")
        && entry.parent().and_then(Path::parent).is_some_and(|up| up.ends_with("toolchains"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inherited(variables: &[(&str, &str)]) -> Inherited {
        Inherited {
            variables: variables.iter().map(|(name, value)| (name.into(), value.into())).collect(),
            executable: Some("/lab/target/release/bench-lab".into()),
        }
    }

    fn cleaned(variables: &[(&str, &str)]) -> BTreeMap<OsString, OsString> {
        let mut cleaned = inherited(variables).for_cargo();
        assert_eq!(cleaned.remove(OsStr::new("RUSTUP_AUTO_INSTALL")), Some("0".into()));
        cleaned
    }

    fn plain(variables: &[(&str, &str)]) -> BTreeMap<OsString, OsString> {
        variables.iter().map(|(name, value)| (name.into(), value.into())).collect()
    }

    #[test]
    fn what_the_user_set_stays() {
        let set = [
            ("CARGO_TARGET_DIR", "/elsewhere"),
            ("CARGO_HOME", "/home/.cargo"),
            ("CARGO_PROFILE_BENCH_LTO", "fat"),
            ("RUSTFLAGS", "-Ctarget-cpu=native"),
            ("RUSTUP_TOOLCHAIN", "nightly"),
            ("LD_LIBRARY_PATH", "/opt/lib"),
        ];
        assert_eq!(cleaned(&set), plain(&set));
    }

    #[test]
    fn what_cargo_run_set_goes() {
        let set = [
            ("CARGO", "/toolchain/bin/cargo"),
            ("CARGO_MANIFEST_DIR", "/lab/bench-lab"),
            ("CARGO_PKG_NAME", "bench-lab"),
            ("CARGO_BIN_EXE_bench-lab", "/lab/target/release/bench-lab"),
            ("OUT_DIR", "/lab/target/release/build/x/out"),
            ("CARGO_TARGET_DIR", "/lab/target"),
            (
                "LD_LIBRARY_PATH",
                "/lab/target/release/build/x/out:/lab/target/release/deps:/lab/target/release:\
                 /tc/lib/rustlib/x86_64-unknown-linux-gnu/lib:/opt/lib",
            ),
        ];
        assert_eq!(
            cleaned(&set),
            plain(&[("CARGO_TARGET_DIR", "/lab/target"), ("LD_LIBRARY_PATH", "/opt/lib")])
        );
    }

    #[test]
    fn what_a_rustup_proxy_set_goes() {
        let set = [
            ("RUST_RECURSION_COUNT", "1"),
            ("RUSTUP_TOOLCHAIN", "1.95.0-x86_64-unknown-linux-gnu"),
            ("RUSTUP_TOOLCHAIN_SOURCE", "toolchain-file"),
            ("LD_LIBRARY_PATH", "/home/.rustup/toolchains/1.95.0-x86_64-unknown-linux-gnu/lib"),
        ];
        assert_eq!(cleaned(&set), plain(&[]));
        assert_eq!(inherited(&set).proxy_toolchain().as_deref(), Some("1.95.0-x86_64-unknown-linux-gnu"));
    }

    #[test]
    fn a_toolchain_that_the_user_named_stays_through_a_proxy() {
        for source in ["env", "cli"] {
            let set = [
                ("RUST_RECURSION_COUNT", "1"),
                ("RUSTUP_TOOLCHAIN", "nightly-x86_64-unknown-linux-gnu"),
                ("RUSTUP_TOOLCHAIN_SOURCE", source),
            ];
            assert_eq!(cleaned(&set), plain(&[("RUSTUP_TOOLCHAIN", "nightly-x86_64-unknown-linux-gnu")]));
        }
    }
}
