//! What the version 1 fixture of a match says, spelled out: a duel in turns, one of processes, one that is broken.

use std::collections::BTreeMap;

use lab_core::model::{
    Aslr, BenchmarkId, BenchmarkRecord, Calibration, DuelRecord, Entrant, Environment, FactClass, FactValue,
    Footing, Grain, Launch, Match, MatchPlan, MatchSeal, MatchState, Outcome, Revision, Round, SessionRecord,
    Side, Slice, TargetId, TargetRecord, Warning, WitnessSource,
};

pub(crate) const MATCH: &str = "20260802T081500Z-77aa001";

fn point() -> TargetId {
    TargetId::new("reedbase", "point")
}

/// The match that the fixture holds.
pub(crate) fn a_match() -> Match {
    let mut environment = Environment::default();
    environment.insert(
        "cpu.model",
        FactClass::Machine,
        "/proc/cpuinfo",
        FactValue::Text("AMD EPYC 7B13".into()),
    );
    let session = SessionRecord {
        number: 1,
        started_at: "2026-08-02T08:15:00Z".into(),
        environment,
        tuning: Vec::new(),
    };
    Match {
        id: MATCH.into(),
        lab_version: "0.1.0".into(),
        created_at: "2026-08-02T08:15:00Z".into(),
        workspace: "/home/me/reedbase".into(),
        plan: plan(),
        sides: [
            entrant("main", "2e3b9d9c5fe24f51a1d2fd4c8b6b5c0f6d1f3a77", false),
            entrant("working tree", "77aa0017b0c9e1f2a3b4c5d6e7f8091a2b3c4d5e", true),
        ],
        differing_inputs: vec!["data/words.txt".into()],
        sessions: vec![session],
        duels: duels(),
        launches: launches(),
        warnings: vec![Warning::new("lock_not_in_revision", "Cargo.lock", "built with the current one")],
        state: MatchState::Sealed(MatchSeal {
            sealed_at: "2026-08-02T08:15:09Z".into(),
            launch_count: 4,
            launches_sha256: "aed4453bcbca1edefec51a7462beeadbf60a92609671ab868ad43bd3e38d7a64".into(),
            cut_short: Some("budget of 9 s reached with 1 benchmark undecided".into()),
        }),
    }
}

fn plan() -> MatchPlan {
    MatchPlan {
        filters: vec!["get|scan".into()],
        launch_max: 80,
        time_ms: 100,
        budget_ms: Some(9000),
        timeout_ms: 60_000,
        seed: 12_345_678_901_234_567_890,
        cpus: vec![2],
        threaded_cpus: vec![2, 3],
        aslr: Aslr::Random,
        includes_ignored: false,
        build_arguments: vec!["--profile".into(), "bench".into()],
        policy: Some("alpha = 0.01\n".into()),
        metric: Some("wall_ns".into()),
        margin: Some(0.0125),
        witness: WitnessSource::Auto,
        layouts: None,
    }
}

fn entrant(name: &str, commit: &str, is_dirty: bool) -> Entrant {
    let mut environment = Environment::default();
    environment.insert("rustc.release", FactClass::Build, "rustc -vV", FactValue::Text("1.95.0".into()));
    let digest = commit[..2].repeat(32);
    let target = TargetRecord {
        id: point(),
        harness: Some("divan".into()),
        harness_version: Some("0.1.21".into()),
        executable: Some("/home/me/.cache/bench-lab/builds/4f2a/executables/point".into()),
        sha256: Some(digest.clone()),
        build_id: None,
        source: "benches/point.rs".into(),
        skip: None,
    };
    let record = |path: &str| BenchmarkRecord {
        id: BenchmarkId::new(point(), path),
        is_ignored: false,
        calibration: Calibration::default(),
        thread_count_max: None,
    };
    Entrant {
        name: name.into(),
        revision: Revision {
            commit: Some(commit.into()),
            branch: (!is_dirty).then(|| "main".into()),
            is_dirty: Some(is_dirty),
        },
        files_sha256: digest,
        environment,
        targets: vec![target],
        benchmarks: vec![record("get"), record("scan"), record(if is_dirty { "range" } else { "between" })],
    }
}

fn duels() -> Vec<DuelRecord> {
    let terms = BTreeMap::from([("primary".to_owned(), "cycles".to_owned())]);
    let duel = |path: &str, footing| DuelRecord {
        benchmark: BenchmarkId::new(point(), path),
        renamed_from: None,
        footing,
        testimony: None,
    };
    let renamed = DuelRecord {
        renamed_from: Some(BenchmarkId::new(point(), "between")),
        ..duel("range", Footing::Broken)
    };
    vec![duel("get", Footing::Ready(Calibration(terms))), renamed, duel("scan", Footing::Identical)]
}

fn launches() -> Vec<Launch> {
    let slice = |wall_ns: u64| Slice {
        wall_ns,
        cycles: Some(wall_ns * 3),
        instructions: Some(2_000_000),
        task_clock_ns: Some(wall_ns - 1000),
    };
    let bare = |wall_ns| Slice { wall_ns, cycles: None, instructions: None, task_clock_ns: None };
    let round = |first, baseline, candidate| Round { first, iterations: 5000, baseline, candidate };
    let launch = |index, path: &str| Launch {
        index,
        benchmark: BenchmarkId::new(point(), path),
        grain: Grain::Slices,
        starter: Side::Baseline,
        layout: 0,
        padding_bytes: [17, 3001],
        started_at: "2026-08-02T08:15:01.25Z".into(),
        wall_ns: 45_000_123,
        outcome: Outcome::Ok,
        rounds: Vec::new(),
        warnings: Vec::new(),
    };
    let turns = Launch {
        rounds: vec![
            round(Side::Baseline, slice(501_000), slice(530_250)),
            round(Side::Candidate, slice(503_100), slice(529_000)),
        ],
        ..launch(0, "get")
    };
    let processes = Launch {
        grain: Grain::Processes,
        starter: Side::Candidate,
        layout: 2,
        rounds: vec![round(Side::Candidate, bare(501_000), bare(530_250))],
        warnings: vec![Warning::new("output_cut", "point", "12 bytes in the middle were not kept")],
        ..launch(1, "get")
    };
    let failed = Outcome::Failed { reason: "candidate: panicked".into(), tail: "index out of bounds".into() };
    let late = Outcome::TimedOut { limit_ms: 60_000, tail: String::new() };
    vec![
        turns,
        processes,
        Launch { outcome: failed, ..launch(0, "range") },
        Launch { outcome: late, ..launch(2, "get") },
    ]
}
