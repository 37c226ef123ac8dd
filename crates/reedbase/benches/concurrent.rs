//! ReedBase with several threads on one table: readers beside what this machine allows them, durable writers, and a
//! merge of what two wrote.

mod workbench;

use std::hint::black_box;
use std::sync::Arc;

use criterion::{
    BatchSize, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use reedbase::{Batch, Change, Policy, Row, Snapshot, Table, merge};
use workbench::edits::Sides;
use workbench::{BULK, ROWS, SEED, Workbench, keys, rows};
use workload::{Distribution, Placement, together};

const READERS: [usize; 4] = [1, 2, 4, 8];
const WRITERS: [usize; 2] = [1, 4];
/// Reads of one thread in one iteration: about a millisecond, against which the start of a thread is little.
const READS: usize = 4096;
/// Steps of the register that take about as long as one read, 160 ns.
const SHIFTS: usize = 100;
/// Rows that one thread writes in one iteration, each by itself.
const WRITES: usize = 50;

/// Reads all keys from the table `iterations` times, beginning at `start`.
fn read_round(table: &Table, keys: &[String], start: usize, iterations: u64) {
    let (before, after) = keys.split_at(start);
    for _ in 0..iterations {
        for key in after.iter().chain(before) {
            let _ = black_box(table.read(black_box(key)));
        }
    }
}

/// Each thread begins elsewhere.
fn starts(count: usize) -> Vec<usize> {
    (0..count).map(|number| number * READS / count).collect()
}

fn reads(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("concurrent");
    for count in READERS {
        group.throughput(Throughput::Elements((count * READS) as u64));
        group.bench_function(BenchmarkId::new("reads", count), |bencher| {
            let bench = Workbench::with_rows(ROWS);
            let table = bench.table();
            let keys = keys(Distribution::Uniform, ROWS, READS);
            assert!(keys.iter().all(|key| table.read(key).is_ok_and(|row| row.key() == key)));
            let mut crew = starts(count);
            bencher.iter_custom(|iterations| {
                let read = |start: &mut usize| read_round(table, &keys, *start, iterations);
                together(Placement::Spread, &mut crew, read)
            });
        });
    }
    group.finish();
}

/// How much more threads can do on this machine at best: the same reads, each thread from a table of its own, so that
/// nothing of the store is shared; and arithmetic in registers, so that not even memory is. What `reads` lacks to the
/// first is the store's, what the first lacks to the second is the allocator's and the caches', and what that lacks to
/// the number of CPUs is the host's.
fn ceiling(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("concurrent");
    for count in READERS {
        group.throughput(Throughput::Elements((count * READS) as u64));
        group.bench_function(BenchmarkId::new("ceiling/own_tables", count), |bencher| {
            let keys = keys(Distribution::Uniform, ROWS, READS);
            let own = |start| (start, Workbench::with_rows(ROWS), keys.clone());
            let mut crew: Vec<_> = starts(count).into_iter().map(own).collect();
            let is_right = |bench: &Workbench, key| bench.table().read(key).is_ok_and(|row| row.key() == key);
            assert!(crew.iter().all(|(_, bench, keys)| keys.iter().all(|key| is_right(bench, key))));
            bencher.iter_custom(|iterations| {
                together(Placement::Spread, &mut crew, |(start, bench, keys)| {
                    read_round(bench.table(), keys, *start, iterations);
                })
            });
        });
        group.bench_function(BenchmarkId::new("ceiling/registers", count), |bencher| {
            let work = |number: &mut u64| *number = shift_register(black_box(*number), SHIFTS * READS);
            // The period of the generator is 2^64 - 1: from one number it comes to another, and never to 0.
            let mut once = 1;
            work(&mut once);
            assert!(once > 1);
            let mut crew = vec![1_u64; count];
            bencher.iter_custom(|iterations| {
                together(Placement::Spread, &mut crew, |number| (0..iterations).for_each(|_| work(number)))
            });
        });
    }
    group.finish();
}

/// Marsaglia's xorshift (Journal of Statistical Software 8:14, 2003) with the shifts 13, 7 and 17.
fn shift_register(mut number: u64, times: usize) -> u64 {
    for _ in 0..times {
        number ^= number << 13;
        number ^= number >> 7;
        number ^= number << 17;
    }
    number
}

/// Into a fresh table each time; every write has returned, and so is on disk, before the time is taken.
fn writes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("concurrent");
    group.sampling_mode(SamplingMode::Flat);
    for count in WRITERS {
        group.throughput(Throughput::Elements((count * WRITES) as u64));
        group.bench_function(BenchmarkId::new("writes", count), |bencher| {
            let rows = rows(count * WRITES, SEED);
            let once = || {
                let bench = Workbench::empty();
                let mut crew: Vec<&[Row]> = rows.chunks(WRITES).collect();
                let taken = together(Placement::Free, &mut crew, |rows| {
                    for row in *rows {
                        bench.table().insert(row.clone()).expect("no row has this key");
                    }
                });
                assert_eq!(bench.table().len(), rows.len());
                assert!(rows.iter().all(|row| bench.table().read(row.key()).is_ok_and(|read| read == *row)));
                taken
            };
            bencher.iter_custom(|iterations| (0..iterations).map(|_| once()).sum());
        });
    }
    group.finish();
}

/// 1,000 changed rows on each side, none of them on both.
fn row_level_merge(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("concurrent");
    group.throughput(Throughput::Elements(2 * BULK as u64));
    group.bench_function("row_level_merge/in_memory", |bencher| {
        let bench = Workbench::with_rows(ROWS);
        let base = bench.table().snapshot();
        let sides = Sides::overlapping_by(0);
        let (ours, theirs) = (Batch::now(sides.ours.clone()), Batch::now(sides.theirs.clone()));
        let merged = merge(&base, &ours, &theirs, Policy::Fail).expect("no row is on both sides");
        bench.write(&merged.changes);
        assert!(sides.are_both_in(&bench.table().snapshot()));
        bencher.iter(|| merge(&base, black_box(&ours), black_box(&theirs), Policy::Fail));
    });
    group.bench_function("row_level_merge/durable", |bencher| {
        let bench = Workbench::with_rows(ROWS);
        let table = bench.table();
        let sides = Sides::overlapping_by(0);
        let base = table.snapshot();
        let back: Vec<Change> = base.scan().take(2 * BULK).map(Change::Update).collect();
        let ours = Batch::now(sides.ours.clone());
        let begin = || {
            bench.write(&back);
            bench.fold();
            let base = table.snapshot();
            bench.write(&sides.theirs);
            base
        };
        let write = |base: Arc<Snapshot>| {
            table.write_merged(&base, &ours, Policy::Fail).expect("no row is on both sides")
        };
        assert_eq!(write(begin()).changes.len(), BULK);
        assert!(sides.are_both_in(&table.snapshot()));
        let first: Row = table.read(&workload::key(0)).expect("the row is there");
        assert_eq!(Some(&first), sides.ours[0].row());
        bencher.iter_batched(begin, write, BatchSize::PerIteration);
    });
    group.finish();
}

criterion_group!(benches, reads, ceiling, writes, row_level_merge);
criterion_main!(benches);
