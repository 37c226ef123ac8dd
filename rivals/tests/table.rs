//! The arithmetic of the table, on comparisons written by hand.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::path::Path;

use rivals::{journal, table};

#[test]
fn counts_go_to_their_cells_and_what_is_missing_has_no_figure() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/session.jsonl");
    insta::assert_snapshot!(table::markdown(&journal::read(&path).unwrap()));
}
