//! Runs on machines that stood still, that moved, and that could not be asked.

use super::super::sample::run;
use super::*;

/// Ten processes around 1 ms without a direction.
const STILL: &[f64] = &[1000.0, 1004.0, 997.0, 1002.0, 999.0, 1005.0, 998.0, 1003.0, 1000.5, 1001.0];

fn steadiness(kernels: &[(&str, &[f64])]) -> Steadiness {
    Steadiness::of(&run(kernels)).unwrap()
}

fn rising(per_step: f64) -> Vec<f64> {
    (0..10).map(|at| 1000.0 * (1.0 + per_step * f64::from(at))).collect()
}

fn said(steadiness: &Steadiness) -> Vec<String> {
    steadiness.warnings().iter().map(|warning| format!("{} {warning}", warning.kind)).collect()
}

#[test]
fn a_still_machine_gives_figures_and_no_warning() {
    let steadiness = steadiness(&[("integer_v1", STILL), ("cache_v1", STILL)]);
    assert_eq!((steadiness.invocation_count, said(&steadiness).len()), (10, 0));
    let figure = steadiness.kernels[0].figure.as_ref().unwrap();
    assert_eq!((figure.median_ns.point, figure.invocation_count), (1000.75, 10));
    assert!(figure.median_ns.interval.unwrap().contains(1001.0));
    assert!(figure.spread_share.unwrap() < 0.005);
}

#[test]
fn a_kernel_that_slows_all_along_is_told_with_its_size() {
    let slowing = rising(0.01);
    let steadiness = steadiness(&[("integer_v1", STILL), ("bandwidth_v1", &slowing)]);
    let said = said(&steadiness);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("canary_drift canary bandwidth: drifted by +5.9 % between"), "{said:?}");
}

#[test]
fn a_drift_that_is_sure_and_small_is_not_told() {
    let steadiness = steadiness(&[("integer_v1", &rising(0.001))]);
    let trend = steadiness.kernels[0].figure.as_ref().unwrap().trend.unwrap();
    assert!(trend.p.value() < 1e-5 && trend.log_ratio > 0.005, "{trend:?}");
    assert_eq!(steadiness.drifts().count(), 0);
}

#[test]
fn a_large_step_that_comes_and_goes_is_no_drift() {
    let mut times = STILL.to_vec();
    times[4..7].iter_mut().for_each(|time| *time *= 1.5);
    assert_eq!(steadiness(&[("integer_v1", &times)]).drifts().count(), 0);
}

#[test]
fn what_could_not_run_is_no_warning_and_what_went_wrong_is() {
    let mut run = run(&[("integer_v1", STILL), ("fsync_v1", &[])]);
    let wrong = Outcome::Failed { reason: "miscalculates".into(), tail: String::new() };
    run.canary.invocations[3].observations[0].outcome = wrong.clone();
    run.canary.invocations[4].observations[0].outcome = wrong.clone();
    let steadiness = Steadiness::of(&run).unwrap();
    assert_eq!(said(&steadiness), ["canary_failed canary integer: miscalculates"]);
    assert_eq!(steadiness.kernels[0].failures, [wrong]);
    assert_eq!(steadiness.kernels[0].figure.as_ref().unwrap().invocation_count, 8);
    assert_eq!(steadiness.kernels[1].figure, None);
    assert_eq!(steadiness.kernels[1].failures.len(), 1, "each reason once");
}

#[test]
fn few_processes_never_give_a_drift() {
    for count in 0..=4 {
        let slowing = rising(0.1);
        let steadiness = steadiness(&[("integer_v1", &slowing[..count]), ("float_v1", STILL)]);
        assert_eq!(steadiness.drifts().count(), 0, "{count}");
    }
    let six = steadiness(&[("integer_v1", &rising(0.1)[..6])]);
    assert_eq!(six.drifts().count(), 1, "all the way up");
}

#[test]
fn a_run_without_canaries_has_no_steadiness() {
    assert_eq!(Steadiness::of(&run(&[])), None);
}
