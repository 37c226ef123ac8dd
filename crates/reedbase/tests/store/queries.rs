//! Queries against the plainest way to answer them, with and without an index, over file and changes.

use proptest::prelude::*;
use reedbase::{
    Aggregate, Call, Change, Comparison, Direction, Error, Filter, FunctionCache, Options, Order, Query, Row,
    Sorting, Table, Value,
};

const COLUMNS: [&str; 3] = ["id", "city", "amount"];

fn row() -> impl Strategy<Value = Row> {
    let city = prop_oneof![Just(""), Just("Fez | \"old\""), Just("Ab"), Just("A"), Just("B,C"), Just("Đà")];
    let amount = prop_oneof![
        4 => (-50i32..50).prop_map(|number| number.to_string()),
        1 => Just(String::new()),
        1 => Just("2.50".to_owned()),
    ];
    (0..60, city, amount).prop_map(|(id, city, amount)| Row::new([&format!("k{id:02}"), city, &amount]))
}

fn comparison() -> impl Strategy<Value = Comparison> {
    use Comparison::{Eq, Ge, Gt, Le, Lt, Ne};
    prop::sample::select(vec![Eq, Ne, Lt, Le, Gt, Ge])
}

fn filter() -> impl Strategy<Value = Filter> {
    let text = prop::sample::select(vec!["", "A", "Ab", "B,C", "Fez | \"old\"", "k05", "zz"]);
    let value = prop_oneof![
        text.clone().prop_map(|text| Value::Text(text.to_owned())),
        (-50i32..50).prop_map(|number| Value::Number(f64::from(number))),
    ];
    let column = prop::sample::select(COLUMNS.to_vec());
    let compare = (column.clone(), comparison(), value)
        .prop_map(|(column, how, value)| Filter::Compare(column.to_owned(), how, value));
    let prefix = (column, text).prop_map(|(column, text)| Filter::Prefix(column.to_owned(), text.to_owned()));
    prop_oneof![3 => compare, 1 => prefix].prop_recursive(2, 6, 3, |inner| {
        let several = prop::collection::vec(inner, 0..3);
        prop_oneof![several.clone().prop_map(Filter::All), several.prop_map(Filter::Any)]
    })
}

fn order() -> impl Strategy<Value = Order> {
    let column = prop::sample::select(COLUMNS.to_vec());
    (column, any::<bool>(), any::<bool>()).prop_map(|(column, up, text)| Order {
        column: column.to_owned(),
        direction: if up { Direction::Ascending } else { Direction::Descending },
        by: if text { Sorting::Text } else { Sorting::Number },
    })
}

fn value_of<'r>(row: &'r Row, column: &str) -> &'r str {
    row.value(COLUMNS.iter().position(|name| *name == column).unwrap()).unwrap()
}

fn holds(filter: &Filter, row: &Row) -> bool {
    match filter {
        Filter::Compare(column, how, value) => {
            let found = value_of(row, column);
            let ordering = match value {
                Value::Text(text) => Some(found.cmp(text.as_str())),
                Value::Number(number) => {
                    found.parse::<f64>().ok().and_then(|found| found.partial_cmp(number))
                }
            };
            ordering.is_some_and(|ordering| match how {
                Comparison::Eq => ordering.is_eq(),
                Comparison::Ne => ordering.is_ne(),
                Comparison::Lt => ordering.is_lt(),
                Comparison::Le => ordering.is_le(),
                Comparison::Gt => ordering.is_gt(),
                Comparison::Ge => ordering.is_ge(),
            })
        }
        Filter::Prefix(column, prefix) => value_of(row, column).starts_with(prefix),
        Filter::All(filters) => filters.iter().all(|filter| holds(filter, row)),
        Filter::Any(filters) => filters.iter().any(|filter| holds(filter, row)),
    }
}

fn expected(rows: &[Row], query: &Query) -> Vec<Row> {
    let mut found: Vec<Row> = rows
        .iter()
        .filter(|row| query.filter.as_ref().is_none_or(|filter| holds(filter, row)))
        .cloned()
        .collect();
    if let Some(order) = &query.order_by {
        let number = |row: &Row| value_of(row, &order.column).parse::<f64>().ok();
        found.sort_by(|one, other| {
            let up = order.direction == Direction::Ascending;
            match order.by {
                Sorting::Text => {
                    let ordering = value_of(one, &order.column).cmp(value_of(other, &order.column));
                    if up { ordering } else { ordering.reverse() }
                }
                Sorting::Number => match (number(one), number(other)) {
                    (Some(one), Some(other)) if up => one.total_cmp(&other),
                    (Some(one), Some(other)) => other.total_cmp(&one),
                    (one, other) => one.is_none().cmp(&other.is_none()),
                },
            }
        });
    }
    found.truncate(query.limit.unwrap_or(usize::MAX));
    found
}

fn put(table: &Table, row: &Row) {
    let change =
        if table.contains(row.key()) { Change::Update(row.clone()) } else { Change::Insert(row.clone()) };
    table.write_batch(&[change]).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_query_gives_what_looking_at_every_row_gives(
        folded in prop::collection::vec(row(), 0..40), changed in prop::collection::vec((row(), any::<bool>()), 0..10),
        queries in prop::collection::vec(
            (prop::option::of(filter()), prop::option::of(order()), prop::option::of(0usize..20)), 1..12,
        ),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let options = Options { segment_bytes: 1 << 15, sync: reedbase::Sync::Never, ..Options::default() };
        let table = Table::create(directory.path(), &COLUMNS, options).unwrap();
        folded.iter().for_each(|row| put(&table, row));
        table.fold().unwrap();
        for (row, goes) in &changed {
            put(&table, row);
            if *goes {
                table.delete(row.key()).unwrap();
            }
        }
        let rows: Vec<Row> = table.snapshot().scan().collect();
        for indexed in [false, true] {
            if indexed {
                COLUMNS.iter().for_each(|column| table.index_column(column).unwrap());
            }
            for (filter, order_by, limit) in &queries {
                let query = Query { filter: filter.clone(), order_by: order_by.clone(), limit: *limit };
                prop_assert_eq!(table.query(&query).unwrap(), expected(&rows, &query), "indexed: {}", indexed);
                let all = Query { order_by: None, limit: None, ..query };
                let left = expected(&rows, &all);
                prop_assert_eq!(table.count(all.filter.as_ref()).unwrap(), left.len());
                let numbers: Vec<f64> =
                    left.iter().filter_map(|row| value_of(row, "amount").parse().ok()).collect();
                let sum: f64 = numbers.iter().sum();
                let of = |aggregate| table.aggregate(all.filter.as_ref(), aggregate, "amount").unwrap();
                prop_assert_eq!(of(Aggregate::Sum), Some(sum));
                prop_assert_eq!(of(Aggregate::Min), numbers.iter().copied().reduce(f64::min));
                prop_assert_eq!(of(Aggregate::Max), numbers.iter().copied().reduce(f64::max));
                let mean = (!numbers.is_empty()).then(|| sum / numbers.len() as f64);
                prop_assert_eq!(of(Aggregate::Mean), mean);
            }
        }
    }
}

#[test]
fn a_question_about_what_is_not_there_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let table = Table::create(directory.path(), &COLUMNS, Options::default()).unwrap();
    table.insert(Row::new(["a", "x", "many"])).unwrap();
    let absent = Filter::Prefix("colour".to_owned(), String::new());
    let refused = table.count(Some(&absent)).unwrap_err();
    assert!(matches!(&refused, Error::ColumnNotFound { column } if column == "colour"), "{refused}");
    assert!(matches!(table.index_column("colour"), Err(Error::ColumnNotFound { .. })));
    match table.aggregate(None, Aggregate::Sum, "amount") {
        Err(Error::NotANumber { column, key }) => assert_eq!((&*column, &*key), ("amount", "a")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_cached_value_is_found_for_its_call_only_and_the_cache_stays_bounded() {
    let cache = FunctionCache::new(100);
    let call = |function, arguments, sequence| Call { function, arguments, sequence };
    assert_eq!(cache.find(&call("sum", &["a", "b"], 1)), None);
    assert_eq!(cache.find_or_compute(&call("sum", &["a", "b"], 1), || 7), 7);
    assert_eq!(cache.find_or_compute(&call("sum", &["a", "b"], 1), || panic!("it is known")), 7);
    for other in [
        call("sum", &["a", "b"], 2),
        call("sun", &["a", "b"], 1),
        call("sum", &["ab"], 1),
        call("sum", &["a", "b", ""], 1),
        call("suma", &["b"], 1),
    ] {
        assert_eq!(cache.find(&other), None, "{other:?}");
    }
    for number in 0..10_000u32 {
        cache.insert(&Call { function: "square", arguments: &[&number.to_string()], sequence: 1 }, number);
    }
    assert!(cache.len() <= 100 && !cache.is_empty());
    assert!(cache.hits() >= 1 && cache.misses() >= 1);
    cache.clear();
    assert!(cache.is_empty());
}

#[test]
fn threads_that_share_a_cache_get_what_they_ask_for() {
    let cache = FunctionCache::new(64);
    std::thread::scope(|scope| {
        for thread in 0..4u64 {
            let cache = &cache;
            scope.spawn(move || {
                for number in 0..5_000u64 {
                    let (text, sequence) = ((number % 90).to_string(), thread % 2);
                    let call = Call { function: "f", arguments: &[&text], sequence };
                    let value = cache.find_or_compute(&call, || (number % 90) * 10 + sequence);
                    assert_eq!(value, (number % 90) * 10 + sequence);
                }
            });
        }
    });
}
