//! The kernel's performance counters on the bench process: cycles, instructions, misses, task clock, migrations.
//!
//! It takes as much as the host allows and says why the rest is missing; it never reports a count that shared its
//! hardware counter with another.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use lab_core::model::Reading;
use perf_event_open_sys::bindings as kernel;

use super::perf_event::{Counter, Event, Mode};
use super::{Meter, Running, Scene, reading};
use crate::host::sysfs::{Absence, SysRoot};
use crate::runner::watch::Seen;

/// One group on the processor's own counters, the most useful first: from the end it is cut when counters are few.
const HARDWARE: [Event; 5] = [
    hardware("cycles_count", kernel::PERF_COUNT_HW_CPU_CYCLES, Mode::All),
    hardware("instructions_count", kernel::PERF_COUNT_HW_INSTRUCTIONS, Mode::User),
    hardware("cycles_user_count", kernel::PERF_COUNT_HW_CPU_CYCLES, Mode::User),
    hardware("branch_misses_count", kernel::PERF_COUNT_HW_BRANCH_MISSES, Mode::User),
    hardware("cache_misses_count", kernel::PERF_COUNT_HW_CACHE_MISSES, Mode::User),
];

/// Counted by the kernel in software, each on its own.
const SOFTWARE: [Event; 2] = [
    // Time is counted whole in user mode too, where everybody may open it.
    software("task_clock_ns", kernel::PERF_COUNT_SW_TASK_CLOCK, Mode::User),
    // A migration happens in the kernel, so that counted in user mode it would be zero for ever.
    software("migrations_count", kernel::PERF_COUNT_SW_CPU_MIGRATIONS, Mode::All),
];

const SIGNALS: &[&str] = &[
    "cycles_count",
    "instructions_count",
    "cycles_user_count",
    "branch_misses_count",
    "cache_misses_count",
    "task_clock_ns",
    "migrations_count",
    "clock_ghz",
];

/// How many hardware events are asked for. Fewer after a group did not get its counters all the time: the NMI watchdog
/// or another profiler may hold some, and the kernel does not say so when the group is opened.
static GROUP_SIZE: AtomicUsize = AtomicUsize::new(HARDWARE.len());

const fn hardware(signal: &'static str, config: u32, mode: Mode) -> Event {
    Event { signal, kind: kernel::PERF_TYPE_HARDWARE, config, mode }
}

const fn software(signal: &'static str, config: u32, mode: Mode) -> Event {
    Event { signal, kind: kernel::PERF_TYPE_SOFTWARE, config, mode }
}

/// The performance counters.
pub(super) struct Perf;

/// Each event with its counter, or with the reason why it has none.
struct Counting {
    asked: usize,
    counters: Vec<(Event, Result<Counter, Absence>)>,
}

impl Meter for Perf {
    fn id(&self) -> &'static str {
        "perf"
    }

    fn signals(&self) -> &'static [&'static str] {
        SIGNALS
    }

    fn begin(&self, scene: &Scene<'_>) -> Box<dyn Running> {
        let asked = GROUP_SIZE.load(Ordering::Relaxed);
        let mut counters = open_group(scene, asked);
        counters.extend(SOFTWARE.map(|event| {
            let counter = Counter::open(event, scene.pid, None);
            (event, counter.map_err(|error| why_not(&error, scene.sys)))
        }));
        Box::new(Counting { asked, counters })
    }
}

fn open_group(scene: &Scene<'_>, size: usize) -> Vec<(Event, Result<Counter, Absence>)> {
    let mut group: Vec<(Event, Result<Counter, Absence>)> = Vec::with_capacity(HARDWARE.len());
    for (place, event) in HARDWARE.into_iter().enumerate() {
        let counter = if place < size {
            // The first that opens leads; that is not the first of the list where the kernel's part is forbidden.
            let leader = group.iter().find_map(|(_, counter)| counter.as_ref().ok());
            Counter::open(event, scene.pid, leader).map_err(|error| why_not(&error, scene.sys))
        } else {
            Err(format!("left out: a group of {} events had to share the processor's counters", size + 1))
        };
        group.push((event, counter));
    }
    group
}

/// The kernel's refusal in words.
fn why_not(error: &io::Error, sys: &SysRoot) -> Absence {
    match error.raw_os_error() {
        Some(libc::EACCES | libc::EPERM) => {
            let level = sys.read("/proc/sys/kernel/perf_event_paranoid");
            let level =
                level.map_or_else(|_| String::new(), |level| format!(" (perf_event_paranoid is {level})"));
            format!("perf_event_open: permission denied{level}")
        }
        Some(libc::ENOENT | libc::ENODEV | libc::EOPNOTSUPP) => {
            "perf_event_open: the processor or hypervisor offers no such counter".into()
        }
        Some(libc::ENOSYS) => "perf_event_open: not in this kernel or sandbox".into(),
        Some(libc::EINVAL | libc::ENOSPC) => "perf_event_open: no room left in the group".into(),
        _ => format!("perf_event_open: {error}"),
    }
}

impl Running for Counting {
    fn end(self: Box<Self>, _: &Scene<'_>, _: &Seen) -> Vec<(&'static str, Reading)> {
        let mut values: Vec<(&'static str, Result<f64, Absence>)> = Vec::with_capacity(SIGNALS.len());
        for (event, counter) in self.counters {
            let value = counter.and_then(|mut counter| {
                let count = counter.read().map_err(|error| format!("read of the counter: {error}"))?;
                if is_hardware(event) && !count.is_whole() {
                    shrink_group(self.asked);
                    let share = 100.0 * count.running_ns as f64 / count.enabled_ns.max(1) as f64;
                    return Err(format!("multiplexed: counted {share:.1} % of the time"));
                }
                Ok(count.value as f64)
            });
            values.push((event.signal, value));
        }
        values.push(("clock_ghz", clock_ghz(&values)));
        values.into_iter().map(|(signal, value)| (signal, reading(value))).collect()
    }
}

fn is_hardware(event: Event) -> bool {
    event.kind == kernel::PERF_TYPE_HARDWARE
}

/// Asks for one event fewer from now on, unless that was learnt already or one is left.
fn shrink_group(asked: usize) {
    if asked > 1 {
        let _ = GROUP_SIZE.compare_exchange(asked, asked - 1, Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// Cycles a nanosecond, both of user and kernel.
fn clock_ghz(values: &[(&'static str, Result<f64, Absence>)]) -> Result<f64, Absence> {
    let value = |signal| {
        let found = values.iter().find(|(id, _)| *id == signal);
        found.map_or_else(|| Err(format!("no {signal}")), |(_, value)| value.clone())
    };
    match (value("cycles_count")?, value("task_clock_ns")?) {
        (_, time) if time <= 0.0 => Err("the task clock stood still".into()),
        (cycles, time) => Ok(cycles / time),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io;

    use super::{HARDWARE, SIGNALS, SOFTWARE, clock_ghz, why_not};
    use crate::host::sysfs::SysRoot;

    #[test]
    fn a_refusal_names_the_setting_that_refuses() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("proc/sys/kernel")).unwrap();
        fs::write(root.path().join("proc/sys/kernel/perf_event_paranoid"), "4\n").unwrap();
        let said = |errno| why_not(&io::Error::from_raw_os_error(errno), &SysRoot::at(root.path()));
        assert_eq!(said(libc::EACCES), "perf_event_open: permission denied (perf_event_paranoid is 4)");
        assert!(said(libc::ENOENT).contains("offers no such counter"));
        assert!(said(libc::ENOSYS).contains("not in this kernel"));
    }

    #[test]
    fn the_clock_needs_both_of_its_parts() {
        let clock = |cycles: Result<f64, String>, time| {
            clock_ghz(&[("cycles_count", cycles), ("task_clock_ns", time)])
        };
        assert_eq!(clock(Ok(2.5e9), Ok(1e9)), Ok(2.5));
        assert_eq!(clock(Err("no PMU".into()), Ok(1e9)), Err("no PMU".into()));
        assert!(clock(Ok(1.0), Ok(0.0)).is_err());
    }

    #[test]
    fn every_event_fills_a_signal_of_this_meter() {
        let events = HARDWARE.iter().chain(&SOFTWARE).map(|event| event.signal);
        assert!(events.chain(["clock_ghz"]).eq(SIGNALS.iter().copied()));
    }
}
