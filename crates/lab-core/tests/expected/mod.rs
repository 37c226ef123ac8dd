//! What the version 1 fixtures say, spelled out: both harnesses, two sessions, every outcome, absent signals.

mod canary;
mod grown;
mod prebuilt;

use lab_core::model::{
    Aslr, BenchmarkId, BenchmarkRecord, Calibration, CanaryRecord, Environment, Exit, FactClass, FactValue,
    Invocation, Measurement, MetricId, Observation, Outcome, Plan, Printed, Reading, Revision, Run, Sample,
    Scheduled, Seal, SessionRecord, Signals, Skip, State, Summary, Taint, TaintRule, TargetId, TargetRecord,
    Throughput, Values, Warning,
};

pub(crate) use canary::{WITH_CANARIES, with_canaries};
pub(crate) use grown::{GROWN, grown};
pub(crate) use prebuilt::{PREBUILT, prebuilt};

pub(crate) const FINISHED: &str = "20260801T101500Z-2e3b9d9";
pub(crate) const INTERRUPTED: &str = "20260801T101500Z-2e3b9d9-2";

fn core() -> TargetId {
    TargetId::new("reedbase", "core")
}

fn point() -> TargetId {
    TargetId::new("reedbase", "point")
}

/// The Run that the finished fixture holds.
pub(crate) fn finished() -> Run {
    Run {
        id: FINISHED.into(),
        lab_version: "0.1.0".into(),
        created_at: "2026-08-01T10:15:00Z".into(),
        workspace: "/home/me/reedbase".into(),
        revision: Revision {
            commit: Some("2e3b9d9c5fe24f51a1d2fd4c8b6b5c0f6d1f3a77".into()),
            branch: Some("main".into()),
            is_dirty: Some(true),
        },
        plan: plan(),
        targets: targets(),
        benchmarks: benchmarks(),
        canary: CanaryRecord::default(),
        schedule: schedule(),
        sessions: vec![first_session(), second_session()],
        invocations: invocations(),
        warnings: vec![
            Warning::new(
                "flags_ignored",
                "reedbase/core",
                "sample_size(10) in the code beats the one asked for",
            ),
            Warning::new(
                "given_up",
                "reedbase/point/remove",
                "failed too often; its other invocations are left out",
            ),
        ],
        provenance: None,
        looks: Vec::new(),
        state: State::Sealed(Seal {
            sealed_at: "2026-08-01T11:02:09Z".into(),
            invocation_count: 5,
            canary_count: 0,
            invocations_sha256: "1af25ba3152b0b01438979a42e14ecb70c1b952576cb455165ac4b9c27bf8f05".into(),
            cut_short: Some("budget of 600 s reached after 1 of 2 blocks".into()),
        }),
    }
}

fn plan() -> Plan {
    Plan {
        filters: vec!["insert|get|remove".into()],
        invocation_count: 2,
        time_ms: 100,
        budget_ms: Some(600_000),
        timeout_ms: 60_000,
        seed: 12_345_678_901_234_567_890,
        cpus: vec![2],
        threaded_cpus: vec![2, 3],
        aslr: Aslr::Random,
        includes_ignored: false,
        build_arguments: vec!["--features".into(), "simd".into()],
        looks: None,
    }
}

fn targets() -> Vec<TargetRecord> {
    let skipped = |name: &str, skip| TargetRecord {
        id: TargetId::new("reedbase", name),
        harness: None,
        harness_version: None,
        executable: None,
        sha256: None,
        build_id: None,
        source: format!("crates/reedbase/benches/{name}.rs"),
        skip: Some(skip),
    };
    let built = |id: TargetId, harness: &str, version: &str, digit: &str| TargetRecord {
        harness: Some(harness.into()),
        harness_version: Some(version.into()),
        executable: Some(format!("/home/me/reedbase/target/release/deps/{}-0f3c", id.name)),
        sha256: Some(digit.repeat(64)),
        build_id: Some(digit.repeat(40)),
        source: format!("crates/reedbase/benches/{}.rs", id.name),
        id,
        skip: None,
    };
    vec![
        built(core(), "criterion", "0.8.2", "a"),
        built(point(), "divan", "0.1.21", "b"),
        skipped("broken", Skip::BuildFailed("error[E0425]: cannot find value `x` in this scope".into())),
        skipped("simd", Skip::NeedsFeatures(vec!["avx512".into()])),
        skipped("nightly", Skip::UnknownHarness("libtest needs a nightly toolchain".into())),
        skipped("silent", Skip::ListFailed("exited with code 3: no such option".into())),
        skipped("empty", Skip::NoBenchmarks),
    ]
}

fn benchmarks() -> Vec<BenchmarkRecord> {
    let record = |id, thread_count_max| BenchmarkRecord {
        id,
        is_ignored: false,
        calibration: Calibration::default(),
        thread_count_max,
    };
    let calibration = [("sample-count", "100"), ("sample-size", "64")];
    let calibration = calibration.map(|(name, value)| (name.to_owned(), value.to_owned()));
    vec![
        record(BenchmarkId::new(core(), "insert/1000 keys"), Some(1)),
        BenchmarkRecord {
            calibration: Calibration(calibration.into()),
            ..record(BenchmarkId::new(point(), "get"), Some(4))
        },
        record(BenchmarkId { occurrence: 2, ..BenchmarkId::new(point(), "get") }, None),
        BenchmarkRecord { is_ignored: true, ..record(BenchmarkId::new(point(), "remove"), None) },
    ]
}

fn schedule() -> Vec<Scheduled> {
    let ids: Vec<BenchmarkId> = benchmarks().into_iter().map(|record| record.id).collect();
    let order =
        [(0, vec![1], 1744), (0, vec![0], 32), (0, vec![2, 3], 0), (1, vec![0], 4080), (1, vec![3], 16)];
    order
        .into_iter()
        .zip(0..)
        .map(|((block, places, padding_bytes), index)| Scheduled {
            index,
            block,
            benchmarks: places.into_iter().map(|place: usize| ids[place].clone()).collect(),
            padding_bytes,
        })
        .collect()
}

fn first_session() -> SessionRecord {
    let mut environment = Environment::default();
    let mut fact = |name: &str, class, source: &str, value| environment.insert(name, class, source, value);
    let text = |text: &str| FactValue::Text(text.into());
    fact("cpu.model", FactClass::Machine, "/proc/cpuinfo", text("AMD EPYC 7B13"));
    fact("cpu.count", FactClass::Machine, "/sys/devices/system/cpu/online", FactValue::Integer(4));
    fact("memory.total_bytes", FactClass::Machine, "/proc/meminfo", FactValue::Integer(16_777_216_000));
    fact("clock.nominal_ghz", FactClass::Machine, "cpuid 0x16", FactValue::Number(2.45));
    fact(
        "aslr.enabled",
        FactClass::Configuration,
        "/proc/sys/kernel/randomize_va_space",
        FactValue::Bool(true),
    );
    fact(
        "frequency.governor",
        FactClass::Configuration,
        "/sys/devices/system/cpu/cpu2/cpufreq",
        FactValue::Absent("no cpufreq: virtual machine".into()),
    );
    fact(
        "build.rustflags",
        FactClass::Build,
        "RUSTFLAGS",
        FactValue::List(vec!["-C".into(), "target-cpu=native".into()]),
    );
    fact("boot.id", FactClass::Explanation, "/proc/sys/kernel/random/boot_id", text("8f0c2d1e"));
    SessionRecord { number: 1, started_at: "2026-08-01T10:15:01Z".into(), environment, tuning: Vec::new() }
}

/// After a restart: another boot, everything else as before.
fn second_session() -> SessionRecord {
    let mut session = first_session();
    session.number = 2;
    session.started_at = "2026-08-01T10:58:40Z".into();
    let boot = FactValue::Text("1b77aa02".into());
    session.environment.insert("boot.id", FactClass::Explanation, "/proc/sys/kernel/random/boot_id", boot);
    session
}

fn invocations() -> Vec<Invocation> {
    vec![divan(), criterion(), whole_target(), panicked(), timed_out()]
}

/// What the rows have in common.
fn row(index: u32, target: TargetId, observations: Vec<Observation>) -> Invocation {
    let padding_bytes = schedule()[index as usize].padding_bytes;
    Invocation {
        index,
        session: 1,
        target,
        arguments: vec!["--bench".into()],
        cpus: vec![2],
        padding_bytes,
        started_at: format!("2026-08-01T10:15:0{index}.250Z"),
        wall_ns: 182_344_551,
        exit: Exit::Code(0),
        observations,
        signals: signals(),
        taints: Vec::new(),
        warnings: Vec::new(),
    }
}

fn signals() -> Signals {
    let denied = || Reading::Absent("perf_event_open: permission denied".into());
    [
        ("cpu_user_ns", Reading::Value(171_002_000.0)),
        ("temperature_celsius", Reading::Value(41.5)),
        ("cycles_count", denied()),
        ("instructions_count", denied()),
        ("clock_ghz", Reading::Absent("no cycle count".into())),
    ]
    .map(|(id, reading)| (id.to_owned(), reading))
    .into()
}

fn observation(id: &BenchmarkId, outcome: Outcome, measurements: Vec<Measurement>) -> Observation {
    Observation { benchmark: id.clone(), outcome, measurements }
}

fn printed(text: &str, value: f64, step: f64) -> Printed {
    Printed { text: text.into(), value, step }
}

fn divan() -> Invocation {
    let time = Summary {
        fastest: printed("1.208 ns", 1.208, 0.001),
        slowest: printed("9.012 ns", 9.012, 0.001),
        median: printed("1.25 ns", 1.25, 0.01),
        mean: printed("1.313 ns", 1.313, 0.001),
        sample_count: 100,
        iteration_count: 6400,
    };
    let bytes = Summary {
        fastest: printed("96 B", 96.0, 1.0),
        slowest: printed("96 B", 96.0, 1.0),
        median: printed("96 B", 96.0, 1.0),
        mean: printed("96 B", 96.0, 1.0),
        ..time.clone()
    };
    let measurement = |metric: &str, unit: &str, summary| Measurement {
        metric: MetricId(metric.into()),
        unit: unit.into(),
        values: Values::Summary(summary),
        throughput: Vec::new(),
        settings: Default::default(),
    };
    let measurements = vec![measurement("wall_ns", "ns", time), measurement("alloc_bytes", "bytes", bytes)];
    let mut invocation = row(0, point(), vec![observation(&benchmarks()[1].id, Outcome::Ok, measurements)]);
    invocation.arguments = ["--bench", "--exact", "get"].map(str::to_owned).to_vec();
    invocation.cpus = vec![2, 3];
    invocation
}

fn criterion() -> Invocation {
    let samples = [(1, 35_120.0), (2, 70_544.5), (3, 104_998.0)];
    let samples = samples.map(|(iterations, total)| Sample { iterations: f64::from(iterations), total });
    let measurement = Measurement {
        metric: MetricId::wall_ns(),
        unit: "ns".into(),
        values: Values::Samples(samples.to_vec()),
        throughput: vec![Throughput { kind: "elements".into(), per_iteration: 1000.0 }],
        settings: [("sample_size".to_owned(), "10".to_owned())].into(),
    };
    let mut invocation =
        row(1, core(), vec![observation(&benchmarks()[0].id, Outcome::Ok, vec![measurement])]);
    invocation.arguments.push("insert/1000 keys".into());
    invocation.taints = vec![
        Taint { rule: TaintRule::Steal, detail: "steal 3.1 % of wall".into() },
        Taint { rule: TaintRule::Preempted, detail: "switched out 14 times".into() },
    ];
    invocation.warnings = vec![Warning::new("pinning_refused", "", "sched_setaffinity: not permitted")];
    invocation
}

/// A target that cannot select: one benchmark is gone, and a neighbour from another target ran unasked.
fn whole_target() -> Invocation {
    let gone = Outcome::Missing { reason: "listed, and its process ended without it".into() };
    let zero = Outcome::Failed { reason: "measured no time".into(), tail: String::new() };
    let unasked = BenchmarkId::new(core(), "insert/1000 keys");
    row(
        2,
        point(),
        vec![observation(&benchmarks()[2].id, gone, Vec::new()), observation(&unasked, zero, Vec::new())],
    )
}

fn panicked() -> Invocation {
    let outcome = Outcome::Failed {
        reason: "panicked".into(),
        tail: "thread 'main' panicked at benches/core.rs:12:9:\nindex out of bounds".into(),
    };
    let mut invocation = row(3, core(), vec![observation(&benchmarks()[0].id, outcome, Vec::new())]);
    invocation.exit = Exit::Signal(6);
    invocation.cpus = Vec::new();
    invocation
}

fn timed_out() -> Invocation {
    let outcome = Outcome::TimedOut { limit_ms: 60_000, tail: "Benchmarking remove: warming up".into() };
    let mut invocation = row(4, point(), vec![observation(&benchmarks()[3].id, outcome, Vec::new())]);
    invocation.session = 2;
    invocation.exit = Exit::TimedOut { limit_ms: 60_000 };
    invocation.wall_ns = 60_004_100_200;
    invocation.started_at = "2026-08-01T10:58:41.000Z".into();
    invocation
}
