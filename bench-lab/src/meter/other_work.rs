//! How long the bench CPUs ran something else than the benchmark, from the scheduler's account of each CPU.
//!
//! It is for processes with several threads: where only one waits, its own account says more. A turn on a CPU counts when
//! it ends, and it never counts an idle CPU.

use lab_core::model::Reading;

use super::totals::sum;
use super::{Meter, Running, Scene, Usage, reading};
use crate::host::sysfs::Absence;
use crate::runner::watch::Seen;

const FILE: &str = "/proc/schedstat";

/// From this version on the file counts nanoseconds, before in ticks (Documentation/scheduler/sched-stats.rst).
const NANOSECONDS_SINCE: u32 = 15;

/// The account of each CPU.
pub(super) struct OtherWork;

struct Begun(Result<f64, Absence>);

impl Meter for OtherWork {
    fn id(&self) -> &'static str {
        "other_work"
    }

    fn signals(&self) -> &'static [&'static str] {
        &["other_work_ns"]
    }

    fn begin(&self, scene: &Scene<'_>) -> Box<dyn Running> {
        Box::new(Begun(all_work(scene)))
    }
}

impl Running for Begun {
    fn end(self: Box<Self>, scene: &Scene<'_>, _: &Seen) -> Vec<(&'static str, Reading)> {
        let own = Usage::of_dead_child(scene.pid).map_err(|error| format!("waitid: {error}"));
        vec![("other_work_ns", reading(others(self.0, all_work(scene), own, scene.before)))]
    }
}

fn others(
    first: Result<f64, Absence>,
    last: Result<f64, Absence>,
    own: Result<Usage, Absence>,
    before: Usage,
) -> Result<f64, Absence> {
    let (first, last, own) = (first?, last?, own?);
    let used_ns = |usage: Usage| (usage.user_ns + usage.system_ns) as f64;
    match last - first {
        // A CPU that went offline and came back starts again from nothing.
        all if all < 0.0 => Err("the counter went backwards".into()),
        // The two accounts are rounded differently: a microsecond either way.
        all => Ok((all - (used_ns(own) - used_ns(before))).max(0.0)),
    }
}

/// What the bench CPUs ran since the host came up.
fn all_work(scene: &Scene<'_>) -> Result<f64, Absence> {
    scene.sys.read(FILE).and_then(|text| work_ns(&text, scene))
}

fn work_ns(text: &str, scene: &Scene<'_>) -> Result<f64, Absence> {
    let version = text.lines().next().and_then(|line| line.strip_prefix("version ")?.trim().parse().ok());
    if version.is_none_or(|version: u32| version < NANOSECONDS_SINCE) {
        return Err(format!("{FILE} is older than version {NANOSECONDS_SINCE}"));
    }
    // "7) sum of all time spent running by tasks on this processor" (sched-stats.rst).
    sum(scene.cpu_lines(FILE, text)?.into_iter().map(|fields| {
        let run = fields.split_ascii_whitespace().nth(6).and_then(|field| field.parse().ok());
        run.ok_or_else(|| format!("{FILE} has no seventh field"))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::sysfs::SysRoot;

    /// As Linux 6.1 writes it.
    const SCHEDSTAT: &str = "version 15\ntimestamp 4295130113\n\
        cpu0 0 0 0 0 0 0 81342345000 3093344501 523411\ndomain0 3 0 0 0 0 0\n\
        cpu1 0 0 0 0 0 0 64000000000 900000 310022\ndomain0 3 0 0 0 0 0\n\
        cpu10 0 0 0 0 0 0 7 0 1\n";

    fn on(cpus: &[u32], text: &str) -> Result<f64, Absence> {
        let sys = SysRoot::at("/nonexistent");
        work_ns(text, &Scene { sys: &sys, pid: 1, cpus, before: Usage::default() })
    }

    #[test]
    fn only_the_bench_cpus_count_and_cpu_1_is_not_cpu_10() {
        assert_eq!(on(&[1], SCHEDSTAT), Ok(64e9));
        assert_eq!(on(&[1, 10], SCHEDSTAT), Ok(64e9 + 7.0));
        assert_eq!(on(&[7], SCHEDSTAT), Err("/proc/schedstat has no line of a bench CPU".into()));
    }

    #[test]
    fn a_file_that_counts_ticks_is_not_read_as_nanoseconds() {
        let old = SCHEDSTAT.replace("version 15", "version 14");
        assert_eq!(on(&[1], &old), Err("/proc/schedstat is older than version 15".into()));
        assert!(on(&[1], &SCHEDSTAT.replace("version 15\n", "")).is_err());
        assert_eq!(on(&[1], &SCHEDSTAT.replace("version 15", "version 17")), Ok(64e9));
    }

    #[test]
    fn what_the_benchmark_used_itself_is_not_other_work() {
        let used = |user_ns, system_ns| Usage { user_ns, system_ns, ..Usage::default() };
        let before = used(1_000, 2_000);
        assert_eq!(others(Ok(5e9), Ok(6e9), Ok(used(700_001_000, 200_002_000)), before), Ok(1e8));
        assert_eq!(others(Ok(5e9), Ok(6e9), Ok(used(1_000_002_000, 2_000)), before), Ok(0.0));
        assert!(others(Ok(6e9), Ok(5e9), Ok(before), before).is_err());
        assert_eq!(others(Err("no file".into()), Ok(1.0), Ok(before), before), Err("no file".into()));
    }
}
