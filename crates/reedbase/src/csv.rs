//! The CSV dialect of a table: RFC 4180 with a chosen delimiter, read strictly and to the byte.
//!
//! It must never guess: what RFC 4180 does not define is an error at its place. That is why this is not the
//! `csv` crate, which reads an unclosed quote to the end of the file and calls it a value; the tests hold the
//! two against each other on everything well formed.

use std::borrow::Cow;

use crate::options::Delimiter;

/// What is wrong with a CSV text or a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatProblem {
    /// No header, or one whose first name is empty.
    #[error(
        "the header row is missing: the first row names the columns, and the key column's name is not empty"
    )]
    MissingHeader,
    /// Two columns of one name.
    #[error("two columns are called {name:?}")]
    DuplicateColumn {
        /// The name.
        name: String,
    },
    /// A ragged row.
    #[error("{found} values where the table has {expected} columns")]
    ValueCount {
        /// Number of columns.
        expected: usize,
        /// Number of values in the row.
        found: usize,
    },
    /// A row without a key.
    #[error("the key is empty")]
    EmptyKey,
    /// A key that an earlier row has.
    #[error("the key {key:?} is taken by an earlier row")]
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// A value that begins with a quote and does not end.
    #[error("a quote is opened here and not closed")]
    UnclosedQuote,
    /// A quote in a value that does not begin with one.
    #[error("a quote inside a value that is not quoted: quote the value and double the quote")]
    StrayQuote,
    /// Something other than a delimiter or a line end after a closing quote.
    #[error("text after a closing quote: a quote inside a quoted value has to be doubled")]
    TextAfterQuote,
    /// A carriage return that is neither quoted nor part of a line end.
    #[error("a carriage return that no line feed follows: quote the value")]
    StrayCarriageReturn,
    /// A row, or a number of rows, of more than four thousand million.
    #[error("longer than a table can hold")]
    TooLong,
    /// Not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
}

/// A problem and the byte of the text that shows it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) offset: usize,
    pub(crate) problem: FormatProblem,
}

impl Fault {
    /// Line and column of the fault, both from 1, the column in characters.
    pub(crate) fn position(&self, text: &[u8]) -> (usize, usize) {
        let before = &text[..self.offset.min(text.len())];
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        // Every byte that does not continue a character begins one.
        let column = before[line_start..].iter().filter(|&&byte| byte & 0xC0 != 0x80).count() + 1;
        (line, column)
    }
}

/// Excel and others begin a UTF-8 file with it; it is no part of the first column's name.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Where the header begins.
pub(crate) fn start_of(text: &str) -> usize {
    if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 }
}

/// The place of one record in a text, without its line end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) value_count: usize,
    /// Where the record after it begins.
    pub(crate) next: usize,
}

/// Finds the end of the record that begins at `start`.
pub(crate) fn record_at(text: &str, start: usize, delimiter: Delimiter) -> Result<Record, Fault> {
    let bytes = text.as_bytes();
    let mut at = start;
    let mut value_count = 1;
    loop {
        let quoted = bytes.get(at) == Some(&b'"');
        at = if quoted { end_of_quoted(bytes, at)? } else { end_of_plain(bytes, at, delimiter) };
        let line_end = match (bytes.get(at), bytes.get(at + 1)) {
            (None, _) => 0,
            (Some(b'\n'), _) => 1,
            (Some(b'\r'), Some(b'\n')) => 2,
            (Some(&byte), _) if byte == delimiter.byte() => {
                value_count += 1;
                at += 1;
                continue;
            }
            (Some(b'\r'), _) => {
                return Err(Fault { offset: at, problem: FormatProblem::StrayCarriageReturn });
            }
            (Some(_), _) if quoted => {
                return Err(Fault { offset: at, problem: FormatProblem::TextAfterQuote });
            }
            (Some(_), _) => return Err(Fault { offset: at, problem: FormatProblem::StrayQuote }),
        };
        return Ok(Record { start, end: at, value_count, next: at + line_end });
    }
}

fn end_of_plain(bytes: &[u8], start: usize, delimiter: Delimiter) -> usize {
    let ends = |&byte: &u8| byte == delimiter.byte() || matches!(byte, b'\n' | b'\r' | b'"');
    bytes[start..].iter().position(ends).map_or(bytes.len(), |length| start + length)
}

fn end_of_quoted(bytes: &[u8], open: usize) -> Result<usize, Fault> {
    let mut at = open + 1;
    loop {
        let Some(length) = memchr::memchr(b'"', &bytes[at..]) else {
            return Err(Fault { offset: open, problem: FormatProblem::UnclosedQuote });
        };
        at += length + 1;
        if bytes.get(at) != Some(&b'"') {
            return Ok(at);
        }
        at += 1;
    }
}

/// One value as a record has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field<'t> {
    /// The value itself.
    Verbatim(&'t str),
    /// What is between the quotes of a value with quotes inside, which are doubled.
    Doubled(&'t str),
}

impl<'t> Field<'t> {
    /// The value; borrowed where no quote was doubled.
    pub(crate) fn value(self) -> Cow<'t, str> {
        match self {
            Self::Verbatim(value) => Cow::Borrowed(value),
            Self::Doubled(inner) => {
                // Never longer than what it is made of: one allocation, which does not grow.
                let mut value = String::with_capacity(inner.len());
                self.push_to(&mut value);
                Cow::Owned(value)
            }
        }
    }

    /// Writes the value at the end of a text.
    pub(crate) fn push_to(self, text: &mut String) {
        match self {
            Self::Verbatim(value) => text.push_str(value),
            Self::Doubled(inner) => push_joined(text, inner.split("\"\""), "\""),
        }
    }
}

/// The fields of a record that [`record_at`] has measured.
#[derive(Debug, Clone)]
pub(crate) struct Fields<'t> {
    rest: Option<&'t str>,
    delimiter: Delimiter,
}

pub(crate) fn fields(record: &str, delimiter: Delimiter) -> Fields<'_> {
    Fields { rest: Some(record), delimiter }
}

/// The value of one column in a record that [`record_at`] has measured; empty beyond the last.
pub(crate) fn value_at(record: &str, column: usize, delimiter: Delimiter) -> Cow<'_, str> {
    fields(record, delimiter).nth(column).map(Field::value).unwrap_or_default()
}

impl<'t> Iterator for Fields<'t> {
    type Item = Field<'t>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest?;
        let bytes = rest.as_bytes();
        let quoted = bytes.first() == Some(&b'"');
        let end = if quoted {
            end_of_quoted(bytes, 0).unwrap_or(bytes.len())
        } else {
            // The record was measured, so a value without quotes holds nothing else that could end it.
            memchr::memchr(self.delimiter.byte(), bytes).unwrap_or(bytes.len())
        };
        self.rest = rest.get(end + 1..);
        Some(match rest[..end].strip_prefix('"').and_then(|inner| inner.strip_suffix('"')) {
            Some(inner) if inner.contains('"') => Field::Doubled(inner),
            Some(inner) => Field::Verbatim(inner),
            None => Field::Verbatim(&rest[..end]),
        })
    }
}

/// Writes one record without a line end, quoting only what has to be.
pub(crate) fn push_record<'v>(
    text: &mut String,
    values: impl IntoIterator<Item = &'v str>,
    delimiter: Delimiter,
) {
    for (index, value) in values.into_iter().enumerate() {
        if index > 0 {
            text.push(delimiter.character());
        }
        if needs_quotes(value, delimiter) {
            text.push('"');
            push_joined(text, value.split('"'), "\"\"");
            text.push('"');
        } else {
            text.push_str(value);
        }
    }
}

fn push_joined<'p>(text: &mut String, pieces: impl Iterator<Item = &'p str>, separator: &str) {
    for (index, piece) in pieces.enumerate() {
        if index > 0 {
            text.push_str(separator);
        }
        text.push_str(piece);
    }
}

fn needs_quotes(value: &str, delimiter: Delimiter) -> bool {
    let special = |byte: u8| byte == delimiter.byte() || matches!(byte, b'"' | b'\n' | b'\r');
    // A byte order mark at the head of the file would be dropped by the next reader.
    value.bytes().any(special) || value.starts_with(BYTE_ORDER_MARK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Text thick with what makes CSV hard.
    fn awkward_value() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("\"".to_owned()),
            Just(",".to_owned()),
            Just("|".to_owned()),
            Just(";".to_owned()),
            Just("\t".to_owned()),
            Just("\n".to_owned()),
            Just("\r".to_owned()),
            Just("\r\n".to_owned()),
            Just(" ".to_owned()),
            Just("\u{feff}".to_owned()),
            Just("\0".to_owned()),
            "[a-z]{1,4}",
            any::<char>().prop_map(String::from),
        ];
        proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    fn awkward_rows() -> impl Strategy<Value = Vec<Vec<String>>> {
        (1usize..5).prop_flat_map(|columns| {
            let row = proptest::collection::vec(awkward_value(), columns);
            proptest::collection::vec(row.prop_filter("a key", |row| !row[0].is_empty()), 1..6)
        })
    }

    fn any_delimiter() -> impl Strategy<Value = Delimiter> {
        prop_oneof![
            Just(Delimiter::Comma),
            Just(Delimiter::Pipe),
            Just(Delimiter::Semicolon),
            Just(Delimiter::Tab)
        ]
    }

    fn read_all(text: &str, delimiter: Delimiter) -> Result<Vec<Vec<String>>, Fault> {
        let mut rows = Vec::new();
        let mut at = start_of(text);
        while at < text.len() {
            let record = record_at(text, at, delimiter)?;
            let fields = fields(&text[at..record.end], delimiter);
            let row: Vec<String> = fields.map(|field| field.value().into_owned()).collect();
            assert_eq!(row.len(), record.value_count);
            rows.push(row);
            at = record.next;
        }
        Ok(rows)
    }

    fn write_all(rows: &[Vec<String>], delimiter: Delimiter, line_end: &str) -> String {
        let mut text = String::new();
        for row in rows {
            push_record(&mut text, row.iter().map(String::as_str), delimiter);
            text.push_str(line_end);
        }
        text
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_to_the_byte(
            rows in awkward_rows(), delimiter in any_delimiter(), line_end in prop_oneof![Just("\n"), Just("\r\n")],
        ) {
            let text = write_all(&rows, delimiter, line_end);
            prop_assert_eq!(read_all(&text, delimiter).unwrap(), rows.clone());
            prop_assert_eq!(read_all(text.strip_suffix(line_end).unwrap(), delimiter).unwrap(), rows);
        }

        #[test]
        fn the_csv_crate_reads_what_is_written(rows in awkward_rows(), delimiter in any_delimiter()) {
            let text = write_all(&rows, delimiter, "\n");
            let mut reader = ::csv::ReaderBuilder::new()
                .has_headers(false)
                .delimiter(delimiter.byte())
                .from_reader(text.as_bytes());
            let read: Vec<Vec<String>> =
                reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
            prop_assert_eq!(read, rows);
        }

        #[test]
        fn what_the_csv_crate_writes_is_read(rows in awkward_rows(), delimiter in any_delimiter()) {
            // The crate does not know that a byte order mark at the head of a file needs quotes.
            prop_assume!(!rows[0][0].starts_with('\u{feff}'));
            let mut writer = ::csv::WriterBuilder::new()
                .delimiter(delimiter.byte())
                .terminator(::csv::Terminator::CRLF)
                .from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            prop_assert_eq!(read_all(&text, delimiter).unwrap(), rows);
        }

        #[test]
        fn no_text_makes_the_reader_panic_or_point_outside(
            text in proptest::collection::vec(awkward_value(), 0..6), delimiter in any_delimiter(),
        ) {
            let text = text.concat();
            if let Err(fault) = read_all(&text, delimiter) {
                prop_assert!(fault.offset <= text.len());
                let (line, column) = fault.position(text.as_bytes());
                prop_assert!(line >= 1 && column >= 1);
            }
        }
    }

    #[test]
    fn what_rfc_4180_does_not_define_is_a_fault_at_its_place() {
        for (text, offset, problem) in [
            ("a,\"b\nc", 2, FormatProblem::UnclosedQuote),
            ("a,b\"c\n", 3, FormatProblem::StrayQuote),
            ("a,\"b\"c\n", 5, FormatProblem::TextAfterQuote),
            ("a,b\rc\n", 3, FormatProblem::StrayCarriageReturn),
            ("a,\"b\"\r", 5, FormatProblem::StrayCarriageReturn),
        ] {
            assert_eq!(read_all(text, Delimiter::Comma), Err(Fault { offset, problem }), "{text:?}");
        }
    }

    #[test]
    fn a_position_counts_characters_and_quoted_lines() {
        let text = "id,b\n\"x\ny\",é\"";
        let fault = read_all(text, Delimiter::Comma).unwrap_err();
        assert_eq!(fault.problem, FormatProblem::StrayQuote);
        assert_eq!(fault.position(text.as_bytes()), (3, 5));
    }
}
