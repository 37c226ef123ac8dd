//! Which CPUs of a scene a knob means: the cores that are measured on, the CPUs that stay, the ones elsewhere.
//!
//! It only selects; what happens to the CPUs is the knobs' business.

use lab_core::cpulist::CpuList;

use super::super::sysfs::Absence;
use super::{Scene, smt_twins};

impl Scene<'_> {
    /// The CPUs that are online while the knobs are set: all but the twins that the knob `smt_twins` takes down. The
    /// files of an offline CPU cannot be written.
    pub fn staying_cpus(&self) -> CpuList {
        let leaving = smt_twins::leaving(self).unwrap_or_default();
        self.topology.online().iter().filter(|&cpu| !leaving.contains(cpu)).collect()
    }

    /// The bench CPUs and the threads that keep sharing a core with one: a core runs at the greatest clock that any of
    /// its threads asks for.
    pub fn measured_threads(&self) -> CpuList {
        let staying = self.staying_cpus();
        self.core_threads().filter(|&cpu| staying.contains(cpu)).collect()
    }

    /// Every thread of every core that a bench CPU belongs to.
    pub(super) fn core_threads(&self) -> impl Iterator<Item = u32> {
        let cpus = self.bench_cpus.iter().filter_map(|id| self.topology.cpu(id));
        cpus.flat_map(|cpu| cpu.siblings.iter())
    }

    /// Where to send what disturbs: the housekeeping CPUs that are not measured on.
    ///
    /// # Errors
    /// There is none.
    pub fn elsewhere(&self) -> Result<CpuList, Absence> {
        let free = |cpu: &u32| !self.bench_cpus.contains(*cpu);
        let cpus: CpuList = self.housekeeping_cpus.iter().filter(free).collect();
        if cpus.is_empty() {
            Err("benchmarks use every CPU, so there is none to move it to".into())
        } else {
            Ok(cpus)
        }
    }

    /// What is left of a set of CPUs when it keeps to [`Self::elsewhere`]; all of that when nothing would be left.
    /// Narrowing keeps a driver's or an administrator's choice of node and queue.
    pub(super) fn narrow(&self, cpus: &CpuList) -> Result<CpuList, Absence> {
        let elsewhere = self.elsewhere()?;
        let narrowed: CpuList = cpus.iter().filter(|&cpu| elsewhere.contains(cpu)).collect();
        Ok(if narrowed.is_empty() { elsewhere } else { narrowed })
    }
}
