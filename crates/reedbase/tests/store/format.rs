//! Bad CSV files and bad rows get an error that says where and what.

use std::fs;

use reedbase::{Delimiter, Error, FormatProblem, Options, Row, Table};

fn open(content: &[u8]) -> Result<Table, Error> {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("current.csv"), content).unwrap();
    Table::open(directory.path(), Options::default())
}

fn problem_of(content: &[u8]) -> (usize, usize, FormatProblem) {
    match open(content) {
        Err(Error::InvalidFormat { path, line, column, problem }) => {
            assert!(path.ends_with("current.csv"));
            (line, column, problem)
        }
        other => panic!("{:?}: {other:?}", String::from_utf8_lossy(content)),
    }
}

#[test]
fn a_bad_file_is_refused_with_line_and_column() {
    let duplicate = |key: &str| FormatProblem::DuplicateKey { key: key.to_owned() };
    let ragged = |found| FormatProblem::ValueCount { expected: 2, found };
    for (content, line, column, problem) in [
        (&b""[..], 1, 1, FormatProblem::MissingHeader),
        (b"\n", 1, 1, FormatProblem::MissingHeader),
        (b"\xEF\xBB\xBF", 1, 2, FormatProblem::MissingHeader),
        (b",b\n1,2\n", 1, 1, FormatProblem::MissingHeader),
        (b"id,id\n", 1, 1, FormatProblem::DuplicateColumn { name: "id".to_owned() }),
        (b"id,b\n1,2\n1,3\n", 3, 1, duplicate("1")),
        (b"id,b\n1,\"x\ny\"\n\"1\",3\n", 4, 1, duplicate("1")),
        (b"id,b\n1,2\n3\n", 3, 1, ragged(1)),
        (b"id,b\n1,2,3\n", 2, 1, ragged(3)),
        (b"id,b\n1,2\n\n", 3, 1, ragged(1)),
        (b"id,b\n,2\n", 2, 1, FormatProblem::EmptyKey),
        (b"id,b\n\"\",2\n", 2, 1, FormatProblem::EmptyKey),
        (b"id\n\n", 2, 1, FormatProblem::EmptyKey),
        (b"id,b\n1,\xC3\xA9\xFF\n", 2, 4, FormatProblem::NotUtf8),
        (b"id,b\n1,\"2\n3,4\n", 2, 3, FormatProblem::UnclosedQuote),
        (b"id,b\n1,2\"3\n", 2, 4, FormatProblem::StrayQuote),
        (b"id,b\n1,\"2\"3\n", 2, 6, FormatProblem::TextAfterQuote),
        (b"id,b\r1,2\r", 1, 5, FormatProblem::StrayCarriageReturn),
    ] {
        assert_eq!(problem_of(content), (line, column, problem), "{:?}", String::from_utf8_lossy(content));
    }
}

#[test]
fn a_format_error_reads_like_a_compilers() {
    let error = open(b"id,b\n1,2\n3\n").unwrap_err().to_string();
    assert!(error.ends_with("current.csv:3:1: 1 values where the table has 2 columns"), "{error}");
}

#[test]
fn a_refused_file_is_left_as_it_was_and_gets_no_journal() {
    let directory = tempfile::tempdir().unwrap();
    let csv = directory.path().join("current.csv");
    fs::write(&csv, "id,b\n1\n").unwrap();
    Table::open(directory.path(), Options::default()).unwrap_err();
    assert_eq!(fs::read(&csv).unwrap(), b"id,b\n1\n");
    assert!(!directory.path().join("journal/0000000001.seg").exists());
}

#[test]
fn what_other_programs_write_is_read() {
    for content in
        ["\u{feff}id,b\r\n1,two words\r\n", "id,b\n1,two words", "\"id\",\"b\"\n\"1\",\"two words\"\n"]
    {
        let table = open(content.as_bytes()).unwrap();
        assert_eq!(table.columns(), ["id", "b"], "{content:?}");
        assert_eq!(table.read("1").unwrap(), Row::new(["1", "two words"]), "{content:?}");
    }
}

#[test]
fn nothing_is_trimmed() {
    let table = open(b"id, b \n 1 ,  \n#2,\xC2\xA0\n").unwrap();
    assert_eq!(table.columns(), ["id", " b "]);
    assert_eq!(table.read(" 1 ").unwrap().value(1), Some("  "));
    assert_eq!(table.read("#2").unwrap().value(1), Some("\u{a0}"));
}

#[test]
fn a_row_that_does_not_fit_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("current.csv"), "id,b\n1,2\n").unwrap();
    let table = Table::open(directory.path(), Options::default()).unwrap();
    let refuse = |row: Row| match table.insert(row) {
        Err(Error::InvalidRow { problem }) => problem,
        other => panic!("{other:?}"),
    };
    assert_eq!(refuse(Row::new(["3"])), FormatProblem::ValueCount { expected: 2, found: 1 });
    assert_eq!(refuse(Row::new(["3", "4", "5"])), FormatProblem::ValueCount { expected: 2, found: 3 });
    assert_eq!(refuse(Row::new(["", "4"])), FormatProblem::EmptyKey);
    assert_eq!(table.len(), 1);
}

#[test]
fn a_table_is_neither_created_twice_nor_opened_where_none_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("table");
    assert!(matches!(Table::open(&path, Options::default()), Err(Error::TableNotFound { .. })));
    assert!(matches!(Table::open(directory.path(), Options::default()), Err(Error::TableNotFound { .. })));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0, "looking left something behind");

    assert!(matches!(Table::create(&path, &[], Options::default()), Err(Error::InvalidRow { .. })));
    Table::create(&path, &["id"], Options::default()).unwrap().close().unwrap();
    assert!(matches!(Table::create(&path, &["id"], Options::default()), Err(Error::TableExists { .. })));
    fs::remove_file(path.join("current.csv")).unwrap();
    assert!(matches!(Table::create(&path, &["id"], Options::default()), Err(Error::TableExists { .. })));
}

#[test]
fn another_delimiter_than_the_tables_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("table");
    let piped = Options { delimiter: Delimiter::Pipe, ..Options::default() };
    let table = Table::create(&path, &["id", "b"], piped).unwrap();
    table.insert(Row::new(["1", "a,b|c"])).unwrap();
    table.close().unwrap();
    assert_eq!(fs::read_to_string(path.join("current.csv")).unwrap(), "id|b\n1|\"a,b|c\"\n");
    match Table::open(&path, Options::default()) {
        Err(Error::WrongDelimiter { asked, actual, .. }) => {
            assert_eq!((asked, actual), (Delimiter::Comma, Delimiter::Pipe));
        }
        other => panic!("{other:?}"),
    }
}
