//! What the lab promises of itself, and whether an examination shows it.
//!
//! A rule that too few verdicts speak to is undecided, never passed.

use lab_stats::{Design, Estimate, Level, Share};

use super::{Cell, Plant, Validation};

/// False alarms among verdicts where nothing changed, at most.
const ALARMS_MAX: f64 = 0.01;
/// Calls of "equivalent" among verdicts where the truth lies beyond the margin, at most.
const FALSE_EQUIVALENCE_MAX: f64 = 0.05;
/// Share of planted slowdowns that are found, at least.
const FOUND_MIN: f64 = 0.95;
/// How far instructions may be from the work that was planted, in ln units.
const PLANT_TOLERANCE: f64 = 0.0005;
/// Verdicts from which on a share of 95 % can be told from one of 75 %.
const FOUND_TRIALS_MIN: usize = 20;

/// What became of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The examination shows it.
    Passed,
    /// The examination shows the contrary.
    Failed,
    /// It shows neither: more verdicts would.
    Undecided,
    /// Nothing here speaks to it, and why.
    NotAsked(&'static str),
}

/// So many of so many, with the exact interval at 95 % (Clopper and Pearson).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Count {
    /// How often it happened.
    pub happened: usize,
    /// How often it could have.
    pub trials: usize,
    /// The share; absent without a trial.
    pub share: Option<Estimate>,
}

/// One rule with its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Ruling {
    /// Stable name.
    pub id: &'static str,
    /// What is promised, as a sentence.
    pub promise: String,
    /// Whether it is kept.
    pub status: Status,
    /// What was counted; absent for rules that count nothing.
    pub count: Option<Count>,
    /// What a reader should know besides.
    pub note: Option<String>,
}

/// Every rule, in the order of the layers.
pub fn rulings(one: &Validation) -> Vec<Ruling> {
    let mut rulings = vec![simulated(one), control(one), alarms(one), equivalence(one)];
    for percent in [1, 2, 5] {
        rulings.push(found(one, percent));
    }
    rulings.push(memory(one));
    rulings.push(planted(one));
    rulings
}

/// Whether an exercise is one that a planted slowdown is to be found in: it keeps its CPU busy, and over all launches it
/// was slowed by more than the margin. More work is not as much more time: what caches hold costs less.
pub(super) fn is_held_to_finding(cell: &Cell) -> bool {
    let margin = Design::default().margin();
    cell.is_busy && cell.effect.is_some_and(|[_, lower, _]| lower > margin)
}

fn simulated(one: &Validation) -> Ruling {
    let broken: Vec<String> = one
        .simulated
        .iter()
        .filter(|row| !row.broken.is_empty())
        .map(|row| format!("{} at {} %: {}", row.noise, row.effect_percent, row.broken.join(", ")))
        .collect();
    let trials: usize = one.simulated.iter().map(|row| row.tally.trials).sum();
    let status = match (one.simulated.is_empty(), broken.is_empty()) {
        (true, _) => Status::NotAsked("nothing was simulated"),
        (false, true) => Status::Passed,
        (false, false) => Status::Failed,
    };
    Ruling {
        id: "simulated",
        promise: format!("the rule keeps its promises on {trials} simulated lists of seven kinds of noise"),
        status,
        count: None,
        note: (!broken.is_empty()).then(|| broken.join("; ")),
    }
}

fn control(one: &Validation) -> Ruling {
    let (changed, of) = one.simulated_control;
    let status = match of {
        0 => Status::NotAsked("nothing was simulated"),
        _ if changed * 2 > of => Status::Passed,
        _ => Status::Failed,
    };
    Ruling {
        id: "simulated_control",
        promise: "without the coin that decides who goes first the rule alarms: the examination can fail"
            .into(),
        status,
        count: Some(Count::of(changed, of)),
        note: None,
    }
}

fn alarms(one: &Validation) -> Ruling {
    let cells = || one.cells.iter().filter(|cell| cell.plant == Plant::Nothing);
    let happened = cells().map(|cell| cell.ends.slower + cell.ends.faster).sum();
    let count = Count::of(happened, cells().map(|cell| cell.ends.count()).sum());
    Ruling {
        id: "false_alarms",
        promise: "the same executable on both sides is called changed in at most 1 % of verdicts".into(),
        status: at_most(count, ALARMS_MAX),
        count: Some(count),
        note: needed_for(count),
    }
}

fn equivalence(one: &Validation) -> Ruling {
    let margin = Design::default().margin();
    let is_beyond = |cell: &&Cell| {
        cell.plant != Plant::Nothing && cell.effect.is_some_and(|[_, lower, _]| lower > margin)
    };
    let cells = || one.cells.iter().filter(is_beyond);
    let count =
        Count::of(cells().map(|cell| cell.ends.unchanged).sum(), cells().map(|cell| cell.ends.count()).sum());
    Ruling {
        id: "false_equivalence",
        promise: "what was slowed by more than the margin is called equivalent in at most 5 % of verdicts"
            .into(),
        status: at_most(count, FALSE_EQUIVALENCE_MAX),
        count: Some(count),
        note: None,
    }
}

fn found(one: &Validation, percent: u32) -> Ruling {
    let cells: Vec<&Cell> = one.cells.iter().filter(|cell| cell.plant == Plant::Work(percent)).collect();
    let held = || cells.iter().filter(|cell| is_held_to_finding(cell));
    let count =
        Count::of(held().map(|cell| cell.ends.slower).sum(), held().map(|cell| cell.ends.count()).sum());
    let left: Vec<String> = cells
        .iter()
        .filter(|cell| cell.is_busy && !is_held_to_finding(cell) && cell.effect.is_some())
        .filter_map(|cell| Some(format!("{} {:+.2} %", cell.exercise, cell.effect?[0].exp_m1() * 100.0)))
        .collect();
    let id = match percent {
        1 => "found_1",
        2 => "found_2",
        _ => "found_5",
    };
    Ruling {
        id,
        promise: format!("{percent} % more work is found in at least 95 % of verdicts"),
        status: at_least(count, FOUND_MIN),
        count: Some(count),
        note: (!left.is_empty()).then(|| {
            format!("not surely slowed by more than the margin, so not counted: {}", left.join(", "))
        }),
    }
}

fn memory(one: &Validation) -> Ruling {
    let cells: Vec<&Cell> = one.cells.iter().filter(|cell| cell.plant == Plant::Memory).collect();
    let held = || cells.iter().filter(|cell| is_held_to_finding(cell));
    let count =
        Count::of(held().map(|cell| cell.ends.slower).sum(), held().map(|cell| cell.ends.count()).sum());
    let instructions: Vec<String> = cells
        .iter()
        .filter_map(|cell| {
            let time = cell.effect?[0].exp_m1() * 100.0;
            let instructions =
                cell.instructions.map(|log| format!(", instructions {:+.3} %", log.exp_m1() * 100.0));
            Some(format!("time {time:+.1} %{}", instructions.unwrap_or_default()))
        })
        .collect();
    Ruling {
        id: "found_memory",
        promise: "memory that is further away is found, with the same instructions".into(),
        status: at_least(count, FOUND_MIN),
        count: Some(count),
        note: (!instructions.is_empty()).then(|| instructions.join("; ")),
    }
}

/// Whether what was planted was what was meant: by instructions, which more work moves exactly.
fn planted(one: &Validation) -> Ruling {
    let is_work = |cell: &&Cell| cell.is_busy && matches!(cell.plant, Plant::Work(_) | Plant::Nothing);
    let checked: Vec<(&Cell, f64, f64)> = one
        .cells
        .iter()
        .filter(is_work)
        .filter_map(|cell| {
            let percent = if let Plant::Work(percent) = cell.plant { f64::from(percent) } else { 0.0 };
            Some((cell, cell.instructions?, (percent / 100.0).ln_1p()))
        })
        .collect();
    // What a process does besides its work is the same on both sides, so the share falls short by as much.
    let is_off =
        |(_, found, meant): &&(&Cell, f64, f64)| (found - meant).abs() > PLANT_TOLERANCE + meant.abs() * 0.05;
    let off: Vec<String> = checked
        .iter()
        .filter(is_off)
        .map(|(cell, found, _)| {
            format!("{} {}: {:+.3} %", cell.exercise, cell.plant.id(), found.exp_m1() * 100.0)
        })
        .collect();
    let status = match (checked.is_empty(), off.is_empty()) {
        (true, _) => Status::NotAsked("this host has no instruction counter"),
        (false, true) => Status::Passed,
        (false, false) => Status::Failed,
    };
    Ruling {
        id: "planted",
        promise: "what was planted is what was meant, counted in instructions".into(),
        status,
        count: None,
        note: (!off.is_empty()).then(|| off.join(", ")),
    }
}

/// Failed when even the lower end of the interval is above the promise, passed when the upper end is not.
fn at_most(count: Count, promised: f64) -> Status {
    match count.share.and_then(|share| share.interval) {
        None => Status::NotAsked("no verdict speaks to it"),
        Some(interval) if interval.lower() > promised => Status::Failed,
        Some(interval) if interval.upper() <= promised => Status::Passed,
        Some(_) => Status::Undecided,
    }
}

/// Failed when even the upper end of the interval is below the promise, passed when the share itself is not.
fn at_least(count: Count, promised: f64) -> Status {
    match count.share.and_then(|share| Some((share.point, share.interval?))) {
        None => Status::NotAsked("no verdict speaks to it"),
        Some((_, interval)) if interval.upper() < promised => Status::Failed,
        Some((share, _)) if share >= promised && count.trials >= FOUND_TRIALS_MIN => Status::Passed,
        Some(_) => Status::Undecided,
    }
}

/// With how many verdicts without an alarm the promise would be shown.
fn needed_for(count: Count) -> Option<String> {
    let interval = count.share?.interval?;
    (count.happened == 0 && interval.upper() > ALARMS_MAX)
        .then(|| "368 verdicts without an alarm show it; examinations of equal machines add up".to_owned())
}

impl Count {
    /// Of two numbers; the first is at most the second.
    pub fn of(happened: usize, trials: usize) -> Self {
        let share = Share::new(happened, trials).ok().map(|share| share.estimate(Level::P95));
        Self { happened, trials, share }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Environment, MetricId};
    use crate::validation::{Control, Ends};

    fn cell(plant: Plant, effect: f64, ends: Ends) -> Cell {
        Cell {
            exercise: "hash".into(),
            is_busy: true,
            plant,
            metric: MetricId::wall_ns(),
            ends,
            launch_count: 10,
            seconds: 1.0,
            effect: Some([effect, effect - 0.0005, effect + 0.0005]),
            instructions: None,
            half_width: Some(0.003),
            failed_count: 0,
        }
    }

    fn status_of(cells: Vec<Cell>, id: &str) -> Status {
        let one = Validation {
            id: String::new(),
            lab_version: String::new(),
            created_at: String::new(),
            machine: String::new(),
            seed: 1,
            environment: Environment::default(),
            simulated: Vec::new(),
            simulated_control: (0, 0),
            cells,
            control: Control::default(),
            remarks: Vec::new(),
        };
        rulings(&one).into_iter().find(|ruling| ruling.id == id).unwrap().status
    }

    fn ends(slower: usize, unchanged: usize) -> Ends {
        Ends { slower, unchanged, ..Ends::default() }
    }

    #[test]
    fn alarms_pass_fail_or_stay_open_by_their_interval() {
        let of = |alarms, of| {
            status_of(vec![cell(Plant::Nothing, 0.0, ends(alarms, of - alarms))], "false_alarms")
        };
        assert_eq!(of(0, 368), Status::Passed);
        assert_eq!(of(0, 367), Status::Undecided);
        assert_eq!(of(3, 300), Status::Undecided);
        assert_eq!(of(12, 300), Status::Failed);
        assert_eq!(of(0, 0), Status::NotAsked("no verdict speaks to it"));
    }

    #[test]
    fn a_slowdown_counts_where_it_is_surely_beyond_the_margin() {
        let of = |effect, found, of| {
            status_of(vec![cell(Plant::Work(1), effect, ends(found, of - found))], "found_1")
        };
        assert_eq!(of(0.01, 60, 60), Status::Passed);
        assert_eq!(of(0.01, 10, 10), Status::Undecided);
        assert_eq!(of(0.01, 40, 60), Status::Failed);
        assert_eq!(of(0.0052, 10, 60), Status::NotAsked("no verdict speaks to it"));
        let missed = vec![cell(Plant::Work(1), 0.01, ends(40, 20))];
        assert_eq!(status_of(missed, "false_equivalence"), Status::Failed);
    }

    #[test]
    fn what_was_planted_is_held_against_instructions() {
        let of = |instructions| {
            let cell = Cell { instructions: Some(instructions), ..cell(Plant::Work(2), 0.02, ends(20, 0)) };
            status_of(vec![cell], "planted")
        };
        assert_eq!(of(0.0198), Status::Passed);
        assert_eq!(of(0.0100), Status::Failed);
    }
}
