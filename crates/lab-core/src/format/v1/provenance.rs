//! Where the benches of a Run come from, as Nix told it: a part of `run.json`, and a file that a derivation writes.
//!
//! What was not told is left out, and reads back as not told.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::model;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Provenance {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    system: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<NixSource>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    flake_lock_sha256: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cargo_lock_sha256: Option<String>,
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "BTreeMap::is_empty")]
    inputs: BTreeMap<String, NixSource>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nixpkgs_version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    benches: Option<NixOutput>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lab: Option<NixOutput>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    toolchain: Option<NixToolchain>,
    #[serde(default, deserialize_with = "texts", skip_serializing_if = "BTreeMap::is_empty")]
    profile: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "texts", skip_serializing_if = "BTreeMap::is_empty")]
    tools: BTreeMap<String, String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct NixSource {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rev: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dirty_rev: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nar_hash: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_modified: Option<u64>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct NixOutput {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    drv: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    out: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct NixToolchain {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    drv: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    out: Option<String>,
}

/// `null` is as good as nothing.
fn or_none<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// What Nix writes for a TOML value that is no text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Integer(i64),
    Number(f64),
    Switch(bool),
}

fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let scalars: BTreeMap<String, Option<Scalar>> = or_none(deserializer)?;
    let text = |scalar| match scalar {
        Scalar::Text(text) => text,
        Scalar::Integer(number) => number.to_string(),
        Scalar::Number(number) => number.to_string(),
        Scalar::Switch(switch) => switch.to_string(),
    };
    Ok(scalars.into_iter().filter_map(|(name, scalar)| Some((name, text(scalar?)))).collect())
}

impl From<model::Provenance> for Provenance {
    fn from(told: model::Provenance) -> Self {
        let model::Provenance {
            system,
            source,
            flake_lock_sha256,
            cargo_lock_sha256,
            inputs,
            nixpkgs_version,
            benches,
            lab,
            toolchain,
            profile,
            tools,
        } = told;
        Self {
            system,
            source: source.map(Into::into),
            flake_lock_sha256,
            cargo_lock_sha256,
            inputs: inputs.into_iter().map(|(name, source)| (name, source.into())).collect(),
            nixpkgs_version,
            benches: benches.map(Into::into),
            lab: lab.map(Into::into),
            toolchain: toolchain.map(Into::into),
            profile,
            tools,
        }
    }
}

impl From<Provenance> for model::Provenance {
    fn from(wire: Provenance) -> Self {
        let Provenance {
            system,
            source,
            flake_lock_sha256,
            cargo_lock_sha256,
            inputs,
            nixpkgs_version,
            benches,
            lab,
            toolchain,
            profile,
            tools,
        } = wire;
        Self {
            system,
            source: source.map(Into::into),
            flake_lock_sha256,
            cargo_lock_sha256,
            inputs: inputs.into_iter().map(|(name, source)| (name, source.into())).collect(),
            nixpkgs_version,
            benches: benches.map(Into::into),
            lab: lab.map(Into::into),
            toolchain: toolchain.map(Into::into),
            profile,
            tools,
        }
    }
}

impl From<model::NixSource> for NixSource {
    fn from(source: model::NixSource) -> Self {
        let model::NixSource { rev, dirty_rev, nar_hash, last_modified } = source;
        Self { rev, dirty_rev, nar_hash, last_modified }
    }
}

impl From<NixSource> for model::NixSource {
    fn from(wire: NixSource) -> Self {
        let NixSource { rev, dirty_rev, nar_hash, last_modified } = wire;
        Self { rev, dirty_rev, nar_hash, last_modified }
    }
}

impl From<model::NixOutput> for NixOutput {
    fn from(output: model::NixOutput) -> Self {
        let model::NixOutput { drv, out } = output;
        Self { drv, out }
    }
}

impl From<NixOutput> for model::NixOutput {
    fn from(wire: NixOutput) -> Self {
        let NixOutput { drv, out } = wire;
        Self { drv, out }
    }
}

impl From<model::NixToolchain> for NixToolchain {
    fn from(toolchain: model::NixToolchain) -> Self {
        let model::NixToolchain { channel, output: model::NixOutput { drv, out } } = toolchain;
        Self { channel, drv, out }
    }
}

impl From<NixToolchain> for model::NixToolchain {
    fn from(wire: NixToolchain) -> Self {
        let NixToolchain { channel, drv, out } = wire;
        Self { channel, output: model::NixOutput { drv, out } }
    }
}
