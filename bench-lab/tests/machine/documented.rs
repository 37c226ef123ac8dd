//! The definitions that are kept, and the page about them.

use std::fs;

use bench_lab::host::knob::{self, Knob};
use lab_core::machine::{KnownKnob, MachineDefinition, Match, THRESHOLDS, read};
use lab_core::taint::Thresholds;

use crate::root;

fn kept() -> Vec<(String, String)> {
    let mut kept: Vec<(String, String)> = fs::read_dir(root().join("bench-lab/machines"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .map(|path| {
            (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap())
        })
        .collect();
    kept.sort();
    assert!(kept.len() >= 2, "{kept:?}");
    kept
}

fn parsed(name: &str, text: &str) -> MachineDefinition {
    let known = |knob: &&dyn Knob| KnownKnob { id: knob.id(), why: knob.why(), takes: knob.takes() };
    let knobs: Vec<KnownKnob<'_>> = knob::ALL.iter().map(known).collect();
    read(text, &knobs).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_kept_definition_is_one_is_named_after_its_file_and_says_where_it_is_from() {
    let readme = fs::read_to_string(root().join("bench-lab/machines/README.md")).unwrap();
    for (name, text) in kept() {
        let definition = parsed(&name, &text);
        assert_eq!(format!("{}.toml", definition.name), name);
        assert!(readme.contains(&format!("| `{name}` | ")), "{name} has no row in the README");
        let head = text.lines().next().unwrap();
        assert!(head.contains("read from the machine by bench-lab") || head.contains("AN EXAMPLE"), "{head}");
    }
}

#[test]
fn the_example_fits_no_machine_that_was_captured() {
    let (_, text) = kept().into_iter().find(|(name, _)| name == "epyc-7763.toml").unwrap();
    for (name, machine) in crate::machines::all() {
        assert_eq!(crate::facts::compared(&text, &machine).verdict(), Match::Other, "{name}");
    }
}

#[test]
fn the_captured_vm_is_the_kept_one_but_for_what_only_a_live_processor_says() {
    let (_, text) = kept().into_iter().find(|(name, _)| name == "amd-epyc-2c-24g.toml").unwrap();
    let verification = crate::facts::compared(&text, &crate::machines::captured("vm-kvm-2cpu"));
    let differing: Vec<&str> = verification
        .mismatches()
        .into_iter()
        .chain(verification.drifts())
        .map(|finding| finding.expectation.fact.as_str())
        .collect();
    // cpuid and libc are asked, not read from a file.
    assert_eq!(differing, ["virtual.hypervisor", "libc.version"]);
}

#[test]
fn the_documented_thresholds_are_the_usual_ones() {
    let page = fs::read_to_string(root().join("docs/MACHINES.md")).unwrap();
    let usual = Thresholds::default();
    let rows: String = THRESHOLDS
        .iter()
        .map(|threshold| {
            format!("| `{}` | {} | {} |\n", threshold.id, threshold.doc, (threshold.read)(&usual))
        })
        .collect();
    assert!(page.contains(&format!("|---|---|---|\n{rows}\n")), "docs/MACHINES.md should have:\n{rows}");
}

#[test]
fn the_documented_definition_is_one() {
    let page = fs::read_to_string(root().join("docs/MACHINES.md")).unwrap();
    let text = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(parsed("docs/MACHINES.md", text).name, "server-1");
}
