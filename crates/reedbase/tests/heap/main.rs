//! What a table takes of the heap, counted: nothing may pile up, and one row may not cost many allocations.
//!
//! A test binary of its own, as its allocator counts for the whole process; its tests take turns.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod counting;

use std::cell::RefCell;
use std::hint::black_box;

use counting::{Counts, alone};
use reedbase::{Call, FunctionCache, Options, Row, Sync, Table};

const CYCLES: usize = 10_000;
/// What a sound table may differ by after as many cycles: sizes of buffers and hash tables that depend on how
/// the last of them fell. A byte a cycle is more.
const SLACK_BYTES: i64 = 4096;

struct Bench {
    table: Table,
    cache: FunctionCache<usize>,
    _directory: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        // Folds every hundred cycles or so; what is synced when is no question of memory.
        let options = Options { fold_at_bytes: 32 << 10, sync: Sync::Never, ..Options::default() };
        let table = Table::create(directory.path(), &["id", "name", "city"], options).unwrap();
        (0..100).for_each(|number| table.insert(Row::new([&workload::key(number), "a", "b"])).unwrap());
        Self { table, cache: FunctionCache::new(100), _directory: directory }
    }

    /// Everything that a program does to a row: written, read, changed, asked for, remembered, deleted.
    fn cycle(&self, number: usize) {
        let key = format!("new-{number:08}");
        self.table.insert(Row::new([key.as_str(), "before", "Bergen"])).unwrap();
        self.table.update(Row::new([key.as_str(), "after", "Bergen, \"NO\""])).unwrap();
        let row = self.table.read(&key).unwrap();
        let sequence = self.table.snapshot().sequence();
        let call = Call { function: "length", arguments: &[&key], sequence };
        black_box(self.cache.find_or_compute(&call, || row.values().map(str::len).sum()));
        self.table.delete(&key).unwrap();
    }

    /// By how many bytes what is alive grows over many cycles, each followed by `planted`. Both looks find the
    /// table folded and the cache empty.
    fn growth(&self, planted: impl Fn(usize)) -> i64 {
        let settle = || {
            self.table.fold().unwrap();
            self.cache.clear();
            Counts::now().live_bytes
        };
        // What is made once is made before the first look.
        (0..1000).for_each(|number| self.cycle(number));
        let before = settle();
        for number in 0..CYCLES {
            self.cycle(number);
            planted(number);
        }
        settle() - before
    }
}

#[test]
fn ten_thousand_cycles_leave_nothing_behind() {
    let _turn = alone();
    let growth = Bench::new().growth(|_| {});
    assert!(growth.abs() <= SLACK_BYTES, "{growth} bytes more are alive after {CYCLES} cycles");
}

#[test]
fn a_planted_leak_of_a_byte_a_cycle_is_found() {
    let _turn = alone();
    let growth = Bench::new().growth(|number| {
        black_box(Box::leak(Box::new(number as u8)));
    });
    assert!(growth > SLACK_BYTES, "{CYCLES} bytes were leaked and {growth} were seen");
}

#[test]
fn kept_snapshots_are_found_as_the_leak_that_they_are() {
    let _turn = alone();
    let bench = Bench::new();
    let kept = RefCell::new(Vec::with_capacity(CYCLES));
    let growth = bench.growth(|_| kept.borrow_mut().push(bench.table.snapshot()));
    assert!(growth > 100 * SLACK_BYTES, "{CYCLES} snapshots were kept and {growth} bytes were seen");
}

#[test]
fn reading_or_writing_one_row_takes_fewer_than_ten_allocations() {
    let _turn = alone();
    let bench = Bench::new();
    let table = &bench.table;
    let key = workload::key(7);
    let counted = |work: &dyn Fn()| {
        // Once before, for what is made once.
        work();
        let before = Counts::now();
        work();
        Counts::now().allocations - before.allocations
    };
    let of_reading = counted(&|| drop(black_box(table.read(&key))));
    assert!((1..10).contains(&of_reading), "{of_reading}");
    let rows =
        RefCell::new((0..2).map(|number| Row::new([&format!("x{number}"), "a", "b"])).collect::<Vec<_>>());
    let of_inserting = counted(&|| table.insert(rows.borrow_mut().pop().unwrap()).unwrap());
    assert!((1..10).contains(&of_inserting), "{of_inserting}");
    let rows = RefCell::new(vec![Row::new([&key, "c", "d"]), Row::new([&key, "e", "f"])]);
    let of_updating = counted(&|| table.update(rows.borrow_mut().pop().unwrap()).unwrap());
    assert!((1..10).contains(&of_updating), "{of_updating}");
}

/// A third one would be a text that grows, for which threads that read at once wait at the allocator's lock.
#[test]
fn reading_a_row_takes_two_allocations_whatever_quotes_are_in_it() {
    let _turn = alone();
    let bench = Bench::new();
    let quoted = "a \"word\", \"another\" and\n\"\"".repeat(9);
    let row = Row::new(["key", &quoted, "\""]);
    bench.table.insert(row.clone()).unwrap();
    for place in ["the journal", "the file"] {
        let rows = bench.table.snapshot();
        let before = Counts::now();
        let read = black_box(rows.find("key"));
        let taken = Counts::now().allocations - before.allocations;
        assert_eq!((read.as_ref(), taken), (Some(&row), 2), "from {place}");
        bench.table.fold().unwrap();
    }
}
