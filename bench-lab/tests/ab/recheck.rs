//! What a match leaves suspect is measured again, and nothing else.

use std::fs;

use crate::sample::{Sample, change, lines, result};

#[test]
fn a_regression_is_measured_again_on_its_own_and_reported_with_all_the_others() {
    let sample = Sample::new(&[("steady", "spin(800)"), ("slower", "spin(800)")]);
    sample.repo.git("checkout --quiet -b feature");
    sample.set(&[("steady", "spin(800)"), ("slower", "spin(1600)")]);
    let ids = sample.place.path().join("suspects");
    let words = format!("ab merge-base:main --launches 20 --write ids={}", ids.display());
    sample.run(&words).expect(0).assert_stdout_has(&["merge-base:main", "regressed (1)"]);
    let suspects = fs::read_to_string(&ids).unwrap();
    assert!(suspects.lines().any(|id| id == "regex-lite/speed/speed::slower"), "{suspects}");

    let said = sample.run("ab --recheck --launches 20 --gate --json").expect(1);
    let both = result(&said);
    assert_eq!(change(&both, "slower")["verdict"], "regressed", "{both:#}");
    let note = change(&both, "slower")["notes"].to_string();
    assert!(note.contains("confirmed; at first +"), "{note}");
    // The other one is in the report and was not launched again, unless it too looked worse.
    assert_ne!(change(&both, "steady")["verdict"], "regressed", "{both:#}");
    let mut folders = sample.matches();
    folders.sort();
    let launched: Vec<String> = lines(&folders[1].join("launches.jsonl"))
        .iter()
        .map(|launch| launch["benchmark"]["path"].as_str().unwrap_or_default().to_owned())
        .collect();
    let measured_again = launched.iter().filter(|path| path.ends_with("steady")).count();
    assert_eq!(measured_again > 0, suspects.contains("steady"), "{launched:?}");

    // The same by hand, and from a file that names nothing.
    let by_hand = format!("ab base --launches 20 --gate --json --ids {}", ids.display());
    assert_eq!(change(&result(&sample.run(&by_hand).expect(1)), "slower")["verdict"], "regressed");
    fs::write(&ids, "\n").unwrap();
    sample.run(&by_hand).expect(0).assert_stderr_has(&["nothing to measure", "names no benchmark"]);
    assert_eq!(sample.matches().len(), 3);

    sample.set(&[("steady", "spin(800)"), ("slower", "spin(1700)")]);
    sample.run("ab --recheck").expect(5).assert_stderr_has(&["its files changed since", "start a new match"]);
}

#[test]
fn without_a_suspect_nothing_is_built_and_the_stored_answer_is_given() {
    let sample = Sample::new(&[("steady", "spin(800)")]);
    sample.run("ab base HEAD").expect(0);
    let said = sample.run("ab --recheck --gate --write junit=again.xml").expect(0);
    said.assert_stderr_has(&["left no suspect"]);
    said.assert_stdout_has(&["the gate passes"]);
    assert!(fs::read_to_string(sample.repo.top().join("again.xml")).unwrap().contains("speed::steady"));
    assert_eq!(sample.matches().len(), 1);
    sample.run("ab main --recheck").expect(2);
}
