//! Arbitrary models for the property tests: every variant, every optional field, texts of any characters.
//!
//! It makes only what a lab could measure plus infinities; NaN equals nothing and has a test of its own.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::strategy::Union;

use crate::model::*;

/// Texts with quotes, control characters and newlines, and plain ones.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-z_/:\" \n\\\\]{0,12}"]
}

fn number() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("NaN equals nothing", |value| !value.is_nan())
}

fn texts() -> impl Strategy<Value = BTreeMap<String, String>> {
    btree_map(text(), text(), 0..3)
}

fn target_id() -> impl Strategy<Value = TargetId> {
    (text(), text()).prop_map(|(package, name)| TargetId { package, name })
}

fn benchmark_id() -> impl Strategy<Value = BenchmarkId> {
    (target_id(), text(), 1..4_u32).prop_map(|(target, path, occurrence)| BenchmarkId {
        target,
        path,
        occurrence,
    })
}

pub(super) fn warning() -> impl Strategy<Value = Warning> {
    (text(), text(), text()).prop_map(|(kind, subject, text)| Warning { kind, subject, text })
}

fn skip() -> impl Strategy<Value = Skip> {
    prop_oneof![
        text().prop_map(Skip::BuildFailed),
        vec(text(), 0..3).prop_map(Skip::NeedsFeatures),
        text().prop_map(Skip::UnknownHarness),
        text().prop_map(Skip::ListFailed),
        Just(Skip::NoBenchmarks),
        Just(Skip::Declined),
    ]
}

fn target() -> impl Strategy<Value = TargetRecord> {
    let optional = || option::of(text());
    (target_id(), optional(), optional(), optional(), optional(), optional(), text(), option::of(skip()))
        .prop_map(|(id, harness, harness_version, executable, sha256, build_id, source, skip)| TargetRecord {
            id,
            harness,
            harness_version,
            executable,
            sha256,
            build_id,
            source,
            skip,
        })
}

fn benchmark() -> impl Strategy<Value = BenchmarkRecord> {
    (benchmark_id(), any::<bool>(), texts(), option::of(any::<u32>())).prop_map(
        |(id, is_ignored, calibration, thread_count_max)| BenchmarkRecord {
            id,
            is_ignored,
            calibration: Calibration(calibration),
            thread_count_max,
        },
    )
}

fn plan() -> impl Strategy<Value = Plan> {
    let cpus = || vec(any::<u32>(), 0..3);
    let times = (any::<u64>(), option::of(any::<u64>()), any::<u64>(), any::<u64>());
    let flags = (prop_oneof![Just(Aslr::Random), Just(Aslr::Fixed)], any::<bool>());
    let looks = (text(), option::of(text()), vec(any::<u32>(), 1..4))
        .prop_map(|(baseline, baseline_run, counts)| LookPlan { baseline, baseline_run, counts });
    let build = (vec(text(), 0..3), option::of(looks));
    (vec(text(), 0..3), any::<u32>(), times, cpus(), cpus(), flags, build).prop_map(
        |(
            filters,
            invocation_count,
            (time_ms, budget_ms, timeout_ms, seed),
            cpus,
            threaded_cpus,
            (aslr, includes_ignored),
            (build_arguments, looks),
        )| Plan {
            filters,
            invocation_count,
            time_ms,
            budget_ms,
            timeout_ms,
            seed,
            cpus,
            threaded_cpus,
            aslr,
            includes_ignored,
            build_arguments,
            looks,
        },
    )
}

/// Looks that end and go on with benchmarks of the list.
fn look(benchmarks: &[BenchmarkRecord], number: u32) -> impl Strategy<Value = LookRecord> + use<> {
    let one = proptest::sample::select(benchmarks.iter().map(|record| record.id.clone()).collect::<Vec<_>>());
    let spent = prop_oneof![
        text().prop_map(Spent::Decided),
        text().prop_map(Spent::Hopeless),
        Just(Spent::Exhausted)
    ];
    let end = (one.clone(), spent).prop_map(|(benchmark, spent)| LookEnd { benchmark, spent });
    let scheduled = (any::<u32>(), any::<u32>(), vec(one, 1..3), any::<u32>()).prop_map(
        |(index, block, benchmarks, padding_bytes)| Scheduled { index, block, benchmarks, padding_bytes },
    );
    (text(), any::<u32>(), vec(end, 0..3), vec(scheduled, 0..4)).prop_map(
        move |(looked_at, invocation_count, ended, schedule)| LookRecord {
            number,
            looked_at,
            invocation_count,
            ended,
            schedule,
        },
    )
}

fn fact() -> impl Strategy<Value = Fact> {
    let value = prop_oneof![
        any::<bool>().prop_map(FactValue::Bool),
        any::<i64>().prop_map(FactValue::Integer),
        number().prop_map(FactValue::Number),
        text().prop_map(FactValue::Text),
        vec(text(), 0..3).prop_map(FactValue::List),
        text().prop_map(FactValue::Absent),
    ];
    let class = Union::new(
        [FactClass::Machine, FactClass::Configuration, FactClass::Build, FactClass::Explanation].map(Just),
    );
    (class, value, text()).prop_map(|(class, value, source)| Fact { class, value, source })
}

pub(super) fn session(number: u32) -> impl Strategy<Value = SessionRecord> {
    (text(), btree_map(text(), fact(), 0..6), vec(knob(), 0..3)).prop_map(
        move |(started_at, facts, tuning)| SessionRecord {
            number,
            started_at,
            environment: Environment { facts },
            tuning,
        },
    )
}

fn knob() -> impl Strategy<Value = KnobRecord> {
    let outcome = Union::new(SettingOutcome::ALL.map(Just));
    let maybe = || option::of(text());
    let setting = (text(), maybe(), text(), maybe(), outcome, maybe()).prop_map(
        |(path, original, wanted, reached, outcome, reason)| Setting {
            path,
            original,
            wanted,
            reached,
            outcome,
            reason,
        },
    );
    (text(), vec(setting, 0..3), maybe()).prop_map(|(knob, settings, nothing_here)| KnobRecord {
        knob,
        settings,
        nothing_here,
    })
}

fn values() -> impl Strategy<Value = Values> {
    let sample = (number(), number()).prop_map(|(iterations, total)| Sample { iterations, total });
    let printed =
        || (text(), number(), number()).prop_map(|(text, value, step)| Printed { text, value, step });
    let summary = (printed(), printed(), printed(), printed(), any::<u64>(), any::<u64>()).prop_map(
        |(fastest, slowest, median, mean, sample_count, iteration_count)| Summary {
            fastest,
            slowest,
            median,
            mean,
            sample_count,
            iteration_count,
        },
    );
    let center = (printed(), printed()).prop_map(|(median, deviation)| Values::Center { median, deviation });
    prop_oneof![vec(sample, 0..6).prop_map(Values::Samples), summary.prop_map(Values::Summary), center]
}

fn measurement() -> impl Strategy<Value = Measurement> {
    let throughput = (text(), number()).prop_map(|(kind, per_iteration)| Throughput { kind, per_iteration });
    (text(), text(), values(), vec(throughput, 0..3), texts()).prop_map(
        |(metric, unit, values, throughput, settings)| Measurement {
            metric: MetricId(metric),
            unit,
            values,
            throughput,
            settings,
        },
    )
}

/// Benchmarks of the invocation's own target, and of others.
fn observation(home: TargetId) -> impl Strategy<Value = Observation> {
    let outcome = prop_oneof![
        Just(Outcome::Ok),
        (text(), text()).prop_map(|(reason, tail)| Outcome::Failed { reason, tail }),
        (any::<u64>(), text()).prop_map(|(limit_ms, tail)| Outcome::TimedOut { limit_ms, tail }),
        text().prop_map(|reason| Outcome::Missing { reason }),
    ];
    (benchmark_id(), any::<bool>(), outcome, vec(measurement(), 0..3)).prop_map(
        move |(mut benchmark, is_home, outcome, measurements)| {
            if is_home {
                benchmark.target = home.clone();
            }
            Observation { benchmark, outcome, measurements }
        },
    )
}

pub(super) fn invocation(index: u32, session_count: u32) -> impl Strategy<Value = Invocation> {
    let exit = prop_oneof![
        any::<i32>().prop_map(Exit::Code),
        any::<i32>().prop_map(Exit::Signal),
        any::<u64>().prop_map(|limit_ms| Exit::TimedOut { limit_ms }),
        Just(Exit::NotStarted),
    ];
    let reading = prop_oneof![number().prop_map(Reading::Value), text().prop_map(Reading::Absent)];
    let taint = (Union::new(TaintRule::ALL.iter().map(|rule| Just(*rule))), text())
        .prop_map(|(rule, detail)| Taint { rule, detail });
    let process = (vec(text(), 0..3), vec(any::<u32>(), 0..3), any::<u32>(), text(), any::<u64>(), exit);
    let host = (btree_map(text(), reading, 0..6), vec(taint, 0..3), vec(warning(), 0..3));
    let observations = target_id().prop_flat_map(|home| (vec(observation(home.clone()), 0..3), Just(home)));
    (1..=session_count, observations, process, host).prop_map(
        move |(
            session,
            (observations, target),
            (arguments, cpus, padding_bytes, started_at, wall_ns, exit),
            host,
        )| {
            let (signals, taints, warnings) = host;
            Invocation {
                index,
                session,
                target,
                arguments,
                cpus,
                padding_bytes,
                started_at,
                wall_ns,
                exit,
                observations,
                signals,
                taints,
                warnings,
            }
        },
    )
}

/// Kernels without what they gave.
fn canary() -> impl Strategy<Value = CanaryRecord> {
    let kernel = (text(), any::<u64>()).prop_map(|(id, units)| KernelRecord { id, units });
    let record =
        (option::of(text()), any::<bool>(), vec(kernel, 1..4)).prop_map(|(sha256, is_optimised, kernels)| {
            CanaryRecord { sha256, is_optimised, kernels, invocations: Vec::new() }
        });
    prop_oneof![Just(CanaryRecord::default()), record]
}

/// Schedules point at listed benchmarks; equal benchmarks may be listed twice.
fn benchmarks_and_schedule()
-> impl Strategy<Value = (Vec<BenchmarkRecord>, CanaryRecord, Vec<Scheduled>, Vec<LookRecord>)> {
    (vec(benchmark(), 1..5), canary()).prop_flat_map(|(benchmarks, canary)| {
        let ids: Vec<BenchmarkId> = benchmarks.iter().map(|record| record.id.clone()).collect();
        let some = vec(proptest::sample::select(ids), 0..4);
        let kernels = canary.benchmark_ids();
        let some = if kernels.is_empty() { some.boxed() } else { prop_oneof![some, Just(kernels)].boxed() };
        let scheduled = (any::<u32>(), any::<u32>(), some, any::<u32>()).prop_map(
            |(index, block, benchmarks, padding_bytes)| Scheduled { index, block, benchmarks, padding_bytes },
        );
        let looks = vec(look(&benchmarks, 1), 0..3);
        (Just(benchmarks), Just(canary), vec(scheduled, 0..6), looks)
    })
}

fn provenance() -> impl Strategy<Value = Provenance> {
    let optional = || option::of(text());
    let source = || {
        (optional(), optional(), optional(), option::of(any::<u64>())).prop_map(
            |(rev, dirty_rev, nar_hash, last_modified)| NixSource { rev, dirty_rev, nar_hash, last_modified },
        )
    };
    let output = || (optional(), optional()).prop_map(|(drv, out)| NixOutput { drv, out });
    let toolchain = (optional(), output()).prop_map(|(channel, output)| NixToolchain { channel, output });
    let told = (optional(), optional(), optional(), optional());
    let parts = (option::of(source()), btree_map(text(), source(), 0..3), option::of(toolchain));
    let outputs = (option::of(output()), option::of(output()));
    (told, parts, outputs, texts(), texts()).prop_map(
        |(
            (system, flake_lock_sha256, cargo_lock_sha256, nixpkgs_version),
            (source, inputs, toolchain),
            (benches, lab),
            profile,
            tools,
        )| Provenance {
            system,
            source,
            flake_lock_sha256,
            cargo_lock_sha256,
            inputs,
            nixpkgs_version,
            benches,
            lab,
            toolchain,
            profile,
            tools,
        },
    )
}

/// A Run that is open and sound: sessions from 1 on, invocations of them with indexes from 0 on.
pub(super) fn run() -> impl Strategy<Value = Run> {
    let revision = (option::of(text()), option::of(text()), option::of(any::<bool>()))
        .prop_map(|(commit, branch, is_dirty)| Revision { commit, branch, is_dirty });
    let measured = (1..4_u32, 0..5_u32).prop_flat_map(|(session_count, invocation_count)| {
        let sessions: Vec<_> = (1..=session_count).map(session).collect();
        let invocations: Vec<_> =
            (0..invocation_count).map(|index| invocation(index, session_count)).collect();
        let canaries: Vec<_> =
            (invocation_count..invocation_count + 2).map(|index| invocation(index, session_count)).collect();
        (sessions, invocations, canaries)
    });
    let head = (text(), text(), text(), text(), revision, option::of(provenance()));
    (head, plan(), vec(target(), 0..3), benchmarks_and_schedule(), measured, vec(warning(), 0..3)).prop_map(
        |(head, plan, targets, (benchmarks, mut canary, schedule, looks), measured, warnings)| {
            let (sessions, invocations, canaries) = measured;
            if !canary.kernels.is_empty() {
                let ours = |row| Invocation { target: TargetId::canary(), ..row };
                canary.invocations = canaries.into_iter().map(ours).collect();
            }
            let (id, lab_version, created_at, workspace, revision, provenance) = head;
            Run {
                id,
                lab_version,
                created_at,
                workspace,
                revision,
                provenance,
                plan,
                targets,
                benchmarks,
                canary,
                schedule,
                sessions,
                invocations,
                looks,
                warnings,
                state: State::Open,
            }
        },
    )
}
