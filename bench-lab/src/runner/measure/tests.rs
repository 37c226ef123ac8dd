//! The loop without processes: a benchmark called `bad` fails, one called `hangs` outlives its limit, all others work.

use std::sync::atomic::{AtomicBool, Ordering};

use lab_core::model::{Aslr, Environment, KernelRecord, Run, SessionRecord, State, TargetId};
use lab_core::schedule::{self, Unit};

use super::*;
use crate::runner::event::Observer;
use crate::runner::fake::{completed, id, prepared};
use crate::runner::spawn::{Finished, Launch};
use crate::store::{Location, Origin, Store};

/// Keeps the events as words.
#[derive(Default)]
struct Heard(Vec<String>);

impl Observer for Heard {
    fn notice(&mut self, event: &Event<'_>) {
        self.0.push(match event {
            Event::Started { number, of, remaining, .. } => format!("{number}/{of} {remaining:?}"),
            Event::Finished { remaining, .. } => format!("left {remaining:?}"),
            Event::Warned(warning) => format!("{}: {warning}", warning.kind),
            other => format!("{other:?}"),
        });
    }
}

/// A Run of some benchmarks in a store of its own.
struct Bench {
    _folder: tempfile::TempDir,
    store: Store,
    run: Run,
    prepared: Vec<Prepared>,
    canary: Option<Prepared>,
    heard: Heard,
    stop: AtomicBool,
    /// What was started, in order.
    started: Vec<String>,
    /// Raises the stop flag when that many have been started.
    stops_after: usize,
    pace: Pace,
    began: Instant,
}

impl Bench {
    fn new(paths: &[&str], invocation_count: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let location = Location { path: folder.path().join("store"), origin: Origin::Flag };
        let prepared = prepared(paths);
        Self {
            store: Store::create(&location).unwrap(),
            _folder: folder,
            run: run(&prepared, invocation_count),
            prepared: vec![prepared],
            canary: None,
            heard: Heard::default(),
            stop: AtomicBool::new(false),
            started: Vec::new(),
            stops_after: usize::MAX,
            pace: Pace::default(),
            began: Instant::now(),
        }
    }

    fn measure(&mut self, open: &mut OpenRun, schedule: &[Scheduled], earlier: &[Invocation]) -> Ending {
        let work = Work {
            plan: &self.run.plan,
            prepared: &self.prepared,
            canary: self.canary.as_ref(),
            schedule,
            earlier,
            session: 1,
            began: self.began,
            thresholds: Thresholds::default(),
        };
        let mut execute = |launch: &Launch<'_>| -> Result<Finished, SpawnError> {
            if self.started.len() == self.stops_after {
                self.stop.store(true, Ordering::SeqCst);
                return Ok(Finished::Interrupted);
            }
            self.started.push(launch.spec.arguments.join("+"));
            Ok(Finished::Completed(Box::new(completed())))
        };
        let mut context = Context { execute: &mut execute, observer: &mut self.heard, stop: &self.stop };
        measure(&mut context, open, &work, &mut self.pace).unwrap()
    }

    /// Measures the whole schedule and gives the stored Run.
    fn whole(&mut self) -> (Ending, Run) {
        let mut open = self.store.create_run(&self.run).unwrap();
        let schedule = self.run.schedule.clone();
        let ending = self.measure(&mut open, &schedule, &[]);
        drop(open);
        (ending, self.store.load("latest").unwrap().run)
    }

    fn started_count(&self, path: &str) -> usize {
        self.started.iter().filter(|started| *started == path).count()
    }

    fn warnings(&self) -> Vec<&String> {
        self.heard.0.iter().filter(|line| line.contains(": ")).collect()
    }
}

fn run(prepared: &Prepared, invocation_count: u32) -> Run {
    let units: Vec<Unit> = prepared.units();
    Run {
        id: String::new(),
        lab_version: "0".into(),
        created_at: "2026-08-01T10:15:00Z".into(),
        workspace: "/w".into(),
        revision: lab_core::model::Revision::default(),
        plan: Plan {
            filters: Vec::new(),
            invocation_count,
            time_ms: 1,
            budget_ms: None,
            timeout_ms: 1000,
            seed: 3,
            cpus: Vec::new(),
            threaded_cpus: Vec::new(),
            aslr: Aslr::Random,
            includes_ignored: false,
            build_arguments: Vec::new(),
            looks: None,
        },
        targets: Vec::new(),
        benchmarks: prepared.benchmarks.clone(),
        canary: lab_core::model::CanaryRecord::default(),
        schedule: schedule::lay_out(&units, invocation_count, 3),
        sessions: vec![SessionRecord {
            number: 1,
            started_at: "2026-08-01T10:15:00Z".into(),
            environment: Environment::default(),
            tuning: Vec::new(),
        }],
        invocations: Vec::new(),
        warnings: Vec::new(),
        provenance: None,
        looks: Vec::new(),
        state: State::Open,
    }
}

#[test]
fn every_scheduled_invocation_is_started_in_order_and_stored_once() {
    let mut bench = Bench::new(&["a", "b", "c"], 4);
    let (ending, stored) = bench.whole();
    assert_eq!(ending, Ending::Done);
    let expected: Vec<String> =
        bench.run.schedule.iter().map(|scheduled| scheduled.benchmarks[0].path.clone()).collect();
    assert_eq!(bench.started, expected);
    let indexes: Vec<u32> = stored.invocations.iter().map(|invocation| invocation.index).collect();
    assert_eq!(indexes, (0..12).collect::<Vec<_>>());
    assert_eq!(bench.heard.0.last().unwrap(), "left Some(0ns)");
}

#[test]
fn what_fails_twice_is_given_up_and_said_once() {
    let mut bench = Bench::new(&["a", "bad"], 5);
    let (ending, stored) = bench.whole();
    assert_eq!((ending, bench.started_count("bad"), bench.started_count("a")), (Ending::Done, 2, 5));
    assert_eq!(bench.warnings(), ["given_up: p/t/bad: is given up; 3 more invocations left out"]);
    assert_eq!(stored.warnings.len(), 1);
    assert_eq!(stored.invocations.len(), 7);
}

#[test]
fn what_hangs_once_is_given_up() {
    let mut bench = Bench::new(&["a", "hangs"], 5);
    let _ = bench.whole();
    assert_eq!((bench.started_count("hangs"), bench.started_count("a")), (1, 5));
}

#[test]
fn nothing_is_said_to_be_left_out_where_nothing_is_left() {
    let mut bench = Bench::new(&["bad"], 2);
    let (ending, _) = bench.whole();
    assert_eq!((ending, bench.started_count("bad")), (Ending::Done, 2));
    assert_eq!(bench.warnings(), Vec::<&String>::new());
}

#[test]
fn a_shared_process_goes_on_while_one_of_its_benchmarks_works() {
    let mut bench = Bench::new(&["a", "bad"], 4);
    bench.prepared[0].is_shared = true;
    bench.run.schedule = schedule::lay_out(&bench.prepared[0].units(), 4, 3);
    let _ = bench.whole();
    assert_eq!(bench.started, ["a+bad"; 4]);
}

#[test]
fn a_budget_that_fits_ends_nothing_early() {
    let mut bench = Bench::new(&["a", "b", "c"], 6);
    bench.run.plan.budget_ms = Some(100_000);
    for path in ["a", "b", "c"] {
        bench.pace.guess(&id(path), Duration::from_secs(30));
    }
    // A block of 90 s fits once; the others fit by what the first one was seen to take.
    let (ending, stored) = bench.whole();
    assert_eq!((ending, stored.invocations.len()), (Ending::Done, 18));
}

#[test]
fn a_spent_budget_ends_at_the_border_of_a_block() {
    let mut bench = Bench::new(&["a", "b", "c"], 6);
    bench.run.plan.budget_ms = Some(1000);
    bench.began = Instant::now() - Duration::from_secs(5);
    let (ending, stored) = bench.whole();
    assert_eq!(ending, Ending::BudgetSpent("budget of 1 s reached after 1 of 6 blocks".into()));
    assert_eq!(stored.invocations.len(), 3, "the first block is measured in any case, and as a whole");
    assert!(bench.warnings()[0].starts_with("budget_exceeded: one invocation of every benchmark"));
}

#[test]
fn a_block_that_begins_with_what_was_given_up_is_judged_too() {
    for seed in 0..20 {
        let mut bench = Bench::new(&["a", "hangs"], 6);
        bench.run.schedule = schedule::lay_out(&bench.prepared[0].units(), 6, seed);
        bench.run.plan.budget_ms = Some(1000);
        bench.began = Instant::now() - Duration::from_secs(5);
        let (ending, stored) = bench.whole();
        assert_eq!(ending, Ending::BudgetSpent("budget of 1 s reached after 1 of 6 blocks".into()));
        assert_eq!(stored.invocations.len(), 2);
    }
}

#[test]
fn an_interruption_keeps_what_is_finished_and_the_rest_is_what_remains() {
    let mut bench = Bench::new(&["a", "b", "c"], 4);
    bench.stops_after = 5;
    let (ending, first) = bench.whole();
    assert_eq!((ending, first.invocations.len()), (Ending::Stopped, 5));

    bench.stops_after = usize::MAX;
    bench.stop.store(false, Ordering::SeqCst);
    let mut resumed = bench.store.resume("latest").unwrap();
    let rest: Vec<Scheduled> = bench.run.schedule[5..].to_vec();
    assert_eq!(bench.measure(&mut resumed.open, &rest, &first.invocations), Ending::Done);
    let _ = resumed.open.seal(None).unwrap();
    let whole = bench.store.load("latest").unwrap().run;
    let indexes: Vec<u32> = whole.invocations.iter().map(|invocation| invocation.index).collect();
    assert_eq!(indexes, (0..12).collect::<Vec<_>>());
}

#[test]
fn what_was_given_up_before_an_interruption_stays_given_up() {
    let mut bench = Bench::new(&["a", "hangs"], 4);
    bench.stops_after = 3;
    let (_, first) = bench.whole();
    bench.stops_after = usize::MAX;
    bench.stop.store(false, Ordering::SeqCst);
    let mut resumed = bench.store.resume("latest").unwrap();
    let done: Vec<u32> = first.invocations.iter().map(|invocation| invocation.index).collect();
    let rest: Vec<Scheduled> =
        bench.run.schedule.iter().filter(|scheduled| !done.contains(&scheduled.index)).cloned().collect();
    assert_eq!(bench.measure(&mut resumed.open, &rest, &first.invocations), Ending::Done);
    assert_eq!((bench.started_count("hangs"), bench.started_count("a")), (1, 4));
}

#[test]
fn what_a_look_added_does_not_begin_when_the_budget_is_spent() {
    let mut bench = Bench::new(&["a", "b"], 6);
    bench.run.schedule.iter_mut().for_each(|scheduled| scheduled.block += 6);
    bench.run.plan.budget_ms = Some(1000);
    bench.began = Instant::now().checked_sub(Duration::from_secs(2)).unwrap();
    let (ending, stored) = bench.whole();
    assert_eq!(ending, Ending::BudgetSpent("budget of 1 s reached after 6 of 12 blocks".into()));
    assert_eq!((bench.started.len(), stored.invocations.len()), (0, 0));
    assert_eq!(bench.warnings(), [""; 0]);
}

#[test]
fn output_is_kept_of_failures_only() {
    let mut bench = Bench::new(&["a", "bad"], 1);
    let mut open = bench.store.create_run(&bench.run).unwrap();
    let schedule = bench.run.schedule.clone();
    let _ = bench.measure(&mut open, &schedule, &[]);
    let kept: Vec<_> = fs::read_dir(open.folder().join(crate::store::OUTPUT_FOLDER)).unwrap().collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
}

/// A Run with kernels of these names beside its benchmarks.
fn with_canary(paths: &[&str], kernels: &[&str]) -> Bench {
    let mut bench = Bench::new(paths, 4);
    let mut canary = prepared(kernels);
    canary.is_shared = true;
    canary.target.id = TargetId::canary();
    canary.benchmarks.iter_mut().for_each(|record| record.id.target = TargetId::canary());
    bench.run.canary.kernels = kernels.iter().map(|id| KernelRecord { id: (*id).into(), units: 1 }).collect();
    let unit = Unit { benchmarks: bench.run.canary.benchmark_ids() };
    bench.run.schedule = schedule::with_canary(bench.run.schedule.clone(), &unit, 3);
    bench.canary = Some(canary);
    bench
}

#[test]
fn canaries_are_measured_in_every_block_and_told_to_nobody() {
    let mut bench = with_canary(&["a", "b"], &["k1", "k2"]);
    let (ending, stored) = bench.whole();
    assert_eq!((ending, bench.started_count("k1+k2"), bench.started_count("a")), (Ending::Done, 4, 4));
    assert_eq!((stored.invocations.len(), stored.canary.invocations.len()), (8, 4));
    let told: Vec<&String> = bench.heard.0.iter().filter(|line| line.contains("/8 ")).collect();
    assert_eq!((told.len(), bench.heard.0.len()), (8, 16), "{:?}", bench.heard.0);
}

#[test]
fn canaries_that_keep_failing_are_given_up_and_end_nothing() {
    let mut bench = with_canary(&["a"], &["bad"]);
    let (ending, stored) = bench.whole();
    assert_eq!((ending, bench.started_count("bad"), bench.started_count("a")), (Ending::Done, 2, 4));
    assert_eq!(bench.warnings(), ["given_up: (bench-lab)/canary: is given up; 2 more invocations left out"]);
    assert_eq!((stored.invocations.len(), stored.canary.invocations.len()), (4, 2));
}
