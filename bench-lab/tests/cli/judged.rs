//! `bench-lab run` with budgets, a gate and a baseline, over a workspace that is really measured.

use std::fs;

use crate::bench_lab::Place;

const QUICK: &str =
    "run --quick --time 10ms --invocations 3 --seed 7 -p truth --bench steady_divan --no-canary";

fn with_policy(place: &Place, text: &str, more: &str) -> String {
    let path = place.path().join("policy.toml");
    fs::write(&path, text).unwrap();
    format!("{QUICK} --policy {} {more}", path.display())
}

#[test]
fn budgets_are_shown_and_a_miss_fails_behind_the_gate_only() {
    let budgets = "[[budget]]\nbenchmarks = \"steady_divan::spin\"\ntarget = \"< 1 s\"\n\n\
                   [[budget]]\nbenchmarks = \"steady_divan::counted\"\ntarget = \"> 1 s\"\n";
    let place = Place::new();
    let said = place.fixture(&with_policy(&place, budgets, "")).expect(0);
    said.assert_stdout_has(&[
        "budgets: 1 kept, 1 missed, 0 not measured",
        "< 1 s  ✓ kept",
        "> 1 s  ✗ missed by",
    ]);
    let gated = place.fixture(&with_policy(&place, budgets, "--gate")).expect(1);
    gated.assert_stdout_has(&[
        "fail     truth/steady_divan/steady_divan::counted: budget > 1 s",
        "the gate FAILS",
    ]);
}

#[test]
fn a_slip_in_the_policy_or_an_unknown_baseline_is_told_before_anything_is_measured() {
    let place = Place::new();
    let slip = with_policy(&place, "[[budgets]]\n", "");
    place
        .fixture(&slip)
        .expect(2)
        .assert_stderr_has(&["policy.toml, line 1: unknown key \"budgets\"", "did you mean budget?"]);
    place
        .fixture(&format!("{QUICK} --compare nothing"))
        .expect(2)
        .assert_stderr_has(&["\"nothing\" is no baseline"]);
    assert_eq!(place.run_folders(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn a_second_run_of_the_same_executable_is_equal_to_the_first() {
    let place = Place::new();
    place.fixture(QUICK).expect(0);
    let said = place.fixture(&format!("{QUICK} --json --compare latest")).expect(0);
    let event: serde_json::Value = serde_json::from_str(said.stdout.lines().last().unwrap()).unwrap();
    let changes = event["comparison"]["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 2);
    for change in changes {
        assert_eq!(
            (&change["verdict"], &change["reason"]["kind"]),
            (&"equivalent".into(), &"identical".into())
        );
    }
}
