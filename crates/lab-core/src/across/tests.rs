//! Machines of known difference: what is said of them, and what is not.

use lab_stats::Draws;

use super::*;
use crate::compare::Subject;
use crate::compare::fixture::{add, around, environment, extract, id};
use crate::model::{
    Extract, FactClass, FactValue, Grain, KernelExtract, Launch, MetricId, Outcome, Round, Side, Slice,
};

/// A machine with canaries, `slower` times as slow as the usual one, and these times.
fn machine(model: &str, slower: f64, benchmarks: &[(&str, f64)]) -> Extract {
    let ids: Vec<&str> = benchmarks.iter().map(|(id, _)| *id).collect();
    let mut side = extract(&ids);
    side.environment.insert("cpu.model", FactClass::Machine, "", FactValue::Text(model.into()));
    let kernel = |id: &str, time: f64| KernelExtract {
        id: id.into(),
        units: 1,
        values: around(time * slower, 0.003, 12),
    };
    side.canary.kernels =
        vec![kernel("integer_v1", 1000.0), kernel("cache_v1", 3000.0), kernel("fsync_v1", 1e6)];
    side.canary.is_optimised = true;
    for (benchmark, (_, time)) in side.benchmarks.iter_mut().zip(benchmarks) {
        add(benchmark, "wall_ns", "ns", &around(*time, 0.005, 12));
    }
    side
}

fn subject<'a>(name: &'a str, extract: &'a Extract) -> Subject<'a> {
    Subject { name, extract }
}

fn beside(one: &Extract, two: &Extract) -> Across {
    across(&[subject("one/main", one), subject("two/main", two)], None).unwrap()
}

#[test]
fn a_machine_that_is_slower_in_all_things_is_not_unlike() {
    let one = machine("1", 1.0, &[("p/t/a", 50.0), ("p/t/b", 70.0)]);
    let two = machine("2", 2.5, &[("p/t/a", 125.0), ("p/t/b", 175.0)]);
    let report = beside(&one, &two);
    for row in &report.rows {
        assert_eq!(row.yardstick, Yardstick::Processor);
        let ratio = row.cells[1].against_first.unwrap();
        assert!((ratio.point - 1.0).abs() < 1e-9 && ratio.interval.unwrap().contains(1.0));
        assert_eq!(row.cells[1].scaling(), Some(Scaling::Alike));
        assert_eq!(row.cells[0].against_first, None);
    }
    assert_eq!(report.processor_kernels, ["integer_v1", "cache_v1"]);
    assert!((report.geomeans[1].unwrap().point - 1.0).abs() < 1e-9);
    assert!((report.kernels[0].against_first[1].unwrap().point - 2.5).abs() < 1e-9);
    assert_eq!(report.swaps, []);
}

#[test]
fn a_benchmark_that_gains_less_than_its_canaries_is_dearer() {
    let one = machine("1", 1.0, &[("p/t/a", 50.0), ("p/t/b", 70.0)]);
    let two = machine("2", 0.5, &[("p/t/a", 40.0), ("p/t/b", 28.0)]);
    let report = beside(&one, &two);
    assert_eq!(report.rows[0].cells[1].scaling(), Some(Scaling::Dearer));
    assert!((report.rows[0].cells[1].against_first.unwrap().point - 1.6).abs() < 1e-9);
    assert_eq!(report.rows[1].cells[1].scaling(), Some(Scaling::Cheaper));
    let cost = report.rows[0].cells[0].cost.unwrap();
    assert!((cost.point / (50.0 / 3e6_f64.sqrt()) - 1.0).abs() < 0.01, "{cost:?}");
}

#[test]
fn what_waits_is_measured_by_the_disk_and_what_does_both_by_nothing() {
    let mut one = machine("1", 1.0, &[("p/t/sync", 50.0), ("p/t/mixed", 70.0), ("p/t/import", 70.0)]);
    for (benchmark, share) in one.benchmarks.iter_mut().zip([Some(0.1), Some(0.6), None]) {
        benchmark.busy_share = share;
    }
    let yardsticks: Vec<Yardstick> = beside(&one, &one).rows.into_iter().map(|row| row.yardstick).collect();
    assert_eq!(yardsticks[0], Yardstick::Storage);
    assert!(matches!(&yardsticks[1], Yardstick::Missing(why) if why.contains("nor wait")));
    assert_eq!(yardsticks[2], Yardstick::Processor);
    let mut busy = one.clone();
    busy.benchmarks[0].busy_share = Some(0.95);
    assert_eq!(beside(&one, &busy).rows[0].yardstick.id(), "missing", "one yardstick for all machines");
}

#[test]
fn a_kernel_that_did_other_work_or_failed_at_times_is_no_measure() {
    let one = machine("1", 1.0, &[("p/t/a", 50.0)]);
    let mut two = machine("2", 1.0, &[("p/t/a", 50.0)]);
    two.canary.kernels[1].units = 2;
    assert_eq!(beside(&one, &two).processor_kernels, ["integer_v1"]);
    two.canary.kernels[0].values.pop();
    let report = beside(&one, &two);
    assert_eq!(report.rows[0].cells[1].cost, None);
    assert!(matches!(&report.rows[0].yardstick, Yardstick::Missing(why) if why.contains("equal work")));
    two.canary.kernels.clear();
    let report = beside(&one, &two);
    assert!(
        matches!(&report.rows[0].yardstick, Yardstick::Missing(why) if why == "two/main has no canaries")
    );
    assert!(report.rows[0].cells[1].wall_ns.is_some(), "times stay for reading");
}

#[test]
fn a_reference_measures_all_others_where_every_side_has_it() {
    let one = machine("1", 1.0, &[("p/t/a", 50.0), ("p/t/b", 100.0)]);
    let two = machine("2", 1.0, &[("p/t/a", 500.0), ("p/t/b", 500.0)]);
    let sides = [subject("one/main", &one), subject("two/main", &two)];
    let report = across(&sides, Some(&id("p/t/a"))).unwrap();
    assert_eq!(report.rows.len(), 1, "the reference is not measured by itself");
    assert!((report.rows[0].cells[1].against_first.unwrap().point - 0.5).abs() < 1e-3);
    assert_eq!(report.processor_kernels, [""; 0]);
    let error = across(&sides, Some(&id("p/t/c"))).unwrap_err();
    assert_eq!(error.to_string(), "the reference p/t/c was not measured on one/main");
}

#[test]
fn an_order_that_turns_is_told_and_one_that_is_not_sure_is_not() {
    let one = machine("1", 1.0, &[("p/t/a", 50.0), ("p/t/b", 70.0), ("p/t/c", 70.1), ("p/u/d", 60.0)]);
    let two = machine("2", 1.0, &[("p/t/a", 90.0), ("p/t/b", 70.0), ("p/t/c", 69.9), ("p/u/d", 200.0)]);
    let swaps = beside(&one, &two).swaps;
    let names: Vec<(String, String)> =
        swaps.iter().map(|swap| (swap.one.to_string(), swap.two.to_string())).collect();
    assert_eq!(names, [("p/t/a".into(), "p/t/c".into()), ("p/t/a".into(), "p/t/b".into())]);
    assert_eq!((&swaps[0].one_cheaper, &swaps[0].two_cheaper), (&vec![0], &vec![1]));
    assert!((swaps[1].ratios[0].unwrap() - 1.4).abs() < 0.01);
}

#[test]
fn growth_that_differs_by_machine_is_told_with_what_it_makes_of_the_largest() {
    let sizes = |exponent: f64| -> Vec<f64> {
        [10.0, 100.0, 1000.0].map(|size: f64| 100.0 * size.powf(exponent)).into()
    };
    let ids = ["p/t/f/10", "p/t/f/100", "p/t/f/1000"];
    let with = |model: &str, exponent: f64| {
        let benchmarks: Vec<(&str, f64)> = ids.into_iter().zip(sizes(exponent)).collect();
        machine(model, 1.0, &benchmarks)
    };
    let report = beside(&with("1", 1.0), &with("2", 1.2));
    let family = &report.families[0];
    assert_eq!((family.pattern.as_str(), family.sizes.as_slice()), ("f/{}", &[10.0, 100.0, 1000.0][..]));
    assert!((family.laws[1].unwrap().exponent.point - 1.2).abs() < 1e-6);
    let growth = family.growths[1].unwrap();
    assert!(growth.differs && (growth.end_ratio - 100f64.powf(0.2)).abs() < 1e-6);
    let same = beside(&with("1", 1.0), &with("2", 1.0));
    assert!(!same.families[0].growths[1].unwrap().differs);
}

#[test]
fn what_differs_is_named_with_its_reason_first() {
    let one = machine("1", 1.0, &[("p/t/a", 50.0)]);
    let mut two = machine("2", 1.0, &[("p/t/a", 50.0)]);
    for (name, class) in [("rustc.release", FactClass::Build), ("machine.id", FactClass::Machine)] {
        two.environment.insert(name, class, "", FactValue::Text("other".into()));
    }
    let mut three = one.clone();
    three.environment = environment(&[]);
    three.environment.insert("rustc.release", FactClass::Build, "", FactValue::Text("this".into()));
    three.environment.insert("machine.id", FactClass::Machine, "", FactValue::Text("this".into()));
    let report = beside(&two, &three);
    let names: Vec<(&str, bool)> =
        report.differences.iter().map(|fact| (fact.fact.as_str(), fact.why.is_some())).collect();
    assert_eq!(names, [("rustc.release", true), ("cpu.model", true), ("machine.id", false)]);
    let unseen = beside(&one, &two).differences;
    assert!(unseen.iter().all(|fact| fact.fact != "rustc.release"), "one side does not know it");
}

#[test]
fn two_settings_of_one_machine_are_called_that() {
    let one = machine("1", 1.0, &[("p/t/a", 50.0)]);
    let kinds =
        |report: Across| -> Vec<String> { report.warnings.into_iter().map(|warning| warning.kind).collect() };
    assert_eq!(kinds(beside(&one, &one)), ["one_machine"]);
    assert_eq!(kinds(beside(&one, &machine("2", 1.0, &[("p/t/a", 50.0)]))), [""; 0]);
}

#[test]
fn what_one_side_alone_has_is_named_and_nothing_in_common_is_an_error() {
    let one = machine("1", 1.0, &[("p/t/a", 50.0), ("p/t/b", 50.0)]);
    let two = machine("2", 1.0, &[("p/t/b", 50.0), ("p/t/c", 50.0)]);
    let names: Vec<(String, usize)> = beside(&one, &two)
        .unmatched
        .into_iter()
        .map(|one| (one.benchmark.to_string(), one.machine))
        .collect();
    assert_eq!(names, [("p/t/a".into(), 0), ("p/t/c".into(), 1)]);
    let three = machine("3", 1.0, &[("p/t/d", 50.0)]);
    let error = across(&[subject("one", &one), subject("three", &three)], None).unwrap_err();
    assert_eq!(error.to_string(), "one, three have no benchmark in common");
    assert_eq!(across(&[subject("one", &one)], None), Err(AcrossError::TooFew { count: 1 }));
}

#[test]
fn intervals_of_ratios_of_ratios_hold_the_truth_as_often_as_they_say() {
    let mut draws = Draws::seeded(11);
    let truth: f64 = 1.3;
    let trials = 300;
    let mut covered = 0;
    for _ in 0..trials {
        let mut noisy = |centre: f64, spread: f64| -> Vec<f64> {
            (0..12).map(|_| centre * (spread * draws.normal()).exp()).collect()
        };
        let mut sides = [machine("1", 1.0, &[("p/t/a", 50.0)]), machine("2", 1.0, &[("p/t/a", 50.0)])];
        for (side, [machine, time]) in sides.iter_mut().zip([[1.0, 50.0], [3.0, 150.0 * truth]]) {
            for kernel in &mut side.canary.kernels {
                kernel.values = noisy(1000.0 * machine, 0.01);
            }
            side.benchmarks[0].series[0].values = noisy(time, 0.02);
        }
        let ratio = beside(&sides[0], &sides[1]).rows[0].cells[1].against_first.unwrap();
        covered += usize::from(ratio.interval.unwrap().contains(truth));
    }
    // 285 are promised; fewer than 273 come one time in ten thousand.
    assert!(covered >= 273, "{covered} of {trials}");
}

fn launches(logs: &[f64]) -> Vec<Launch> {
    let slice =
        |wall: f64| Slice { wall_ns: wall as u64, cycles: None, instructions: None, task_clock_ns: None };
    let launch = |(index, log): (u32, &f64)| Launch {
        index,
        benchmark: id("p/t/a"),
        grain: Grain::Slices,
        starter: Side::Baseline,
        layout: 0,
        padding_bytes: [0, 0],
        started_at: String::new(),
        wall_ns: 1,
        outcome: Outcome::Ok,
        rounds: vec![Round {
            first: Side::Baseline,
            iterations: 1,
            baseline: slice(1e9),
            candidate: slice(1e9 * log.exp()),
        }],
        warnings: Vec::new(),
    };
    (0..).zip(logs).map(launch).collect()
}

fn spread(centre: f64) -> Vec<Launch> {
    launches(&around(1.0, 0.004, 14).iter().map(|value| value - 1.0 + centre).collect::<Vec<_>>())
}

fn effect_of(machines: &[Vec<Launch>], digests: &[Option<&str>]) -> Effect {
    let seen: Vec<Witnessed<'_>> = machines
        .iter()
        .zip(digests)
        .map(|(launches, machine)| Witnessed { machine: *machine, launches })
        .collect();
    effects(&seen, |_| MetricId::wall_ns()).remove(0)
}

const THREE: &[Option<&str>] = &[Some("1"), Some("2"), None];

#[test]
fn three_machines_that_agree_give_one_mean_and_three_that_do_not_are_told_to_differ() {
    let agreeing = effect_of(&[spread(0.10), spread(0.1005), spread(0.0995)], THREE);
    let Combined::Mean { ratio, .. } = &agreeing.combined else { panic!("{agreeing:?}") };
    assert!((ratio.point.ln() - 0.10).abs() < 1e-3 && !agreeing.differs_by_machine());
    let apart = effect_of(&[spread(0.16), spread(0.15), spread(0.01)], THREE);
    assert!(apart.differs_by_machine());
    let Combined::Mean { ratio, between, .. } = &apart.combined else { panic!("{apart:?}") };
    assert!(*between > 0.07 && ratio.interval.unwrap().contains(1.0), "{ratio:?}");
}

#[test]
fn two_machines_stand_for_themselves() {
    let effect = effect_of(&[spread(0.16), Vec::new(), spread(0.01)], THREE);
    assert_eq!(effect.combined, Combined::Apart);
    assert_eq!(effect.locals.iter().map(|local| local.machine).collect::<Vec<_>>(), [0, 2]);
    let one_machine = [Some("1"), Some("1"), Some("2")];
    let effect = effect_of(&[spread(0.1), spread(0.1), spread(0.1)], &one_machine);
    assert_eq!(effect.combined, Combined::Apart, "two sessions of one machine are one machine");
    let few = effect_of(&[spread(0.1), spread(0.1), launches(&[0.1, 0.2])], THREE);
    assert!(matches!(few.combined, Combined::Impossible(_)));
}
