//! A profile of one benchmark: where its time goes, what it allocates, which calls it makes.
//!
//! Profiled times are no results: nothing here is stored with a Run, compared, or judged.

mod delta;
mod graph;
mod heap;
mod hot;
mod json;
mod reading;
mod script;
mod stacks;
mod strace;
mod text;

pub use delta::{Amounts, slopes};
pub use graph::{differential_lines, folded_lines};
pub use heap::{HeapTotals, read_dhat, read_heaptrack};
pub use hot::{Hot, Shift, hot, shifts};
pub use json::render as json;
pub use reading::{Counts, Gap, Heap, Part, Profile, Reading};
pub use script::{ScriptError, read_script};
pub use stacks::Stacks;
pub use strace::read_strace;
pub use text::render as text;
