//! `docs/FORMAT.md` against the wire structs and the fixtures: what it says is what is written.
//!
//! Field names are asked of serde itself, so that a renamed field cannot hide behind an attribute.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::v1;

const PAGE: &str = include_str!("../../../../docs/FORMAT.md");

/// The sources of version 1, in which every struct is looked for.
const SOURCES: &[&str] = &[
    include_str!("v1/baseline.rs"),
    include_str!("v1/benchmark.rs"),
    include_str!("v1/canary.rs"),
    include_str!("v1/duel.rs"),
    include_str!("v1/entrant.rs"),
    include_str!("v1/environment.rs"),
    include_str!("v1/head.rs"),
    include_str!("v1/invocation.rs"),
    include_str!("v1/launch.rs"),
    include_str!("v1/look.rs"),
    include_str!("v1/matches.rs"),
    include_str!("v1/measurement.rs"),
    include_str!("v1/mod.rs"),
    include_str!("v1/plan.rs"),
    include_str!("v1/provenance.rs"),
    include_str!("v1/run.rs"),
    include_str!("v1/schedule.rs"),
    include_str!("v1/seal.rs"),
    include_str!("v1/signal.rs"),
    include_str!("v1/target.rs"),
    include_str!("v1/tuning.rs"),
    include_str!("v1/validation.rs"),
    include_str!("v1/warning.rs"),
];

/// A deserializer that learns what a type asks for and refuses it.
struct Inquiry;

/// The fields or variants that were asked for.
#[derive(Debug)]
struct Asked(&'static [&'static str]);

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::error::Error for Asked {}

impl de::Error for Asked {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self(&[])
    }
}

impl<'de> Deserializer<'de> for Inquiry {
    type Error = Asked;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Asked> {
        Err(Asked(&[]))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Asked> {
        Err(Asked(fields))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Asked> {
        Err(Asked(variants))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}

fn names<T: for<'de> Deserialize<'de>>() -> Vec<&'static str> {
    match T::deserialize(Inquiry) {
        Ok(_) => Vec::new(),
        Err(Asked(names)) => names.to_vec(),
    }
}

/// Every wire struct and enum of version 1 with its fields or variants.
fn written() -> Vec<(&'static str, Vec<&'static str>)> {
    vec![
        ("Run", names::<v1::run::Run>()),
        ("Revision", names::<v1::run::Revision>()),
        ("Provenance", names::<v1::provenance::Provenance>()),
        ("NixSource", names::<v1::provenance::NixSource>()),
        ("NixOutput", names::<v1::provenance::NixOutput>()),
        ("NixToolchain", names::<v1::provenance::NixToolchain>()),
        ("Plan", names::<v1::plan::Plan>()),
        ("LookPlan", names::<v1::plan::LookPlan>()),
        ("Aslr", names::<v1::plan::Aslr>()),
        ("Target", names::<v1::target::Target>()),
        ("Skip", names::<v1::target::Skip>()),
        ("Benchmark", names::<v1::benchmark::Benchmark>()),
        ("Canary", names::<v1::canary::Canary>()),
        ("Kernel", names::<v1::canary::Kernel>()),
        ("Scheduled", names::<v1::schedule::Scheduled>()),
        ("Warning", names::<v1::warning::Warning>()),
        ("Session", names::<v1::environment::Session>()),
        ("Digests", names::<v1::environment::Digests>()),
        ("Fact", names::<v1::environment::Fact>()),
        ("Knob", names::<v1::tuning::Knob>()),
        ("Setting", names::<v1::tuning::Setting>()),
        ("Invocation", names::<v1::invocation::Invocation>()),
        ("Exit", names::<v1::invocation::Exit>()),
        ("Observation", names::<v1::invocation::Observation>()),
        ("Outcome", names::<v1::invocation::Outcome>()),
        ("Measurement", names::<v1::measurement::Measurement>()),
        ("Values", names::<v1::measurement::Values>()),
        ("Summary", names::<v1::measurement::Summary>()),
        ("Center", names::<v1::measurement::Center>()),
        ("Printed", names::<v1::measurement::Printed>()),
        ("Throughput", names::<v1::measurement::Throughput>()),
        ("Taint", names::<v1::invocation::Taint>()),
        ("Look", names::<v1::look::Look>()),
        ("Ended", names::<v1::look::Ended>()),
        ("WarningLine", names::<v1::warning::WarningLine>()),
        ("Seal", names::<v1::seal::Seal>()),
        ("Baseline", names::<v1::baseline::Baseline>()),
        ("Import", names::<v1::baseline::Import>()),
        ("KeptKernel", names::<v1::baseline::KeptKernel>()),
        ("KeptBenchmark", names::<v1::baseline::KeptBenchmark>()),
        ("KeptSeries", names::<v1::baseline::KeptSeries>()),
        ("Match", names::<v1::matches::Match>()),
        ("MatchPlan", names::<v1::matches::MatchPlan>()),
        ("Witness", names::<v1::matches::Witness>()),
        ("Entrant", names::<v1::entrant::Entrant>()),
        ("Duel", names::<v1::duel::Duel>()),
        ("Name", names::<v1::duel::Name>()),
        ("Footing", names::<v1::duel::Footing>()),
        ("Testimony", names::<v1::duel::Testimony>()),
        ("Counted", names::<v1::duel::Counted>()),
        ("Launch", names::<v1::launch::Launch>()),
        ("Grain", names::<v1::launch::Grain>()),
        ("Side", names::<v1::launch::Side>()),
        ("Round", names::<v1::launch::Round>()),
        ("MatchSeal", names::<v1::matches::MatchSeal>()),
        ("Validation", names::<v1::validation::Validation>()),
        ("Simulated", names::<v1::validation::Simulated>()),
        ("Control", names::<v1::validation::Control>()),
        ("Cell", names::<v1::validation::Cell>()),
    ]
}

/// The tables below `## The files`: the last word of each heading, with the names in the first column.
fn documented() -> Vec<(&'static str, Vec<&'static str>)> {
    let files = PAGE.split("\n## ").find(|part| part.starts_with("The files")).unwrap();
    files
        .split("\n###")
        .skip(1)
        .map(|part| {
            let heading = part.lines().next().unwrap().split(' ').next_back().unwrap();
            let names = part.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
            (heading, names.collect())
        })
        .collect()
}

#[test]
fn the_page_has_every_field_and_no_other() {
    let (written, documented) = (written(), documented());
    assert_eq!(documented, written);
    assert!(written.iter().all(|(_, names)| !names.is_empty()), "{written:?}");
}

#[test]
fn no_struct_is_left_out() {
    let mut declared = BTreeSet::new();
    for source in SOURCES {
        let mut is_wire = false;
        for line in source.lines() {
            is_wire |= line.starts_with("#[derive(") && line.contains("Serialize, Deserialize");
            for keyword in ["pub(crate) struct ", "pub(crate) enum "] {
                if let Some(rest) = line.strip_prefix(keyword) {
                    declared.extend(is_wire.then(|| rest.split([' ', '(']).next().unwrap()));
                    is_wire = false;
                }
            }
        }
    }
    // Lists without field names; the page shows them in the tables of `Values` and `Round`.
    assert!(declared.remove("Sample") && declared.remove("Slice"));
    let known: BTreeSet<&str> = written().into_iter().map(|(name, _)| name).collect();
    assert_eq!(declared, known);
}

#[test]
fn every_example_stands_in_a_fixture() {
    let fixture = [
        include_str!("../../tests/fixtures/runs/v1/20260801T101500Z-2e3b9d9/run.json"),
        include_str!("../../tests/fixtures/runs/v1/20260801T101500Z-2e3b9d9/environment.json"),
        include_str!("../../tests/fixtures/runs/v1/20260801T101500Z-2e3b9d9/invocations.jsonl"),
        include_str!("../../tests/fixtures/runs/v1/20260801T101500Z-2e3b9d9/warnings.jsonl"),
        include_str!("../../tests/fixtures/runs/v1/20260801T101500Z-2e3b9d9/seal.json"),
        include_str!("../../tests/fixtures/runs/v1/20260802T101500Z-2e3b9d9/run.json"),
        include_str!("../../tests/fixtures/runs/v1/20260802T101500Z-2e3b9d9/invocations.jsonl"),
        include_str!("../../tests/fixtures/runs/v1/20260803T101500Z-2e3b9d9/run.json"),
        include_str!("../../tests/fixtures/runs/v1/20260803T101500Z-2e3b9d9/looks.jsonl"),
        include_str!("../../tests/fixtures/runs/v1/20260804T101500Z-2e3b9d9/run.json"),
        include_str!("../../tests/fixtures/baselines/v1/main/baseline.json"),
        include_str!("../../tests/fixtures/baselines/v1/main/benchmarks.jsonl"),
        include_str!("../../tests/fixtures/matches/v1/20260802T081500Z-77aa001/match.json"),
        include_str!("../../tests/fixtures/matches/v1/20260802T081500Z-77aa001/duels.jsonl"),
        include_str!("../../tests/fixtures/matches/v1/20260802T081500Z-77aa001/launches.jsonl"),
        include_str!("../../tests/fixtures/matches/v1/20260802T081500Z-77aa001/seal.json"),
    ]
    .concat();
    let blocks: Vec<&str> =
        PAGE.split("```json\n").skip(1).map(|block| block.split("```").next().unwrap()).collect();
    assert!(blocks.len() >= 7, "{}", blocks.len());
    for line in blocks.iter().flat_map(|block| block.lines()) {
        assert!(fixture.contains(line), "not in the finished fixture: {line}");
    }
}
