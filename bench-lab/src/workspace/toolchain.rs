//! Which cargo and rustc a workspace is built with.
//!
//! It asks the toolchain about itself; it never installs one and never changes an override.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use lab_core::model::Warning;

use super::WorkspaceError;
use super::complaint::first_error;
use super::inherited::{Inherited, RUSTUP_TOOLCHAIN};
use crate::host::search_path::find_program;

/// A toolchain that answered, and the environment it is started with.
#[derive(Clone, Debug)]
pub(super) struct Toolchain {
    /// The cargo to start; a proxy where rustup is in use.
    pub(super) cargo: PathBuf,
    /// The rustc to start; a proxy where rustup is in use.
    rustc: PathBuf,
    /// The cargo behind the proxy: what cargo itself puts into the variable `CARGO`.
    pub(super) cargo_executable: PathBuf,
    /// Rustup's name for it; absent without rustup.
    pub(super) name: Option<String>,
    /// `cargo -vV`.
    pub(super) cargo_version: String,
    /// `rustc -vV`.
    pub(super) rustc_version: String,
    /// Where the compiler's own shared libraries for the host lie.
    pub(super) target_libdir: PathBuf,
    /// The `lib` of the toolchain, which a rustup proxy puts on the library path; absent without rustup.
    pub(super) proxy_libdir: Option<PathBuf>,
    /// The environment of its processes.
    pub(super) variables: BTreeMap<OsString, OsString>,
    directory: PathBuf,
}

impl Toolchain {
    /// Finds the toolchain for a directory: the one named, else what rustup or PATH say there.
    ///
    /// When the directory asks for one that is not installed, the current one is used, with a warning.
    pub(super) fn find(
        directory: &Path,
        named: Option<&str>,
        inherited: &Inherited,
    ) -> Result<(Self, Option<Warning>), WorkspaceError> {
        let mut candidate = Candidate::locate(directory, inherited)?;
        if let Some(name) = named {
            candidate.choose(name)?;
        }
        let is_chosen = candidate.variables.contains_key(OsStr::new(RUSTUP_TOOLCHAIN));
        let missing = match candidate.answer(&candidate.cargo, &["-vV"]) {
            Ok(_) => return Ok((candidate.describe()?, None)),
            Err(WorkspaceError::Toolchain { message, .. }) if message.contains("is not installed") => message,
            Err(error) => return Err(error),
        };
        let wanted = missing.split('\'').nth(1).unwrap_or(&missing).to_string();
        if is_chosen {
            return Err(WorkspaceError::ToolchainMissing { name: wanted, installed: candidate.installed() });
        }
        let current = match inherited.proxy_toolchain() {
            Some(name) => name,
            None => first_word(&candidate.rustup(&["default"])?),
        };
        candidate.variables.insert(RUSTUP_TOOLCHAIN.into(), current.clone().into());
        let text = format!(
            "the workspace asks for toolchain {wanted}, which is not installed; built with {current} (--toolchain names another)"
        );
        let warning = Warning::new("toolchain_not_installed", directory.display(), text);
        Ok((candidate.describe()?, Some(warning)))
    }

    /// A command of this toolchain's cargo in the workspace.
    pub(super) fn cargo_command(&self) -> Command {
        command(&self.cargo, &self.directory, &self.variables)
    }

    /// The host triple, as rustc says it.
    pub(super) fn host(&self) -> &str {
        self.rustc_version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default()
    }

    /// What `rustc --print cfg` says with these flags: the target features in force.
    ///
    /// # Errors
    /// Why rustc did not say, as a short clause.
    pub(super) fn rustc_cfg(&self, flags: &[String]) -> Result<String, String> {
        let mut command = command(&self.rustc, &self.directory, &self.variables);
        let output = command
            .args(["--print", "cfg"])
            .args(flags)
            .output()
            .map_err(|error| format!("{} could not be started: {error}", self.rustc.display()))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(format!("rustc --print cfg failed: {}", first_error(&output.stderr)))
        }
    }

    /// The minor version of cargo 1.x; absent when it says something unheard of.
    pub(super) fn cargo_minor(&self) -> Option<u32> {
        self.cargo_version.strip_prefix("cargo 1.")?.split('.').next()?.parse().ok()
    }
}

/// Which cargo and rustc answer in a directory: their versions in full.
///
/// # Errors
/// Those of a toolchain that is missing or does not answer.
pub fn compiler(directory: &Path, named: Option<&str>) -> Result<String, WorkspaceError> {
    let (toolchain, _) = Toolchain::find(directory, named, &Inherited::of_this_process())?;
    Ok(format!("{}{}", toolchain.cargo_version, toolchain.rustc_version))
}

/// The toolchain that `rustup override` keeps for a directory or one above it; absent where another reason decides,
/// a file or a variable, and without rustup.
pub fn directory_override(directory: &Path) -> Option<String> {
    let candidate = Candidate::locate(directory, &Inherited::of_this_process()).ok()?;
    candidate.rustup.as_ref()?;
    let said = candidate.rustup(&["show", "active-toolchain"]).ok()?;
    said.contains("directory override").then(|| first_word(&said))
}

/// Programs that were found and not yet asked.
struct Candidate {
    cargo: PathBuf,
    rustc: PathBuf,
    rustup: Option<PathBuf>,
    directory: PathBuf,
    variables: BTreeMap<OsString, OsString>,
}

impl Candidate {
    fn locate(directory: &Path, inherited: &Inherited) -> Result<Self, WorkspaceError> {
        let variables = inherited.for_cargo();
        let path = variables.get(OsStr::new("PATH")).cloned().unwrap_or_default();
        let cargo = program("cargo", &path)
            .or_else(|| inherited.variable("CARGO").map(PathBuf::from).filter(|cargo| cargo.is_file()))
            .ok_or_else(|| WorkspaceError::CargoMissing { path: path.to_string_lossy().into_owned() })?;
        let rustc = match variables.get(OsStr::new("RUSTC")) {
            Some(rustc) => PathBuf::from(rustc),
            None => program("rustc", &path).unwrap_or_else(|| cargo.with_file_name("rustc")),
        };
        // Proxies lie beside the program they are; a cargo of a distribution or of Nix has no such neighbour.
        let rustup = Some(cargo.with_file_name("rustup")).filter(|rustup| rustup.is_file());
        Ok(Self { cargo, rustc, rustup, directory: directory.into(), variables })
    }

    fn choose(&mut self, name: &str) -> Result<(), WorkspaceError> {
        if self.rustup.is_none() {
            return Err(WorkspaceError::NoRustup { name: name.into(), cargo: self.cargo.clone() });
        }
        self.variables.insert(RUSTUP_TOOLCHAIN.into(), name.into());
        Ok(())
    }

    fn describe(self) -> Result<Toolchain, WorkspaceError> {
        let cargo_version = self.answer(&self.cargo, &["-vV"])?;
        let rustc_version = self.answer(&self.rustc, &["-vV"])?;
        let target_libdir = self.answer(&self.rustc, &["--print", "target-libdir"])?.trim().into();
        let (name, executable, proxy_libdir) = if self.rustup.is_some() {
            let executable = PathBuf::from(self.rustup(&["which", "cargo"])?.trim());
            let libdir = executable.parent().and_then(Path::parent).map(|root| root.join("lib"));
            (Some(first_word(&self.rustup(&["show", "active-toolchain"])?)), executable, libdir)
        } else {
            (None, self.cargo.clone(), None)
        };
        // Cargo reads its own path from the kernel, which has resolved links.
        let cargo_executable = executable.canonicalize().unwrap_or(executable);
        Ok(Toolchain {
            cargo: self.cargo,
            rustc: self.rustc,
            cargo_executable,
            name,
            cargo_version,
            rustc_version,
            target_libdir,
            proxy_libdir,
            variables: self.variables,
            directory: self.directory,
        })
    }

    fn installed(&self) -> Vec<String> {
        let listed = self.rustup(&["toolchain", "list"]).unwrap_or_default();
        listed.lines().map(first_word).filter(|name| !name.is_empty()).collect()
    }

    fn rustup(&self, arguments: &[&str]) -> Result<String, WorkspaceError> {
        self.answer(self.rustup.as_deref().unwrap_or(Path::new("rustup")), arguments)
    }

    /// What one of the programs writes to standard output.
    fn answer(&self, program: &Path, arguments: &[&str]) -> Result<String, WorkspaceError> {
        let output = command(program, &self.directory, &self.variables)
            .args(arguments)
            .env("RUST_BACKTRACE", "0")
            .output()
            .map_err(|source| WorkspaceError::Start { program: program.into(), source })?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(WorkspaceError::Toolchain {
            directory: self.directory.clone(),
            message: first_error(&output.stderr),
        })
    }
}

fn command(program: &Path, directory: &Path, variables: &BTreeMap<OsString, OsString>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(directory).env_clear().envs(variables);
    command
}

/// The first executable of that name on a search path, as an absolute path: it is started in another directory.
fn program(name: &str, path: &OsStr) -> Option<PathBuf> {
    std::path::absolute(find_program(name, path)?).ok()
}

fn first_word(text: &str) -> String {
    text.split_whitespace().next().unwrap_or_default().into()
}

/// The toolchain file that rustup would obey in a directory: path and text.
///
/// The nearest one upwards, `rust-toolchain` before `rust-toolchain.toml` (the rustup book, "Overrides").
pub(super) fn toolchain_file(directory: &Path) -> Option<(PathBuf, String)> {
    directory.ancestors().find_map(|directory| {
        ["rust-toolchain", "rust-toolchain.toml"].iter().find_map(|name| {
            let path = directory.join(name);
            Some((path.clone(), std::fs::read_to_string(path).ok()?))
        })
    })
}

#[cfg(test)]
mod tests {
    use std::{env, fs};

    use super::*;

    /// This process's environment with another search path and another `CARGO`.
    fn inherited(path: &Path, cargo: &Path) -> Inherited {
        Inherited::of_this_process().with("PATH", path).with("CARGO", cargo)
    }

    /// The directory of the real programs, past any proxy.
    fn real_programs() -> PathBuf {
        let here = env::current_dir().unwrap();
        let (toolchain, _) = Toolchain::find(&here, None, &Inherited::of_this_process()).unwrap();
        toolchain.cargo_executable.parent().unwrap().into()
    }

    #[test]
    fn without_rustup_cargo_is_what_the_search_path_says() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("rust-toolchain"), "1.13.0").unwrap();
        let programs = real_programs();
        let (toolchain, warning) =
            Toolchain::find(directory.path(), None, &inherited(&programs, Path::new("/nowhere"))).unwrap();
        assert_eq!((toolchain.name.as_deref(), warning), (None, None));
        assert_eq!(toolchain.cargo, programs.join("cargo"));
        assert_eq!(toolchain.proxy_libdir, None);
        assert!(toolchain.cargo_minor().is_some() && !toolchain.host().is_empty());
    }

    #[test]
    fn without_rustup_no_toolchain_can_be_named() {
        let here = env::current_dir().unwrap();
        let error =
            Toolchain::find(&here, Some("nightly"), &inherited(&real_programs(), Path::new("/nowhere")));
        assert!(matches!(error, Err(WorkspaceError::NoRustup { name, .. }) if name == "nightly"));
    }

    #[test]
    fn the_cargo_that_started_us_is_found_off_the_search_path() {
        let (empty, here) = (tempfile::tempdir().unwrap(), env::current_dir().unwrap());
        let cargo = real_programs().join("cargo");
        let found = Candidate::locate(&here, &inherited(empty.path(), &cargo)).unwrap();
        assert_eq!((found.cargo, found.rustc), (cargo.clone(), cargo.with_file_name("rustc")));
        let missing = Candidate::locate(&here, &inherited(empty.path(), Path::new("/nowhere/cargo")));
        assert!(
            matches!(missing, Err(WorkspaceError::CargoMissing { path }) if path == empty.path().to_str().unwrap())
        );
    }

    #[test]
    fn the_nearest_toolchain_file_is_the_one_in_force() {
        let root = tempfile::tempdir().unwrap();
        let inner = root.path().join("inner");
        fs::create_dir_all(&inner).unwrap();
        fs::write(root.path().join("rust-toolchain.toml"), "outer").unwrap();
        assert_eq!(toolchain_file(&inner), Some((root.path().join("rust-toolchain.toml"), "outer".into())));
        fs::write(inner.join("rust-toolchain.toml"), "inner").unwrap();
        fs::write(inner.join("rust-toolchain"), "older name").unwrap();
        assert_eq!(toolchain_file(&inner), Some((inner.join("rust-toolchain"), "older name".into())));
    }
}
