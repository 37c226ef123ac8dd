//! The file of comparisons: appended line by line, so that a kill loses what was being measured and nothing else.
//!
//! It never rewrites a line. Of a torn last line it takes away what is there.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::record::{Comparison, Line, Session};

/// What a file holds.
#[derive(Debug, Default)]
pub struct Content {
    /// In order.
    pub sessions: Vec<Session>,
    /// In order.
    pub comparisons: Vec<Comparison>,
    /// Bytes up to the end of the last whole line.
    whole_bytes: u64,
}

/// An open file of comparisons.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Begins a new file, and its folder.
    ///
    /// # Errors
    /// [`Error::Exists`], and what the kernel says.
    pub fn create(path: &Path) -> Result<Self, Error> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
        }
        match OpenOptions::new().append(true).create_new(true).open(path) {
            Ok(file) => Ok(Self { file, path: path.to_owned() }),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                Err(Error::Exists(path.to_owned()))
            }
            Err(error) => Err(Error::file("create", path)(error)),
        }
    }

    /// Goes on with a file.
    ///
    /// # Errors
    /// As [`read`], and what the kernel says.
    pub fn resume(path: &Path) -> Result<(Self, Content), Error> {
        let content = read(path)?;
        let file = OpenOptions::new().append(true).open(path).map_err(Error::file("open", path))?;
        file.set_len(content.whole_bytes).map_err(Error::file("write", path))?;
        Ok((Self { file, path: path.to_owned() }, content))
    }

    /// Adds a line.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn append(&mut self, line: &Line) -> Result<(), Error> {
        let mut text = serde_json::to_string(line).expect("numbers and text have a JSON form");
        text.push('\n');
        self.file.write_all(text.as_bytes()).map_err(Error::file("write", &self.path))
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Reads a file. A last line without its end is what a kill left, and is passed over.
///
/// # Errors
/// [`Error::Line`] for any other line that cannot be read.
pub fn read(path: &Path) -> Result<Content, Error> {
    let text = fs::read_to_string(path).map_err(Error::file("read", path))?;
    let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
    let mut content = Content { whole_bytes: whole.len() as u64, ..Content::default() };
    for (index, line) in whole.lines().enumerate() {
        let line = serde_json::from_str(line).map_err(|source| Error::Line {
            path: path.to_owned(),
            line: index + 1,
            source,
        })?;
        match line {
            Line::Session(session) => content.sessions.push(*session),
            Line::Comparison(comparison) => content.comparisons.push(comparison),
        }
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tool::Tool;

    fn comparison(seconds: f64) -> Comparison {
        Comparison {
            tool: Tool::Divan,
            workload: "hash".into(),
            planted_percent: 0,
            seconds,
            calibration_seconds: 0.0,
            answers: Default::default(),
            failure: Some("why".into()),
        }
    }

    #[test]
    fn what_a_kill_tore_is_taken_away_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/a.jsonl");
        let mut journal = Journal::create(&path).unwrap();
        journal.append(&Line::Comparison(comparison(1.0))).unwrap();
        fs::write(&path, fs::read_to_string(&path).unwrap() + "{\"kind\":\"compa").unwrap();
        let (mut journal, content) = Journal::resume(&path).unwrap();
        assert_eq!(content.comparisons, [comparison(1.0)]);
        journal.append(&Line::Comparison(comparison(2.0))).unwrap();
        assert_eq!(read(&path).unwrap().comparisons, [comparison(1.0), comparison(2.0)]);
    }

    #[test]
    fn a_damaged_line_is_named_and_a_file_is_not_begun_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        fs::write(&path, "{}\n").unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("line 1"));
        assert!(Journal::create(&path).unwrap_err().to_string().contains("--resume"));
    }
}
