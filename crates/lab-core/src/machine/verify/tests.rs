//! Expectations met, missed, and not to be decided.

use super::super::read::read;
use super::super::{InForce, Match, place};
use super::*;
use crate::model::FactClass::{Configuration, Machine};
use crate::placement::Request;
use crate::topology::{Cpu, Topology};

const DEFINITION: &str = r#"
name = "a"
[expect.required]
cpu.brand = "AMD EPYC 7763"
board.name = "H12"
[expect.drift]
cpu.microcode = "0xa0011d5"
memory.total_gib = 512
[knobs]
governor = "performance"
[taint]
steal_share = 0.25
"#;

fn environment(brand: &str, microcode: &str, gib: i64) -> Environment {
    let mut environment = Environment::default();
    let text = |text: &str| FactValue::Text(text.into());
    environment.insert("cpu.brand", Machine, "", text(brand));
    environment.insert("board.name", Machine, "", text("H12"));
    environment.insert("cpu.microcode", Configuration, "", text(microcode));
    environment.insert("memory.total_gib", Machine, "", FactValue::Integer(gib));
    environment
}

fn verified(environment: &Environment) -> Verification {
    verify(&read(DEFINITION, &[]).unwrap(), environment)
}

fn said(verification: &Verification) -> Vec<String> {
    let told = |warning: Warning| format!("{} {}", warning.kind, warning);
    verification.warnings().into_iter().map(told).collect()
}

#[test]
fn the_machine_itself_is_a_match_without_a_word() {
    let verification = verified(&environment("AMD EPYC 7763", "0xa0011d5", 512));
    assert_eq!((verification.verdict(), said(&verification)), (Match::Same, vec![]));
}

#[test]
fn drift_is_told_with_before_and_now() {
    let verification = verified(&environment("AMD EPYC 7763", "0xa0011de", 448));
    assert_eq!(verification.verdict(), Match::Drifted);
    assert_eq!(
        said(&verification),
        [
            "machine_drift cpu.microcode: is 0xa0011de, and the machine's definition says 0xa0011d5",
            "machine_drift memory.total_gib: is 448, and the machine's definition says 512",
        ]
    );
}

#[test]
fn another_value_of_a_required_fact_is_another_machine_whatever_else_fits() {
    let verification = verified(&environment("AMD EPYC 7343", "0xa0011d5", 512));
    assert_eq!(verification.verdict(), Match::Other);
    assert_eq!(
        said(&verification),
        ["machine_mismatch cpu.brand: is AMD EPYC 7343, and the machine's definition says AMD EPYC 7763"]
    );
}

#[test]
fn a_machine_that_hides_a_fact_is_not_taken_for_the_right_one() {
    let mut hidden = environment("AMD EPYC 7763", "0xa0011d5", 512);
    hidden.insert("board.name", Machine, "", FactValue::Absent("permission denied".into()));
    hidden.facts.remove("cpu.microcode");
    let verification = verified(&hidden);
    assert_eq!(verification.verdict(), Match::Other);
    assert_eq!(
        said(&verification),
        [
            "machine_mismatch board.name: is unknown (permission denied), and the machine's definition says H12",
            "machine_drift cpu.microcode: is unknown (no such fact on this kind of machine), and the machine's \
             definition says 0xa0011d5",
        ]
    );
}

#[test]
fn a_number_and_a_text_of_equal_letters_are_not_the_same() {
    let mut other = environment("AMD EPYC 7763", "0xa0011d5", 512);
    other.insert("memory.total_gib", Machine, "", FactValue::Text("512".into()));
    assert_eq!(verified(&other).verdict(), Match::Drifted);
}

#[test]
fn what_is_in_force_is_recorded_and_changes_no_digest() {
    let definition = read(DEFINITION, &[]).unwrap();
    let mut environment = environment("AMD EPYC 7763", "0xa0011de", 512);
    let before = environment.digests();
    let verification = verify(&definition, &environment);
    let topology = Topology { cpus: (0..2).map(Cpu::unknown).collect(), gaps: Vec::new() };
    let placement = place(&definition.seats, &topology, &Request::default()).unwrap();
    let in_force = InForce {
        definition: &definition,
        path: "/etc/a.toml",
        sha256: "ab",
        verification: &verification,
        placement: &placement,
    };
    in_force.insert(&mut environment);
    assert_eq!(environment.digests(), before);
    for (fact, text) in [
        ("machine.definition", "a"),
        ("machine.definition_path", "/etc/a.toml"),
        ("machine.definition_sha256", "ab"),
        ("machine.definition_verdict", "drift"),
        ("machine.bench_cpus", "1"),
        ("machine.housekeeping_cpus", "0"),
    ] {
        assert_eq!(environment.text(fact), Some(text), "{fact}");
    }
    assert_eq!(
        environment.facts["machine.knobs"].value,
        FactValue::List(vec!["governor=performance".into()])
    );
    assert_eq!(environment.facts["machine.taint_steal_share"].value, FactValue::Number(0.25));
    assert_eq!(environment.facts["machine.taint_clock_share"].value, FactValue::Number(0.02));
}
