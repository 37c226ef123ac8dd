//! A comparison, a match or a Run as one HTML file that opens from a disk, without a network and without a server.
//!
//! It is made from what is stored alone, and equal stores give equal bytes; nothing in it asks anybody for anything.
//! Everything that comes from a workspace is text here and never markup: maud escapes it, [`raw`] the JSON.

mod absent;
mod budgets;
mod card;
mod commands;
mod detail;
mod document;
mod environment;
mod flames;
mod growths;
mod head;
pub mod history;
mod machines;
mod page;
mod raw;
mod svg;
mod table;
mod words;

pub use flames::{Flame, FlameError};
pub use history::{History, Past, Step, Stretch, Trace};
pub use page::{Material, Profiler, Subject};

/// The whole file.
pub fn render(material: &Material<'_>) -> String {
    let document = document::document(&page::Page::new(material)).into_string();
    // Every `<` of a text is written as a code, so that these are ends of elements; there are some twenty per benchmark.
    ["path", "rect", "use"].iter().fold(document, |text, name| text.replace(&format!("></{name}>"), "/>"))
}
