//! The peers with several threads on one table, as in ReedBase's target of this name.

mod workbench;

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use peers::{Redb, Row, Shared, SharedSqlite};
use tempfile::TempDir;
use workbench::{ROWS, SEED, keys, rows};
use workload::{Distribution, Placement, together};

type Group<'g> = BenchmarkGroup<'g, WallTime>;

const READERS: [usize; 4] = [1, 2, 4, 8];
const WRITERS: [usize; 2] = [1, 4];
/// Reads of one thread in one iteration.
const READS: usize = 4096;
/// Rows that one thread writes in one iteration, each by itself.
const WRITES: usize = 50;

/// A store with these rows, in a directory that goes when this does.
fn store_of<S: Shared>(rows: &[Row]) -> (S, TempDir) {
    let directory = workload::folder_on_disk(env!("CARGO_TARGET_TMPDIR"));
    let store = S::create(directory.path()).expect("an empty directory takes a store");
    store.insert(rows).expect("an empty store takes rows");
    (store, directory)
}

fn reads<S: Shared>(group: &mut Group<'_>, name: &str) {
    for count in READERS {
        group.throughput(Throughput::Elements((count * READS) as u64));
        group.bench_function(BenchmarkId::new(format!("reads/{name}"), count), |bencher| {
            let (store, _directory) = store_of::<S>(&rows(ROWS, SEED));
            let keys = keys(Distribution::Uniform, ROWS, READS);
            // Each thread begins elsewhere.
            let reader = |number| (number * READS / count, store.reader().expect("the store can be read"));
            let mut crew: Vec<_> = (0..count).map(reader).collect();
            for (_, read) in &crew {
                let is_right = |key: &String| {
                    read(key).is_ok_and(|row: Option<Row>| row.is_some_and(|row| row[0] == *key))
                };
                assert!(keys.iter().all(is_right));
            }
            bencher.iter_custom(|iterations| {
                together(Placement::Spread, &mut crew, |(start, read)| {
                    let (before, after) = keys.split_at(*start);
                    for _ in 0..iterations {
                        for key in after.iter().chain(before) {
                            let _ = black_box(read(black_box(key)));
                        }
                    }
                })
            });
        });
    }
}

/// Into a fresh store each time; every write has returned, and so is on disk, before the time is taken.
fn writes<S: Shared>(group: &mut Group<'_>, name: &str) {
    for count in WRITERS {
        group.throughput(Throughput::Elements((count * WRITES) as u64));
        group.bench_function(BenchmarkId::new(format!("writes/{name}"), count), |bencher| {
            let rows = rows(count * WRITES, SEED);
            let once = || {
                let (store, _directory) = store_of::<S>(&[]);
                let mut crew: Vec<&[Row]> = rows.chunks(WRITES).collect();
                let taken = together(Placement::Free, &mut crew, |rows| {
                    for row in *rows {
                        store.insert(std::slice::from_ref(row)).expect("no row has this key");
                    }
                });
                let read = store.reader().expect("the store can be read");
                assert!(rows.iter().all(|row| read(&row[0]).is_ok_and(|read| read.as_ref() == Some(row))));
                taken
            };
            bencher.iter_custom(|iterations| (0..iterations).map(|_| once()).sum());
        });
    }
}

fn concurrent(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("concurrent");
    reads::<SharedSqlite>(&mut group, "sqlite");
    reads::<Redb>(&mut group, "redb");
    group.sampling_mode(SamplingMode::Flat);
    writes::<SharedSqlite>(&mut group, "sqlite");
    writes::<Redb>(&mut group, "redb");
    group.finish();
}

criterion_group!(benches, concurrent);
criterion_main!(benches);
