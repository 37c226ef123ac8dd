//! The canaries without any benchmark: what a machine is now, by a few processes of a second in all.
//!
//! The caller holds the host's lock; two surveys at once would measure each other.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use lab_core::model::{Aslr, CanaryExtract, KernelExtract, Measurement, Outcome};

use super::IS_OPTIMISED;
use super::harness::{kernel_records, prepared, sha256_of_this_program};
use crate::harness::Request;
use crate::host::sysfs::SysRoot;
use crate::runner::own_copy::OwnCopy;
use crate::runner::spawn::{self, Finished, Launch, Metering, SpawnError, THIS_PROGRAM};

/// Kills a process that lives longer.
const LIMIT: Duration = Duration::from_secs(30);

/// Runs the canaries in so many processes on these CPUs, with files in `place`.
///
/// A kernel that cannot run has no values. A process whose kernels fail gives none for them.
///
/// # Errors
/// [`SpawnError`] when a process cannot be started.
pub fn survey(
    root: &SysRoot,
    cpus: &[u32],
    place: &Path,
    process_count: usize,
) -> Result<CanaryExtract, SpawnError> {
    let records = kernel_records();
    let canaries = prepared(&records, place);
    let request = Request {
        target: &canaries.target,
        benchmarks: &canaries.benchmarks,
        selection: canaries.selection,
        time_ms: 0,
    };
    let spec = canaries.harness.command(&request);
    let mut kernels: Vec<KernelExtract> = records
        .iter()
        .map(|kernel| KernelExtract { id: kernel.id.clone(), units: kernel.units, values: Vec::new() })
        .collect();
    for process in 0..process_count as u32 {
        // Where it cannot be copied it is measured as it is; a Run on this host will say so.
        let copy = OwnCopy::make(&canaries.target.executable, process);
        let launch = Launch {
            launcher: THIS_PROGRAM.as_ref(),
            executable: &canaries.target.executable,
            image: copy.as_ref().ok().map(OwnCopy::path),
            directory: place,
            spec: &spec,
            environment: &[],
            cpus,
            aslr: Aslr::Random,
            padding_bytes: 0,
            limit: LIMIT,
            metering: Metering::Off,
            stop: &AtomicBool::new(false),
        };
        let Finished::Completed(completed) = spawn::run(&launch, root)? else { break };
        let observations = canaries.harness.read(&request, &completed.captured).observations;
        for (kernel, observation) in kernels.iter_mut().zip(&observations) {
            let value = observation.measurements.first().and_then(Measurement::representative);
            kernel.values.extend(value.filter(|_| observation.outcome == Outcome::Ok));
        }
    }
    Ok(CanaryExtract { sha256: sha256_of_this_program(), is_optimised: IS_OPTIMISED, kernels })
}
