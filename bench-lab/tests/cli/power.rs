//! `bench-lab power` over stored noise of known size, and over a pilot of its own.

use serde_json::Value;

use crate::bench_lab::Place;
use crate::stored::{Wanted, store};

fn rows(json: &Value) -> Vec<(String, f64)> {
    let rows = json["sections"][0]["benchmarks"].as_array().unwrap();
    rows.iter()
        .map(|row| (row["id"].as_str().unwrap().to_owned(), row["smallest"].as_f64().unwrap()))
        .collect()
}

#[test]
fn a_stored_run_tells_what_it_can_find_and_what_a_wish_takes() {
    let place = Place::new();
    let run = store(&place, Wanted::default());
    let said = place.plain("power --detect 2%").expect(0);
    said.assert_stdout_has(&[
        &format!("bench-lab run --compare, as many processes on either side, from run {run}"),
        "assumes noise like that of these processes, drawn anew",
        "a change is found in 95.0 % of cases",
        "p/t/read",
        "for 2.0 %",
    ]);
    let json = place.plain("power --json --detect 2% -- write").expect(0).json();
    let rows = rows(&json);
    assert_eq!(rows.len(), 1);
    // Its noise is within 0.4 %, so the margin of 0.75 % is what is left.
    assert_eq!(rows[0].0, "p/t/write");
    assert!((0.0074..0.02).contains(&rows[0].1), "{rows:?}");
    assert_eq!(json["sections"][0]["drift"], Value::Null);
}

#[test]
fn what_the_machine_did_since_the_run_before_is_part_of_it() {
    let place = Place::new();
    store(&place, Wanted::default());
    let alone = rows(&place.plain("power --json").expect(0).json());
    store(&place, Wanted { created_at: "2026-08-02T10:15:00Z", drift: 1.05, ..Wanted::default() });
    let said = place.plain("power --json --detect 4%").expect(0).json();
    assert!((rows(&said)[0].1 - alone[0].1) > 0.04, "{said}");
    assert_eq!(said["sections"][0]["benchmarks"][0]["need"]["reason"], "within_drift");
}

#[test]
fn what_cannot_be_told_is_told_why() {
    let place = Place::new();
    store(&place, Wanted { count: 4, ..Wanted::default() });
    place.plain("power").expect(0).assert_stdout_has(&["2 benchmarks with fewer than 6 replicates"]);
    place.plain("power --detect 0.5%").expect(0);
    place.plain("power -p nothing").expect(2).assert_stderr_has(&["no benchmark that was measured is meant"]);
    place.plain("power --detect none").expect(2).assert_stderr_has(&["this is no number"]);
    place.plain("power --chance 20%").expect(2).assert_stderr_has(&["between 50 and 99.9 per cent"]);
    Place::new().plain("power").expect(2).assert_stderr_has(&["--pilot measures some noise itself"]);
}

#[test]
fn a_pilot_launches_a_benchmark_against_itself_and_keeps_nothing() {
    let place = Place::new();
    let json = place.fixture("power --pilot=6 --json -p truth --bench steady_divan").expect(0).json();
    let section = &json["sections"][0];
    assert_eq!(
        (&section["road"], section["benchmarks"].as_array().unwrap().is_empty()),
        (&"live".into(), false)
    );
    for row in section["benchmarks"].as_array().unwrap() {
        assert_eq!(row["seen_count"], 6, "{row}");
    }
    assert!(!place.store().join("runs").exists() && !place.store().join("matches").exists());
}
