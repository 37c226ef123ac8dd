//! From the model to the bytes of the newest version.
//!
//! It makes bytes and leaves it to the store to put them somewhere.

use super::layout::{document, line};
use super::{FormatError, v1};
use crate::model::{BenchmarkRecord, Invocation, LookRecord, Run, Seal, SessionRecord, Warning};

/// The text of `run.json`: all but the Run's sessions, invocations and seal.
///
/// # Errors
/// [`FormatError::Unlisted`] when the schedule names a benchmark that the Run does not list.
pub fn run_document(run: &Run) -> Result<Vec<u8>, FormatError> {
    Ok(document(&v1::run::Run::from_model(run)?))
}

/// The text of a session's file ([`super::session_file`]), its three digests spelled out.
pub fn session_document(session: &SessionRecord) -> Vec<u8> {
    document(&v1::environment::Session::from(session))
}

/// An invocation as JSON, for programs that follow a Run while it is measured.
pub fn invocation_document(invocation: &Invocation) -> serde_json::Value {
    serde_json::to_value(v1::invocation::Invocation::from(invocation)).unwrap_or_default()
}

/// One line of `invocations.jsonl`, its newline included.
pub fn invocation_line(invocation: &Invocation) -> Vec<u8> {
    line(&v1::invocation::Invocation::from(invocation))
}

/// One line of `looks.jsonl`, its newline included.
///
/// # Errors
/// [`FormatError::Unlisted`] when it names a benchmark that the Run does not list.
pub fn look_line(look: &LookRecord, benchmarks: &[BenchmarkRecord]) -> Result<Vec<u8>, FormatError> {
    Ok(line(&v1::look::Look::from_model(look, benchmarks)?))
}

/// One line of `warnings.jsonl`, its newline included.
pub fn warning_line(warning: &Warning) -> Vec<u8> {
    line(&v1::warning::WarningLine::from(warning))
}

/// The text of `seal.json`.
pub fn seal_document(seal: &Seal) -> Vec<u8> {
    document(&v1::seal::Seal::from(seal))
}
