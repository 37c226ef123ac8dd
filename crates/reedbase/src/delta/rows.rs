//! Finds what two versions of a table have in common, row by row.
//!
//! It must never be needed to be right: whatever it finds, the stream gives the result, and a poor match only
//! makes it longer. It knows lines and their first value, not CSV: a value with a line break is two lines.
//!
//! bsdiff finds matches anywhere by sorting all suffixes of the base, which alone takes longer than the whole
//! of this; the versions of a table differ in rows.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher as _;

use super::stream::Writer;
use crate::options::Delimiter;

/// How far ahead a line is looked for before all lines are put into an index.
const LOOK_AHEAD: usize = 8;

/// A changed part of equal length up to this is added rather than copied: it saves an instruction.
const ADD_UP_TO: usize = 24;

/// The patch that turns `base` into `result`. Time grows with their lengths, not with the changes.
pub fn diff(base: &[u8], result: &[u8], delimiter: Delimiter) -> Vec<u8> {
    let old = lines(base, delimiter);
    let mut writer = Writer::new(base, result);
    let mut index = None;
    let mut next = 0;
    for line in lines(result, delimiter) {
        let text = line.text(result);
        let key = line.key(result);
        let found = match old.get(next) {
            Some(same) if same.text(base) == text => Some(next),
            _ => find(&old, base, next, key, &mut index),
        };
        match found {
            Some(number) => {
                write_line(&mut writer, old[number].text(base), old[number].start, text);
                next = number + 1;
            }
            None => writer.copy(text.len()),
        }
    }
    writer.finish()
}

#[derive(Debug, Clone, Copy)]
struct Line {
    start: usize,
    /// Behind the line feed.
    end: usize,
    key_length: usize,
}

impl Line {
    fn text<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        &text[self.start..self.end]
    }

    fn key<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        &text[self.start..self.start + self.key_length]
    }
}

fn lines(text: &[u8], delimiter: Delimiter) -> Vec<Line> {
    // Tables have rows of about this length; a wrong guess costs a reallocation.
    let mut lines = Vec::with_capacity(text.len() / 128);
    let mut start = 0;
    while start < text.len() {
        let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |length| start + length + 1);
        let key_length = memchr::memchr(delimiter.byte(), &text[start..end]).unwrap_or(end - start);
        lines.push(Line { start, end, key_length });
        start = end;
    }
    lines
}

type Index = (HashTable<usize>, DefaultHashBuilder);

/// The line of a key: the one that is due, one soon after, or any.
fn find(old: &[Line], base: &[u8], next: usize, key: &[u8], index: &mut Option<Index>) -> Option<usize> {
    let soon = (next..old.len()).take(LOOK_AHEAD).find(|&number| old[number].key(base) == key);
    if soon.is_some() {
        return soon;
    }
    let (table, hasher) = index.get_or_insert_with(|| {
        let hasher = DefaultHashBuilder::default();
        let hash = |&number: &usize| hasher.hash_one(old[number].key(base));
        let mut table = HashTable::with_capacity(old.len());
        for number in 0..old.len() {
            table.insert_unique(hash(&number), number, hash);
        }
        (table, hasher)
    });
    table.find(hasher.hash_one(key), |&number| old[number].key(base) == key).copied()
}

fn write_line(writer: &mut Writer<'_>, old: &[u8], old_start: usize, new: &[u8]) {
    if old == new {
        writer.add(old_start, new.len());
        return;
    }
    let shorter = old.len().min(new.len());
    let prefix = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let same = |(old, new): &(&u8, &u8)| old == new;
    let suffix = old.iter().rev().zip(new.iter().rev()).take(shorter - prefix).take_while(same).count();
    let (old_middle, new_middle) = (old.len() - prefix - suffix, new.len() - prefix - suffix);
    if old_middle == new_middle && new_middle <= ADD_UP_TO {
        writer.add(old_start, new.len());
        return;
    }
    writer.add(old_start, prefix);
    writer.copy(new_middle);
    writer.add(old_start + old.len() - suffix, suffix);
}
