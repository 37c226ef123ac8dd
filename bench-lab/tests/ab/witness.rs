//! Instruction counts beside the verdict, and what is said where nobody can count.

use bench_lab::duel::Callgrind;

use crate::sample::{Sample, change, lines, result};

#[test]
fn callgrind_counts_what_was_planted_and_the_count_is_stored_with_its_source() {
    if let Err(error) = Callgrind::find() {
        println!("not tested: {error}");
        return;
    }
    let sample = Sample::new(&[("slower", "spin(800)"), ("steady", "spin(800)")]);
    sample.set(&[("slower", "spin(1600)"), ("steady", "spin(800)"), ("added", "spin(1)")]);
    let result = result(&sample.run("ab base --launches 20 --witness callgrind --json").expect(0));
    let counted = |name: &str| {
        let witnesses = change(&result, name)["witnesses"].as_array().unwrap().clone();
        let of_callgrind = |one: &&serde_json::Value| one["metric"] == "instructions:callgrind";
        let found = witnesses.iter().find(of_callgrind).cloned();
        found.unwrap_or_else(|| panic!("{name} has no count: {result:#}"))["ratio"]["point"].as_f64().unwrap()
    };
    assert!((1.95..=2.0).contains(&counted("slower")), "{}", counted("slower"));
    assert!((counted("steady") - 1.0).abs() < 0.001, "{}", counted("steady"));

    let duels = lines(&sample.matches()[0].join("duels.jsonl"));
    assert!(duels.iter().all(|duel| duel["testimony"]["source"] == "callgrind"), "{duels:?}");
    let shown = sample.run("show latest-ab").expect(0);
    shown.assert_stdout_has(&["(instr +9"]);
}

#[test]
fn without_valgrind_nothing_is_built_and_the_way_to_it_is_said() {
    let sample = Sample::new(&[("steady", "spin(800)")]);
    let mut command = sample.command("ab base --witness callgrind");
    let said = crate::bench_lab::said(command.env("PATH", sample.repo.top())).expect(2);
    said.assert_stderr_has(&["valgrind is not installed", "hint:", "apt install valgrind"]);
    assert!(sample.matches().is_empty());
}
