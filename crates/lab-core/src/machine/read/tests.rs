//! What a definition may say, and what is said of one that has a mistake.

use super::super::Takes;
use super::*;
use crate::model::FactValue;

const WHOLE: &str = r#"
name = "server-1"

[expect.required]
cpu.brand = "AMD EPYC"
"cpu.family" = "25"
topology = { threads_count = 128 }

[expect.drift]
kernel.parameters = ["isolcpus=2", "nohz_full=2"]
frequency.boost = false
mitigations.meltdown = "Not affected"

[cpus]
bench = "2-3"
housekeeping = "0-1"

[knobs]
governor = "performance"
smt_twins = false
swappiness = 0x0A

[taint]
steal_share = 0.001
throttle_count = 3
"#;

const KNOBS: [KnownKnob<'_>; 3] = [
    KnownKnob { id: "governor", why: "", takes: Takes::Word },
    KnownKnob {
        id: "swappiness",
        why: "",
        takes: Takes::Number { from: 1, to: 200, unit: "share of swapping" },
    },
    KnownKnob { id: "irq_affinity", why: "", takes: Takes::Own },
];

fn refused(text: &str) -> String {
    read(text, &[]).unwrap_err().to_string()
}

/// The smallest definition, with more lines after it; they begin in line 4.
fn with(lines: &str) -> String {
    format!("name = \"a\"\n[expect]\nrequired.cpu.brand = \"x\"\n{lines}")
}

#[test]
fn a_whole_definition_is_read_in_every_notation() {
    let definition = read(WHOLE, &[]).unwrap();
    assert_eq!(definition.name, "server-1");
    let facts: Vec<(&str, Role, FactValue)> = definition
        .expectations
        .iter()
        .map(|expectation| (expectation.fact.as_str(), expectation.role, expectation.value.clone()))
        .collect();
    let text = |text: &str| FactValue::Text(text.into());
    assert_eq!(
        facts,
        [
            ("cpu.brand", Role::Required, text("AMD EPYC")),
            ("cpu.family", Role::Required, text("25")),
            ("topology.threads_count", Role::Required, FactValue::Integer(128)),
            ("frequency.boost", Role::Drift, FactValue::Bool(false)),
            (
                "kernel.parameters",
                Role::Drift,
                FactValue::List(vec!["isolcpus=2".into(), "nohz_full=2".into()])
            ),
            ("mitigations.meltdown", Role::Drift, text("Not affected")),
        ]
    );
    assert_eq!(definition.seats.bench, Some("2-3".parse().unwrap()));
    assert_eq!(definition.seats.threaded, None);
    assert_eq!(definition.seats.housekeeping, Some("0-1".parse().unwrap()));
    let wishes: Vec<String> = definition.knobs.iter().map(|(knob, wish)| format!("{knob}={wish}")).collect();
    assert_eq!(wishes, ["governor=performance", "smt_twins=false", "swappiness=10"]);
    let usual = Thresholds::default();
    let wanted = Thresholds { steal_share: 0.001, throttle_count: 3.0, ..usual };
    assert_eq!(definition.thresholds, wanted);
}

#[test]
fn an_unknown_key_is_named_with_its_line_its_table_and_what_was_meant() {
    let cases = [
        ("nmae = \"a\"\n", "line 1: unknown key \"nmae\"", "name"),
        (
            &with("drift.cpu.microcod = \"1\"\n"),
            "line 4: unknown key \"cpu.microcod\" in [expect.drift]",
            "cpu.microcode",
        ),
        (&with("drfit.cpu.microcode = \"1\"\n"), "line 4: unknown key \"drfit\" in [expect]", "drift"),
        (&with("[cpus]\n\nbnech = \"1\"\n"), "line 6: unknown key \"bnech\" in [cpus]", "bench"),
        (
            &with("[taint]\nsteal_shaer = 1\n"),
            "line 5: unknown key \"steal_shaer\" in [taint]",
            "steal_share",
        ),
        (&with("[knobs]\ngovernro = \"x\"\n"), "line 5: unknown key \"governro\" in [knobs]", "governor"),
    ];
    for (text, message, meant) in cases {
        let error = read(text, &KNOBS).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert_eq!(error.nearest().first().map(String::as_str), Some(meant), "{message}");
    }
}

#[test]
fn a_wish_that_its_knob_cannot_fulfil_is_named_with_what_it_takes() {
    for (wish, message) in [
        (
            "swappiness = 500",
            "knobs.swappiness: 500 cannot be wanted; this knob takes 1 to 200 (share of swapping) or \"leave\"",
        ),
        (
            "governor = 1",
            "knobs.governor: 1 cannot be wanted; this knob takes a word that the kernel offers, or \"leave\"",
        ),
        ("irq_affinity = true", "knobs.irq_affinity: true cannot be wanted; this knob takes \"leave\" only"),
    ] {
        let error = read(&with(&format!("[knobs]\n{wish}\n")), &KNOBS).unwrap_err().to_string();
        assert_eq!(error, format!("line 5: {message}"));
    }
    let good = with("[knobs]\nswappiness = 5\ngovernor = \"schedutil\"\nirq_affinity = \"leave\"\n");
    let definition = read(&good, &KNOBS).unwrap();
    assert!(definition.knobs["irq_affinity"].is_leave() && !definition.knobs["governor"].is_leave());
}

#[test]
fn facts_of_the_build_and_those_that_only_explain_are_not_expected() {
    for fact in ["rustc.version", "boot.id", "memory.usable_kib", "machine.name", "mitigations"] {
        let error = refused(&with(&format!("drift.{fact} = \"x\"\n")));
        assert!(error.starts_with("line 4: unknown key"), "{fact}: {error}");
    }
}

#[test]
fn a_value_of_the_wrong_type_is_named_with_the_right_one() {
    let cases = [
        (
            with("drift.memory.total_gib = \"512\"\n"),
            "line 4: memory.total_gib takes an integer, and this is a text",
        ),
        (with("drift.cpu.family = 25\n"), "line 4: cpu.family takes a text, and this is an integer"),
        (
            with("drift.memory.total_gib = 512.0\n"),
            "line 4: memory.total_gib takes an integer, and this is a fraction",
        ),
        (
            with("drift.kernel.parameters = [1]\n"),
            "line 4: kernel.parameters takes a list of texts, and this is a list",
        ),
        (with("[cpus]\nbench = 2\n"), "line 5: cpus.bench takes a text, and this is an integer"),
        (
            with("[taint]\nsteal_share = \"1\"\n"),
            "line 5: taint.steal_share takes a number, and this is a text",
        ),
        (
            with("[knobs]\nx = 1.5\n"),
            "line 5: knobs.x takes a text, an integer, true or false, and this is a fraction",
        ),
        ("name = 5\n".into(), "line 1: name takes a text, and this is an integer"),
        ("expect = 5\n".into(), "line 1: expect takes a table, and this is an integer"),
    ];
    for (text, message) in cases {
        assert_eq!(refused(&text), message);
    }
}

#[test]
fn values_that_make_no_sense_are_refused() {
    let cases = [
        (with("[cpus]\nbench = \"3-1\"\n"), "line 5: cpus.bench is no list of CPUs"),
        (with("[cpus]\nbench = \"\"\n"), "line 5: cpus.bench: names no CPU"),
        (
            with("[cpus]\nbench = \"1-3\"\nhousekeeping = \"0-1\"\n"),
            "line 4: cpus.housekeeping and cpus.bench both name 1",
        ),
        (
            with("[taint]\nsteal_share = -0.1\n"),
            "line 5: taint.steal_share: a threshold is finite and not below 0",
        ),
        (with("[taint]\nsteal_share = inf\n"), "line 5: taint.steal_share: a threshold is finite"),
        (with("[taint]\nsteal_share = nan\n"), "line 5: taint.steal_share: a threshold is finite"),
        (with("drift.cpu.brand = \"y\"\n"), "line 4: cpu.brand is expected twice, the first time in line 3"),
        (
            with("required.\"cpu.brand\" = \"y\"\n"),
            "line 4: cpu.brand is expected twice, the first time in line 3",
        ),
        ("name = \"../x\"\n".into(), "line 1: name: is made of up to 100 letters"),
        ("name = \"\"\n".into(), "line 1: name: is made of"),
    ];
    for (text, beginning) in cases {
        let message = refused(&text);
        assert!(message.starts_with(beginning), "{message}");
    }
}

#[test]
fn a_definition_that_fits_every_machine_is_none() {
    assert!(refused("").starts_with("line 1: name is missing"));
    assert!(refused("name = \"a\"\n").starts_with("line 1: expect.required is missing"));
    let drift_only = "name = \"a\"\nexpect.drift.cpu.brand = \"x\"\n";
    assert!(refused(drift_only).starts_with("line 1: expect.required is missing"));
}

#[test]
fn what_is_no_toml_is_named_with_its_line() {
    let message = refused("name = \"a\"\n[expect\n");
    assert!(message.starts_with("line 2: "), "{message}");
    let message = refused("name = \"a\"\nname = \"b\"\n");
    assert!(message.starts_with("line 2: "), "{message}");
}

#[test]
fn knob_ids_are_taken_as_they_are_while_no_knob_is_known() {
    assert!(read(&with("[knobs]\nanything = true\n"), &[]).is_ok());
    assert!(read(&with("[knobs]\nanything = true\n"), &KNOBS).is_err());
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC*") {
        let _ = read(&text, &[]);
        let _ = read(&with(&text), &[]);
    }
}

#[test]
fn canaries_are_read_with_their_tolerance_or_the_usual_one() {
    let text = with(
        "[canary]\ninteger_v1 = { median_ns = 489_000, tolerance = 0.02 }\ncache_v1.median_ns = 480.5\n",
    );
    let canaries = read(&text, &[]).unwrap().canaries;
    let told: Vec<(&str, f64, f64)> =
        canaries.iter().map(|(id, one)| (id.as_str(), one.median_ns, one.tolerance_share)).collect();
    assert_eq!(told, [("cache_v1", 480.5, 0.05), ("integer_v1", 489_000.0, 0.02)]);
}

#[test]
fn canaries_that_make_no_sense_are_refused() {
    let cases = [
        ("integer_v0 = { median_ns = 1 }", "line 5: unknown key \"integer_v0\" in [canary]"),
        ("integer_v1 = 5", "line 5: integer_v1 takes a table, and this is an integer"),
        ("integer_v1 = { median = 1 }", "line 5: unknown key \"median\" in [canary.integer_v1]"),
        ("integer_v1 = { tolerance = 0.1 }", "line 5: canary.integer_v1: median_ns is missing"),
        ("integer_v1 = { median_ns = 0 }", "line 5: canary.integer_v1.median_ns: a time in nanoseconds is"),
        ("integer_v1 = { median_ns = inf }", "line 5: canary.integer_v1.median_ns: a time in nanoseconds is"),
        (
            "integer_v1 = { median_ns = 1, tolerance = -1 }",
            "line 5: canary.integer_v1.tolerance: a share is finite",
        ),
        ("integer_v1 = { median_ns = \"1\" }", "line 5: canary.integer_v1.median_ns takes a number"),
    ];
    for (line, beginning) in cases {
        let message = refused(&with(&format!("[canary]\n{line}\n")));
        assert!(message.starts_with(beginning), "{message}");
    }
}
