//! The measured clock of the bench CPUs, with the nominal one beside it.
//!
//! It measures nothing itself; the timed probes do.

use lab_core::doctor::{Clock, CpuClock, Gap, Sourced};

use super::frequency;
use super::scene::{CPUS, Scene};

pub(super) fn read(scene: &Scene<'_>) -> Clock {
    let measured = scene.probed().and_then(|timed| {
        let spins = timed.clocks.as_ref().map_err(|why| match scene.hypervisor() {
            Some(_) if why.contains("offers no such counter") => Gap::Virtual(why.clone()),
            _ => Gap::Unreadable(why.clone()),
        })?;
        let clocks = spins.iter().map(|(cpu, spins_ghz)| CpuClock {
            cpu: *cpu,
            spins_ghz: spins_ghz.clone(),
            nominal_ghz: nominal_ghz(scene, *cpu),
        });
        Ok(clocks.collect())
    });
    Clock {
        measured: Sourced::new("cycles over task clock of a spinning thread", measured),
        boost: frequency::boost(scene).value.ok(),
    }
}

/// intel_pstate gives it in kHz, the firmware's CPPC tables in MHz, where 0 means that the firmware does not say.
fn nominal_ghz(scene: &Scene<'_>, cpu: u32) -> Option<f64> {
    let number = |file: &str| scene.root.read(&format!("{CPUS}/cpu{cpu}/{file}")).ok()?.parse::<f64>().ok();
    let base = number("cpufreq/base_frequency").map(|khz| khz / 1e6);
    base.or_else(|| number("acpi_cppc/nominal_freq").map(|mhz| mhz / 1e3)).filter(|ghz| *ghz > 0.0)
}
