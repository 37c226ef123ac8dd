//! ReedBase on divan: what touches one row, one lock, one remembered value, and the parts of a read by
//! themselves.

mod workbench;

use divan::Bencher;
use workbench::writes::Operation;

fn main() {
    divan::main();
}

/// An operation that uses up what it is given.
fn measure<O: Operation>(bencher: Bencher<'_, '_>, operation: &O) {
    bencher.with_inputs(|| operation.prepare()).bench_local_values(|input| operation.run(input));
}

mod core_ops {
    use divan::{Bencher, black_box};
    use workload::Distribution;

    use super::measure;
    use super::workbench::writes::{Deletes, Inserts, Updates};
    use super::workbench::{LARGE, SIZES, Workbench, keys};

    #[divan::bench(args = SIZES)]
    fn read_single_row(bencher: Bencher<'_, '_>, rows: usize) {
        let bench = Workbench::with_rows(rows);
        let table = bench.table();
        let keys = keys(Distribution::Uniform, rows, 1 << 14);
        assert!(keys.iter().all(|key| table.read(key).is_ok_and(|row| row.key() == key)));
        let mut next = keys.iter().cycle();
        bencher.bench_local(|| next.next().map(|key| table.read(black_box(key))));
    }

    /// The same in a table of 200 MB.
    #[divan::bench(name = "read_single_row", args = LARGE, ignore)]
    fn read_single_row_of_a_large_table(bencher: Bencher<'_, '_>, rows: usize) {
        read_single_row(bencher, rows);
    }

    #[divan::bench]
    fn write_single_row(bencher: Bencher<'_, '_>) {
        measure(bencher, &Inserts::new());
    }

    #[divan::bench]
    fn update_single_row(bencher: Bencher<'_, '_>) {
        measure(bencher, &Updates::new());
    }

    #[divan::bench]
    fn delete_single_row(bencher: Bencher<'_, '_>) {
        measure(bencher, &Deletes::new());
    }
}

mod lookup {
    use divan::{Bencher, black_box};
    use workload::Distribution;

    use super::workbench::{SIZES, Workbench, keys};

    /// Finding a key without reading its row.
    #[divan::bench(args = SIZES)]
    fn present_key(bencher: Bencher<'_, '_>, rows: usize) {
        let bench = Workbench::with_rows(rows);
        let table = bench.table();
        let keys = keys(Distribution::Uniform, rows, 1 << 14);
        assert!(keys.iter().all(|key| table.contains(key)));
        let mut next = keys.iter().cycle();
        bencher.bench_local(|| next.next().map(|key| table.contains(black_box(key))));
    }

    #[divan::bench(args = SIZES)]
    fn absent_key(bencher: Bencher<'_, '_>, rows: usize) {
        let bench = Workbench::with_rows(rows);
        let table = bench.table();
        // Shorter than any key there, and of the same digits.
        let keys: Vec<String> =
            keys(Distribution::Uniform, rows, 1 << 14).iter().map(|key| key[1..].to_owned()).collect();
        assert!(!keys.iter().any(|key| table.contains(key)));
        let mut next = keys.iter().cycle();
        bencher.bench_local(|| next.next().map(|key| table.contains(black_box(key))));
    }

    /// Reads that favour few rows, as caches hope for.
    #[divan::bench(args = SIZES)]
    fn zipf_row(bencher: Bencher<'_, '_>, rows: usize) {
        let bench = Workbench::with_rows(rows);
        let table = bench.table();
        let keys = keys(Distribution::Zipf { exponent: 1.0 }, rows, 1 << 14);
        assert!(keys.iter().all(|key| table.read(key).is_ok_and(|row| row.key() == key)));
        let mut next = keys.iter().cycle();
        bencher.bench_local(|| next.next().map(|key| table.read(black_box(key))));
    }
}

mod versioning {
    use divan::Bencher;

    use super::workbench::Workbench;

    const VERSIONS: u64 = 100;

    /// Of a small table, as only the list is read.
    #[divan::bench(args = [VERSIONS])]
    fn list_versions(bencher: Bencher<'_, '_>, count: u64) {
        let bench = Workbench::with_rows(1);
        let table = bench.table();
        for number in 1..=count {
            table.commit_version(&format!("version {number} of a table")).expect("a version can be made");
        }
        let found = table.list_versions().expect("the list can be read");
        assert!(found.iter().map(|version| version.number).eq(1..=count));
        bencher.bench_local(|| table.list_versions());
    }
}

mod concurrent {
    use divan::{Bencher, black_box};
    use reedbase::conflicts;
    use seglog::{Attempt, DirectoryStorage, Storage as _};

    use super::workbench::edits::Sides;
    use super::workbench::{BULK, ROWS, Workbench, on_disk};

    /// 1,000 changed rows on each side, 100 of them on both.
    #[divan::bench(args = [BULK])]
    fn conflict_detection(bencher: Bencher<'_, '_>, rows: usize) {
        let snapshot = Workbench::with_rows(ROWS).table().snapshot();
        let sides = Sides::overlapping_by(rows / 10);
        let found = conflicts(&snapshot, &sides.ours, &sides.theirs);
        assert_eq!(found.len(), sides.overlap);
        bencher.bench_local(|| conflicts(&snapshot, black_box(&sides.ours), &sides.theirs));
    }

    /// Taken and let go, nobody else wanting it: what each group of writers pays.
    #[divan::bench]
    fn lock_overhead(bencher: Bencher<'_, '_>) {
        let directory = on_disk();
        let storage = DirectoryStorage::new(directory.path());
        let open = || storage.lock_file("lock").expect("the directory can be written");
        let (lock, other) = (open(), open());
        assert!(matches!(lock.try_lock("the first"), Ok(Attempt::Taken)));
        assert!(matches!(other.try_lock("the second"), Ok(Attempt::Held(holder)) if holder == "the first"));
        lock.unlock().expect("the lock is held");
        bencher.bench_local(|| {
            let taken = lock.try_lock("process 1");
            lock.unlock().map(|()| taken)
        });
    }
}

mod queries {
    use divan::{Bencher, black_box};
    use reedbase::{Call, Comparison, Filter, FunctionCache, Query, Value};
    use workload::Distribution;

    use super::workbench::{BULK, LARGE, SIZES, Workbench, keys};

    #[divan::bench(args = SIZES)]
    fn by_key(bencher: Bencher<'_, '_>, rows: usize) {
        let bench = Workbench::with_rows(rows);
        let table = bench.table();
        let query = |key: String| Query {
            filter: Some(Filter::Compare("id".to_owned(), Comparison::Eq, Value::Text(key))),
            ..Query::default()
        };
        let keys = keys(Distribution::Uniform, rows, 1 << 12);
        let queries: Vec<Query> = keys.iter().cloned().map(query).collect();
        let is_right = |(query, key): (&Query, &String)| {
            table.query(query).is_ok_and(|found| found.len() == 1 && found[0].key() == key)
        };
        assert!(queries.iter().zip(&keys).all(is_right));
        let mut next = queries.iter().cycle();
        bencher.bench_local(|| next.next().map(|query| table.query(black_box(query))));
    }

    #[divan::bench(name = "by_key", args = LARGE, ignore)]
    fn by_key_in_a_large_table(bencher: Bencher<'_, '_>, rows: usize) {
        by_key(bencher, rows);
    }

    #[divan::bench(args = [BULK])]
    fn function_cache_hit(bencher: Bencher<'_, '_>, entries: usize) {
        // Twice the room, as a cache that is just full makes room before it has to.
        let cache = FunctionCache::new(2 * entries);
        let keys = keys(Distribution::Sequential, entries, entries);
        let arguments: Vec<[&str; 1]> = keys.iter().map(|key| [key.as_str()]).collect();
        fn call<'a>(arguments: &'a [&'a str]) -> Call<'a> {
            Call { function: "length", arguments, sequence: 1 }
        }
        for (number, arguments) in arguments.iter().enumerate() {
            cache.insert(&call(arguments), number);
        }
        let right = |(number, arguments): (usize, &[&str; 1])| cache.find(&call(arguments)) == Some(number);
        assert!(arguments.iter().enumerate().all(right));
        let mut next = arguments.iter().cycle();
        bencher.bench_local(|| next.next().map(|arguments| cache.find(&call(black_box(arguments)))));
    }
}

mod io {
    use std::cell::Cell;

    use divan::{Bencher, black_box};
    use reedbase::Table;
    use seglog::{Entry, Log, Options};

    use super::workbench::writes::{Operation as _, Updates};
    use super::workbench::{ROWS, on_disk, options};

    /// A random row that another handle, as it might be another process's, has just written: the reader takes
    /// it from the journal's file.
    #[divan::bench(args = [ROWS])]
    fn random_access(bencher: Bencher<'_, '_>, _rows: usize) {
        let updates = Updates::new();
        let reader = Table::open(updates.bench(), options()).expect("any number may have it open");
        let write = || {
            let row = updates.prepare();
            updates.run(row.clone());
            row
        };
        for _ in 0..100 {
            let row = write();
            assert_eq!(reader.read(row.key()).expect("every key is there"), row);
        }
        bencher.with_inputs(write).bench_local_values(|row| reader.read(black_box(row.key())));
    }

    /// 1 KB into the journal and onto the disk.
    #[divan::bench]
    fn fsync(bencher: Bencher<'_, '_>) {
        let directory = on_disk();
        let options = Options { segment_bytes: 1 << 20, ..Options::default() };
        let log = Log::open_directory(directory.path(), options, |_| {}).expect("an empty directory");
        let payload = [0x5a; 1024];
        let write = || {
            let sequence = log.append(&[Entry { kind: 1, payload: &payload }]).expect("the disk has room");
            log.commit(sequence).expect("the disk takes what is written");
            sequence
        };
        assert_eq!(write(), log.durable());
        let drawn = Cell::new(0);
        let make_room = || {
            if drawn.replace(drawn.get() + 1) % 512 == 511 {
                log.truncate_before(log.last()).expect("segments can be let go");
            }
        };
        bencher.with_inputs(make_room).bench_local_values(|()| write());
    }
}
