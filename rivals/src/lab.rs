//! bench-lab's own comparisons: duels by its library, until its sequential rule ends each.
//!
//! As in `bench-lab ab` a benchmark is calibrated once, and its comparisons start from the terms that were found. What
//! the calibration took is added to the time of each of them, since one comparison alone would need it.

use std::collections::BTreeMap;
use std::time::Instant;

use bench_lab::duel::{Contender, Contest, Context, Pair, Refusal, Settings};
use bench_lab::host::sysfs::SysRoot;
use bench_lab::runner::prepare::Prepared;
use bench_lab::runner::spawn::{self, Launch};
use bench_lab::workspace::BenchTarget;
use lab_core::compare::live_design;
use lab_core::model::{Aslr, BenchmarkRecord, Calibration, Outcome};
use lab_stats::{Direction, Finding, Standing, decision_now};

use crate::record::{Answer, Verdict};
use crate::schedule::Turn;
use crate::side::UNITS_VARIABLE;
use crate::stage::{Stage, TIMEOUT};

/// The level and the margin of a policy that nobody wrote.
const POLICY: (f64, f64) = (0.01, 0.0075);

/// Measuring time of a process where whole processes are compared, in milliseconds: as `ab` has it.
const PROCESS_TIME_MS: u64 = 100;

/// Launches that may fail in one comparison before it has failed.
const FAILURES_MAX: u32 = 5;

/// The duels of a session.
#[derive(Debug, Default)]
pub struct Duels {
    /// By target and workload.
    terms: BTreeMap<(String, String), Terms>,
}

#[derive(Clone, Debug)]
struct Terms {
    calibration: Calibration,
    seconds: f64,
}

/// What a comparison gave.
#[derive(Clone, Copy, Debug)]
pub struct Dueled {
    /// The verdict.
    pub answer: Answer,
    /// What the launches took.
    pub seconds: f64,
    /// What the calibration had taken.
    pub calibration_seconds: f64,
}

impl Duels {
    /// One comparison on a bench target.
    ///
    /// # Errors
    /// A sentence: why there is no verdict.
    pub fn compare(&mut self, stage: &Stage, target: &str, turn: &Turn) -> Result<Dueled, String> {
        let prepared = stage.prepared.iter().find(|one| one.target.id.name == target);
        let prepared = prepared.ok_or_else(|| format!("there is no target {target}"))?;
        let record = record(prepared, turn.workload)
            .ok_or_else(|| format!("{target} has no benchmark {}", turn.workload))?;
        let units = Stage::units(turn);
        let sides = [0, 1].map(|side| BenchTarget {
            executable: stage.executable(side, target),
            environment: [
                prepared.target.environment.clone(),
                vec![(UNITS_VARIABLE.to_owned(), units[side].clone().into())],
            ]
            .concat(),
            ..prepared.target.clone()
        });
        let root = SysRoot::live();
        let execute = |launch: &Launch<'_>| spawn::run(launch, &root);
        let context = Context { execute: &execute, stop: &stage.stop };
        let settings = Settings {
            cpus: vec![stage.cpu],
            threaded_cpus: vec![stage.cpu],
            aslr: Aslr::Random,
            time_ms: PROCESS_TIME_MS,
            timeout: TIMEOUT,
        };
        let key = (target.to_owned(), turn.workload.to_owned());
        if !self.terms.contains_key(&key) {
            // Both sides without a plant, so that no plant has terms of its own.
            let pair = pair(prepared, record, [&sides[0], &sides[0]]);
            self.terms.insert(key.clone(), calibrate(&context, pair, &settings)?);
        }
        let Terms { calibration, seconds: calibration_seconds } = &self.terms[&key];
        let begin = Instant::now();
        let pair = pair(prepared, record, [&sides[0], &sides[1]]);
        let contest = Contest::resume(pair, calibration, &settings).map_err(|why| sentence(&why))?;
        let standing = launch_until_decided(&contest, &context, turn.seed)?;
        Ok(Dueled {
            answer: answer(&standing),
            seconds: begin.elapsed().as_secs_f64(),
            calibration_seconds: *calibration_seconds,
        })
    }
}

/// The benchmark of a workload: divan puts the target's name before it.
pub fn record<'a>(prepared: &'a Prepared, workload: &str) -> Option<&'a BenchmarkRecord> {
    prepared.benchmarks.iter().find(|record| record.id.path.rsplit("::").next() == Some(workload))
}

fn pair<'a>(prepared: &Prepared, record: &'a BenchmarkRecord, sides: [&'a BenchTarget; 2]) -> Pair<'a> {
    let [baseline, candidate] = sides.map(|target| Contender {
        target,
        harness: prepared.harness,
        selection: prepared.selection,
        record,
        is_threaded: Some(false),
    });
    Pair { baseline, candidate }
}

fn calibrate(context: &Context<'_>, pair: Pair<'_>, settings: &Settings) -> Result<Terms, String> {
    let begin = Instant::now();
    let contest = Contest::prepare(context, pair, settings).map_err(|why| sentence(&why))?;
    // A comparison of whole processes is another one than the row claims.
    if let Some(warning) = contest.warning() {
        return Err(warning.to_string());
    }
    Ok(Terms { calibration: contest.calibration(), seconds: begin.elapsed().as_secs_f64() })
}

fn launch_until_decided(contest: &Contest<'_>, context: &Context<'_>, seed: u64) -> Result<Standing, String> {
    let (alpha, margin) = POLICY;
    let design = live_design(alpha, margin.ln_1p()).ok_or("the policy allows no verdict")?;
    let (mut logs, mut failed) = (Vec::new(), 0);
    for index in 0.. {
        let launch = contest.launch(context, index, 0, seed).map_err(|_| "it was stopped")?;
        let log = launch.log_ratio(contest.primary()).filter(|log| log.is_finite());
        match log.filter(|_| launch.outcome == Outcome::Ok) {
            Some(log) => logs.push(log),
            None => failed += 1,
        }
        if failed > FAILURES_MAX {
            return Err(format!("{failed} launches failed, the last one: {:?}", launch.outcome));
        }
        if let Some(standing) = decision_now(&design, &logs) {
            return Ok(standing);
        }
    }
    Err("more launches were needed than can be counted".into())
}

fn answer(standing: &Standing) -> Answer {
    let verdict = match standing.finding {
        Finding::Changed(Direction::Up) => Verdict::Slower,
        Finding::Changed(Direction::Down) => Verdict::Faster,
        Finding::Unchanged => Verdict::Unchanged,
        Finding::Undecided | Finding::Exhausted => Verdict::Undecided,
    };
    Answer { verdict, percent: 100.0 * standing.estimate.exp_m1() }
}

fn sentence(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Stopped => "it was stopped".into(),
        Refusal::Broken { side, outcome } => format!("the {side:?} does not work: {outcome:?}"),
        Refusal::Terms(error) => error.to_string(),
        Refusal::NoTurns(why) => format!("the sides cannot take turns: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use lab_stats::Design;

    use super::*;

    #[test]
    fn a_verdict_is_reached_at_a_look_and_not_between() {
        let design = live_design(POLICY.0, POLICY.1.ln_1p()).unwrap();
        let slower: Vec<f64> = (0..14).map(|at| 0.02 + 1e-4 * f64::from(at)).collect();
        assert!(decision_now(&design, &slower[..9]).is_none() && decision_now(&design, &slower[..11]).is_none());
        let answer = answer(&decision_now(&design, &slower[..10]).unwrap());
        assert_eq!(answer.verdict, Verdict::Slower);
        assert!(answer.percent > 2.0 && answer.percent < 2.2, "{answer:?}");
    }

    #[test]
    fn these_are_the_looks_of_a_policy_that_nobody_wrote() {
        let usual: Vec<usize> = Design::default().looks().map(|look| look.count).collect();
        let ours = live_design(POLICY.0, POLICY.1.ln_1p()).unwrap();
        assert_eq!(ours.looks().map(|look| look.count).collect::<Vec<_>>(), usual);
        let policy = lab_core::policy::Policy::default();
        assert_eq!((policy.alpha, policy.limits.margin), POLICY);
    }
}
