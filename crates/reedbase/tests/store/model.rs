//! Random histories on a real directory against a map, with folds and reopenings in between.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use reedbase::{Change, Delimiter, Error, Options, OutsideEdit, Row, Table};

type Model = BTreeMap<String, Row>;

#[derive(Debug, Clone)]
enum Action {
    Write(Vec<Change>),
    Fold,
    Drop,
    Close,
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[a-z]{1,5}",
        "[,|;\t\"\r\n a]{1,6}",
        vec(any::<char>(), 0..5).prop_map(String::from_iter),
    ]
}

fn key() -> impl Strategy<Value = String> {
    // Few enough to collide, and some that need quotes.
    prop_oneof!["[a-d]", "[,|\"\n][ab]", Just(String::new())]
}

fn change() -> impl Strategy<Value = Change> {
    let row = || (key(), value(), value()).prop_map(|(key, one, two)| Row::new([key, one, two]));
    prop_oneof![
        3 => row().prop_map(Change::Insert),
        2 => row().prop_map(Change::Update),
        2 => key().prop_map(Change::Delete),
        1 => vec(value(), 0..5).prop_map(|values| Change::Insert(Row::new(values))),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        6 => change().prop_map(|change| Action::Write(vec![change])),
        3 => vec(change(), 0..5).prop_map(Action::Write),
        1 => Just(Action::Fold),
        1 => Just(Action::Drop),
        1 => Just(Action::Close),
    ]
}

/// What the batch has to answer, by name; the model has made the changes if the answer is none.
fn apply(model: &mut Model, changes: &[Change]) -> Option<&'static str> {
    let mut next = model.clone();
    for change in changes {
        if let Change::Insert(row) | Change::Update(row) = change
            && (row.value_count() != 3 || row.key().is_empty())
        {
            return Some("InvalidRow");
        }
        match change {
            Change::Insert(row) if next.contains_key(row.key()) => return Some("KeyExists"),
            Change::Update(row) if !next.contains_key(row.key()) => return Some("NotFound"),
            Change::Delete(key) if !next.contains_key(key) => return Some("NotFound"),
            Change::Insert(row) | Change::Update(row) => next.insert(row.key().to_owned(), row.clone()),
            Change::Delete(key) => next.remove(key),
        };
    }
    *model = next;
    None
}

fn name(error: &Error) -> &'static str {
    match error {
        Error::InvalidRow { .. } => "InvalidRow",
        Error::KeyExists { .. } => "KeyExists",
        Error::NotFound { .. } => "NotFound",
        _ => "another",
    }
}

fn assert_equal(table: &Table, model: &Model) {
    assert_eq!(table.len(), model.len());
    assert_eq!(table.is_empty(), model.is_empty());
    let scanned: Model = table.snapshot().scan().map(|row| (row.key().to_owned(), row)).collect();
    assert_eq!(&scanned, model);
    let asked = ["a", "b", "c", "d", ",a", "\"b", "\na", "", "absent"];
    assert_eq!(table.read_many(asked), asked.map(|key| model.get(key).cloned()));
    for key in asked {
        assert_eq!(table.contains(key), model.contains_key(key));
        assert_eq!(table.read(key).ok().as_ref(), model.get(key));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_history_gives_what_a_map_gives(
        actions in vec(action(), 1..40),
        delimiter in prop_oneof![Just(Delimiter::Comma), Just(Delimiter::Pipe), Just(Delimiter::Tab)],
        fold_at_bytes in prop_oneof![Just(0), Just(300), Just(1 << 20)],
    ) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("table");
        // Nothing but the table touches its files here, so it has to recognise every one of them.
        let options =
            Options {
                delimiter, fold_at_bytes, outside_edit: OutsideEdit::Refuse, segment_bytes: 1 << 14, ..Options::default()
            };
        let columns = ["id", "o,n|e", "two\t\""];
        let mut table = Table::create(&path, &columns, options).unwrap();
        let mut model = Model::new();
        for action in actions {
            match action {
                Action::Write(changes) => {
                    let expected = apply(&mut model, &changes);
                    let answer = table.write_batch(&changes);
                    prop_assert_eq!(answer.as_ref().err().map(name), expected);
                }
                Action::Fold => table.fold().unwrap(),
                Action::Drop => {
                    let order: Vec<Row> = table.snapshot().scan().collect();
                    drop(table);
                    table = Table::open(&path, options).unwrap();
                    prop_assert_eq!(table.snapshot().scan().collect::<Vec<Row>>(), order);
                }
                Action::Close => {
                    let order: Vec<Row> = table.snapshot().scan().collect();
                    table.close().unwrap();
                    table = Table::open(&path, options).unwrap();
                    prop_assert_eq!(table.opening().replayed_changes, 0);
                    prop_assert_eq!(table.snapshot().scan().collect::<Vec<Row>>(), order);
                }
            }
            assert_equal(&table, &model);
        }
        prop_assert_eq!(table.columns(), columns);
        table.close().unwrap();
        // The file alone, as any other program reads it.
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter.character() as u8)
            .from_path(path.join("current.csv"))
            .unwrap();
        let file: Model = reader
            .records()
            .map(|record| Row::new(record.unwrap().iter()))
            .map(|row| (row.key().to_owned(), row))
            .collect();
        prop_assert_eq!(file, model);
    }
}
