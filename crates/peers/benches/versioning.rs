//! The peers' patches on Criterion, as in ReedBase's target of this name.

mod workbench;

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main};
use peers::{DeltaCodec, Qbsdiff, Vcdiff, ZstdPrefix};
use workbench::{BYTES_PER_ROW, ROWS, SEED};
use workload::TableRows;

fn csv_text(table: &TableRows) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&table.columns).expect("memory takes what is written");
    for row in &table.rows {
        writer.write_record(row).expect("every row has as many values as there are columns");
    }
    writer.into_inner().expect("memory takes what is written")
}

fn versioning(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("versioning");
    both::<Qbsdiff>(&mut group, "qbsdiff");
    both::<Vcdiff>(&mut group, "vcdiff");
    both::<ZstdPrefix>(&mut group, "zstd_prefix");
    group.finish();
}

fn both<C: DeltaCodec>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str) {
    let texts = || {
        let base = workload::table(ROWS, BYTES_PER_ROW, SEED);
        let result = workload::changed(&base, ROWS / 10, BYTES_PER_ROW, SEED + 1);
        (csv_text(&base), csv_text(&result))
    };
    group.bench_function(BenchmarkId::new(format!("pack_delta/{name}"), ROWS), |bencher| {
        let (base, result) = texts();
        let patch = C::pack(&base, &result).expect("it can be packed");
        assert!(patch.len() < result.len() / 4, "{} bytes", patch.len());
        assert_eq!(C::apply(&base, &patch).expect("it was made for this base"), result);
        bencher.iter(|| C::pack(black_box(&base), black_box(&result)));
    });
    group.bench_function(BenchmarkId::new(format!("apply_delta/{name}"), ROWS), |bencher| {
        let (base, result) = texts();
        let patch = C::pack(&base, &result).expect("it can be packed");
        assert_eq!(C::apply(&base, &patch).expect("it was made for this base"), result);
        bencher.iter(|| C::apply(black_box(&base), black_box(&patch)));
    });
}

criterion_group!(benches, versioning);
criterion_main!(benches);
