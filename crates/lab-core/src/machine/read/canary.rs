//! The table of canaries in a definition.
//!
//! A kernel of another version is an unknown key, as every slip is: its figure would be of other work.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::super::canary::{CanaryExpectation, USUAL_TOLERANCE_SHARE};
use super::super::error::DefinitionError;
use super::{General, at, number, table, unknown};
use crate::canary::{CANARIES, canary};
use crate::toml_tree::{self as tree, Entry};

const KEYS: &[&str] = &["median_ns", "tolerance"];

/// Times and tolerances by kernel.
pub(super) fn expectations(
    text: &str,
    table: &DeTable<'_>,
) -> Result<BTreeMap<String, CanaryExpectation>, DefinitionError> {
    tree::entries(text, table).into_iter().map(|entry| expectation(text, entry)).collect()
}

fn expectation(text: &str, entry: Entry<'_>) -> Result<(String, CanaryExpectation), DefinitionError> {
    if canary(&entry.key).is_none() {
        return Err(unknown(&entry, "canary", CANARIES.iter().map(|canary| canary.id)));
    }
    let mut median_ns = None;
    let mut tolerance_share = USUAL_TOLERANCE_SHARE;
    for part in tree::entries(text, table(&entry)?) {
        let key = format!("canary.{}.{}", entry.key, part.key);
        match part.key.as_str() {
            "median_ns" => {
                let time = number(&part, &key)?;
                median_ns = Some(time).filter(|time| *time > 0.0 && time.is_finite());
                let why = "a time in nanoseconds is finite and above 0".into();
                median_ns.ok_or_else(|| at(&part, General::Unfit { key, why }))?;
            }
            "tolerance" => {
                tolerance_share = number(&part, &key)?;
                if !(0.0..f64::INFINITY).contains(&tolerance_share) {
                    let why = "a share is finite and not below 0, as 0.05 for 5 %".into();
                    return Err(at(&part, General::Unfit { key, why }));
                }
            }
            _ => return Err(unknown(&part, &format!("canary.{}", entry.key), KEYS.iter().copied())),
        }
    }
    let Some(median_ns) = median_ns else {
        let key = format!("canary.{}", entry.key);
        let why = "median_ns is missing: without it nothing is expected".into();
        return Err(at(&entry, General::Unfit { key, why }));
    };
    Ok((entry.key, CanaryExpectation { median_ns, tolerance_share }))
}
