//! ReedBase on divan: the core operations, and the parts of a read by themselves.

mod workbench;

use divan::Bencher;
use divan::counter::ItemsCount;
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

    use super::workbench::writes::{BulkInserts, Deletes, Inserts, Updates};
    use super::workbench::{BULK, SIZES, Workbench, keys};
    use super::{ItemsCount, measure};

    #[divan::bench(args = SIZES)]
    fn read_single_row(bencher: Bencher<'_, '_>, rows: usize) {
        let bench = Workbench::with_rows(rows);
        let table = bench.table();
        let keys = keys(Distribution::Uniform, rows, 1 << 14);
        assert!(keys.iter().all(|key| table.read(key).is_ok_and(|row| row.key() == key)));
        let mut next = keys.iter().cycle();
        bencher.bench_local(|| next.next().map(|key| table.read(black_box(key))));
    }

    #[divan::bench(args = SIZES)]
    fn read_bulk_1000(bencher: Bencher<'_, '_>, rows: usize) {
        let bench = Workbench::with_rows(rows);
        let table = bench.table();
        let keys = keys(Distribution::Sequential, rows, BULK);
        assert!(table.read_many(&keys).iter().all(Option::is_some));
        bencher.counter(ItemsCount::new(BULK)).bench_local(|| table.read_many(black_box(&keys)));
    }

    #[divan::bench]
    fn write_single_row(bencher: Bencher<'_, '_>) {
        measure(bencher, &Inserts::new());
    }

    #[divan::bench]
    fn write_bulk_1000(bencher: Bencher<'_, '_>) {
        measure(bencher.counter(ItemsCount::new(BULK)), &BulkInserts::new());
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
