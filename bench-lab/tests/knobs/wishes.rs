//! What a knob declares for a machine whose definition wants something else of it.

use std::collections::BTreeSet;

use bench_lab::host::knob::{ALL, Setting, Wished};
use lab_core::machine::{KnobWish, Takes};

use crate::machines;
use crate::tree::Planted;

fn word(text: &str) -> KnobWish {
    KnobWish::Word(text.into())
}

fn machine(name: &str) -> Planted {
    machines::all().into_iter().find(|(known, _)| *known == name).unwrap().1.plant()
}

/// The ends of the paths with what is wanted.
fn wanted(settings: &[Setting]) -> BTreeSet<(&str, &str)> {
    settings
        .iter()
        .map(|setting| (setting.path.rsplit('/').next().unwrap(), setting.wanted.as_str()))
        .collect()
}

#[test]
fn on_every_machine_a_wish_is_what_is_wanted_of_the_same_files() {
    let mut seen = BTreeSet::new();
    for (name, tree) in machines::all() {
        let planted = tree.plant();
        for knob in ALL {
            assert_eq!(
                planted.wished(knob.id(), &word("leave")).unwrap_err(),
                "left alone, as the machine's definition says",
                "{name}, {}",
                knob.id()
            );
            let Takes::Number { from, to, .. } = knob.takes() else { continue };
            let Ok(own) = planted.of(knob.id()) else { continue };
            for number in [from, to] {
                let wished = planted.wished(knob.id(), &KnobWish::Number(number)).unwrap();
                let paths = |settings: &[Setting]| -> BTreeSet<String> {
                    settings.iter().map(|setting| setting.path.clone()).collect()
                };
                assert!(
                    paths(&wished).is_subset(&paths(&own)) && !wished.is_empty(),
                    "{name}, {}",
                    knob.id()
                );
                if knob.id() != "clock_clamp" {
                    assert!(wished.iter().all(|setting| setting.wanted == number.to_string()), "{wished:?}");
                }
                seen.insert(knob.id());
            }
        }
    }
    assert!(seen.len() >= 5, "{seen:?}");
}

#[test]
fn a_switch_names_the_state_of_what_it_is_named_for() {
    let server = machine("two_sockets");
    let balancing = server.wished("numa_balancing", &KnobWish::Switch(true)).unwrap();
    assert_eq!(wanted(&balancing), [("numa_balancing", "1")].into());
    let migration = server.wished("timer_migration", &KnobWish::Switch(false)).unwrap();
    assert_eq!(Ok(migration), server.of("timer_migration"), "off is what the knob wants by itself");

    let turbo = machine("intel_pstate_active");
    assert_eq!(wanted(&turbo.wished("boost", &KnobWish::Switch(true)).unwrap()), [("no_turbo", "0")].into());
    assert_eq!(turbo.wished("boost", &KnobWish::Switch(false)), turbo.of("boost"));
    let amd = machine("amd_pstate_passive");
    let settings = amd.wished("boost", &KnobWish::Switch(true)).unwrap();
    assert!(
        settings[0].path.ends_with("cpufreq/boost"),
        "a policy's own refuses while that is off: {settings:?}"
    );
    assert!(settings.iter().all(|setting| setting.wanted == "1"));

    let twins = machine("hybrid");
    assert!(twins.of("smt_twins").is_ok());
    assert!(twins.wished("smt_twins", &KnobWish::Switch(true)).unwrap_err().contains("stay on"));
}

#[test]
fn another_governor_is_asked_for_only_where_it_is_offered() {
    let planted = machine("acpi_cpufreq");
    let own = planted.of("governor").unwrap();
    let offered = planted.wished("governor", &word("ondemand"));
    let refused = planted.wished("governor", &word("schedutilx"));
    assert!(refused.unwrap_err().contains("offers no schedutilx governor"));
    let offered = offered.unwrap();
    assert!(offered.iter().any(|setting| setting.wanted == "ondemand"), "{offered:?}");
    assert!(own.iter().any(|setting| setting.wanted == "performance"));
}

#[test]
fn a_wished_clock_stays_within_what_the_driver_can_set() {
    let planted = machine("intel_pstate_active");
    for khz in [1, 1_500_000, 99_000_000] {
        for setting in planted.wished("clock_clamp", &KnobWish::Number(khz)).unwrap() {
            let reached: i64 = setting.wanted.parse().unwrap();
            let policy = setting.path.rsplit_once('/').unwrap().0;
            let limit =
                |name: &str| planted.root.read(&format!("{policy}/{name}")).unwrap().parse::<i64>().unwrap();
            assert!(
                (limit("cpuinfo_min_freq")..=limit("cpuinfo_max_freq")).contains(&reached),
                "{setting:?}"
            );
        }
    }
}

#[test]
fn what_a_knob_does_not_take_is_refused_whoever_asks() {
    let knob = |id: &str| *ALL.iter().find(|knob| knob.id() == id).unwrap();
    for (id, wish) in [
        ("irq_affinity", KnobWish::Switch(false)),
        ("governor", word("../../kernel/x")),
        ("governor", KnobWish::Number(3)),
        ("swappiness", KnobWish::Number(0)),
        ("epb", KnobWish::Number(16)),
        ("ksm", KnobWish::Number(2)),
    ] {
        let Err(why) = Wished::new(knob(id), Some(&wish)) else { panic!("{id} took {wish}") };
        assert!(why.contains("which takes"), "{why}");
    }
}
