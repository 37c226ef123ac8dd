//! What a person is told when a command cannot do its work: what, why, and what to do next.
//!
//! Lower layers give typed errors; here each gets its hint and its exit code.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{Write as _, stderr};

use super::exit::ExitCode;

/// A command that ended without doing its work.
#[derive(Clone, Debug)]
pub struct CommandError {
    code: ExitCode,
    message: String,
    hint: Option<String>,
}

impl CommandError {
    /// An error of the given kind, with the messages of all its causes.
    pub(super) fn new(code: ExitCode, error: &dyn Error) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(source) = cause {
            let text = source.to_string();
            // Many errors already repeat their cause.
            if !message.contains(&text) {
                let _ = write!(message, ": {text}");
            }
            cause = source.source();
        }
        Self { code, message, hint: None }
    }

    /// An error that has no typed one below it.
    pub(super) fn text(code: ExitCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None }
    }

    /// What went wrong, without the advice.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// What kind of error it is.
    pub(super) fn code(&self) -> ExitCode {
        self.code
    }

    /// Says what to do next.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Prints it to standard error and gives its exit code.
    pub(super) fn report(self) -> ExitCode {
        let mut out = anstream::AutoStream::auto(stderr());
        let red = anstyle::AnsiColor::Red.on_default().bold();
        // A closed standard error leaves the exit code to speak.
        let _ = writeln!(out, "{red}error{red:#}: {}", self.message);
        if let Some(hint) = self.hint {
            let _ = writeln!(out, "hint: {hint}");
        }
        self.code
    }
}

/// "did you mean" for names that were not found.
pub(super) fn did_you_mean(nearest: &[String]) -> Option<String> {
    match nearest {
        [] => None,
        [one] => Some(format!("did you mean {one}?")),
        several => Some(format!("did you mean one of these? {}", several.join(", "))),
    }
}
