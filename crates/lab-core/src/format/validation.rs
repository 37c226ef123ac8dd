//! An examination as one text file, and back.
//!
//! It is small and written whole, so that what cannot be read is an error of the file.

use super::decode::{UnknownFields, decode};
use super::layout::document;
use super::{FormatError, Place, v1};
use crate::validation::Validation;

/// The text of `<id>.json`.
pub fn validation_document(one: &Validation) -> Vec<u8> {
    document(&v1::validation::Validation::from(one))
}

/// The same as a value.
pub fn validation_value(one: &Validation) -> serde_json::Value {
    serde_json::to_value(v1::validation::Validation::from(one)).unwrap_or_default()
}

/// Reads an examination; `file` is named in errors.
///
/// # Errors
/// [`FormatError`] when it is of a newer version or not the text of an examination.
pub fn read_validation(file: &str, bytes: &[u8]) -> Result<Validation, FormatError> {
    let wire: v1::validation::Validation = decode(Place::file(file), bytes, &mut UnknownFields::default())?;
    Ok(wire.into_model())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Environment, FactClass, FactValue, MetricId};
    use crate::validation::{Cell, Control, Ends, Plant, Simulated};

    fn examination() -> Validation {
        let mut environment = Environment::default();
        environment.insert("cpu.model", FactClass::Machine, "/proc/cpuinfo", FactValue::Text("AMD".into()));
        let cell = Cell {
            exercise: "hash".into(),
            is_busy: true,
            plant: Plant::Work(1),
            metric: MetricId::wall_ns(),
            ends: Ends { slower: 20, faster: 0, unchanged: 1, open: 2 },
            launch_count: 400,
            seconds: 17.25,
            effect: Some([0.0099, 0.0095, 0.0103]),
            instructions: Some(0.00995),
            half_width: Some(0.003),
            failed_count: 1,
        };
        let bare = Cell {
            plant: Plant::Memory,
            effect: None,
            instructions: None,
            half_width: None,
            failed_count: 0,
            ..cell.clone()
        };
        let tally = lab_stats::Tally { trials: 9, up: 1, down: 2, unchanged: 3, covered: 8, values_used: 90 };
        Validation {
            id: "20260802T081500Z".into(),
            lab_version: "0.1.0".into(),
            created_at: "2026-08-02T08:15:00Z".into(),
            machine: "amd-epyc-2c".into(),
            seed: 12_345_678_901_234_567_890,
            environment,
            simulated: vec![Simulated {
                noise: "normal".into(),
                effect_percent: 0.0,
                tally,
                broken: vec!["false alarms".into()],
            }],
            simulated_control: (7, 9),
            cells: vec![cell, bare],
            control: Control { alarms: 12, trials: 40 },
            remarks: vec!["stopped".into()],
        }
    }

    /// The file that version 1 wrote; it is never rewritten.
    const FIXTURE: &str = include_str!("../../tests/fixtures/validations/v1/20260802T081500Z.json");

    #[test]
    fn an_examination_of_version_1_reads_as_it_was() {
        assert_eq!(read_validation("x.json", FIXTURE.as_bytes()).unwrap(), examination());
    }

    #[test]
    fn the_newest_version_is_written_as_its_fixture_stands() {
        assert_eq!(String::from_utf8(validation_document(&examination())).unwrap(), FIXTURE);
    }

    #[test]
    fn an_unknown_plant_costs_its_cell_and_a_newer_version_the_file() {
        let odd = FIXTURE.replace("work_1", "frequency_5");
        let read = read_validation("x.json", odd.as_bytes()).unwrap();
        assert_eq!((read.cells.len(), read.remarks.len()), (1, 2));
        let newer = FIXTURE.replace("\"format\": 1", "\"format\": 2");
        assert!(matches!(
            read_validation("x.json", newer.as_bytes()),
            Err(FormatError::Newer { found: 2, .. })
        ));
        assert!(
            read_validation("x.json", b"{").unwrap_err().to_string().starts_with("x.json cannot be read")
        );
    }
}
