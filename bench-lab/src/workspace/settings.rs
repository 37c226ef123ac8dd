//! `[package.metadata.bench-lab]`: what the owner of a package wants to be different.
//!
//! A key that is not known is a warning, a value of the wrong type an error; neither is guessed at.

use std::collections::BTreeMap;

use lab_core::model::{TargetId, Warning};
use lab_core::nearest::nearest;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::WorkspaceError;
use super::metadata::MetadataPackage;

/// Where the settings lie in a manifest.
const TABLE: &str = "package.metadata.bench-lab";

/// The keys of a package's table; `budgets` is read when a Run is judged, `files` when its benches are packed.
const PACKAGE_KEYS: &[&str] = &["bench", "budgets", "env", "files", "harness", "scratch", "threaded"];

/// The keys of `bench.<name>`, which beats the package's.
const BENCH_KEYS: &[&str] = &["env", "harness", "scratch", "threaded"];

/// The settings of one bench target, the package's included.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Name of the harness that is to drive the target, whatever its file looks like.
    pub harness: Option<String>,
    /// Variables for its processes, on top of cargo's.
    pub variables: BTreeMap<String, String>,
    /// Whether its benchmarks start threads, and want more than one CPU; absent to let the pilot see.
    pub is_threaded: Option<bool>,
    /// A variable by which its benches take the folder that they may write to.
    pub scratch: Option<String>,
}

/// The settings of every bench target of a package, and what was odd about them.
pub(super) fn read(
    package: &MetadataPackage,
) -> Result<(BTreeMap<TargetId, Settings>, Vec<Warning>), WorkspaceError> {
    let mut warnings = Vec::new();
    let empty = Map::new();
    let table = match package.metadata.get("bench-lab") {
        None => &empty,
        Some(value) => as_table(package, TABLE, value)?,
    };
    let shared = read_table(package, TABLE, table, PACKAGE_KEYS, &mut warnings)?;
    let names: Vec<&str> = package.benches().map(|bench| bench.name.as_str()).collect();
    let mut settings: BTreeMap<TargetId, Settings> =
        names.iter().map(|name| (TargetId::new(&package.name, *name), shared.clone())).collect();
    let benches = match table.get("bench") {
        None => &empty,
        Some(value) => as_table(package, &format!("{TABLE}.bench"), value)?,
    };
    for (name, value) in benches {
        let key = format!("{TABLE}.bench.{name}");
        let own = read_table(package, &key, as_table(package, &key, value)?, BENCH_KEYS, &mut warnings)?;
        match settings.get_mut(&TargetId::new(&package.name, name)) {
            Some(settings) => settings.overlay(own),
            None => warnings.push(unknown(
                package,
                &key,
                "names no bench target",
                nearest(name, names.iter().copied()),
            )),
        }
    }
    Ok((settings, warnings))
}

impl Settings {
    fn overlay(&mut self, own: Self) {
        self.harness = own.harness.or(self.harness.take());
        self.is_threaded = own.is_threaded.or(self.is_threaded);
        self.scratch = own.scratch.or(self.scratch.take());
        self.variables.extend(own.variables);
    }
}

fn read_table(
    package: &MetadataPackage,
    path: &str,
    table: &Map<String, Value>,
    known: &[&str],
    warnings: &mut Vec<Warning>,
) -> Result<Settings, WorkspaceError> {
    for key in table.keys().filter(|key| !known.contains(&key.as_str())) {
        let near = nearest(key, known.iter().copied());
        warnings.push(unknown(package, &format!("{path}.{key}"), "is no setting of bench-lab", near));
    }
    Ok(Settings {
        harness: read_value(package, path, table, "harness")?,
        variables: read_value::<BTreeMap<String, String>>(package, path, table, "env")?.unwrap_or_default(),
        is_threaded: read_value(package, path, table, "threaded")?,
        scratch: read_value(package, path, table, "scratch")?,
    })
}

fn read_value<T: DeserializeOwned>(
    package: &MetadataPackage,
    path: &str,
    table: &Map<String, Value>,
    key: &str,
) -> Result<Option<T>, WorkspaceError> {
    let Some(value) = table.get(key) else { return Ok(None) };
    match serde_json::from_value(value.clone()) {
        Ok(value) => Ok(Some(value)),
        Err(error) => Err(WorkspaceError::Settings {
            package: package.name.clone(),
            key: format!("{path}.{key}"),
            message: format!("has the wrong type: {error}"),
        }),
    }
}

fn as_table<'a>(
    package: &MetadataPackage,
    path: &str,
    value: &'a Value,
) -> Result<&'a Map<String, Value>, WorkspaceError> {
    value.as_object().ok_or_else(|| WorkspaceError::Settings {
        package: package.name.clone(),
        key: path.into(),
        message: format!("has the wrong type: {value}, expected a table"),
    })
}

fn unknown(package: &MetadataPackage, key: &str, what: &str, near: Vec<&str>) -> Warning {
    let meant = near.first().map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
    Warning::new("unknown_setting", &package.name, format!("`{key}` {what}{meant}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn package(settings: Value) -> MetadataPackage {
        let bench = |name: &str| json!({"name": name, "kind": ["bench"], "src_path": "b.rs"});
        serde_json::from_value(json!({
            "id": "p", "name": "p", "version": "1.0.0", "manifest_path": "/p/Cargo.toml",
            "targets": [bench("one"), bench("two")], "metadata": {"bench-lab": settings},
        }))
        .unwrap()
    }

    #[test]
    fn a_target_beats_its_package_key_by_key() {
        let (settings, warnings) = read(&package(json!({
            "harness": "divan", "threaded": true, "scratch": "DATA", "env": {"A": "1", "B": "1"},
            "bench": {"two": {"harness": "criterion", "env": {"B": "2"}}},
        })))
        .unwrap();
        assert_eq!(warnings, []);
        let variables =
            |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        assert_eq!(
            settings[&TargetId::new("p", "one")],
            Settings {
                harness: Some("divan".into()),
                variables: variables(&[("A", "1"), ("B", "1")]),
                is_threaded: Some(true),
                scratch: Some("DATA".into()),
            }
        );
        assert_eq!(
            settings[&TargetId::new("p", "two")],
            Settings {
                harness: Some("criterion".into()),
                variables: variables(&[("A", "1"), ("B", "2")]),
                is_threaded: Some(true),
                scratch: Some("DATA".into()),
            }
        );
    }

    #[test]
    fn an_unknown_key_is_a_warning_that_names_the_near_one() {
        let (_, warnings) = read(&package(json!({"harnes": "divan", "bench": {"oen": {}}}))).unwrap();
        let texts: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "p: `package.metadata.bench-lab.harnes` is no setting of bench-lab; did you mean `harness`?",
                "p: `package.metadata.bench-lab.bench.oen` names no bench target; did you mean `one`?",
            ]
        );
    }

    #[test]
    fn a_wrong_type_is_an_error_with_package_and_key() {
        for (settings, message) in [
            (
                json!({"threaded": "yes"}),
                "package 'p': `package.metadata.bench-lab.threaded` in its Cargo.toml has the wrong type: \
                 invalid type: string \"yes\", expected a boolean",
            ),
            (
                json!({"bench": {"one": {"env": {"A": 1}}}}),
                "package 'p': `package.metadata.bench-lab.bench.one.env` in its Cargo.toml has the wrong type: \
                 invalid type: integer `1`, expected a string",
            ),
            (
                json!([]),
                "package 'p': `package.metadata.bench-lab` in its Cargo.toml has the wrong type: [], expected a table",
            ),
        ] {
            assert_eq!(read(&package(settings)).unwrap_err().to_string(), message);
        }
    }
}
