//! The time that a hypervisor took from the bench CPUs, from `/proc/stat`.
//!
//! The kernel tells it in ticks of 10 ms and rounds down, so that one reading is right to one tick on either side; it
//! never divides that into something finer.

use super::Scene;
use super::totals::{Totals, Values, sum};
use crate::host::sysfs::Absence;

pub(super) const METER: Totals = Totals { id: "steal", signals: &["steal_ns"], read };

fn read(scene: &Scene<'_>) -> Values {
    let tick_ns = 1e9 / rustix::param::clock_ticks_per_second() as f64;
    let ticks = scene.sys.read("/proc/stat").and_then(|text| steal_ticks(&text, scene));
    vec![ticks.map(|ticks| ticks * tick_ns)]
}

fn steal_ticks(text: &str, scene: &Scene<'_>) -> Result<f64, Absence> {
    // user nice system idle iowait irq softirq steal (proc_stat(5)); steal came with Linux 2.6.11.
    sum(scene.cpu_lines("/proc/stat", text)?.into_iter().map(|fields| {
        let steal = fields.split_ascii_whitespace().nth(7).and_then(|field| field.parse().ok());
        steal.ok_or_else(|| "/proc/stat has no steal column".into())
    }))
}

#[cfg(test)]
mod tests {
    use super::steal_ticks;
    use crate::host::sysfs::SysRoot;
    use crate::meter::{Scene, Usage};

    const STAT: &str = "cpu  7308 0 4635 229848 622 0 38 33 0 0\n\
        cpu0 3169 0 1812 116113 130 0 8 3 0 0\ncpu1 4139 0 2823 113734 492 0 29 10 0 0\n\
        cpu10 1 0 1 1 1 0 1 20 0 0\nintr 194707 0\nprocs_running 3\n";

    #[test]
    fn only_the_bench_cpus_count_and_cpu_1_is_not_cpu_10() {
        let sys = SysRoot::at("/nonexistent");
        let steal =
            |cpus: &[u32]| steal_ticks(STAT, &Scene { sys: &sys, pid: 1, cpus, before: Usage::default() });
        assert_eq!(steal(&[1]), Ok(10.0));
        assert_eq!(steal(&[0, 10]), Ok(23.0));
        assert_eq!(steal(&[]), Ok(33.0));
        assert_eq!(steal(&[7]), Err("/proc/stat has no line of a bench CPU".into()));
    }
}
