//! What is written reads back, whatever the machine is called.

use proptest::prelude::*;

use super::super::{Kind, Match, read, verify};
use super::*;
use crate::model::FactClass::Machine;
use crate::placement::{Request, choose};
use crate::topology::{Cpu, Topology};

fn written(environment: &Environment, cpu_count: u32) -> String {
    let topology = Topology { cpus: (0..cpu_count).map(Cpu::unknown).collect(), gaps: Vec::new() };
    let placement = choose(&topology, &Request::default()).unwrap();
    let knobs = [("governor", "The clock follows\nthe load.")];
    let head = "a head\nwith a break";
    write(&Origin { environment, placement: &placement, name: "a-1", knobs: &knobs, head })
}

fn value(kind: Kind) -> BoxedStrategy<FactValue> {
    match kind {
        Kind::Switch => any::<bool>().prop_map(FactValue::Bool).boxed(),
        Kind::Count => any::<i64>().prop_map(FactValue::Integer).boxed(),
        Kind::List => prop::collection::vec(any::<String>(), 0..4).prop_map(FactValue::List).boxed(),
        Kind::Text | Kind::SwitchOrText | Kind::CountOrText => {
            any::<String>().prop_map(FactValue::Text).boxed()
        }
    }
}

/// A value or a reason for every fact that a new definition names.
fn environment() -> impl Strategy<Value = Environment> {
    let facts: Vec<_> = KNOWN
        .iter()
        .filter(|known| known.role.is_some())
        .map(|known| {
            let absent = any::<String>().prop_map(FactValue::Absent);
            (Just(known.name), prop_oneof![3 => value(known.kind), 1 => absent])
        })
        .collect();
    facts.prop_map(|facts| {
        let mut environment = Environment::default();
        for (name, value) in facts {
            environment.insert(name, Machine, "", value);
        }
        environment.insert("cpu.vendor", Machine, "", FactValue::Text("x".into()));
        environment
    })
}

proptest! {
    #[test]
    fn a_new_definition_fits_the_machine_it_was_written_from(environment in environment(), cpu_count in 1_u32..5) {
        let text = written(&environment, cpu_count);
        let definition = read(&text, &["governor"]).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let verification = verify(&definition, &environment);
        prop_assert_eq!(verification.verdict(), Match::Same);
        let known = environment.facts.values().filter(|fact| !matches!(fact.value, FactValue::Absent(_))).count();
        prop_assert_eq!(verification.findings.len(), known, "every value is expected");
        prop_assert_eq!(definition.thresholds, Thresholds::default());
    }
}

#[test]
fn on_one_cpu_the_lab_gets_no_place_of_its_own() {
    let mut environment = Environment::default();
    environment.insert("cpu.vendor", Machine, "", FactValue::Text("x".into()));
    assert!(written(&environment, 1).contains("\n# housekeeping = \"0\"\n"));
    assert!(written(&environment, 2).contains("\nhousekeeping = \"0\"\n"));
}
