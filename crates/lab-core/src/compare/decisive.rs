//! The facts about settings and build that move times by more than the changes people look for.
//!
//! One list with a reason each. What is not in it is named in a comparison and forbids nothing.

use std::collections::BTreeSet;

use crate::model::{Environment, FactClass, FactValue, SessionRecord};

/// Dotted names with reasons; one that ends with a dot stands for all that begin so.
pub const DECISIVE: &[(&str, &str)] = &[
    ("frequency.governor", "the governor chooses the clock"),
    ("frequency.boost", "boost moves the clock by tens of per cent"),
    ("frequency.min_khz", "the clock has another lower limit"),
    ("frequency.max_khz", "the clock has another upper limit"),
    ("frequency.epp", "it leans the clock towards speed or towards saving"),
    ("frequency.epb", "it leans the clock towards speed or towards saving"),
    ("board.platform_profile", "it moves power limits, and with them the clock"),
    ("topology.smt_control", "two threads of a core share its units and caches"),
    ("cpu.microcode", "microcode changes what instructions cost"),
    ("kernel.release", "scheduler, page cache and system calls differ between kernel releases"),
    ("mitigations.", "mitigations make system calls and indirect branches dearer"),
    ("thp.enabled", "huge pages change what a miss of the TLB costs"),
    ("aslr.mode", "without randomisation every process has one and the same layout"),
    ("isolation.cpu_quota", "a quota stops the process in the middle of a sample"),
    ("clocksource.current", "reading the time costs from 20 ns to a microsecond"),
    ("rustc.release", "another compiler makes other code of the same source"),
    ("rustc.commit", "another compiler makes other code of the same source"),
    ("rustc.llvm", "another optimiser makes other code of the same source"),
    ("build.target", "code for another target"),
    ("build.target_cpu", "other instructions are allowed"),
    ("build.target_features", "other instructions are allowed"),
    ("build.rustflags", "other flags make other code"),
    ("build.opt_level", "another optimisation level"),
    ("build.lto", "other inlining across crates"),
    ("build.codegen_units", "other inlining within crates"),
    ("build.panic", "unwinding costs code"),
    ("build.debug_assertions", "assertions cost time"),
    ("build.overflow_checks", "checks cost time"),
];

/// Why a fact that differs makes times incomparable; absent when it does not, or when one side does not know it.
///
/// What only one side knows is no difference that was seen: an imported baseline knows nothing.
pub(crate) fn reason(
    name: &str,
    baseline: Option<&FactValue>,
    candidate: Option<&FactValue>,
) -> Option<&'static str> {
    let (baseline, candidate) = (known(baseline)?, known(candidate)?);
    let listed =
        |entry: &&(&str, &str)| entry.0 == name || (entry.0.ends_with('.') && name.starts_with(entry.0));
    let (_, reason) = DECISIVE.iter().find(listed)?;
    match (name, baseline, candidate) {
        ("kernel.release", FactValue::Text(baseline), FactValue::Text(candidate)) => {
            (series(baseline) != series(candidate)).then_some(*reason)
        }
        _ => Some(*reason),
    }
}

/// The facts that forbid a comparison and were not the same in all sessions of one Run. Of another machine each of its own
/// facts is one.
pub(crate) fn mixed(sessions: &[SessionRecord]) -> Vec<String> {
    let Some((first, later)) = sessions.split_first() else { return Vec::new() };
    let mut mixed = BTreeSet::new();
    for session in later {
        for name in first.environment.differences(&session.environment) {
            let (one, two) = (first.environment.facts.get(&name), session.environment.facts.get(&name));
            let is_of_machine = one.or(two).is_some_and(|fact| fact.class == FactClass::Machine);
            let (one, two) = (one.map(|fact| &fact.value), two.map(|fact| &fact.value));
            let both_know = known(one).is_some() && known(two).is_some();
            if reason(&name, one, two).is_some() || (is_of_machine && both_know) {
                mixed.insert(name);
            }
        }
    }
    mixed.into_iter().collect()
}

/// Whether both environments name a machine, and not the same one. Imports name none.
pub(super) fn are_machines_apart(baseline: &Environment, candidate: &Environment) -> bool {
    let names_one = |environment: &Environment| {
        environment
            .facts
            .values()
            .any(|fact| fact.class == FactClass::Machine && known(Some(&fact.value)).is_some())
    };
    names_one(baseline) && names_one(candidate) && baseline.digests().machine != candidate.digests().machine
}

fn known(value: Option<&FactValue>) -> Option<&FactValue> {
    value.filter(|value| !matches!(value, FactValue::Absent(_)))
}

/// `6.18` of `6.18.44-generic`: kernels of one series differ by fixes only.
fn series(release: &str) -> Vec<&str> {
    release.split('.').take(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> FactValue {
        FactValue::Text(text.into())
    }

    #[test]
    fn a_governor_decides_and_a_hostname_does_not() {
        let of = |name| reason(name, Some(&text("a")), Some(&text("b")));
        assert_eq!(of("frequency.governor"), Some("the governor chooses the clock"));
        assert_eq!(of("mitigations.retbleed"), of("mitigations.meltdown"));
        assert!(of("mitigations.retbleed").is_some());
        assert_eq!(of("lab.version"), None);
    }

    #[test]
    fn kernels_of_one_series_are_comparable() {
        let of = |one, two| reason("kernel.release", Some(&text(one)), Some(&text(two)));
        assert_eq!(of("6.18.44", "6.18.45-generic"), None);
        assert!(of("6.18.44", "6.12.1").is_some());
        assert!(of("6.18", "5.18").is_some());
    }

    #[test]
    fn what_one_side_does_not_know_decides_nothing() {
        let absent = FactValue::Absent("hidden".into());
        assert_eq!(reason("frequency.boost", None, Some(&text("on"))), None);
        assert_eq!(reason("frequency.boost", Some(&absent), Some(&text("on"))), None);
    }
}
