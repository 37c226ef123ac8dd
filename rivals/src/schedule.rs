//! Which comparison is next: rounds in which every tool gets its share of the wall time, in an order drawn by lot.
//!
//! It is pure: time and outcomes come from the caller. How many comparisons a tool gets depends on what they cost and
//! never on what they say.

use std::collections::BTreeMap;

use lab_stats::Draws;

use crate::tool::Tool;

/// What is planted, with how many cards of it are in a deck: half of all comparisons have nothing to find, since a rate
/// of one in a hundred takes hundreds of them.
const DECK: [(u32, usize); 4] = [(0, 3), (1, 1), (2, 1), (5, 1)];

/// Seconds that a round is to last. Short enough that slow hours hit all tools, long enough for the slowest tool.
const ROUND_SECONDS: f64 = 60.0;

/// One comparison to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// By which tool.
    pub tool: Tool,
    /// Of what.
    pub workload: &'static str,
    /// How much more work the candidate has, in per cent.
    pub planted_percent: u32,
    /// Seed of what the comparison itself leaves to chance.
    pub seed: u64,
}

/// The rounds of a session.
#[derive(Debug)]
pub struct Schedule {
    workloads: Vec<&'static str>,
    draws: Draws,
    hands: BTreeMap<Tool, Hand>,
}

/// What one tool still has to do, and what it may cost.
#[derive(Debug, Default)]
struct Hand {
    /// Seconds that it may use.
    credit: f64,
    /// Seconds that it used, and comparisons for them.
    spent: f64,
    done: u32,
    /// Cards that were not drawn yet.
    deck: Vec<(&'static str, u32)>,
}

impl Schedule {
    /// For these tools and workloads; an empty list of either gives rounds without a turn.
    pub fn new(tools: &[Tool], workloads: &[&'static str], seed: u64) -> Self {
        let hands = tools.iter().map(|tool| (*tool, Hand::default())).collect();
        Self { workloads: workloads.to_vec(), draws: Draws::seeded(seed), hands }
    }

    /// The turns of the next round; every tool that cannot afford one now can in a later round.
    pub fn round(&mut self) -> Vec<Turn> {
        if self.workloads.is_empty() || self.hands.is_empty() {
            return Vec::new();
        }
        let whole: f64 = self.hands.keys().map(|tool| tool.share()).sum();
        let mut turns = Vec::new();
        while turns.is_empty() {
            for (tool, hand) in &mut self.hands {
                hand.credit += ROUND_SECONDS * tool.share() / whole;
                let cost = hand.cost(*tool);
                let count = (hand.credit / cost).floor().max(0.0);
                for _ in 0..count as usize {
                    let (workload, planted_percent) = hand.draw(&self.workloads, &mut self.draws);
                    turns.push(Turn { tool: *tool, workload, planted_percent, seed: self.draws.bits() });
                }
            }
        }
        shuffle(&mut turns, &mut self.draws);
        turns
    }

    /// Takes the cost of a comparison off its tool's time, failed ones included.
    pub fn pay(&mut self, tool: Tool, seconds: f64) {
        if let Some(hand) = self.hands.get_mut(&tool) {
            hand.credit -= seconds;
            hand.spent += seconds;
            hand.done += 1;
        }
    }

    /// A tool takes no further part; its share goes to the others.
    pub fn retire(&mut self, tool: Tool) {
        self.hands.remove(&tool);
    }
}

impl Hand {
    /// Seconds of a comparison: as seen so far, the first guess counting as one.
    fn cost(&self, tool: Tool) -> f64 {
        (self.spent + tool.first_guess_seconds()) / f64::from(self.done + 1)
    }

    /// The next card of a shuffled deck that holds every workload with every plant.
    fn draw(&mut self, workloads: &[&'static str], draws: &mut Draws) -> (&'static str, u32) {
        if self.deck.is_empty() {
            let of_workload = |workload: &'static str| {
                DECK.iter().flat_map(move |(plant, cards)| vec![(workload, *plant); *cards])
            };
            self.deck = workloads.iter().flat_map(|workload| of_workload(workload)).collect();
            shuffle(&mut self.deck, draws);
        }
        self.deck.pop().expect("there is a workload, so a deck has cards")
    }
}

/// Every order equally likely (Durstenfeld, Communications of the ACM 7, 1964).
fn shuffle<T>(items: &mut [T], draws: &mut Draws) {
    for last in (1..items.len()).rev() {
        items.swap(last, draws.below(last + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays so many rounds with these costs.
    fn play(tools: &[Tool], rounds: usize, cost: impl Fn(Tool) -> f64) -> Vec<Turn> {
        let mut schedule = Schedule::new(tools, &["hash", "map"], 7);
        let mut all = Vec::new();
        for _ in 0..rounds {
            for turn in schedule.round() {
                schedule.pay(turn.tool, cost(turn.tool));
                all.push(turn);
            }
        }
        all
    }

    #[test]
    fn every_tool_gets_its_share_of_the_time_whatever_it_costs() {
        let tools = [Tool::LabDivan, Tool::Criterion, Tool::Divan];
        let cost = |tool| match tool {
            Tool::LabDivan => 3.1,
            Tool::Criterion => 26.0,
            _ => 0.2,
        };
        let turns = play(&tools, 100, cost);
        for tool in tools {
            let spent = turns.iter().filter(|turn| turn.tool == tool).count() as f64 * cost(tool);
            let due = 6000.0 * tool.share() / tools.iter().map(|tool| tool.share()).sum::<f64>();
            assert!((spent / due - 1.0).abs() < 0.1, "{tool:?} {spent} of {due}");
        }
    }

    #[test]
    fn half_of_a_deck_has_nothing_planted_and_every_workload_has_every_plant() {
        let (mut hand, mut draws) = (Hand::default(), Draws::seeded(5));
        for _ in 0..2 {
            let mut deck: Vec<_> = (0..12).map(|_| hand.draw(&["hash", "map"], &mut draws)).collect();
            deck.sort_unstable();
            let of_workload = |workload| [0, 0, 0, 1, 2, 5].map(|plant| (workload, plant));
            assert_eq!(deck, [of_workload("hash"), of_workload("map")].concat());
        }
    }

    #[test]
    fn a_seed_gives_one_order_and_another_gives_another() {
        let order = |seed| Schedule::new(&Tool::ALL, &["hash", "map"], seed).round();
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
    }

    #[test]
    fn a_retired_tool_leaves_its_time_to_the_others() {
        let mut schedule = Schedule::new(&[Tool::Divan, Tool::Tango], &["hash"], 3);
        schedule.retire(Tool::Divan);
        let round = schedule.round();
        assert!(round.len() > 100 && round.iter().all(|turn| turn.tool == Tool::Tango));
        schedule.retire(Tool::Tango);
        assert!(schedule.round().is_empty());
    }

    #[test]
    fn nothing_asked_for_is_nothing_to_do() {
        assert!(Schedule::new(&[], &["hash"], 1).round().is_empty());
        assert!(Schedule::new(&[Tool::Divan], &[], 1).round().is_empty());
    }
}
