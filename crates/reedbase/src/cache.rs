//! Remembers what functions of a table's rows gave.
//!
//! It must never give back what was computed from other rows: the state of the table is part of the question.

use std::hash::{Hash, Hasher};

use quick_cache::Equivalent;
use quick_cache::sync::Cache;

/// Which value is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call<'a> {
    /// The function's name.
    pub function: &'a str,
    /// What it is given.
    pub arguments: &'a [&'a str],
    /// [`Snapshot::sequence`](crate::Snapshot::sequence) of the rows that it reads; any constant for one that
    /// reads none.
    pub sequence: u64,
}

/// A bounded, concurrent memo of function values. What is asked for seldom makes room for what is not.
#[derive(Debug)]
pub struct FunctionCache<V> {
    values: Cache<Key, V>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    function: Box<str>,
    arguments: Box<[Box<str>]>,
    sequence: u64,
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash(&self.function, self.arguments.iter().map(|argument| &**argument), self.sequence, state);
    }
}

impl Hash for Call<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash(self.function, self.arguments.iter().copied(), self.sequence, state);
    }
}

fn hash<'a, H: Hasher>(
    function: &str,
    arguments: impl Iterator<Item = &'a str>,
    sequence: u64,
    state: &mut H,
) {
    function.hash(state);
    arguments.for_each(|argument| argument.hash(state));
    state.write_u64(sequence);
}

impl Equivalent<Key> for Call<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.sequence == key.sequence
            && *self.function == *key.function
            && self.arguments.iter().copied().eq(key.arguments.iter().map(|argument| &**argument))
    }
}

impl<V: Clone> FunctionCache<V> {
    /// A cache of about `capacity` values.
    pub fn new(capacity: usize) -> Self {
        Self { values: Cache::new(capacity) }
    }

    /// The value, if it is known.
    pub fn find(&self, call: &Call<'_>) -> Option<V> {
        self.values.get(call)
    }

    /// The value; computed and kept if it is not known. Threads that ask for one value at the same time may
    /// each compute it.
    pub fn find_or_compute(&self, call: &Call<'_>, compute: impl FnOnce() -> V) -> V {
        if let Some(value) = self.values.get(call) {
            return value;
        }
        let value = compute();
        self.insert(call, value.clone());
        value
    }

    /// Keeps a value.
    pub fn insert(&self, call: &Call<'_>, value: V) {
        let arguments = call.arguments.iter().map(|argument| Box::from(*argument)).collect();
        let key = Key { function: call.function.into(), arguments, sequence: call.sequence };
        self.values.insert(key, value);
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.values.clear();
    }

    /// Values that are kept.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether no value is kept.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// How often a value was known.
    pub fn hits(&self) -> u64 {
        self.values.hits()
    }

    /// How often it was not.
    pub fn misses(&self) -> u64 {
        self.values.misses()
    }
}
