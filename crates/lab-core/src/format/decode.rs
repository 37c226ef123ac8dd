//! From bytes to a wire struct of a version, with unknown fields noted and newer versions refused.
//!
//! It never panics, whatever the bytes; nesting is bounded by the parser's own limit of 128.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_ignored::Path;

use super::{FormatError, NEWEST_VERSION, Place};
use crate::model::Warning;

/// A wire struct that states its version.
pub(crate) trait Versioned: DeserializeOwned {
    /// The one version whose files look like this.
    const VERSION: u32;

    /// The version that was read.
    fn format(&self) -> u32;
}

/// Fields that no reader of this version knows, by file and path, with the number of records that hold them.
#[derive(Debug, Default)]
pub(crate) struct UnknownFields(BTreeMap<(String, String), u64>);

impl UnknownFields {
    /// One warning per field and file, however many lines hold it.
    pub(crate) fn warnings(&self) -> impl Iterator<Item = Warning> {
        self.0.iter().map(|((file, field), count)| {
            let times = if *count == 1 { String::new() } else { format!(" ({count} times)") };
            Warning::new(
                "unknown_field",
                file,
                format!(
                    "the field `{field}`{times} is unknown to this bench-lab and was ignored; a later one may have written it"
                ),
            )
        })
    }
}

#[derive(Deserialize)]
struct Probe {
    format: u64,
}

/// Reads one document or line.
///
/// # Errors
/// [`FormatError::Newer`] when it states a later version, otherwise [`FormatError::Json`] or
/// [`FormatError::Invalid`].
pub(crate) fn decode<T: Versioned>(
    place: Place,
    bytes: &[u8],
    unknown: &mut UnknownFields,
) -> Result<T, FormatError> {
    let mut fields = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let decoded = serde_ignored::deserialize(&mut deserializer, |path| fields.push(spell(&path)))
        .and_then(|wire: T| deserializer.end().map(|()| wire));
    // The version is looked at second: nearly every line is of this version, and is so parsed once.
    match decoded {
        Ok(wire) if wire.format() == T::VERSION => {
            for field in fields {
                *unknown.0.entry((place.file.clone(), field)).or_default() += 1;
            }
            Ok(wire)
        }
        other => Err(refusal(place, bytes, other.err())),
    }
}

/// Why a text that is not of the wanted version was refused.
fn refusal(place: Place, bytes: &[u8], error: Option<serde_json::Error>) -> FormatError {
    match (serde_json::from_slice::<Probe>(bytes), error) {
        (Ok(Probe { format }), _) if format > u64::from(NEWEST_VERSION) => {
            FormatError::Newer { place, found: format, newest: NEWEST_VERSION }
        }
        (_, Some(source)) => FormatError::Json { place, source },
        (Ok(Probe { format }), None) => {
            FormatError::Invalid { place, reason: format!("there is no format version {format}") }
        }
        (Err(source), None) => FormatError::Json { place, source },
    }
}

/// `observations[].measurements[].joules`: positions are left out, so that a field counts once per file.
fn spell(path: &Path<'_>) -> String {
    match path {
        Path::Root => String::new(),
        Path::Seq { parent, .. } => format!("{}[]", spell(parent)),
        Path::Map { parent, key } => match spell(parent) {
            before if before.is_empty() => key.clone(),
            before => format!("{before}.{key}"),
        },
        Path::Some { parent } | Path::NewtypeStruct { parent } | Path::NewtypeVariant { parent } => {
            spell(parent)
        }
    }
}
