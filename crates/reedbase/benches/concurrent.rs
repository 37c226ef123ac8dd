//! ReedBase with several threads on one table: readers, durable writers, and a merge of what two wrote.

mod workbench;

use std::hint::black_box;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use criterion::{
    BatchSize, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use reedbase::{Batch, Change, Policy, Row, Snapshot, merge};
use workbench::edits::Sides;
use workbench::{BULK, ROWS, SEED, Workbench, keys, rows};
use workload::Distribution;

const READERS: [usize; 4] = [1, 2, 4, 8];
const WRITERS: [usize; 2] = [1, 4];
/// Reads of one thread in one iteration: about a millisecond, against which the start of a thread is little.
const READS: usize = 4096;
/// Rows that one thread writes in one iteration, each by itself.
const WRITES: usize = 50;

/// How long `count` threads need to do their work, from when all of them are ready.
fn together(count: usize, work: impl Fn(usize) + Sync) -> Duration {
    let ready = Barrier::new(count + 1);
    let (ready, work) = (&ready, &work);
    thread::scope(|scope| {
        let run = |number| {
            scope.spawn(move || {
                ready.wait();
                work(number);
            })
        };
        let threads: Vec<_> = (0..count).map(run).collect();
        ready.wait();
        let start = Instant::now();
        threads.into_iter().for_each(|thread| thread.join().expect("no work panics"));
        start.elapsed()
    })
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
            bencher.iter_custom(|iterations| {
                together(count, |number| {
                    // Each thread begins elsewhere.
                    let (before, after) = keys.split_at(number * READS / count);
                    for _ in 0..iterations {
                        for key in after.iter().chain(before) {
                            let _ = black_box(table.read(black_box(key)));
                        }
                    }
                })
            });
        });
    }
    group.finish();
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
                let taken = together(count, |number| {
                    for row in &rows[number * WRITES..][..WRITES] {
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

criterion_group!(benches, reads, writes, row_level_merge);
criterion_main!(benches);
