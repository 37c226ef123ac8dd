//! The manifest as it stands in its file: `docs/FORMAT.md`, "Manifest of prebuilt benches".
//!
//! It is text and numbers; whether the files it names are there is another's business.

use std::collections::BTreeMap;

use lab_core::model::Skip;
use serde::{Deserialize, Serialize};

/// The one version there is.
pub(super) const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) format: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) lab_version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) workspace: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) revision: Option<Revision>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) build: Option<BuildOfBundle>,
    pub(super) benches: Vec<Bench>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Revision {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) commit: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) branch: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) is_dirty: Option<bool>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct BuildOfBundle {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) arguments: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cargo: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rustc: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rustc_cfg: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) toolchain: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) target_cpu: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rustflags: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rustflags_source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) profile: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) lto: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) codegen_units: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) panic: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cargo_lock_sha256: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Bench {
    pub(super) package: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<String>,
    pub(super) target: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) executable: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sha256: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) working_directory: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) features: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) compiled: Option<Compiled>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) dependencies: Vec<Dependency>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) harness: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) threaded: Option<bool>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) variables: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) scratch: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) skip: Option<NotBuilt>,
}

pub(super) use crate::workspace::Compiled;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Dependency {
    pub(super) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) alias: Option<String>,
    pub(super) version: String,
}

/// The reasons of [`Skip`] that come up while building.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum NotBuilt {
    BuildFailed(String),
    NeedsFeatures(Vec<String>),
}

impl NotBuilt {
    /// Of the reasons that there can be before anything was started; the others are none of a build.
    pub(super) fn of(skip: &Skip) -> Self {
        match skip {
            Skip::NeedsFeatures(names) => Self::NeedsFeatures(names.clone()),
            other => Self::BuildFailed(match other {
                Skip::BuildFailed(error) => error.clone(),
                other => other.to_string(),
            }),
        }
    }
}

impl From<NotBuilt> for Skip {
    fn from(skip: NotBuilt) -> Self {
        match skip {
            NotBuilt::BuildFailed(error) => Self::BuildFailed(error),
            NotBuilt::NeedsFeatures(names) => Self::NeedsFeatures(names),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::*;

    const PAGE: &str = include_str!("../../../docs/FORMAT.md");

    /// The first column of the table below a heading whose last word is `name`.
    fn documented(name: &str) -> BTreeSet<String> {
        let section = PAGE.split("\n## ").find(|part| part.starts_with("Manifest of prebuilt")).unwrap();
        let part = section
            .split("\n###")
            .find(|part| part.lines().next().unwrap().split(' ').next_back() == Some(name))
            .unwrap_or_else(|| panic!("no heading {name}"));
        part.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next().map(Into::into)).collect()
    }

    fn keys(value: &Value) -> BTreeSet<String> {
        value.as_object().unwrap().keys().cloned().collect()
    }

    /// A manifest with every field.
    fn full() -> Value {
        json!({
            "format": 1, "lab_version": "0.1.0", "workspace": "workspace",
            "revision": {"commit": "2e3b", "branch": "main", "is_dirty": false},
            "build": {
                "arguments": ["build"], "cargo": "cargo 1.95.0", "rustc": "rustc 1.95.0", "rustc_cfg": "unix",
                "toolchain": "1.95.0", "target": "x86_64-unknown-linux-gnu", "target_cpu": "x86-64-v3",
                "rustflags": ["-Ctarget-cpu=x86-64-v3"], "rustflags_source": "RUSTFLAGS", "profile": "bench",
                "lto": "thin", "codegen_units": "1", "panic": "abort", "cargo_lock_sha256": "ab",
            },
            "benches": [{
                "package": "p", "version": "1.0.0", "target": "t", "executable": "bin/p/t", "sha256": "cd",
                "source": "p/benches/t.rs", "working_directory": "workspace/p", "features": ["default"],
                "compiled": {"opt_level": "3", "debuginfo": "1", "debug_assertions": false, "overflow_checks": false},
                "dependencies": [{"name": "criterion2", "alias": "criterion", "version": "3.0.0"}],
                "harness": "criterion", "threaded": true, "variables": {"CARGO_PKG_NAME": "p"},
                "scratch": "BENCH_DISK", "skip": {"needs_features": ["x"]},
            }],
        })
    }

    #[test]
    fn the_page_has_every_field_and_no_other() {
        let read: Manifest = serde_json::from_value(full()).unwrap();
        // Written as read: no field of the example is unknown, and none is lost.
        let written = serde_json::to_value(&read).unwrap();
        assert_eq!(written, full());
        let bench = &written["benches"][0];
        for (name, fields) in [
            ("Manifest", &written),
            ("BuildOfBundle", &written["build"]),
            ("Bench", bench),
            ("Compiled", &bench["compiled"]),
            ("Dependency", &bench["dependencies"][0]),
        ] {
            assert_eq!(documented(name), keys(fields), "{name}");
        }
    }

    #[test]
    fn the_smallest_manifest_of_the_page_is_read() {
        let example = PAGE.lines().find(|line| line.starts_with(r#"{"format":1,"benches":"#)).unwrap();
        let read: Manifest = serde_json::from_str(example).unwrap();
        assert_eq!((read.format, read.benches.len()), (VERSION, 1));
    }
}
