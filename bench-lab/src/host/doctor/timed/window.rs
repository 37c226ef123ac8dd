//! What happened between two snapshots.
//!
//! It never makes a figure from two things that are not the same counter: one that went backwards has no difference.

use lab_core::doctor::{Busy, Gap, IrqRate, Throttled};

use super::snapshot::{CpuTicks, InterruptRow, Snapshot};
use crate::host::sysfs::Absence;

/// The time between two looks.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Window<'a> {
    pub(in super::super) first: &'a Snapshot,
    pub(in super::super) last: &'a Snapshot,
}

type Both<T> = Result<(T, T), Absence>;

impl Window<'_> {
    fn seconds(&self) -> f64 {
        self.last.at.saturating_sub(self.first.at).as_secs_f64().max(f64::MIN_POSITIVE)
    }

    fn ticks(&self, cpu: u32) -> Both<CpuTicks> {
        let of = |snapshot: &Snapshot| {
            let ticks = snapshot.ticks.as_ref().map_err(Clone::clone)?;
            ticks.get(&cpu).copied().ok_or_else(|| format!("no line of CPU {cpu} in /proc/stat"))
        };
        Ok((of(self.first)?, of(self.last)?))
    }

    /// Part of a CPU's time, as `part` picks it.
    fn share(&self, cpu: u32, part: impl Fn(CpuTicks) -> u64) -> Result<f64, Gap> {
        let (first, last) = self.ticks(cpu).map_err(Gap::Unreadable)?;
        let total = last.total.checked_sub(first.total).filter(|total| *total > 0);
        let used = part(last).checked_sub(part(first));
        match (used, total) {
            (Some(used), Some(total)) => Ok(used as f64 / total as f64),
            _ => {
                Err(Gap::Unreadable(format!("the times of CPU {cpu} in /proc/stat stood still or went back")))
            }
        }
    }

    /// Share of the time that a CPU had something to do.
    pub(in super::super) fn busy_share(&self, cpu: u32) -> Result<f64, Gap> {
        // Stolen time is busy with somebody else's work.
        self.share(cpu, |ticks| ticks.total - ticks.idle)
    }

    /// Share of the time that a hypervisor took.
    pub(in super::super) fn steal_share(&self, cpu: u32) -> Result<f64, Gap> {
        self.share(cpu, |ticks| ticks.steal)
    }

    fn interrupts(&self) -> Result<(&[InterruptRow], &[InterruptRow]), Gap> {
        let of = |rows: &'_ Result<Vec<InterruptRow>, Absence>| rows.as_ref().err().cloned();
        match (&self.first.interrupts, &self.last.interrupts) {
            (Ok(first), Ok(last)) => Ok((first, last)),
            (first, last) => Err(Gap::Unreadable(of(first).or_else(|| of(last)).unwrap_or_default())),
        }
    }

    /// Difference of a row on a CPU; a row that is new counts from nothing.
    fn rate(&self, row: &InterruptRow, before: &[InterruptRow], cpu: u32) -> Option<f64> {
        let old = before.iter().find(|old| old.label == row.label && old.device == row.device);
        let old = old.and_then(|old| old.counts.get(&cpu)).copied().unwrap_or(0);
        Some(row.counts.get(&cpu)?.checked_sub(old)? as f64 / self.seconds())
    }

    /// Numbered interrupts that a CPU served, the busiest first.
    pub(in super::super) fn device_rates(&self, cpu: u32) -> Result<Vec<IrqRate>, Gap> {
        let (before, after) = self.interrupts()?;
        let devices = after.iter().filter_map(|row| Some((row, row.label.parse().ok()?)));
        // The timer of ARM has a number, and is no device.
        let devices = devices.filter(|(row, _)| row.device != "arch_timer");
        let mut rates: Vec<IrqRate> = devices
            .filter_map(|(row, irq)| {
                let per_second = self.rate(row, before, cpu)?;
                Some(IrqRate { irq, device: row.device.clone(), per_second })
            })
            .collect();
        rates.sort_by(|one, two| two.per_second.total_cmp(&one.per_second));
        Ok(rates)
    }

    /// Interrupts of the local timer.
    pub(in super::super) fn ticks_per_second(&self, cpu: u32) -> Result<f64, Gap> {
        let (before, after) = self.interrupts()?;
        let timer = after.iter().find(|row| row.label == "LOC" || row.device == "arch_timer");
        timer
            .and_then(|row| self.rate(row, before, cpu))
            .ok_or_else(|| Gap::Absent("no line of a local timer in /proc/interrupts".into()))
    }

    /// Share of the time in which some program waited for a CPU.
    pub(in super::super) fn pressure_share(&self) -> Result<f64, Gap> {
        let waited = self.difference(|snapshot| &snapshot.pressure_us).map_err(Gap::Unreadable)?;
        Ok(waited as f64 / 1e6 / self.seconds())
    }

    /// Pages swapped in or out.
    pub(in super::super) fn swapped_pages(&self) -> Result<u64, Absence> {
        self.difference(|snapshot| &snapshot.swapped_page_count)
    }

    /// Share of the time that a CPU slept in states which take longer to leave than `limit_us`.
    pub(in super::super) fn deep_idle_share(&self, cpu: u32, limit_us: u64) -> Result<f64, Absence> {
        let slept = |snapshot: &Snapshot| {
            let states = snapshot.idle.get(&cpu).ok_or_else(|| format!("no idle states of CPU {cpu}"))?;
            Ok::<_, Absence>(
                states.iter().filter(|state| state.latency_us > limit_us).map(|state| state.slept_us).sum(),
            )
        };
        let (first, last): (u64, u64) = (slept(self.first)?, slept(self.last)?);
        let slept = last.checked_sub(first).ok_or("the time asleep went backwards")?;
        Ok(slept as f64 / 1e6 / self.seconds())
    }

    /// Pages unmapped to see who touches them.
    pub(in super::super) fn numa_updates(&self) -> Result<u64, Absence> {
        self.difference(|snapshot| &snapshot.numa_update_count)
    }

    /// Pages, or on older kernels whole scans, that the search for equal pages made.
    pub(in super::super) fn ksm_pages(&self) -> Result<u64, Absence> {
        self.difference(|snapshot| &snapshot.ksm_page_count)
    }

    /// Thermal events, in the window and before.
    pub(in super::super) fn throttled(&self) -> Result<Throttled, Absence> {
        let of = |snapshot: &Snapshot| snapshot.throttle_count.clone();
        Ok(Throttled::between(of(self.first)?, of(self.last)?))
    }

    fn difference(&self, of: impl Fn(&Snapshot) -> &Result<u64, Absence>) -> Result<u64, Absence> {
        let (first, last) = (of(self.first).clone()?, of(self.last).clone()?);
        last.checked_sub(first).ok_or_else(|| "the counter went backwards".into())
    }

    /// Programs that used a CPU, the busiest first; one that began in the window counts whole.
    pub(in super::super) fn busy(&self) -> Result<Vec<Busy>, Gap> {
        let tick_seconds = 1.0 / rustix::param::clock_ticks_per_second() as f64;
        let before = self.first.processes.as_ref().map_err(|why| Gap::Unreadable(why.clone()))?;
        let after = self.last.processes.as_ref().map_err(|why| Gap::Unreadable(why.clone()))?;
        let mut busy: Vec<Busy> = after
            .iter()
            .filter_map(|now| {
                let then =
                    before.iter().find(|then| (then.pid, then.start_ticks) == (now.pid, now.start_ticks));
                let used = now.used_ticks.checked_sub(then.map_or(0, |then| then.used_ticks))?;
                let share = used as f64 * tick_seconds / self.seconds();
                (used > 0).then(|| Busy { name: now.name.clone(), pid: now.pid, share })
            })
            .collect();
        busy.sort_by(|one, two| two.share.total_cmp(&one.share));
        Ok(busy)
    }
}
