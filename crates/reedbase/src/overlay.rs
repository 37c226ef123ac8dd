//! What changed since `current.csv` was written, by key: a map whose copies share almost everything.
//!
//! A change must never be seen by a copy that was made before it. It copies the path to one of 1,024 buckets:
//! about 2 kB, whatever the map holds, so that each group of writers can leave a snapshot behind.

use std::sync::Arc;

const FANOUT_BITS: u32 = 5;
const FANOUT: usize = 1 << FANOUT_BITS;

type Bucket = Arc<[(u64, Arc<Changed>)]>;
type Node = Arc<[Bucket; FANOUT]>;

/// The changed rows by key.
#[derive(Debug, Clone)]
pub(crate) struct Overlay {
    nodes: Arc<[Node; FANOUT]>,
    count: usize,
    /// The place of the next new row behind all others.
    next_order: u64,
}

/// The newest state of one key.
#[derive(Debug)]
pub(crate) struct Changed {
    /// The key and behind it the record, in one piece, as each write makes one of these.
    text: Box<str>,
    key_bytes: usize,
    has_record: bool,
    /// The row of the file that this one stands for or has removed.
    pub(crate) hides: Option<u32>,
    /// Where it comes among the new rows; `None` for one that keeps the place of the row that it hides.
    pub(crate) order: Option<u64>,
    /// Nanoseconds since 1970.
    pub(crate) at_ns: u64,
}

impl Changed {
    /// A row as CSV text, new or in the place of the one that it hides.
    pub(crate) fn put(key: &str, record: &str, hides: Option<u32>, order: Option<u64>, at_ns: u64) -> Self {
        let text = [key, record].concat().into_boxed_str();
        Self { text, key_bytes: key.len(), has_record: true, hides, order, at_ns }
    }

    /// No row any more.
    pub(crate) fn removed(key: &str, hides: Option<u32>, at_ns: u64) -> Self {
        Self { text: key.into(), key_bytes: key.len(), has_record: false, hides, order: None, at_ns }
    }

    pub(crate) fn key(&self) -> &str {
        &self.text[..self.key_bytes]
    }

    /// CSV text; `None` when no row has the key any more.
    pub(crate) fn record(&self) -> Option<&str> {
        self.has_record.then(|| &self.text[self.key_bytes..])
    }
}

impl Default for Overlay {
    fn default() -> Self {
        let bucket = Bucket::from([]);
        let node: Node = Arc::new(std::array::from_fn(|_| bucket.clone()));
        Self { nodes: Arc::new(std::array::from_fn(|_| node.clone())), count: 0, next_order: 0 }
    }
}

fn place(hash: u64) -> (usize, usize) {
    // The upper bits: the lower ones choose the place in hash tables elsewhere.
    let bits = hash >> (u64::BITS - 2 * FANOUT_BITS);
    let mask = FANOUT as u64 - 1;
    (((bits >> FANOUT_BITS) & mask) as usize, (bits & mask) as usize)
}

impl Overlay {
    pub(crate) fn find(&self, hash: u64, key: &str) -> Option<&Changed> {
        if self.count == 0 {
            return None;
        }
        let (node, bucket) = place(hash);
        let mut bucket = self.nodes[node][bucket].iter();
        bucket.find(|(other, changed)| *other == hash && changed.key() == key).map(|(_, changed)| &**changed)
    }

    /// Puts `changed` in the place of what its key had.
    pub(crate) fn set(&mut self, hash: u64, changed: Changed) {
        let (node, bucket) = place(hash);
        let node = &mut Arc::make_mut(&mut self.nodes)[node];
        let bucket = &mut Arc::make_mut(node)[bucket];
        let known = bucket.iter().position(|(other, old)| *other == hash && old.key() == changed.key());
        let entry = (hash, Arc::new(changed));
        match known {
            Some(index) => Arc::make_mut(bucket)[index] = entry,
            None => {
                *bucket = bucket.iter().cloned().chain([entry]).collect();
                self.count += 1;
            }
        }
    }

    /// A place behind all new rows so far.
    pub(crate) fn take_order(&mut self) -> u64 {
        self.next_order += 1;
        self.next_order
    }

    /// Keys in the map.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// All states, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Changed> {
        self.nodes
            .iter()
            .flat_map(|node| node.iter())
            .flat_map(|bucket| bucket.iter())
            .map(|(_, changed)| &**changed)
    }
}
