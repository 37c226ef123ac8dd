//! Stored matches with one benchmark, made without measuring anything.
//!
//! Their numbers are made up; which verdict follows from them is known.

use bench_lab::store::{Location, Origin, Store};
use lab_core::model::{
    Aslr, BenchmarkId, BenchmarkRecord, Calibration, Entrant, Environment, FactClass, FactValue, Grain,
    Launch, Match, MatchPlan, MatchState, Outcome, Revision, Round, SessionRecord, Side, Slice, TargetId,
    WitnessSource,
};

use crate::bench_lab::Place;

/// Keeps a match on a machine, in which `read` became slower by this logarithm, and gives its id.
pub(crate) fn keep_match(place: &Place, machine: &str, candidate: &str, log: f64) -> String {
    let location = Location { path: place.store(), origin: Origin::Flag };
    let store = Store::create(&location).unwrap();
    let mut open = store.create_match(&one_match(machine, candidate)).unwrap();
    for index in 0..12_u32 {
        let side = if index % 2 == 0 { 1.0 } else { -1.0 };
        let own = log + side * 0.004 * f64::from(index + 1) / 12.0;
        open.append(&launch(index, own)).unwrap();
    }
    let id = open.id().to_owned();
    open.seal(None).unwrap();
    id
}

fn benchmark() -> BenchmarkId {
    BenchmarkId::new(TargetId::new("p", "t"), "read")
}

fn one_match(machine: &str, candidate: &str) -> Match {
    let mut environment = Environment::default();
    let text = || FactValue::Text(machine.into());
    environment.insert("machine.name", FactClass::Explanation, "test", text());
    environment.insert("cpu.model", FactClass::Machine, "test", text());
    let side = |commit: &str| Entrant {
        name: commit.into(),
        revision: Revision {
            commit: Some(commit.repeat(40)),
            branch: Some("main".into()),
            is_dirty: Some(false),
        },
        files_sha256: commit.repeat(64),
        environment: Environment::default(),
        targets: Vec::new(),
        benchmarks: vec![BenchmarkRecord {
            id: benchmark(),
            is_ignored: false,
            calibration: Calibration::default(),
            thread_count_max: Some(1),
        }],
    };
    let created_at = "2026-08-02T10:15:00Z".to_owned();
    Match {
        id: String::new(),
        lab_version: "0.1.0".into(),
        created_at: created_at.clone(),
        workspace: "/home/me/p".into(),
        plan: MatchPlan {
            filters: Vec::new(),
            launch_max: 80,
            time_ms: 100,
            budget_ms: None,
            timeout_ms: 60_000,
            seed: 1,
            cpus: vec![1],
            threaded_cpus: vec![1],
            aslr: Aslr::Random,
            includes_ignored: false,
            build_arguments: Vec::new(),
            policy: None,
            metric: None,
            margin: None,
            witness: WitnessSource::Auto,
            layouts: None,
        },
        sides: [side("a"), side(candidate)],
        differing_inputs: Vec::new(),
        sessions: vec![SessionRecord { number: 1, started_at: created_at, environment, tuning: Vec::new() }],
        duels: Vec::new(),
        launches: Vec::new(),
        warnings: Vec::new(),
        state: MatchState::Open,
    }
}

fn launch(index: u32, log: f64) -> Launch {
    let slice = |wall_ns: f64| Slice {
        wall_ns: wall_ns as u64,
        cycles: None,
        instructions: None,
        task_clock_ns: None,
    };
    Launch {
        index,
        benchmark: benchmark(),
        grain: Grain::Slices,
        starter: Side::Baseline,
        layout: 0,
        padding_bytes: [0, 0],
        started_at: "2026-08-02T10:15:00Z".into(),
        wall_ns: 50_000_000,
        outcome: Outcome::Ok,
        rounds: vec![Round {
            first: Side::Baseline,
            iterations: 1,
            baseline: slice(1e9),
            candidate: slice(1e9 * log.exp()),
        }],
        warnings: Vec::new(),
    }
}
