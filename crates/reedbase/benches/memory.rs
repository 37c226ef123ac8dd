//! What ReedBase takes of the heap, counted by divan's allocation profiler in a target of its own: counting
//! costs time, which no other benchmark here pays.
//!
//! The profiler counts on the thread that is measured. The table works on its caller's thread; mapped files
//! are not heap.

mod workbench;

use divan::AllocProfiler;

#[global_allocator]
static HEAP: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

mod memory {
    use divan::{Bencher, black_box};
    use reedbase::{Call, FunctionCache, Options, Row, Sync, Table};
    use workload::Distribution;

    use super::workbench::writes::{Inserts, Operation as _, Updates};
    use super::workbench::{BULK, ROWS, SIZES, Workbench, keys, options};

    #[divan::bench]
    fn read(bencher: Bencher<'_, '_>) {
        let bench = Workbench::with_rows(ROWS);
        let table = bench.table();
        let keys = keys(Distribution::Uniform, ROWS, 1 << 12);
        assert!(keys.iter().all(|key| table.read(key).is_ok_and(|row| row.key() == key)));
        let mut next = keys.iter().cycle();
        bencher.bench_local(|| next.next().map(|key| table.read(black_box(key))));
    }

    /// A row into a fresh table.
    #[divan::bench]
    fn write(bencher: Bencher<'_, '_>) {
        let inserts = Inserts::new();
        bencher.with_inputs(|| inserts.prepare()).bench_local_values(|row| inserts.run(row));
    }

    /// A row into a table of 10,000 with up to 5,000 changes in its journal.
    #[divan::bench]
    fn update(bencher: Bencher<'_, '_>) {
        let updates = Updates::new();
        bencher.with_inputs(|| updates.prepare()).bench_local_values(|row| updates.run(row));
    }

    /// Opened, and every row read once.
    #[divan::bench(args = SIZES)]
    fn table(bencher: Bencher<'_, '_>, rows: usize) {
        let directory = Workbench::with_rows(rows).into_directory();
        // Let go within the iteration, so that what is alive at once is one table.
        let visit = || {
            let table = Table::open(directory.path(), options()).expect("a table that was closed opens");
            table.snapshot().scan().map(|row| row.value_count()).sum::<usize>()
        };
        assert_eq!(visit(), rows * 6);
        bencher.bench_local(visit);
    }

    #[divan::bench(args = [BULK])]
    fn function_cache(bencher: Bencher<'_, '_>, entries: usize) {
        let keys = keys(Distribution::Sequential, entries, entries);
        let fill = || {
            let cache = FunctionCache::new(2 * entries);
            for (number, key) in keys.iter().enumerate() {
                cache.insert(&Call { function: "length", arguments: &[key], sequence: 1 }, number);
            }
            cache.len()
        };
        assert_eq!(fill(), entries);
        bencher.bench_local(fill);
    }

    /// A row inserted, read, changed and deleted, again and again, with a fold every 64 KiB of journal. What
    /// is alive at once must not grow with the number of cycles; `tests/heap` finds a byte a cycle.
    #[divan::bench(args = [1000, 10_000])]
    fn cycles(bencher: Bencher<'_, '_>, count: usize) {
        let bench = Workbench::with_rows(100);
        let unsynced = Options { fold_at_bytes: 64 << 10, sync: Sync::Never, ..options() };
        let directory = bench.into_directory();
        let table = Table::open(directory.path(), unsynced).expect("a table that was closed opens");
        let cycle = |number: usize| {
            let key = format!("new-{number}");
            let row = |name| Row::new([key.as_str(), name, "Bergen", "1.00", "2026-11-21", ""]);
            table.insert(row("before")).expect("no row has this key");
            table.update(row("after")).expect("the row is there");
            let read = table.read(&key).expect("the row is there");
            table.delete(&key).expect("the row is there");
            read
        };
        assert_eq!((cycle(0).value(1), table.len()), (Some("after"), 100));
        // Each iteration begins with an empty journal, so that equal cycles meet equal folds.
        let settle = || table.fold().expect("nothing else edits the table");
        let all = |()| (0..count).for_each(|number| drop(black_box(cycle(number))));
        bencher.with_inputs(settle).bench_local_values(all);
    }
}
