//! What is shown while a Run is measured, on standard error; results go to standard output and are not here.
//!
//! A display only ever sees [`Event`](crate::runner::event::Event)s; it knows neither the store nor the host.

mod json;
mod lines;
mod quiet;
mod terminal;
mod text;

use std::io::{IsTerminal, stderr};

use crate::runner::event::Observer;

/// Which display is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Display {
    /// A live bar on a terminal, one line per finished invocation otherwise.
    Auto,
    /// Warnings and failures only.
    Quiet,
    /// Warnings only, for a command whose result says what failed or was left out.
    Warnings,
    /// One JSON object per event on standard output, for programs.
    Json,
}

/// Opens a display.
pub fn open(display: Display) -> Box<dyn Observer> {
    match display {
        Display::Json => Box::new(json::Json),
        Display::Quiet => Box::new(quiet::Quiet::WithFailures),
        Display::Warnings => Box::new(quiet::Quiet::WarningsOnly),
        Display::Auto if stderr().is_terminal() => Box::new(terminal::Terminal::new()),
        Display::Auto => Box::new(lines::Lines::default()),
    }
}

#[cfg(test)]
mod tests;
