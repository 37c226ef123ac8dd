//! Machines that moved by a known amount, and pairs of Runs of which nothing can be said.

use super::super::sample::run;
use super::*;

const STEADY: &[f64] = &[1000.0, 1001.0, 999.0, 1002.0, 998.0, 1000.5, 999.5, 1001.5];

fn times(factor: f64) -> Vec<f64> {
    STEADY.iter().map(|time| time * factor).collect()
}

#[test]
fn a_machine_that_slowed_by_five_per_cent_is_seen_with_its_sign_and_size() {
    let (before, after) = (run(&[("integer_v1", STEADY)]), run(&[("integer_v1", &times(1.05))]));
    let drift = drift(&before, &after);
    let [kernel] = &drift.kernels[..] else { panic!("{drift:?}") };
    assert!((kernel.log_ratio.point - 1.05_f64.ln()).abs() < 1e-9, "{kernel:?}");
    assert!(kernel.log_ratio.interval.unwrap().contains(1.05_f64.ln()));
    assert!(drift.is_same_program);
    let envelope = drift.envelope(Resource::ON_CPU).unwrap();
    assert_eq!(envelope.lower, 0.0, "it holds zero even where no interval does");
    assert!(envelope.upper > 1.05_f64.ln() && envelope.upper < 1.06_f64.ln(), "{envelope:?}");
    assert_eq!(envelope.log_ratio(), envelope.upper);
}

#[test]
fn the_envelope_is_the_hull_of_the_kernels_that_a_benchmark_can_feel() {
    let before = run(&[("integer_v1", STEADY), ("bandwidth_v1", STEADY), ("fsync_v1", STEADY)]);
    let (fast, slow, disk) = (times(0.98), times(1.03), times(1.40));
    let after = run(&[("integer_v1", &fast), ("bandwidth_v1", &slow), ("fsync_v1", &disk)]);
    let drift = drift(&before, &after);
    let on_cpu = drift.envelope(Resource::ON_CPU).unwrap();
    assert!(on_cpu.lower < 0.98_f64.ln() && on_cpu.upper > 1.03_f64.ln() && on_cpu.upper < 0.1, "{on_cpu:?}");
    assert!(drift.envelope(Resource::ALL).unwrap().upper > 1.40_f64.ln());
    assert_eq!(drift.envelope(&[Resource::Kernel]), None);
}

#[test]
fn too_few_processes_give_a_point_without_interval_and_no_envelope() {
    let few = run(&[("integer_v1", &STEADY[..4])]);
    let drift = drift(&few, &few);
    assert_eq!(drift.kernels[0].log_ratio, Estimate { point: 0.0, interval: None });
    assert_eq!(drift.envelope(Resource::ALL), None);
}

#[test]
fn kernels_of_unequal_work_are_left_out_with_the_reason() {
    let before = run(&[("integer_v1", STEADY), ("float_v1", STEADY), ("cache_v1", STEADY), ("odd", STEADY)]);
    let mut after = run(&[("integer_v1", STEADY), ("cache_v1", &[]), ("odd", STEADY), ("float_v2", STEADY)]);
    after.canary.kernels[0].units = 1;
    let drift = drift(&before, &after);
    assert_eq!(drift.kernels, []);
    let said: Vec<String> =
        drift.left_out.iter().map(|left| format!("{}: {}", left.id, left.reason)).collect();
    assert_eq!(
        said,
        [
            "integer_v1: another amount of work per pass",
            "float_v1: not in the candidate",
            "cache_v1: never measured in the candidate",
            "odd: unknown to this bench-lab",
            "float_v2: not in the baseline",
        ]
    );
}

#[test]
fn a_build_without_optimisations_is_compared_with_its_like_only() {
    let optimised = run(&[("integer_v1", STEADY)]);
    let mut plain = optimised.clone();
    plain.canary.is_optimised = false;
    assert_eq!(drift(&optimised, &plain).kernels, []);
    assert_eq!(drift(&plain, &plain).kernels.len(), 1);
}

#[test]
fn runs_without_canaries_say_nothing() {
    let drift = drift(&run(&[]), &run(&[]));
    assert_eq!((drift.kernels.len(), drift.left_out.len()), (0, 0));
    assert_eq!(drift.envelope(Resource::ALL), None);
}
