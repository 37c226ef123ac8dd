//! What is written reads back, whatever the machine is called.

use proptest::prelude::*;

use super::super::{Kind, Match, Takes, read, verify};
use super::*;
use crate::model::FactClass::Machine;
use crate::model::KernelExtract;
use crate::placement::{Request, choose};
use crate::topology::{Cpu, Topology};

fn written(environment: &Environment, cpu_count: u32) -> String {
    let topology = Topology { cpus: (0..cpu_count).map(Cpu::unknown).collect(), gaps: Vec::new() };
    let placement = choose(&topology, &Request::default()).unwrap();
    let knobs = [KnownKnob { id: "governor", why: "The clock follows\nthe load.", takes: Takes::Word }];
    let head = "a head\nwith a break";
    let canaries = Err("nobody\nasked");
    write(&Origin { environment, placement: &placement, name: "a-1", knobs: &knobs, canaries, head })
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
        let definition = read(&text, &[]).unwrap_or_else(|error| panic!("{error}\n{text}"));
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

#[test]
fn measured_canaries_are_expected_and_others_are_told_with_the_reason() {
    let mut environment = Environment::default();
    environment.insert("cpu.vendor", Machine, "", FactValue::Text("x".into()));
    let topology = Topology { cpus: vec![Cpu::unknown(0)], gaps: Vec::new() };
    let placement = choose(&topology, &Request::default()).unwrap();
    let kernel =
        |id: &str, values: &[f64]| KernelExtract { id: id.into(), units: 1, values: values.to_vec() };
    let mut extract = CanaryExtract {
        sha256: None,
        is_optimised: true,
        kernels: vec![kernel("integer_v1", &[489_000.4, 489_001.4, 489_002.4]), kernel("fsync_v1", &[])],
    };
    let text = |canaries: Result<&CanaryExtract, &str>| {
        write(&Origin {
            environment: &environment,
            placement: &placement,
            name: "a",
            knobs: &[],
            canaries,
            head: "h",
        })
    };
    let measured = text(Ok(&extract));
    assert!(measured.contains("\n# fsync_v1 cannot run here\n"), "{measured}");
    let definition = read(&measured, &[]).unwrap();
    let expected = CanaryExpectation { median_ns: 489_001.0, tolerance_share: 0.05 };
    assert_eq!(definition.canaries, [("integer_v1".to_owned(), expected)].into());

    extract.is_optimised = false;
    for (canaries, reason) in
        [(Ok(&extract), "built without optimisations"), (Err("it\nis held"), "it is held")]
    {
        let text = text(canaries);
        assert!(text.contains("# not measured: ") && text.contains(reason), "{text}");
        assert_eq!(read(&text, &[]).unwrap().canaries.len(), 0);
    }
}
