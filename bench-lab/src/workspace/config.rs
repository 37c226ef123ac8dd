//! Cargo's configuration files, as far as they change a bench process or the build that is recorded.
//!
//! It follows cargo's order of precedence and writes nothing. `include` in a configuration file is not followed.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::WorkspaceError;

/// The configuration that is in force in a directory.
#[derive(Debug)]
pub(super) struct Config {
    /// Highest precedence first.
    layers: Vec<Layer>,
}

#[derive(Debug)]
struct Layer {
    /// What a relative path in it is relative to.
    base: PathBuf,
    table: Table,
}

/// One `[env]` entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ConfigVariable {
    /// Its value, relative paths resolved.
    pub(super) value: OsString,
    /// Whether it beats a variable of that name in cargo's own environment.
    pub(super) is_forced: bool,
}

impl Config {
    /// Reads `--config` arguments, then `.cargo/config.toml` from the directory upwards, then cargo's home: the
    /// Cargo Book, "Configuration", hierarchical structure.
    pub(super) fn read(
        directory: &Path,
        arguments: &[String],
        variables: &BTreeMap<OsString, OsString>,
    ) -> Result<Self, WorkspaceError> {
        let mut layers = Vec::new();
        for argument in arguments.iter().rev() {
            let path = directory.join(argument);
            if path.is_file() {
                layers.push(Layer { base: directory.into(), table: parse(&path)? });
            } else if let Ok(table) = argument.parse::<Table>() {
                layers.push(Layer { base: directory.into(), table });
            }
        }
        let homes = cargo_home(variables);
        let upwards = directory.ancestors().map(|directory| directory.join(".cargo"));
        let mut seen = Vec::new();
        for home in upwards.chain(homes) {
            // Cargo prefers the older name when both are there.
            let names = [home.join("config"), home.join("config.toml")];
            let Some(path) = names.into_iter().find(|path| path.is_file()) else { continue };
            if !seen.contains(&path) {
                let base = home.parent().unwrap_or(&home).to_path_buf();
                layers.push(Layer { base, table: parse(&path)? });
                seen.push(path);
            }
        }
        Ok(Self { layers })
    }

    /// The `[env]` table.
    pub(super) fn variables(&self) -> BTreeMap<String, ConfigVariable> {
        let mut variables = BTreeMap::new();
        for layer in self.layers.iter().rev() {
            let entries = layer.table.get("env").and_then(Value::as_table);
            for (name, value) in entries.into_iter().flatten() {
                if let Some(variable) = variable(&layer.base, value) {
                    variables.insert(name.clone(), variable);
                }
            }
        }
        variables
    }

    /// The value of highest precedence under a path of keys.
    pub(super) fn lookup(&self, keys: &[&str]) -> Option<&Value> {
        self.layers.iter().find_map(|layer| descend(&layer.table, keys))
    }
}

/// The value under a path of keys.
pub(super) fn descend<'a>(table: &'a Table, keys: &[&str]) -> Option<&'a Value> {
    let (last, path) = keys.split_last()?;
    path.iter().try_fold(table, |table, key| table.get(*key)?.as_table())?.get(*last)
}

/// Reads a TOML file.
pub(super) fn parse(path: &Path) -> Result<Table, WorkspaceError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| WorkspaceError::Read { path: path.into(), source })?;
    text.parse().map_err(|error: toml::de::Error| WorkspaceError::Toml {
        path: path.into(),
        message: error.message().into(),
    })
}

/// A string, or a table with `value`, `force` and `relative`.
fn variable(base: &Path, value: &Value) -> Option<ConfigVariable> {
    let Some(table) = value.as_table() else {
        return Some(ConfigVariable { value: value.as_str()?.into(), is_forced: false });
    };
    let flag = |name| table.get(name).and_then(Value::as_bool).unwrap_or(false);
    let text = table.get("value")?.as_str()?;
    let value = if flag("relative") { base.join(text).into_os_string() } else { text.into() };
    Some(ConfigVariable { value, is_forced: flag("force") })
}

fn cargo_home(variables: &BTreeMap<OsString, OsString>) -> Option<PathBuf> {
    let variable = |name: &str| variables.get(OsStr::new(name)).filter(|value| !value.is_empty());
    variable("CARGO_HOME").map(PathBuf::from).or_else(|| Some(Path::new(variable("HOME")?).join(".cargo")))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn the_nearest_file_wins_key_by_key_and_arguments_beat_files() {
        let root = tempfile::tempdir().unwrap();
        let inner = root.path().join("outer/inner");
        fs::create_dir_all(&inner).unwrap();
        write(
            &root.path().join("home/config.toml"),
            "[env]\nA = 'home'\nD = 'home'\n[build]\nrustflags = '-Ch'",
        );
        write(&root.path().join("outer/.cargo/config.toml"), "[env]\nA = 'outer'\nB = 'outer'\n");
        write(
            &inner.join(".cargo/config.toml"),
            "[env]\nB = {value = 'inner', force = true}\nC = {value = 'x/y', relative = true}\n",
        );
        let variables = BTreeMap::from([("CARGO_HOME".into(), root.path().join("home").into_os_string())]);
        let config = Config::read(&inner, &["env.E='argument'".into()], &variables).unwrap();
        let found: Vec<(String, OsString, bool)> = config
            .variables()
            .into_iter()
            .filter(|(name, _)| name.len() == 1)
            .map(|(name, variable)| (name, variable.value, variable.is_forced))
            .collect();
        let expected: Vec<(String, OsString, bool)> = vec![
            ("A".into(), "outer".into(), false),
            ("B".into(), "inner".into(), true),
            ("C".into(), inner.join("x/y").into_os_string(), false),
            ("D".into(), "home".into(), false),
            ("E".into(), "argument".into(), false),
        ];
        assert_eq!(found, expected);
        assert_eq!(config.lookup(&["build", "rustflags"]).and_then(Value::as_str), Some("-Ch"));
    }

    #[test]
    fn a_file_that_is_no_toml_is_an_error_with_its_path() {
        let root = tempfile::tempdir().unwrap();
        write(&root.path().join(".cargo/config.toml"), "[env\n");
        let error = Config::read(root.path(), &[], &BTreeMap::new()).unwrap_err().to_string();
        assert!(error.contains(".cargo/config.toml is not valid TOML"), "{error}");
    }
}
