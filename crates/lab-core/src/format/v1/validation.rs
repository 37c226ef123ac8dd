//! `validations/<id>.json`: one examination of the lab by itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::VERSION;
use super::environment::Fact;
use crate::format::decode::Versioned;
use crate::format::number::Number;
use crate::model;
use crate::validation;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Validation {
    format: u32,
    id: String,
    lab_version: String,
    created_at: String,
    machine: String,
    seed: u64,
    facts: BTreeMap<String, Fact>,
    simulated: Vec<Simulated>,
    simulated_control: Control,
    cells: Vec<Cell>,
    control: Control,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    remarks: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Simulated {
    noise: String,
    effect_percent: Number,
    lists: usize,
    slower: usize,
    faster: usize,
    unchanged: usize,
    covered: usize,
    values: usize,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    broken: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Cell {
    exercise: String,
    is_busy: bool,
    plant: String,
    metric: String,
    slower: usize,
    faster: usize,
    unchanged: usize,
    open: usize,
    launch_count: usize,
    seconds: Number,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effect: Option<[Number; 3]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instructions: Option<Number>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    half_width: Option<Number>,
    #[serde(default, skip_serializing_if = "is_zero")]
    failed_count: usize,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Control {
    alarms: usize,
    trials: usize,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl From<&validation::Validation> for Validation {
    fn from(one: &validation::Validation) -> Self {
        let (alarms, trials) = one.simulated_control;
        Self {
            format: VERSION,
            id: one.id.clone(),
            lab_version: one.lab_version.clone(),
            created_at: one.created_at.clone(),
            machine: one.machine.clone(),
            seed: one.seed,
            facts: one.environment.facts.iter().map(|(name, fact)| (name.clone(), fact.into())).collect(),
            simulated: one.simulated.iter().map(Simulated::from).collect(),
            simulated_control: Control { alarms, trials },
            cells: one.cells.iter().map(Cell::from).collect(),
            control: Control { alarms: one.control.alarms, trials: one.control.trials },
            remarks: one.remarks.clone(),
        }
    }
}

impl Validation {
    /// The examination; cells with a plant that is not known here are left out, with a remark.
    pub(crate) fn into_model(self) -> validation::Validation {
        let mut remarks = self.remarks;
        let mut environment = model::Environment::default();
        for (name, fact) in self.facts {
            let fact = fact.into_model(|why| remarks.push(format!("fact {name}: {why}")));
            environment.facts.insert(name, fact);
        }
        let mut cells = Vec::new();
        for cell in self.cells {
            match cell.into_model() {
                Ok(cell) => cells.push(cell),
                Err(plant) => remarks.push(format!("a cell with the unknown plant `{plant}` was left out")),
            }
        }
        validation::Validation {
            id: self.id,
            lab_version: self.lab_version,
            created_at: self.created_at,
            machine: self.machine,
            seed: self.seed,
            environment,
            simulated: self.simulated.into_iter().map(Into::into).collect(),
            simulated_control: (self.simulated_control.alarms, self.simulated_control.trials),
            cells,
            control: validation::Control { alarms: self.control.alarms, trials: self.control.trials },
            remarks,
        }
    }
}

impl From<&validation::Simulated> for Simulated {
    fn from(row: &validation::Simulated) -> Self {
        let tally = row.tally;
        Self {
            noise: row.noise.clone(),
            effect_percent: Number(row.effect_percent),
            lists: tally.trials,
            slower: tally.up,
            faster: tally.down,
            unchanged: tally.unchanged,
            covered: tally.covered,
            values: tally.values_used,
            broken: row.broken.clone(),
        }
    }
}

impl From<Simulated> for validation::Simulated {
    fn from(wire: Simulated) -> Self {
        let tally = lab_stats::Tally {
            trials: wire.lists,
            up: wire.slower,
            down: wire.faster,
            unchanged: wire.unchanged,
            covered: wire.covered,
            values_used: wire.values,
        };
        let Number(effect_percent) = wire.effect_percent;
        Self { noise: wire.noise, effect_percent, tally, broken: wire.broken }
    }
}

impl From<&validation::Cell> for Cell {
    fn from(cell: &validation::Cell) -> Self {
        let validation::Ends { slower, faster, unchanged, open } = cell.ends;
        Self {
            exercise: cell.exercise.clone(),
            is_busy: cell.is_busy,
            plant: cell.plant.id(),
            metric: cell.metric.0.clone(),
            slower,
            faster,
            unchanged,
            open,
            launch_count: cell.launch_count,
            seconds: Number(cell.seconds),
            effect: cell.effect.map(|effect| effect.map(Number)),
            instructions: cell.instructions.map(Number),
            half_width: cell.half_width.map(Number),
            failed_count: cell.failed_count,
        }
    }
}

impl Cell {
    /// The cell, or the plant that is not known here.
    fn into_model(self) -> Result<validation::Cell, String> {
        let number = |Number(value)| value;
        let Some(plant) = validation::Plant::of_id(&self.plant) else { return Err(self.plant) };
        let ends = validation::Ends {
            slower: self.slower,
            faster: self.faster,
            unchanged: self.unchanged,
            open: self.open,
        };
        Ok(validation::Cell {
            exercise: self.exercise,
            is_busy: self.is_busy,
            plant,
            metric: model::MetricId(self.metric),
            ends,
            launch_count: self.launch_count,
            seconds: number(self.seconds),
            effect: self.effect.map(|effect| effect.map(number)),
            instructions: self.instructions.map(number),
            half_width: self.half_width.map(number),
            failed_count: self.failed_count,
        })
    }
}

impl Versioned for Validation {
    const VERSION: u32 = VERSION;

    fn format(&self) -> u32 {
        self.format
    }
}
