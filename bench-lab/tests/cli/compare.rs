//! `bench-lab compare` over stored Runs of known truth: verdicts, exit codes, and what bad input is told.

use std::fs;

use serde_json::Value;

use crate::bench_lab::{Place, Said};
use crate::stored::{COMMIT, Wanted, store};

/// A place whose second Run is 25 % slower at `write` and equal at `read`.
fn slower() -> (Place, [String; 2]) {
    let place = Place::new();
    let before = store(&place, Wanted::default());
    let after = store(
        &place,
        Wanted {
            created_at: "2026-08-02T10:15:00Z",
            branch: "feature/faster",
            benchmarks: &[("read", 1001.0), ("write", 62_500.0)],
            ..Wanted::default()
        },
    );
    (place, [before, after])
}

fn verdicts(said: &Said) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let changes = said.json()["changes"].as_array().unwrap().clone();
    changes.iter().map(|change| (text(&change["id"]), text(&change["verdict"]))).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(one, two)| ((*one).into(), (*two).into())).collect()
}

#[test]
fn a_slowdown_is_told_with_its_size_and_fails_only_behind_a_gate() {
    let (place, _) = slower();
    let said = place.plain("compare latest~1 latest").expect(0);
    said.assert_stdout_has(&[
        "regressed (1)",
        "p/t/write",
        "49.99 µs",
        "→ 62.49 µs",
        "+25.0 %",
        "equivalent (1), each within ±0.75 %",
        "1 regressed · 0 improved · 1 equivalent · 0 inconclusive · 0 not comparable",
    ]);
    let gated = place.plain("compare latest~1 latest --gate").expect(1);
    gated.assert_stdout_has(&["fail     p/t/write: 25 % worse, and the limit is 20 %", "the gate FAILS"]);
    let back = place.plain("compare latest latest~1 --gate --json").expect(0);
    assert_eq!(verdicts(&back), pairs(&[("p/t/write", "improved"), ("p/t/read", "equivalent")]));
    assert_eq!(back.json()["gate"]["answer"], "pass");
}

#[test]
fn every_way_to_name_a_side_leads_to_it() {
    let (place, [before, after]) = slower();
    place.plain("baseline save v1.0 latest~1").expect(0);
    let wanted = pairs(&[("p/t/write", "regressed"), ("p/t/read", "equivalent")]);
    let start = before.split_at(10).0.to_owned();
    for sides in [
        "v1.0".to_owned(),
        "v1.0 latest".to_owned(),
        "test-1c/v1.0 feature/faster".to_owned(),
        format!("{before} {after}"),
        format!("main {after}"),
        format!("{start} latest"),
        String::new(),
    ] {
        let said = place.plain(&format!("compare --json {sides}")).expect(0);
        assert_eq!(verdicts(&said), wanted, "{sides}");
        assert_eq!(said.json()["baseline"]["run"], before.as_str(), "{sides}");
    }
}

#[test]
fn markdown_and_filters_and_all() {
    let (place, _) = slower();
    let markdown = place.plain("compare latest~1 --format md").expect(0);
    markdown.assert_stdout_has(&["### bench-lab: 1 regressed", "| regressed | `p/t/write` |"]);
    let filtered = place.plain("compare latest~1 latest --json -- read").expect(0);
    assert_eq!(verdicts(&filtered), pairs(&[("p/t/read", "equivalent")]));
    let all = place.plain("compare latest~1 --all").expect(0);
    all.assert_stdout_has(&["p/t/read", "+0.10 %"]);
    place
        .plain("compare latest~1 latest -- raed")
        .expect(2)
        .assert_stderr_has(&["matches raed", "did you mean read?"]);
}

#[test]
fn a_machine_that_drifted_as_much_makes_no_verdict_and_names_the_way_to_one() {
    let place = Place::new();
    store(&place, Wanted::default());
    let later = "3f2a91c0ffee3f2a91c0ffee3f2a91c0ffee3f2a";
    store(
        &place,
        Wanted { created_at: "2026-08-02T10:15:00Z", commit: later, drift: 1.3, ..Wanted::default() },
    );
    let said = place.plain("compare latest~1 --gate").expect(0);
    said.assert_stdout_has(&[
        "inconclusive (2): the machine may have moved by 3",
        &format!("a live comparison would decide: bench-lab ab {} {}", &COMMIT[..10], &later[..10]),
        "0 regressed · 0 improved · 0 equivalent · 2 inconclusive",
    ]);
}

#[test]
fn one_invocation_is_inconclusive_and_a_benchmark_that_failed_is_not_comparable() {
    let place = Place::new();
    let broken: &[(&str, f64)] = &[("read", 2000.0), ("write", f64::NAN)];
    store(&place, Wanted::default());
    store(
        &place,
        Wanted { created_at: "2026-08-02T10:15:00Z", benchmarks: broken, count: 1, ..Wanted::default() },
    );
    let said = place.plain("compare latest~1 --gate").expect(5);
    said.assert_stdout_has(&[
        "1 invocation, and a verdict takes 8",
        "no value in the candidate: all of its 1 invocations failed",
        "the gate cannot answer",
    ]);
}

#[test]
fn two_machines_are_not_comparable() {
    let place = Place::new();
    store(&place, Wanted::default());
    store(&place, Wanted { created_at: "2026-08-02T10:15:00Z", machine: "other-2c", ..Wanted::default() });
    let said = place.plain("compare latest~1").expect(5);
    said.assert_stdout_has(&["not comparable (2): times of two machines", "cpu.model: test-1c → other-2c"]);
}

#[test]
fn nothing_in_common_is_an_error_with_what_is_there() {
    let place = Place::new();
    store(&place, Wanted::default());
    let other: &[(&str, f64)] = &[("scan", 1.0)];
    store(&place, Wanted { created_at: "2026-08-02T10:15:00Z", benchmarks: other, ..Wanted::default() });
    place.plain("compare latest~1").expect(5).assert_stderr_has(&[
        "have no benchmark in common: the first has p/t/read, p/t/write, the second has p/t/scan",
    ]);
}

#[test]
fn what_is_called_nothing_is_told_what_is_near() {
    let (place, _) = slower();
    place.plain("baseline save release latest~1").expect(0);
    place.plain("compare relaese").expect(2).assert_stderr_has(&[
        "\"relaese\" is no baseline",
        "did you mean",
        "release?",
    ]);
    let bare = Place::new();
    bare.plain("compare main").expect(2).assert_stderr_has(&["there is no store at"]);
    let (place, _) = slower();
    place
        .plain("compare")
        .expect(2)
        .assert_stderr_has(&["test-1c has no baseline in", "bench-lab baseline save main"]);
    place
        .plain("compare latest~1 --metric alloc_cuont")
        .expect(2)
        .assert_stderr_has(&["alloc_cuont", "there is wall_ns"]);
}

#[test]
fn the_policy_of_the_workspace_rules_and_its_mistakes_are_named() {
    let (place, _) = slower();
    let write = |text: &str| fs::write(place.path().join("bench-lab.toml"), text).unwrap();
    write("[[limits]]\nbenchmarks = \"write\"\nfail = \"40 %\"\nblock = \"50 %\"\n");
    place.plain("compare latest~1 --gate").expect(0).assert_stdout_has(&["warn     p/t/write: 25 % worse"]);
    write("[gate]\nwaivers = \"waivers.toml\"\n");
    fs::write(
        place.path().join("waivers.toml"),
        "[[waiver]]\nbenchmarks = \"write\"\nreason = \"checksums\"\nwho = \"Ada\"\nuntil = 2999-01-01\nup_to = \"35 %\"\n",
    )
    .unwrap();
    place
        .plain("compare latest~1 --gate")
        .expect(0)
        .assert_stdout_has(&["waived   p/t/write", "by Ada: checksums"]);
    write("[gate]\nwaviers = \"waivers.toml\"\n");
    place.plain("compare latest~1").expect(2).assert_stderr_has(&[
        "bench-lab.toml, line 2: unknown key \"waviers\" in [gate]",
        "did you mean waivers?",
    ]);
}

#[test]
fn a_run_is_shown_beside_what_it_is_held_against() {
    let place = Place::new();
    let benchmarks: &[(&str, f64)] = &[("read", 1000.0), ("write", 62_500.0)];
    store(&place, Wanted::default());
    store(&place, Wanted { created_at: "2026-08-02T10:15:00Z", benchmarks, ..Wanted::default() });
    let row = |text: &str, name: &str| text.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    let alone = place.plain("show latest").expect(0).stdout;
    assert!(!alone.contains("vs baseline") && !alone.contains("budget"), "{alone}");
    fs::write(
        place.path().join("bench-lab.toml"),
        "[[budget]]\nbenchmarks = \"write\"\ntarget = \"< 1 us\"\n",
    )
    .unwrap();
    let beside = place.plain("show latest --compare latest~1").expect(0).stdout;
    assert!(beside.contains("vs baseline") && beside.contains("budget"), "{beside}");
    assert!(row(&beside, "  write").contains("+25.0 % REGRESSED  < 1 µs MISSED"), "{beside}");
    assert!(row(&beside, "  read").contains("+0.00 % "), "{beside}");
    place.plain("show latest --compare nosuch").expect(2).assert_stderr_has(&["\"nosuch\" is no baseline"]);
    fs::write(place.path().join("bench-lab.toml"), "[[budgets]]\n").unwrap();
    place.plain("show latest").expect(2).assert_stderr_has(&["bench-lab.toml, line 1", "budgets"]);
}
