//! The flags that cargo hands to rustc besides the profile's, found as cargo finds them.
//!
//! It runs no cargo: `cargo config get` is not stable. What it cannot decide it keeps visible instead of dropping it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

/// The flags and where they came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rustflags {
    /// The flags in cargo's order. Those of a conditional table are kept as `cfg(…) => flag`, unjudged: evaluating the
    /// condition is rustc's business, and a change of them must not go unseen.
    pub flags: Result<Vec<String>, String>,
    /// The variable or the files.
    pub source: String,
}

/// Where cargo would look.
#[derive(Clone, Debug)]
pub(super) struct RustflagsSearch {
    /// The directory cargo is started in; its `.cargo/config.toml` and those of every directory above it count.
    pub(super) directory: PathBuf,
    /// Cargo's home, whose `config.toml` counts last.
    pub(super) cargo_home: Option<PathBuf>,
    /// The triple that is built for.
    pub(super) target: String,
}

/// One config file that could be read.
struct Config {
    path: PathBuf,
    table: Table,
}

impl RustflagsSearch {
    /// Finds the flags by cargo's order, in which the first source that says anything is the only one (The Cargo Book,
    /// "Configuration", `build.rustflags`): `CARGO_ENCODED_RUSTFLAGS`, `RUSTFLAGS`, `target.*.rustflags`,
    /// `build.rustflags`. `lookup` gives the value of an environment variable.
    pub(super) fn find(&self, lookup: impl Fn(&str) -> Option<String>) -> Rustflags {
        let of = |flags: Vec<String>, source: String| Rustflags { flags: Ok(flags), source };
        if let Some(text) = lookup("CARGO_ENCODED_RUSTFLAGS") {
            let flags = text.split('\x1f').filter(|flag| !flag.is_empty()).map(str::to_owned).collect();
            return of(flags, "CARGO_ENCODED_RUSTFLAGS".into());
        }
        if let Some(text) = lookup("RUSTFLAGS") {
            return of(words(&text), "RUSTFLAGS".into());
        }
        let configs = match self.configs() {
            Ok(configs) => configs,
            Err(absence) => return Rustflags { flags: Err(absence), source: "cargo's config files".into() },
        };
        let variable = |section: &str| format!("CARGO_{section}_RUSTFLAGS");
        let target = self.target.to_uppercase().replace(['-', '.'], "_");
        let target = variable(&format!("TARGET_{target}"));
        let sections = [(of_target(&configs, &self.target), target), (of_build(&configs), variable("BUILD"))];
        for ((mut flags, mut sources), variable) in sections {
            if let Some(text) = lookup(&variable) {
                flags.extend(words(&text));
                sources.push(variable);
            }
            if !flags.is_empty() {
                return of(flags, sources.join(", "));
            }
        }
        of(Vec::new(), "no RUSTFLAGS, no rustflags in cargo's config files".into())
    }

    /// The flags that can be handed to rustc as they are: the conditional ones are left out.
    pub(super) fn unconditional(flags: &Rustflags) -> Vec<String> {
        let flags = flags.flags.iter().flatten();
        flags.filter(|flag| !flag.starts_with("cfg(")).cloned().collect()
    }

    /// Every config file from the least to the most important, as cargo joins arrays in that order.
    fn configs(&self) -> Result<Vec<Config>, String> {
        let above = self.directory.ancestors().map(|directory| directory.join(".cargo"));
        let mut directories: Vec<PathBuf> = above.collect();
        if let Some(home) = self.cargo_home.clone().filter(|home| !directories.contains(home)) {
            directories.push(home);
        }
        let mut configs = Vec::new();
        for directory in directories.iter().rev() {
            // The name without an ending is the older one and wins where both exist.
            let paths = ["config", "config.toml"].map(|name| directory.join(name));
            if let Some(path) = paths.into_iter().find(|path| path.is_file()) {
                configs.push(Config { table: parse(&path)?, path });
            }
        }
        Ok(configs)
    }
}

fn parse(path: &Path) -> Result<Table, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    text.parse().map_err(|error: toml::de::Error| format!("{}: {}", path.display(), error.message()))
}

/// `[target.<triple>]` and every `[target.'cfg(…)']`.
fn of_target(configs: &[Config], triple: &str) -> (Vec<String>, Vec<String>) {
    let (mut flags, mut sources) = (Vec::new(), Vec::new());
    for config in configs {
        let Some(targets) = config.table.get("target").and_then(Value::as_table) else { continue };
        for (name, section) in targets {
            let is_condition = name.starts_with("cfg(");
            if name != triple && !is_condition {
                continue;
            }
            let found = listed(section.get("rustflags"));
            if !found.is_empty() {
                sources.push(format!("[target.{name}] of {}", config.path.display()));
            }
            flags.extend(
                found.into_iter().map(|flag| if is_condition { format!("{name} => {flag}") } else { flag }),
            );
        }
    }
    (flags, sources)
}

fn of_build(configs: &[Config]) -> (Vec<String>, Vec<String>) {
    let (mut flags, mut sources) = (Vec::new(), Vec::new());
    for config in configs {
        let found = listed(config.table.get("build").and_then(|build| build.get("rustflags")));
        if !found.is_empty() {
            sources.push(format!("[build] of {}", config.path.display()));
        }
        flags.extend(found);
    }
    (flags, sources)
}

/// An array of flags or one text with blanks between them.
fn listed(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => words(text),
        Some(Value::Array(flags)) => flags.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A workspace below a directory that has a config file of its own, and a cargo home.
    fn configured(home: &str, above: &str, workspace: &str) -> (tempfile::TempDir, RustflagsSearch) {
        let root = tempfile::tempdir().unwrap();
        let write = |directory: &str, text: &str| {
            fs::create_dir_all(root.path().join(directory)).unwrap();
            fs::write(root.path().join(directory).join("config.toml"), text).unwrap();
        };
        write("home", home);
        write("up/.cargo", above);
        write("up/workspace/.cargo", workspace);
        let search = RustflagsSearch {
            directory: root.path().join("up/workspace"),
            cargo_home: Some(root.path().join("home")),
            target: "x86_64-unknown-linux-gnu".into(),
        };
        (root, search)
    }

    #[test]
    fn variables_beat_config_files_and_the_encoded_one_beats_all() {
        let (_root, search) = configured("", "", "[build]\nrustflags = [\"-Cfile\"]\n");
        let variables = [("RUSTFLAGS", "-Ca  -Cb"), ("CARGO_ENCODED_RUSTFLAGS", "-Cc d\x1f-Ce")];
        let find = |count: usize| {
            let known = &variables[..count];
            let flags = search.find(|name| {
                known.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            });
            flags.flags.unwrap()
        };
        assert_eq!(find(0), ["-Cfile"]);
        assert_eq!(find(1), ["-Ca", "-Cb"]);
        assert_eq!(find(2), ["-Cc d", "-Ce"]);
    }

    #[test]
    fn config_files_are_joined_from_the_home_inwards() {
        let (_root, search) = configured(
            "[build]\nrustflags = \"-Chome\"\n",
            "[build]\nrustflags = [\"-Cabove\"]\n",
            "[build]\nrustflags = [\"-Cworkspace\"]\n",
        );
        let found = search.find(|_| None);
        assert_eq!(found.flags.unwrap(), ["-Chome", "-Cabove", "-Cworkspace"]);
        assert_eq!(found.source.matches("[build] of ").count(), 3, "{}", found.source);
    }

    #[test]
    fn flags_of_the_target_replace_those_of_the_build_and_conditions_stay_visible() {
        let (_root, search) = configured(
            "[build]\nrustflags = [\"-Cbuild\"]\n",
            "[target.x86_64-unknown-linux-gnu]\nrustflags = [\"-Clinker-flavor=gcc\"]\n",
            "[target.'cfg(unix)']\nrustflags = [\"-Ctarget-cpu=native\"]\n[target.other]\nrustflags = [\"-Cno\"]\n",
        );
        let flags = search.find(|_| None).flags.unwrap();
        assert_eq!(flags, ["-Clinker-flavor=gcc", "cfg(unix) => -Ctarget-cpu=native"]);
    }

    #[test]
    fn a_broken_config_file_is_named() {
        let (_root, search) = configured("", "", "[build\n");
        let reason = search.find(|_| None).flags.unwrap_err();
        assert!(reason.contains("workspace/.cargo/config.toml"), "{reason}");
    }
}
