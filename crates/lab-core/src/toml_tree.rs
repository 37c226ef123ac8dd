//! A TOML text as keys with values and line numbers, the form in which a mistake can still be pointed at.
//!
//! It knows the notation and no key of any file.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::mistake::{Mistake, Problem};
use crate::model::FactValue;

/// A key, where it stands, and its value.
pub(crate) struct Entry<'a> {
    pub(crate) key: String,
    pub(crate) line: usize,
    pub(crate) value: &'a DeValue<'a>,
}

impl<'a> Entry<'a> {
    /// The value as a text.
    pub(crate) fn text(&self) -> Result<String, Mistake> {
        match self.value {
            DeValue::String(text) => Ok(text.to_string()),
            _ => Err(self.wrong("a text")),
        }
    }

    /// The value as a list of texts.
    pub(crate) fn texts(&self) -> Result<Vec<String>, Mistake> {
        match fact_value(self.value) {
            Some(FactValue::List(texts)) => Ok(texts),
            _ => Err(self.wrong("a list of texts")),
        }
    }

    /// The value as a table.
    pub(crate) fn table(&self) -> Result<&'a DeTable<'a>, Mistake> {
        match self.value {
            DeValue::Table(table) => Ok(table),
            _ => Err(self.wrong("a table")),
        }
    }

    /// The value as a list of tables, `[[so]]` in the file; each an entry of its own line.
    pub(crate) fn tables(&self, text: &str) -> Result<Vec<Entry<'a>>, Mistake> {
        let DeValue::Array(items) = self.value else {
            return Err(self.wrong("a list of tables, as [[key]]"));
        };
        items
            .iter()
            .map(|item| {
                let line = line_at(text, item.span().start);
                let entry = Entry { key: self.key.clone(), line, value: item.get_ref() };
                entry.table().map(|_| entry)
            })
            .collect()
    }

    /// A share from a text like `5 %`, as a fraction.
    pub(crate) fn share(&self) -> Result<f64, Mistake> {
        let text = self.text()?;
        let number = text.trim().strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
        number
            .filter(|number| number.is_finite() && *number >= 0.0)
            .map(|number| number / 100.0)
            .ok_or_else(|| Mistake::unfit(self, format!("{text:?} is no share: write it as \"5 %\"")))
    }

    fn wrong(&self, wanted: &'static str) -> Mistake {
        let problem = Problem::WrongType { key: self.key.clone(), wanted, found: kind_of(self.value) };
        Mistake { line: self.line, problem }
    }
}

/// The keys of a table as they stand, in the order of the file.
pub(crate) fn entries<'a>(text: &str, table: &'a DeTable<'a>) -> Vec<Entry<'a>> {
    let entry = |(key, value): (&'a Spanned<_>, &'a Spanned<_>)| entry(text, key, value);
    let mut entries: Vec<Entry<'a>> = table.iter().map(entry).collect();
    entries.sort_by_key(|entry| entry.line);
    entries
}

/// The same with inner tables dissolved: `cpu = { brand = 1 }`, `cpu.brand = 1` and `"cpu.brand" = 1` are one.
pub(crate) fn leaves<'a>(text: &str, table: &'a DeTable<'a>) -> Vec<Entry<'a>> {
    let mut leaves = Vec::new();
    for entry in entries(text, table) {
        match entry.value {
            DeValue::Table(inner) => leaves.extend(
                self::leaves(text, inner)
                    .into_iter()
                    .map(|leaf| Entry { key: format!("{}.{}", entry.key, leaf.key), ..leaf }),
            ),
            _ => leaves.push(entry),
        }
    }
    leaves.sort_by_key(|leaf| leaf.line);
    leaves
}

/// Parses the notation.
pub(crate) fn parse(text: &str) -> Result<Spanned<DeTable<'_>>, Mistake> {
    DeTable::parse(text).map_err(|error| Mistake {
        line: error.span().map_or(1, |span| line_at(text, span.start)),
        problem: Problem::Syntax(error.message().to_owned()),
    })
}

/// A value as a fact would have it; nothing for those that no fact has.
pub(crate) fn fact_value(value: &DeValue<'_>) -> Option<FactValue> {
    match value {
        DeValue::String(text) => Some(FactValue::Text(text.to_string())),
        DeValue::Integer(integer) => {
            i64::from_str_radix(integer.as_str(), integer.radix()).ok().map(FactValue::Integer)
        }
        DeValue::Boolean(is_on) => Some(FactValue::Bool(*is_on)),
        DeValue::Array(items) => items
            .iter()
            .map(|item| match item.get_ref() {
                DeValue::String(text) => Some(text.to_string()),
                _ => None,
            })
            .collect::<Option<Vec<_>>>()
            .map(FactValue::List),
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Table(_) => None,
    }
}

/// A type in words.
pub(crate) fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn entry<'a>(text: &str, key: &'a Spanned<impl AsRef<str>>, value: &'a Spanned<DeValue<'a>>) -> Entry<'a> {
    Entry {
        key: key.get_ref().as_ref().to_owned(),
        line: line_at(text, key.span().start),
        value: value.get_ref(),
    }
}

/// The line of a byte, from 1.
fn line_at(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|byte| *byte == b'\n').count() + 1
}
