//! The provenance file: what Nix wrote down about where the benches come from.
//!
//! It reads bytes that are handed in; a field that it does not know becomes a warning.

use serde_json::Value;

use super::{FormatError, NEWEST_VERSION, Place, v1};
use crate::model::{Provenance, Warning};

/// Reads a provenance file that is called `file`: one object, `format` and the fields of the stored form.
///
/// # Errors
/// [`FormatError`] when it is of a newer version, or not the text of a provenance.
pub fn read_provenance(file: &str, bytes: &[u8]) -> Result<(Provenance, Vec<Warning>), FormatError> {
    let place = || Place::file(file);
    let invalid = |reason: &str| FormatError::Invalid { place: place(), reason: reason.into() };
    let broken = |source| FormatError::Json { place: place(), source };
    let mut fields = match serde_json::from_slice::<Value>(bytes).map_err(broken)? {
        Value::Object(fields) => fields,
        _ => return Err(invalid("it is no JSON object")),
    };
    match fields.remove("format").as_ref().and_then(Value::as_u64) {
        Some(found) if found > u64::from(NEWEST_VERSION) => {
            return Err(FormatError::Newer { place: place(), found, newest: NEWEST_VERSION });
        }
        Some(found) if found == u64::from(v1::VERSION) => {}
        Some(found) => return Err(invalid(&format!("there is no format version {found}"))),
        None => return Err(invalid("it has no number `format`")),
    }
    let mut unknown = Vec::new();
    let note = |path: serde_ignored::Path<'_>| unknown.push(path.to_string());
    let wire: v1::provenance::Provenance =
        serde_ignored::deserialize(Value::Object(fields), note).map_err(broken)?;
    let warning = |field: &String| {
        let text = format!("the field `{field}` is unknown to this bench-lab and was ignored");
        Warning::new("unknown_field", file, text)
    };
    Ok((wire.into(), unknown.iter().map(warning).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{NixOutput, NixSource};

    const FULL: &str = r#"{"format":1,"system":"x86_64-linux","source":{"rev":null,"dirty_rev":"2e3b-dirty"},
        "flake_lock_sha256":"ab","inputs":{"nixpkgs":{"rev":"c0","nar_hash":"sha256-x","last_modified":1785000000}},
        "benches":{"drv":"/nix/store/h-bench-bins.drv","out":null},"toolchain":null,
        "profile":{"lto":"thin","codegen-units":1,"debug":false,"unset":null},"tools":null}"#;

    #[test]
    fn what_nix_writes_is_read_and_null_is_nothing() {
        let (provenance, warnings) = read_provenance("p.json", FULL.as_bytes()).unwrap();
        assert_eq!(warnings, []);
        assert_eq!(provenance.source.unwrap().dirty_rev.as_deref(), Some("2e3b-dirty"));
        let nixpkgs = NixSource {
            rev: Some("c0".into()),
            nar_hash: Some("sha256-x".into()),
            last_modified: Some(1_785_000_000),
            dirty_rev: None,
        };
        assert_eq!(provenance.inputs["nixpkgs"], nixpkgs);
        let drv = Some("/nix/store/h-bench-bins.drv".into());
        assert_eq!(provenance.benches, Some(NixOutput { drv, out: None }));
        assert_eq!(provenance.toolchain, None);
        let profile: Vec<_> = provenance.profile.iter().map(|(k, v)| format!("{k}={v}")).collect();
        assert_eq!(profile, ["codegen-units=1", "debug=false", "lto=thin"]);
    }

    #[test]
    fn an_unknown_field_is_a_warning_that_names_it() {
        let (_, warnings) = read_provenance("p.json", br#"{"format":1,"lab":{"path":"x"}}"#).unwrap();
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].text.contains("`lab") && warnings[0].text.contains("path"), "{warnings:?}");
    }

    #[test]
    fn what_is_no_provenance_is_refused_with_its_file_and_reason() {
        for (text, part) in [
            ("", "EOF"),
            ("[]", "no JSON object"),
            ("{}", "no number `format`"),
            (r#"{"format":0}"#, "no format version 0"),
            (r#"{"format":2}"#, "update bench-lab"),
            (r#"{"format":1,"benches":"x"}"#, "invalid type"),
        ] {
            let message = read_provenance("p.json", text.as_bytes()).unwrap_err().to_string();
            assert!(message.starts_with("p.json") && message.contains(part), "{text}: {message}");
        }
    }
}
