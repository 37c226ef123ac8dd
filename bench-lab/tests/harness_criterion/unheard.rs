//! Invocations that did not connect: what their files give.

use lab_core::model::{Outcome, Values};

use crate::fixture::{Fixture, Played, long_name, of};

#[test]
fn files_give_the_whole_ids_and_the_raw_samples() {
    let long = long_name();
    let paths = [
        "plain",
        "with spaces (and) [regex] a+b?",
        "work/bytes/4096",
        "work/7",
        "fixed/in code",
        &long,
        "twin",
    ];
    for (stem, fixture) in Fixture::all() {
        let answer = fixture.read("cases unheard", &paths);
        for path in paths {
            let observation = of(&answer, path);
            assert_eq!(observation.outcome, Outcome::Ok, "{stem} {path}");
            let measurement = &observation.measurements[0];
            assert!(measurement.representative().unwrap() > 0.1, "{stem} {path}");
            assert_eq!(measurement.unit, "ns", "{stem}");
            assert_eq!(measurement.settings["sampling_mode"], "linear", "{stem}");
        }
        let Values::Samples(samples) = &of(&answer, "fixed/in code").measurements[0].values else { panic!() };
        assert_eq!(samples.len(), 12, "{stem}");
        assert_eq!(of(&answer, "work/bytes/4096").measurements[0].throughput[0].kind, "bytes", "{stem}");
        assert_eq!(answer.warnings.len(), 1, "{stem}: {:?}", answer.warnings);
        assert_eq!(answer.warnings[0].kind, "file_fallback", "{stem}");
    }
}

#[test]
fn of_twins_that_overwrite_each_others_files_one_is_missing() {
    for (stem, fixture) in Fixture::all() {
        let answer = fixture.read("cases unheard", &["twin", "twin"]);
        assert_eq!(answer.observations[0].outcome, Outcome::Ok, "{stem}");
        assert!(matches!(answer.observations[1].outcome, Outcome::Missing { .. }), "{stem}");
    }
}

#[test]
fn a_cut_name_from_a_printed_list_finds_its_files() {
    let fixture = Fixture::load("0.8.2");
    let cut = format!("{}...", &long_name()[..100]);
    let answer = fixture.read("cases unheard", &[&cut]);
    assert_eq!(of(&answer, &cut).outcome, Outcome::Ok);
}

#[test]
fn what_left_no_files_failed_with_the_output_of_its_process() {
    for (stem, fixture) in Fixture::all() {
        let answer = fixture.read("broken unheard", &["sound", "takes no time", "panics", "never reached"]);
        assert_eq!(of(&answer, "sound").outcome, Outcome::Ok, "{stem}");
        let zero = &of(&answer, "takes no time").outcome;
        assert!(
            matches!(zero, Outcome::Failed { reason, .. } if reason.contains("zero time")),
            "{stem}: {zero:?}"
        );
        for path in ["panics", "never reached"] {
            let outcome = &of(&answer, path).outcome;
            assert!(
                matches!(outcome, Outcome::Failed { tail, .. } if tail.contains("gave up")),
                "{stem} {path}"
            );
        }
    }
}

#[test]
fn a_file_that_cannot_be_read_is_said() {
    let fixture = Fixture::load("0.8.2");
    let played = Played::of(fixture.scene("cases unheard"));
    let path = played.captured.scratch.as_ref().unwrap().join("plain/new/sample.json");
    std::fs::write(&path, "{\"iters\": [1").unwrap();
    let answer = fixture.read_from("cases unheard", &["plain", "twin"], &played.captured);
    assert!(matches!(of(&answer, "plain").outcome, Outcome::Missing { .. }));
    assert_eq!(of(&answer, "twin").outcome, Outcome::Ok);
    let said = answer.warnings.iter().find(|warning| warning.kind == "unread_file").unwrap();
    assert!(said.text.contains("sample.json"), "{said}");
}
