//! How documents look in a text editor: one line per benchmark, fact or scheduled invocation.
//!
//! It decides about white space only.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// Containers nested no deeper than this have one entry a line; deeper ones stay on their line.
const OPEN_DEPTH: usize = 2;

/// A whole file: `run.json`, `environment.json`, `seal.json`.
pub(crate) fn document<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, Rows::default());
    value.serialize(&mut serializer).expect("keys of wire structs are text, and a Vec takes every byte");
    bytes.push(b'\n');
    bytes
}

/// One line of a `.jsonl` file, its newline included.
pub(crate) fn line<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes =
        serde_json::to_vec(value).expect("keys of wire structs are text, and a Vec takes every byte");
    bytes.push(b'\n');
    bytes
}

#[derive(Default)]
struct Rows {
    depth: usize,
    has_value: bool,
}

impl Rows {
    fn begin<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.has_value = false;
        writer.write_all(bracket)
    }

    fn end<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        let is_open = self.depth <= OPEN_DEPTH;
        self.depth -= 1;
        if self.has_value && is_open {
            self.new_line(writer)?;
        }
        writer.write_all(bracket)
    }

    fn entry<W: ?Sized + Write>(&mut self, writer: &mut W, is_first: bool) -> io::Result<()> {
        if !is_first {
            writer.write_all(b",")?;
        }
        if self.depth <= OPEN_DEPTH { self.new_line(writer) } else { Ok(()) }
    }

    fn new_line<W: ?Sized + Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| writer.write_all(b"  "))
    }
}

impl Formatter for Rows {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.entry(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _writer: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.entry(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(if self.depth <= OPEN_DEPTH { b": " } else { b":" })
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _writer: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_of_a_list_takes_one_line_however_deep_it_is() {
        let value = json!({"empty": [], "facts": {"a": {"value": [1, 2]}, "b": {}}, "format": 1});
        let text = String::from_utf8(document(&value)).unwrap();
        let wanted = "{\n  \"empty\": [],\n  \"facts\": {\n    \"a\": {\"value\":[1,2]},\n    \"b\": {}\n  },\n  \"format\": 1\n}\n";
        assert_eq!(text, wanted);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }

    #[test]
    fn a_line_holds_no_newline_but_its_last() {
        let bytes = line(&json!({"path": "two\nlines"}));
        assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), 1);
        assert_eq!(bytes.last(), Some(&b'\n'));
    }
}
