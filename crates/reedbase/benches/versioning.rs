//! Deltas between two versions of a table, and the way back to an earlier one: what ReedBase spreads over all
//! cores that it is given.

mod workbench;

use std::cell::OnceCell;
use std::hint::black_box;

use criterion::{
    BatchSize, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use reedbase::delta::{Delta, compress, decompress, diff};
use reedbase::{Change, Codec, Delimiter, Row};

use workbench::edits::{Revision, later};
use workbench::{BYTES_PER_ROW, ROWS, SEED, SIZES, Workbench};

const CODECS: [(&str, Codec); 2] = [("xz", Codec::Xz), ("zstd", Codec::Zstd)];
const LIMIT: u64 = 1 << 30;

fn deltas(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("versioning");
    for rows in SIZES {
        group.bench_function(BenchmarkId::new("generate_delta", rows), |bencher| {
            let Revision { base, result } = Revision::of_a_tenth(rows);
            let delta = diff(&base, &result, Delimiter::Comma);
            // The reference implementation reads it.
            let mut patched = Vec::new();
            bsdiff::patch(&base, &mut &delta[..], &mut patched).expect("a bsdiff stream");
            assert_eq!(patched, result);
            bencher.iter(|| diff(black_box(&base), black_box(&result), Delimiter::Comma));
        });
    }
    for (name, codec) in CODECS {
        // Two datasets: 200 kB of which nothing repeats, and the stream of the benchmark above, 2 MB of which
        // nine parts in ten are zeros.
        type Made = fn() -> Revision;
        let datasets: [(&str, Made); 2] =
            [("200kB", Revision::of_every_row), ("2MB", || Revision::of_a_tenth(ROWS))];
        for (size, revision) in datasets {
            group.bench_function(format!("compress_delta/{name}/{size}"), |bencher| {
                let Revision { base, result } = revision();
                let delta = diff(&base, &result, Delimiter::Comma);
                let packed = compress(codec, &delta).expect("the codec works here");
                assert_eq!(decompress(codec, &packed, LIMIT).expect("it was just packed"), delta);
                bencher.iter(|| compress(codec, black_box(&delta)));
            });
        }
        // All that a version costs but the disk: what programs that only make compressed patches are measured by.
        group.bench_function(format!("pack_delta/{name}/{ROWS}"), |bencher| {
            let Revision { base, result } = Revision::of_a_tenth(ROWS);
            let pack = || Delta::encode(Some(black_box(&base)), &result, codec, Delimiter::Comma);
            let file = pack().expect("it can be packed");
            let delta = Delta::decode(&file).expect("it was just made");
            assert_eq!(delta.apply(&base, LIMIT).expect("it was made for this base"), result);
            bencher.iter(pack);
        });
        group.bench_function(format!("apply_delta/{name}/{ROWS}"), |bencher| {
            let Revision { base, result } = Revision::of_a_tenth(ROWS);
            let file =
                Delta::encode(Some(&base), &result, codec, Delimiter::Comma).expect("it can be packed");
            let apply = || Delta::decode(&file).and_then(|delta| delta.apply(black_box(&base), LIMIT));
            assert_eq!(apply().expect("it was made for this base"), result);
            bencher.iter(apply);
        });
    }
    group.finish();
}

/// To the last of ten versions, each with 1,000 changed rows: nine deltas on the first. A row is deleted before,
/// so that every rollback finds something to take back.
fn rollback(criterion: &mut Criterion) {
    const VERSIONS: u64 = 10;
    let mut group = criterion.benchmark_group("versioning");
    // Criterion's hundred samples of a tenth of a second each would be most of the whole suite's time.
    group.sampling_mode(SamplingMode::Flat).sample_size(10).throughput(Throughput::Elements(VERSIONS));
    // Criterion calls the closure for every sample; ten versions are made once.
    let made = OnceCell::new();
    group.bench_function(BenchmarkId::new("rollback", VERSIONS), |bencher| {
        let bench: &Workbench = made.get_or_init(|| with_versions(VERSIONS));
        let edit = || bench.table().delete(&workload::key(0)).expect("every rollback brings it back");
        let back = |()| bench.table().rollback(VERSIONS).expect("the version is there");
        bencher.iter_batched(edit, back, BatchSize::PerIteration);
    });
    group.finish();
}

/// A table with that many versions, each with a tenth of its rows changed, and a rollback to the last that gave
/// what it should.
fn with_versions(count: u64) -> Workbench {
    let bench = Workbench::with_rows(ROWS);
    let mut rows = workload::table(ROWS, BYTES_PER_ROW, SEED);
    for step in 1..=count {
        bench.table().commit_version("one version of several").expect("a version can be made");
        if step < count {
            let next = later(&rows, ROWS / 10, step);
            let changed = rows.rows.iter().zip(&next.rows).filter(|(was, is)| was != is);
            let changes: Vec<Change> = changed.map(|(_, is)| Change::Update(Row::new(is))).collect();
            bench.write(&changes);
            rows = next;
        }
    }
    let is_last = || bench.table().snapshot().scan().eq(rows.rows.iter().map(Row::new));
    assert!(is_last());
    bench.table().delete(&workload::key(0)).expect("the row is there");
    assert!(!is_last());
    bench.table().rollback(count).expect("the version is there");
    assert!(is_last());
    bench
}

criterion_group!(benches, deltas, rollback);
criterion_main!(benches);
