//! Results on standard output: text fitted to the terminal, or JSON.
//!
//! A reader that went away (`| head`) ends the program quietly; any other failure to write is an error.

use std::io::{ErrorKind, IsTerminal, Write, stderr, stdout};

use lab_core::report::tone::{self, Line};

use super::error::CommandError;
use super::exit::ExitCode;

/// Columns of what no terminal shows: wide, so that ids stay whole and can be searched.
pub(super) const PIPED: usize = 400;

/// Columns to lay a table out for.
pub(super) fn width() -> usize {
    const USUAL: usize = 100;
    if !stdout().is_terminal() {
        return PIPED;
    }
    match rustix::termios::tcgetwinsize(stdout()) {
        Ok(size) if size.ws_col > 0 => usize::from(size.ws_col),
        _ => USUAL,
    }
}

/// Prints the lines of a report, with colours where the terminal and the person want any: `NO_COLOR`, `CLICOLOR` and
/// `CLICOLOR_FORCE` are kept.
pub(super) fn lines(lines: &[Line]) -> Result<(), CommandError> {
    let has_colours = anstream::AutoStream::choice(&stdout()) != anstream::ColorChoice::Never;
    text(&if has_colours { tone::coloured(lines) } else { tone::plain(lines) })
}

/// Prints text as it is.
pub(super) fn text(text: &str) -> Result<(), CommandError> {
    let mut out = stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(CommandError::new(ExitCode::Usage, &error).hint("standard output could not be written"))
        }
        _ => Ok(()),
    }
}

/// Says one line to a person, on standard error.
pub(super) fn note(line: &str) {
    // A closed standard error must not end the work.
    let _ = writeln!(stderr(), "{line}");
}

/// Passes on what cargo says for people, as it comes.
pub(super) fn pass_on(piece: &[u8]) {
    let mut out = stderr().lock();
    // A closed standard error must not end a build.
    let _ = out.write_all(piece).and_then(|()| out.flush());
}

/// Prints one JSON value on one line.
pub(super) fn json(value: &serde_json::Value) -> Result<(), CommandError> {
    text(&format!("{value}\n"))
}
