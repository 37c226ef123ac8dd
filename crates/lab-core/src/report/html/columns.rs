//! Objects that are alike as one table: every name once, and once what all of them say.
//!
//! It knows nothing of what they are about; it keeps every value, numbers to six digits.

use serde_json::{Map, Value, json};

/// More than a measurement of time has.
const DIGITS: usize = 6;

/// `{"same": {name: value}, "columns": [name], "rows": [[value]]}`: of an object within an object the names are joined by a
/// stop. What one row lacks is null.
pub(super) fn table(objects: impl IntoIterator<Item = Value>) -> Value {
    let rows: Vec<Map<String, Value>> = objects
        .into_iter()
        .map(|object| {
            let mut flat = Map::new();
            flatten("", object, &mut flat);
            flat
        })
        .collect();
    let mut names: Vec<&String> = rows.iter().flat_map(Map::keys).collect();
    names.sort();
    names.dedup();
    // Where one row has an object and another null, the parts of the object are null as well.
    let inner: Vec<String> =
        names.iter().filter_map(|name| Some(format!("{}.", name.rsplit_once('.')?.0))).collect();
    names.retain(|name| !inner.contains(&format!("{name}.")));
    let (mut same, mut columns) = (Map::new(), Vec::new());
    for name in names {
        let first = rows.first().and_then(|row| row.get(name)).unwrap_or(&Value::Null);
        if rows.len() > 1 && rows.iter().all(|row| row.get(name).unwrap_or(&Value::Null) == first) {
            same.insert(name.clone(), first.clone());
        } else {
            columns.push(name.as_str());
        }
    }
    let row = |row: &Map<String, Value>| -> Vec<Value> {
        columns.iter().map(|name| row.get(*name).cloned().unwrap_or(Value::Null)).collect()
    };
    json!({"same": same, "columns": columns, "rows": rows.iter().map(row).collect::<Vec<_>>()})
}

/// A number to six digits, as a whole one where it is one; anything else as it is.
pub(super) fn rounded(value: Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => number.as_f64().map_or(Value::Null, short),
        Value::Array(items) => items.into_iter().map(rounded).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, rounded(value))).collect(),
        other => other,
    }
}

fn short(value: f64) -> Value {
    let rounded: f64 = format!("{value:.*e}", DIGITS - 1).parse().unwrap_or(value);
    if rounded.fract() == 0.0 && rounded.abs() < 9e15 { json!(rounded as i64) } else { json!(rounded) }
}

fn flatten(path: &str, value: Value, flat: &mut Map<String, Value>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                let path = if path.is_empty() { name } else { format!("{path}.{name}") };
                flatten(&path, value, flat);
            }
        }
        value => {
            flat.insert(path.to_owned(), rounded(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_says_each_name_and_each_common_value_once() {
        let objects = [
            json!({"id": "a", "unit": "ns", "ratio": {"point": 1.5, "interval": null}, "each": [1.0, 2.000_000_1]}),
            json!({"id": "b", "unit": "ns", "ratio": null, "each": []}),
        ];
        assert_eq!(
            table(objects),
            json!({
                "same": {"ratio.interval": null, "unit": "ns"},
                "columns": ["each", "id", "ratio.point"],
                "rows": [[[1, 2], "a", 1.5], [[], "b", null]],
            })
        );
        assert_eq!(table([]), json!({"same": {}, "columns": [], "rows": []}));
    }

    #[test]
    fn numbers_keep_six_digits() {
        assert_eq!(rounded(json!([45_230.117_187, 1_234_567_890.0, 0.001_234_567_89, 0.0, -2.5, 7])), {
            json!([45230.1, 1_234_570_000, 0.001_234_57, 0, -2.5, 7])
        });
    }
}
