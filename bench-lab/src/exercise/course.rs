//! The course of an examination: every exercise with every plant, a few launches each, over and over until time is up.
//!
//! It judges nothing; launches go to the streams of [`lab_core::validation`].

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use lab_core::lot::Lot;
use lab_core::model::{BenchmarkRecord, Calibration, Launch, MetricId, Side};
use lab_core::validation::{Cell, Control, Plant, Stream};

use super::harness::{EXERCISES, contender_target, record};
use super::work::{ALL, Exercise};
use crate::duel::{Contender, Contest, Context, Pair, Refusal, Settings};
use crate::harness::Selection;
use crate::runner::spawn::THIS_PROGRAM;
use crate::workspace::BenchTarget;

/// Launches of one cell in a row, as a match has them.
const BATCH: u32 = 5;

/// What is planted into an exercise, with its share of the launches: most go to where nothing is, since a rate of one in
/// a hundred takes hundreds of verdicts.
const PLANTS: [(Plant, u32); 4] =
    [(Plant::Nothing, 3), (Plant::Work(1), 2), (Plant::Work(2), 1), (Plant::Work(5), 1)];

/// What memory is planted into, and the same with nothing planted.
const MEMORY_PLANTS: [(Plant, u32); 2] = [(Plant::Nothing, 1), (Plant::Memory, 1)];

/// How an examination is run.
pub struct Course<'a> {
    /// The way to processes.
    pub context: Context<'a>,
    /// Where and how they run.
    pub settings: Settings,
    /// When it ends.
    pub deadline: Instant,
    /// Verdicts with nothing planted after which it ends too; absent for no such end, and then nothing else is planted.
    pub verdict_max: Option<usize>,
    /// Seed of every draw.
    pub seed: u64,
    /// A folder of this process; files of exercises are made in it.
    pub place: &'a Path,
}

/// How far an examination has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stop {
    /// Launches so far.
    pub launches: usize,
    /// Verdicts where nothing was planted.
    pub verdicts: usize,
    /// Verdicts of any kind.
    pub all_verdicts: usize,
}

/// Why an examination did not come to its end.
#[derive(Debug)]
pub enum Halt {
    /// The person stopped it.
    Stopped,
    /// It could not be set up: what was tried, and why not.
    Place(&'static str, std::io::Error),
}

/// One exercise with one plant.
struct Station<'a> {
    contest: Contest<'a>,
    stream: Stream,
    share: u32,
    launched: u32,
    /// Kept where nothing is planted, for the control.
    launches: Vec<Launch>,
    plant: Plant,
    seed: u64,
}

/// What an examination gave.
#[derive(Debug, Default)]
pub struct Findings {
    /// One per exercise and plant.
    pub cells: Vec<Cell>,
    /// What the usual way would have said.
    pub control: Control,
    /// What is missing and why.
    pub remarks: Vec<String>,
}

/// Runs the course.
///
/// # Errors
/// [`Halt`].
pub fn run(course: &Course<'_>, notice: &mut dyn FnMut(Stop)) -> Result<Findings, Halt> {
    let executables = copies(course.place)?;
    let plants = |exercise: &Exercise| -> &[(Plant, u32)] {
        let all: &[_] = if exercise.is_memory { &MEMORY_PLANTS } else { &PLANTS };
        if course.verdict_max.is_some() { &all[..1] } else { all }
    };
    let sides: Vec<(&Exercise, Plant, u32, BenchTarget)> = ALL
        .iter()
        .flat_map(|exercise| plants(exercise).iter().map(move |(plant, share)| (exercise, *plant, *share)))
        .map(|(exercise, plant, share)| {
            (exercise, plant, share, contender_target(&executables[1], course.place, plant))
        })
        .collect();
    let baseline = contender_target(&executables[0], course.place, Plant::Nothing);
    let records: Vec<(BenchmarkRecord, &Exercise)> =
        ALL.iter().map(|exercise| (record(exercise), exercise)).collect();
    let mut findings = Findings::default();
    let mut stations: Vec<Station<'_>> = Vec::new();
    let mut terms: Vec<(&str, Calibration)> = Vec::new();
    for (number, (exercise, plant, share, candidate)) in sides.iter().enumerate() {
        let Some((record, _)) = records.iter().find(|(_, one)| one.id == exercise.id) else { continue };
        let known = terms.iter().find(|(id, _)| *id == exercise.id).map(|(_, terms)| terms);
        let pair = pair(&baseline, candidate, record);
        let contest = match known {
            Some(terms) => Contest::resume(pair, terms, &course.settings),
            None => Contest::prepare(&course.context, pair, &course.settings),
        };
        match contest {
            Ok(contest) => {
                if known.is_none() {
                    terms.push((exercise.id, contest.calibration()));
                    findings.remarks.extend(contest.warning().map(|warning| warning.to_string()));
                }
                let metric: MetricId = contest.primary().clone();
                let stream = Stream::new(exercise.id, exercise.is_busy, *plant, metric);
                let seed = course.seed.wrapping_add(number as u64 * 0x9e37_79b9);
                let (share, plant) = (*share, *plant);
                stations.push(Station {
                    contest,
                    stream,
                    share,
                    launched: 0,
                    launches: Vec::new(),
                    plant,
                    seed,
                });
            }
            Err(Refusal::Stopped) => return Err(Halt::Stopped),
            Err(Refusal::Broken { outcome, .. }) => {
                findings.remarks.push(format!("{} does not work here: {outcome:?}", exercise.id));
            }
            Err(Refusal::Terms(error)) => findings.remarks.push(format!("{}: {error}", exercise.id)),
            Err(Refusal::NoTurns(why)) => findings.remarks.push(format!("{}: {why}", exercise.id)),
        }
    }
    play(course, &mut stations, notice)?;
    for station in stations {
        if station.plant == Plant::Nothing {
            findings.control.add(&station.launches);
        }
        findings.cells.push(station.stream.finish());
    }
    Ok(findings)
}

/// Passes over all stations in an order drawn by lot, until time is up.
fn play(course: &Course<'_>, stations: &mut [Station<'_>], notice: &mut dyn FnMut(Stop)) -> Result<(), Halt> {
    let mut stop = Stop::default();
    for pass in 0_u32.. {
        if stations.is_empty() {
            break;
        }
        for place in order(stations.len(), course.seed, pass) {
            let station = &mut stations[place];
            for _ in 0..BATCH * station.share {
                if course.context.stop.load(Ordering::SeqCst) {
                    return Err(Halt::Stopped);
                }
                let is_enough = course.verdict_max.is_some_and(|most| stop.verdicts >= most);
                if Instant::now() >= course.deadline || is_enough {
                    return Ok(());
                }
                let launch = station
                    .contest
                    .launch(&course.context, station.launched, 0, station.seed)
                    .map_err(|_| Halt::Stopped)?;
                station.launched += 1;
                stop.launches += 1;
                if station.stream.take(&launch).is_some() {
                    stop.all_verdicts += 1;
                    stop.verdicts += usize::from(station.plant == Plant::Nothing);
                }
                if station.plant == Plant::Nothing {
                    station.launches.push(launch);
                }
                notice(stop);
            }
        }
    }
    Ok(())
}

/// Places in an order that the seed gives: sorted by a draw each.
fn order(count: usize, seed: u64, pass: u32) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    places.sort_by_key(|place| {
        let lot = Lot::draw(seed.wrapping_add(*place as u64), pass);
        (lot.padding_bytes, lot.starter == Side::Baseline)
    });
    places
}

fn pair<'a>(baseline: &'a BenchTarget, candidate: &'a BenchTarget, record: &'a BenchmarkRecord) -> Pair<'a> {
    let contender = |target| Contender {
        target,
        harness: &EXERCISES,
        selection: Selection::Each,
        record,
        // Where its threads take turns with each other they share the CPU as well.
        is_threaded: Some(false),
    };
    Pair { baseline: contender(baseline), candidate: contender(candidate) }
}

/// This program under two names of equal length: what is compared is two files, as two revisions are.
fn copies(place: &Path) -> Result<[PathBuf; 2], Halt> {
    let paths = ["side-a", "side-b"].map(|name| place.join(name));
    for path in &paths {
        fs::copy(THIS_PROGRAM, path).map_err(|error| Halt::Place("copy this program", error))?;
    }
    Ok(paths)
}

impl Course<'_> {
    /// Time that is left.
    pub fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}
