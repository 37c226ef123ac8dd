//! Operations that change a table, each with an endless supply of inputs.
//!
//! They must never need an input to be used before the next is drawn: harnesses that time several operations
//! at once draw all of their inputs first. What waits to be used is in no other input and not yet done.

use std::cell::Cell;

use reedbase::{Change, Row};
use workload::{Distribution, Picks};

use super::{BULK, ROWS, SEED, Workbench, rows};

/// What a harness times: `run`, with the input that an untimed `prepare` made.
pub(crate) trait Operation {
    type Input;

    fn prepare(&self) -> Self::Input;

    fn run(&self, input: Self::Input);
}

/// How many of the inputs that have been drawn so far; counts on for ever.
#[derive(Default)]
struct Drawn(Cell<usize>);

impl Drawn {
    fn next(&self) -> usize {
        self.0.replace(self.0.get() + 1)
    }
}

/// Single rows into a table that begins empty and is emptied again at 1,000.
pub(crate) struct Inserts {
    bench: Workbench,
    rows: Vec<Row>,
    drawn: Drawn,
}

impl Inserts {
    pub(crate) fn new() -> Self {
        let inserts = Self { bench: Workbench::empty(), rows: rows(ROWS, SEED), drawn: Drawn::default() };
        let row = inserts.prepare();
        inserts.run(row.clone());
        assert_eq!(inserts.bench.table().read(row.key()).expect("it was inserted"), row);
        inserts
    }
}

impl Operation for Inserts {
    type Input = Row;

    fn prepare(&self) -> Row {
        if self.bench.table().len() >= 1000 {
            self.bench.clear();
            self.bench.fold();
        }
        self.rows[self.drawn.next() % ROWS].clone()
    }

    fn run(&self, row: Row) {
        self.bench.table.insert(row).expect("no row has this key");
    }
}

/// A thousand rows in one batch, into an empty table.
pub(crate) struct BulkInserts {
    bench: Workbench,
    batches: Vec<Vec<Change>>,
    drawn: Drawn,
}

impl BulkInserts {
    pub(crate) fn new() -> Self {
        let changes: Vec<Change> = rows(ROWS, SEED).into_iter().map(Change::Insert).collect();
        let batches = changes.chunks(BULK).map(<[Change]>::to_vec).collect();
        let inserts = Self { bench: Workbench::empty(), batches, drawn: Drawn::default() };
        let batch = inserts.prepare();
        inserts.run(batch);
        assert_eq!(inserts.bench.table().len(), BULK);
        inserts
    }
}

impl Operation for BulkInserts {
    type Input = usize;

    fn prepare(&self) -> usize {
        let drawn = self.drawn.next();
        if !self.bench.table().is_empty() {
            self.bench.clear();
        }
        // Each batch and its removal leave about 250 kB in the journal.
        if drawn % 32 == 31 {
            self.bench.fold();
        }
        drawn % self.batches.len()
    }

    fn run(&self, batch: usize) {
        self.bench.write(&self.batches[batch]);
    }
}

/// New values for random rows of the full table.
pub(crate) struct Updates {
    bench: Workbench,
    rows: Vec<Row>,
    picks: Vec<usize>,
    drawn: Drawn,
}

impl Updates {
    pub(crate) fn new() -> Self {
        let picks = Picks::new(Distribution::Uniform, ROWS, SEED).take(ROWS).collect();
        let bench = Workbench::with_rows(ROWS);
        let updates = Self { bench, rows: rows(ROWS, SEED + 1), picks, drawn: Drawn::default() };
        let row = updates.prepare();
        assert_ne!(updates.bench.table().read(row.key()).expect("every key is there"), row);
        updates.run(row.clone());
        assert_eq!(updates.bench.table().read(row.key()).expect("every key is there"), row);
        updates
    }

    pub(crate) fn bench(&self) -> &Workbench {
        &self.bench
    }
}

impl Operation for Updates {
    type Input = Row;

    fn prepare(&self) -> Row {
        if self.bench.table().unfolded_changes() >= 5000 {
            self.bench.fold();
        }
        self.rows[self.picks[self.drawn.next() % ROWS]].clone()
    }

    fn run(&self, row: Row) {
        self.bench.table.update(row).expect("every key is there");
    }
}

/// Random rows out of a table of 10,000, which is filled up again at half.
pub(crate) struct Deletes {
    bench: Workbench,
    rows: Vec<Row>,
    /// Each row once, so that no row is drawn twice before it is put back.
    order: Vec<usize>,
    drawn: Drawn,
}

impl Deletes {
    pub(crate) fn new() -> Self {
        let bench = Workbench::with_rows(ROWS);
        let deletes = Self {
            bench,
            rows: rows(ROWS, SEED),
            order: workload::shuffled(ROWS, SEED),
            drawn: Drawn::default(),
        };
        let key = deletes.prepare();
        deletes.run(key.clone());
        assert!(!deletes.bench.table().contains(&key));
        assert_eq!(deletes.bench.table().len(), ROWS - 1);
        deletes
    }

    fn fill_up(&self) {
        let absent = self.rows.iter().filter(|row| !self.bench.table().contains(row.key()));
        let absent: Vec<Change> = absent.cloned().map(Change::Insert).collect();
        self.bench.write(&absent);
        self.bench.fold();
    }
}

impl Operation for Deletes {
    type Input = String;

    fn prepare(&self) -> String {
        if self.bench.table().len() <= ROWS / 2 {
            self.fill_up();
        }
        self.rows[self.order[self.drawn.next() % ROWS]].key().to_owned()
    }

    fn run(&self, key: String) {
        self.bench.table.delete(&key).expect("the row has not been deleted yet");
    }
}

/// The whole table written anew for one changed row.
pub(crate) struct Folds {
    bench: Workbench,
    /// Two states of the first row, which take turns.
    states: [Row; 2],
    drawn: Drawn,
}

impl Folds {
    pub(crate) fn of(row_count: usize) -> Self {
        let state = |seed| rows(1, seed).remove(0);
        let states = [state(SEED + 1), state(SEED)];
        let folds = Self { bench: Workbench::with_rows(row_count), states, drawn: Drawn::default() };
        folds.prepare();
        folds.run(());
        assert_eq!(folds.bench.table().unfolded_changes(), 0);
        let text = std::fs::read(folds.bench.as_ref().join("current.csv")).expect("a table has its CSV file");
        let value = folds.states[0].value(1).expect("a row has a name");
        assert!(String::from_utf8_lossy(&text).lines().nth(1).is_some_and(|line| line.contains(value)));
        folds
    }

    pub(crate) fn csv_bytes(&self) -> u64 {
        super::csv_bytes(self.bench.as_ref())
    }
}

impl Operation for Folds {
    type Input = ();

    fn prepare(&self) {
        let row = self.states[self.drawn.next() % 2].clone();
        self.bench.table.update(row).expect("every key is there");
    }

    fn run(&self, (): ()) {
        self.bench.fold();
    }
}
