//! What all examinations of a class of machines say together: the sentence that verdicts can point to.
//!
//! It adds counts up and judges nothing.

use super::{Cell, Plant, Validation};
use crate::report::number;

/// Counts over several examinations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pooled {
    /// False alarms where nothing was planted.
    pub alarms: usize,
    /// Verdicts where nothing was planted.
    pub verdicts: usize,
    /// Plants of 1 % that were found, of what keeps its CPU busy and was slowed by more than the margin.
    pub found: usize,
    /// Plants of 1 % there.
    pub planted: usize,
}

impl Pooled {
    /// Of the examinations of one machine; absent where it was never examined.
    pub fn of<'a>(validations: impl IntoIterator<Item = &'a Validation>, machine: &str) -> Option<Self> {
        let mut pooled = Self::default();
        for cell in validations.into_iter().filter(|one| one.machine == machine).flat_map(|one| &one.cells) {
            pooled.add(cell);
        }
        (pooled.verdicts > 0).then_some(pooled)
    }

    fn add(&mut self, cell: &Cell) {
        match cell.plant {
            Plant::Nothing => {
                self.alarms += cell.ends.slower + cell.ends.faster;
                self.verdicts += cell.ends.count();
            }
            Plant::Work(1) if super::rules::is_held_to_finding(cell) => {
                self.found += cell.ends.slower;
                self.planted += cell.ends.count();
            }
            Plant::Work(_) | Plant::Memory => {}
        }
    }

    /// `on machines like this (amd-epyc-2c): A/A alarms 0/612, 1 % found in 97.1 % of 240`
    pub fn sentence(&self, machine: &str) -> String {
        let found = match self.planted {
            0 => String::new(),
            planted => {
                let share = number::percent(self.found as f64 / planted as f64);
                format!(", 1 % found in {share} of {planted}")
            }
        };
        format!("on machines like this ({machine}): A/A alarms {}/{}{found}", self.alarms, self.verdicts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Environment, MetricId};
    use crate::validation::{Control, Ends};

    fn examination(machine: &str, plant: Plant, effect: f64, ends: Ends) -> Validation {
        let cell = Cell {
            exercise: "hash".into(),
            is_busy: true,
            plant,
            metric: MetricId::wall_ns(),
            ends,
            launch_count: 1,
            seconds: 1.0,
            effect: Some([effect, effect - 0.0005, effect + 0.0005]),
            instructions: None,
            half_width: None,
            failed_count: 0,
        };
        Validation {
            id: String::new(),
            lab_version: String::new(),
            created_at: String::new(),
            machine: machine.into(),
            seed: 1,
            environment: Environment::default(),
            simulated: Vec::new(),
            simulated_control: (0, 0),
            cells: vec![cell],
            control: Control::default(),
            remarks: Vec::new(),
        }
    }

    #[test]
    fn examinations_of_one_machine_add_up_and_those_of_others_do_not() {
        let equal = |unchanged| Ends { unchanged, ..Ends::default() };
        let all = [
            examination("a", Plant::Nothing, 0.0, equal(200)),
            examination("a", Plant::Nothing, 0.0, Ends { faster: 1, ..equal(99) }),
            examination("a", Plant::Work(1), 0.0099, Ends { slower: 39, open: 1, ..Ends::default() }),
            examination("a", Plant::Work(1), 0.0050, Ends { slower: 3, unchanged: 30, ..Ends::default() }),
            examination("b", Plant::Nothing, 0.0, Ends { slower: 9, ..Ends::default() }),
        ];
        let pooled = Pooled::of(&all, "a").unwrap();
        assert_eq!(pooled, Pooled { alarms: 1, verdicts: 300, found: 39, planted: 40 });
        let wanted = "on machines like this (a): A/A alarms 1/300, 1 % found in 97.5 % of 40";
        assert_eq!(pooled.sentence("a"), wanted);
        assert_eq!(Pooled::of(&all, "c"), None);
    }
}
