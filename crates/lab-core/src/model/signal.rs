//! What the host did while one invocation ran: volatile readings, taken by the meters.
//!
//! A reading that could not be had says why; it is never zero instead.

use std::collections::BTreeMap;

/// Name of a signal: JSON key and column head.
pub type SignalId = String;

/// One reading, or why there is none.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// The value, in the signal's unit.
    Value(f64),
    /// Why it could not be read, as a short clause ("perf_event_open: permission denied").
    Absent(String),
}

impl Reading {
    /// The value, when there is one.
    pub fn value(&self) -> Option<f64> {
        match self {
            Self::Value(value) => Some(*value),
            Self::Absent(_) => None,
        }
    }
}

/// All readings of one invocation, by signal id.
pub type Signals = BTreeMap<SignalId, Reading>;

/// One row of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Signal {
    /// JSON key; the unit stands last.
    pub id: &'static str,
    /// Unit of the value.
    pub unit: &'static str,
    /// What it is and where it is read.
    pub doc: &'static str,
}

const fn row(id: &'static str, unit: &'static str, doc: &'static str) -> Signal {
    Signal { id, unit, doc }
}

/// Every signal that a meter may fill.
pub const SIGNALS: &[Signal] = &[
    row("cpu_user_ns", "ns", "user time of the process and its waited-for children (waitid rusage)"),
    row("cpu_system_ns", "ns", "system time of the same (waitid rusage)"),
    row(
        "rss_max_bytes",
        "bytes",
        "greatest resident set (waitid rusage); where it lies below what the launch left behind, the last VmHWM seen",
    ),
    row("faults_minor_count", "count", "page faults served without IO (waitid rusage)"),
    row("faults_major_count", "count", "page faults whose page was not in memory (waitid rusage)"),
    row("disk_read_bytes", "bytes", "bytes that the process had read from a disk (waitid rusage)"),
    row("switches_voluntary_count", "count", "context switches while waiting (waitid rusage)"),
    row("switches_involuntary_count", "count", "context switches while runnable (waitid rusage)"),
    row("migrations_count", "count", "moves to another CPU (perf software event)"),
    row(
        "task_clock_ns",
        "ns",
        "CPU time of all threads as the kernel's task clock counts it (perf software event)",
    ),
    row("cycles_count", "count", "core cycles, user and kernel (perf hardware event)"),
    row("cycles_user_count", "count", "core cycles in user mode (perf hardware event)"),
    row("instructions_count", "count", "instructions retired in user mode (perf hardware event)"),
    row("branch_misses_count", "count", "mispredicted branches in user mode (perf hardware event)"),
    row("cache_misses_count", "count", "last-level cache misses in user mode (perf hardware event)"),
    row("clock_ghz", "GHz", "measured clock: cycles over task clock"),
    row(
        "run_queue_wait_ns",
        "ns",
        "time the main thread spent runnable but not running (/proc/PID/schedstat field 2)",
    ),
    row(
        "other_work_ns",
        "ns",
        "time the bench CPUs ran other tasks than the benchmark's (/proc/schedstat field 7, less its CPU time)",
    ),
    row("steal_ns", "ns", "time a hypervisor took from the bench CPUs, in ticks of 10 ms (/proc/stat)"),
    row("quota_throttled_ns", "ns", "time a CPU quota stopped the control group (cgroup cpu.stat)"),
    row("pressure_cpu_ns", "ns", "host time some task waited for a CPU (/proc/pressure/cpu some total)"),
    row(
        "pressure_memory_ns",
        "ns",
        "host time some task waited for memory (/proc/pressure/memory some total)",
    ),
    row("pressure_io_ns", "ns", "host time some task waited for IO (/proc/pressure/io some total)"),
    row("throttle_count", "count", "thermal throttle events on the bench CPUs (sysfs thermal_throttle)"),
    row(
        "temperature_celsius",
        "°C",
        "hottest sensor in the processor, or else hottest thermal zone, after the invocation (hwmon, thermal)",
    ),
    row("interrupts_count", "count", "interrupts on the bench CPUs, local timer left out (/proc/interrupts)"),
    row("timer_interrupts_count", "count", "local timer interrupts on the bench CPUs (/proc/interrupts LOC)"),
    row("swap_pages_count", "count", "pages swapped in or out on the host (/proc/vmstat)"),
];
