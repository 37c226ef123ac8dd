//! The lines that `cargo build --message-format json` prints.
//!
//! It mirrors cargo's names (the Cargo Book, "External tools"); what a line means for a target is decided elsewhere.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// One line of `--message-format json`; those with other reasons tell nothing that is needed.
#[derive(Deserialize)]
#[serde(tag = "reason")]
pub(super) enum Message {
    #[serde(rename = "compiler-artifact")]
    Artifact {
        package_id: String,
        target: MessageTarget,
        profile: Compiled,
        #[serde(default)]
        features: Vec<String>,
        executable: Option<PathBuf>,
    },
    #[serde(rename = "compiler-message")]
    Diagnostic { package_id: String, target: MessageTarget, message: Diagnostic },
    #[serde(rename = "build-script-executed")]
    Script {
        package_id: String,
        #[serde(flatten)]
        script: Script,
    },
    #[serde(other)]
    Other,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct MessageTarget {
    pub(super) kind: Vec<String>,
    pub(super) name: String,
}

#[derive(Deserialize)]
pub(super) struct Diagnostic {
    pub(super) level: String,
    message: String,
    code: Option<Code>,
    #[serde(default)]
    spans: Vec<Span>,
    pub(super) rendered: Option<String>,
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    line_start: u64,
    is_primary: bool,
}

impl Diagnostic {
    /// `benches/x.rs:2: mismatched types (E0308)`: one line, with what is known of place and code.
    pub(super) fn summary(&self) -> String {
        let place = self.spans.iter().find(|span| span.is_primary);
        let place =
            place.map_or_else(String::new, |span| format!("{}:{}: ", span.file_name, span.line_start));
        let code = self.code.as_ref().map_or_else(String::new, |code| format!(" ({})", code.code));
        format!("{place}{}{code}", first_line(&self.message))
    }
}

/// How an executable was compiled, by cargo's own account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Compiled {
    /// `0` to `3`, `s` or `z`.
    pub opt_level: String,
    /// `0`, `1`, `2`, `line-tables-only` or `line-directives-only`; empty when cargo does not say.
    #[serde(default, deserialize_with = "debuginfo")]
    pub debuginfo: String,
    /// Whether `debug_assert!` is in force.
    pub debug_assertions: bool,
    /// Whether integer overflow panics.
    pub overflow_checks: bool,
}

/// What a build script said.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Script {
    pub(super) out_dir: PathBuf,
    /// `cargo:rustc-env`.
    #[serde(default)]
    pub(super) env: Vec<(String, String)>,
    /// `cargo:rustc-link-search`, with its kind: `native=/path`.
    #[serde(default)]
    pub(super) linked_paths: Vec<String>,
}

/// The first line of a text.
pub(super) fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().into()
}

/// A number for the old levels, a text for the named ones, nothing for none.
fn debuginfo<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(text) => text,
        serde_json::Value::Null => "0".into(),
        other => other.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debuginfo_is_read_in_every_form_that_cargo_gave_it() {
        for (written, read) in [("2", "2"), ("\"line-tables-only\"", "line-tables-only"), ("null", "0")] {
            let line = format!(
                r#"{{"reason":"compiler-artifact","package_id":"p","manifest_path":"/p/Cargo.toml",
                "target":{{"kind":["bench"],"crate_types":["bin"],"name":"b","src_path":"/p/b.rs"}},
                "profile":{{"opt_level":"3","debuginfo":{written},"debug_assertions":false,
                "overflow_checks":false,"test":true}},"features":[],"filenames":["/t/b"],
                "executable":"/t/b","fresh":true}}"#
            );
            let Ok(Message::Artifact { profile, executable, .. }) = serde_json::from_str(&line) else {
                panic!("{line}")
            };
            assert_eq!((profile.debuginfo.as_str(), executable), (read, Some("/t/b".into())));
        }
    }

    #[test]
    fn an_unheard_of_reason_is_no_error() {
        let message = serde_json::from_str(r#"{"reason":"build-finished","success":true}"#);
        assert!(matches!(message, Ok(Message::Other)));
    }
}
