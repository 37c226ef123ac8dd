//! Files that name benchmarks, an id a line, as `--write ids=PATH` makes them.
//!
//! An empty one means nothing, and never everything.

use std::fs;
use std::io::{Read as _, stdin};
use std::path::Path;

use super::error::CommandError;
use super::exit::ExitCode;

/// The ids of a file, or of standard input where it is called `-`.
pub(super) fn read(path: &Path) -> Result<Vec<String>, CommandError> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(path)
    };
    let text = text.map_err(|error| {
        CommandError::text(ExitCode::Usage, format!("{} could not be read: {error}", path.display()))
            .hint("--write ids=PATH of run, ab or compare makes one")
    })?;
    // A name may begin or end in a blank; an empty line is none.
    Ok(text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect())
}
