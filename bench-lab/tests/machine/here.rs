//! `bench-lab machine` on the machine that the tests run on.

use std::fs;

use crate::bench_lab::{Place, Said, said};

#[test]
fn a_new_definition_fits_the_machine_it_was_written_on() {
    let place = Place::new();
    let _ = place.plain("machine init here.toml --name here").expect(0);
    let checked = place.plain("machine check here.toml").expect(0);
    checked.assert_stdout_has(&["expected", "found", "verdict", "cpu.", "this machine is here: 0 of"]);
    let json = place.plain("machine check here.toml --json").expect(0).json();
    assert_eq!((&json["definition"], &json["verdict"]), (&"here".into(), &"match".into()));
    let facts = json["facts"].as_array().unwrap();
    assert!(facts.len() > 5, "{json}");
    assert!(facts.iter().all(|fact| fact["verdict"] == "ok"), "{json}");
    assert!(json["cpus"]["bench"].is_string(), "{json}");
}

#[test]
fn the_file_is_named_after_the_machine_and_never_written_over() {
    let place = Place::new();
    let _ = place.plain("machine init").expect(0);
    let written = fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().path());
    let [path] = written.collect::<Vec<_>>().try_into().unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    assert!(text.contains(&format!("name = \"{name}\"")), "{text}");
    place.plain("machine init").expect(2).assert_stderr_has(&["could not be written", "name another PATH"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    assert_eq!(place.plain("machine init -").expect(0).stdout, text);
}

#[test]
fn another_machine_is_told_fact_by_fact() {
    let place = Place::new();
    let text = "name = \"other\"\n[expect]\nrequired.cpu.brand = \"Z80\"\ndrift.kernel.release = \"2.4\"\n";
    fs::write(place.path().join("other.toml"), text).unwrap();
    let told = place.plain("machine check other.toml").expect(3);
    told.assert_stdout_has(&[
        "Z80",
        "MISMATCH",
        "2.4",
        "drift",
        "this machine is not other: 1 of 1 required facts differ",
    ]);
    let json = place.plain("machine check other.toml --json").expect(3).json();
    assert_eq!(json["verdict"], "mismatch");
    assert_eq!(json["facts"][0]["expected"], "Z80");
    assert_eq!(json["facts"][0]["verdict"], "mismatch");
}

#[test]
fn a_cpu_that_does_not_exist_is_no_fit_whatever_the_facts_say() {
    let place = Place::new();
    let _ = place.plain("machine init here.toml").expect(0);
    let path = place.path().join("here.toml");
    let text = fs::read_to_string(&path).unwrap();
    let begin = text.find("\nbench = ").unwrap() + 1;
    let end = begin + text[begin..].find('\n').unwrap();
    fs::write(&path, format!("{}bench = \"9999\"{}", &text[..begin], &text[end..])).unwrap();
    place
        .plain("machine check here.toml")
        .expect(3)
        .assert_stdout_has(&["cpus.bench: CPU 9999 does not exist"]);
}

#[test]
fn a_mistake_in_the_file_is_told_with_line_and_remedy() {
    let place = Place::new();
    fs::write(place.path().join("slip.toml"), "name = \"a\"\n[expect.required]\ncpu.brnad = \"x\"\n")
        .unwrap();
    for command in ["machine check slip.toml", "run --machine slip.toml"] {
        place.plain(command).expect(2).assert_stderr_has(&[
            "machine definition slip.toml: line 3: unknown key \"cpu.brnad\" in [expect.required]",
            "did you mean cpu.brand?",
        ]);
    }
    place
        .plain("machine check none.toml")
        .expect(2)
        .assert_stderr_has(&["none.toml: No such file", "machine init PATH"]);
}

/// A command as a user types it: with canaries.
fn measured(place: &Place, words: &str) -> Said {
    said(place.command(words).env_remove("BENCH_LAB_NO_CANARY"))
}

/// A build without optimisations measures nothing that is worth writing down, and says so.
#[test]
fn a_new_definition_has_the_canaries_of_its_machine_or_the_reason_why_not() {
    let place = Place::new();
    let _ = measured(&place, "machine init here.toml").expect(0);
    let text = fs::read_to_string(place.path().join("here.toml")).unwrap();
    let (_, canaries) = text.split_once("\n[canary]\n").unwrap();
    if cfg!(debug_assertions) {
        assert!(
            canaries.starts_with("# not measured: this bench-lab was built without optimisations\n"),
            "{text}"
        );
    } else {
        assert!(canaries.contains("\ninteger_v1 = { median_ns = "), "{text}");
    }
    let _ = measured(&place, "machine check here.toml").expect(0);
    let text = place.plain("machine init -").expect(0).stdout;
    assert!(text.contains("\n# not measured: --no-canary\n"), "{text}");
}

#[test]
fn a_canary_that_is_not_what_it_was_is_drift_and_no_other_machine() {
    let place = Place::new();
    let _ = place.plain("machine init here.toml --name here").expect(0);
    let path = place.path().join("here.toml");
    // No machine takes a nanosecond for it.
    let expected = "\n[canary]\ninteger_v1 = { median_ns = 1 }\n";
    fs::write(&path, fs::read_to_string(&path).unwrap().replace("\n[canary]\n", expected)).unwrap();
    let verdicts = if cfg!(debug_assertions) { ("unknown", "match") } else { ("drift", "drift") };
    let json = measured(&place, "machine check here.toml --json").expect(0).json();
    assert_eq!((&json["canaries"][0]["verdict"], &json["verdict"]), (&verdicts.0.into(), &verdicts.1.into()));
    let told = measured(&place, "machine check here.toml").expect(0);
    told.assert_stdout_has(&["integer_v1", "1.000 ns ± 5.0 %", verdicts.0, "of 1 canaries are outside"]);
    let unasked = place.plain("machine check here.toml --json").expect(0).json();
    assert_eq!(
        (&unasked["canaries"][0]["reason"], &unasked["verdict"]),
        (&"--no-canary".into(), &"match".into())
    );
}
