//! The peers on divan: one row read or written, as in ReedBase's target of this name.

mod workbench;

fn main() {
    divan::main();
}

mod core_ops {
    use std::cell::{Cell, RefCell};

    use divan::{Bencher, black_box};
    use peers::{CsvFile, Redb, Row, Sqlite, Store};
    use workload::Distribution;

    use super::workbench::{ROWS, SEED, SIZES, Workbench, keys, rows};

    #[divan::bench(types = [Sqlite, Redb, CsvFile], args = SIZES)]
    fn read_single_row<S: Store>(bencher: Bencher<'_, '_>, row_count: usize) {
        let bench = Workbench::<S>::with_rows(row_count);
        // Fewer to check than ReedBase has: the CSV file is read from its beginning for each.
        let keys = keys(Distribution::Uniform, row_count, 1 << 14);
        let is_right = |key: &String| {
            bench.store.read(key).is_ok_and(|row: Option<Row>| row.is_some_and(|row| row[0] == *key))
        };
        assert!(keys.iter().take(100).all(is_right));
        let mut next = keys.iter().cycle();
        bencher.bench_local(|| next.next().map(|key| bench.store.read(black_box(key))));
    }

    /// Into a table that begins empty and is emptied again at 1,000.
    #[divan::bench(types = [Sqlite, Redb, CsvFile])]
    fn write_single_row<S: Store>(bencher: Bencher<'_, '_>) {
        let rows = rows(1000, SEED);
        let (bench, drawn) = (RefCell::new(Workbench::<S>::with_rows(0)), Cell::new(0));
        let prepare = || {
            let number = drawn.replace(drawn.get() + 1) % rows.len();
            if number == 0 {
                *bench.borrow_mut() = Workbench::with_rows(0);
            }
            [rows[number].clone()]
        };
        let row = prepare();
        bench.borrow().store.insert(&row).expect("no row has this key");
        assert_eq!(bench.borrow().store.read_all().expect("it was just written"), row);
        bencher
            .with_inputs(prepare)
            .bench_local_values(|row| bench.borrow().store.insert(&row).expect("no row has this key"));
    }

    #[divan::bench(types = [Sqlite, Redb, CsvFile])]
    fn update_single_row<S: Store>(bencher: Bencher<'_, '_>) {
        let bench = Workbench::<S>::with_rows(ROWS);
        let others = rows(ROWS, SEED + 1);
        let mut picks = workload::Picks::new(Distribution::Uniform, ROWS, SEED);
        let mut prepare = || others[picks.next().expect("picks never end")].clone();
        let row = prepare();
        bench.store.update(&row).expect("every key is there");
        assert_eq!(bench.store.read(&row[0]).expect("it was just written"), Some(row));
        bencher
            .with_inputs(prepare)
            .bench_local_values(|row| bench.store.update(&row).expect("every key is there"));
    }
}
