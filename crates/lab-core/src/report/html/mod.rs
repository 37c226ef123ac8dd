//! A comparison, a match or a Run as one HTML file that opens from a disk, without a network and without a server.
//!
//! It is made from what is stored alone, and equal stores give equal bytes; nothing in it asks anybody for anything.
//! Everything that comes from a workspace is text here and never markup: maud escapes it, and the JSON is escaped as well.

mod absent;
mod budgets;
mod card;
mod columns;
mod commands;
mod detail;
mod document;
mod environment;
mod flames;
mod growths;
mod head;
pub mod history;
mod lean;
mod machines;
mod page;
mod raw;
mod svg;
mod table;
mod words;

pub use flames::{Flame, FlameError};
pub use history::{History, Past, Step, Stretch, Trace};
pub use page::{Filtered, Material, Profiler, Subject};

/// The whole file.
pub fn render(material: &Material<'_>) -> String {
    document::document(&page::Page::new(material)).into_string()
}
