//! The CPUs of a definition on a topology: taken as they are, or refused with the key that cannot be met.
//!
//! It never replaces a CPU that the definition names by another.

use thiserror::Error;

use super::definition::Seats;
use crate::placement::{Placement, PlacementError, Request, choose};
use crate::topology::Topology;

/// A list of CPUs of the definition that this machine does not have.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("{key}: {source}")]
pub struct SeatError {
    /// The key of the file.
    pub key: &'static str,
    /// What is in the way.
    pub source: PlacementError,
}

/// The usual placement, with those parts replaced that the definition names.
///
/// # Errors
/// A CPU that does not exist, is offline or is not allowed.
pub fn place(seats: &Seats, topology: &Topology, request: &Request) -> Result<Placement, SeatError> {
    let asked = |key, cpus| {
        let request = Request { cpus, interrupt_counts: request.interrupt_counts.clone() };
        choose(topology, &request).map_err(|source| SeatError { key, source })
    };
    let mut placement = asked("cpus.bench", seats.bench.clone())?;
    if let Some(threaded) = &seats.threaded {
        let chosen = asked("cpus.threaded", Some(threaded.clone()))?;
        placement.threaded_cpus = chosen.threaded_cpus;
        placement.warnings = chosen.warnings;
    }
    if let Some(housekeeping) = &seats.housekeeping {
        // Only whether they can be had: that they share cores or span caches does not matter to the lab itself.
        asked("cpus.housekeeping", Some(housekeeping.clone()))?;
        placement.housekeeping = housekeeping.clone();
    }
    Ok(placement)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpulist::CpuList;
    use crate::topology::Cpu;

    fn four() -> Topology {
        Topology { cpus: (0..4).map(Cpu::unknown).collect(), gaps: Vec::new() }
    }

    fn seats(bench: &str, threaded: &str, housekeeping: &str) -> Seats {
        let list = |text: &str| (!text.is_empty()).then(|| text.parse::<CpuList>().unwrap());
        Seats { bench: list(bench), threaded: list(threaded), housekeeping: list(housekeeping) }
    }

    fn placed(seats: &Seats) -> Result<[String; 3], String> {
        let placed = place(seats, &four(), &Request::default()).map_err(|error| error.to_string())?;
        Ok([placed.cpus, placed.threaded_cpus, placed.housekeeping].map(|list| list.to_string()))
    }

    #[test]
    fn what_the_definition_names_replaces_what_the_topology_would_give() {
        assert_eq!(placed(&seats("", "", "")).unwrap(), ["1", "1-3", "0"]);
        assert_eq!(placed(&seats("3", "", "")).unwrap(), ["3", "3", "0-2"]);
        assert_eq!(placed(&seats("3", "2-3", "0")).unwrap(), ["3", "2-3", "0"]);
        assert_eq!(placed(&seats("", "", "0")).unwrap(), ["1", "1-3", "0"]);
    }

    #[test]
    fn a_cpu_that_does_not_exist_is_named_with_its_key() {
        let error =
            |bench, threaded, housekeeping| placed(&seats(bench, threaded, housekeeping)).unwrap_err();
        let rest = "CPU 9 does not exist on this machine, which has 0-3; allowed are 0-3";
        assert_eq!(error("9", "", ""), format!("cpus.bench: {rest}"));
        assert_eq!(error("1", "2,9", ""), format!("cpus.threaded: {rest}"));
        assert_eq!(error("1", "", "9"), format!("cpus.housekeeping: {rest}"));
    }
}
