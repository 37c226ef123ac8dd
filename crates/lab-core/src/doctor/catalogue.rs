//! The checks of the doctor: what each is called, wants, and is good for.
//!
//! It holds no limit; those are in the table of thresholds.

use std::fmt;

use super::criterion::THRESHOLDS;
use super::finding::Severity;
use super::threshold::Threshold;

/// Whether a check needs its own measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// Read in a moment; every Run asks it by itself.
    Fast,
    /// Needs seconds of watching or spinning; only the doctor asks it.
    Timed,
}

macro_rules! checks {
    ($($variant:ident $id:literal $cost:ident $title:literal wanted $wanted:literal why $why:literal)+) => {
        /// One question that is asked of the host.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Check { $(#[doc = $why] $variant),+ }

        impl Check {
            /// Every check, in the order of the report.
            pub const ALL: &[Check] = &[$(Check::$variant),+];

            /// Name in JSON and in warnings.
            pub fn id(self) -> &'static str {
                match self { $(Check::$variant => $id),+ }
            }

            /// Name for people.
            pub fn title(self) -> &'static str {
                match self { $(Check::$variant => $title),+ }
            }

            /// Whether it needs its own measurement.
            pub fn cost(self) -> Cost {
                match self { $(Check::$variant => Cost::$cost),+ }
            }

            /// What it should be.
            pub fn wanted(self) -> &'static str {
                match self { $(Check::$variant => $wanted),+ }
            }

            /// What it does to measurements when it is otherwise, one sentence.
            pub fn why(self) -> &'static str {
                match self { $(Check::$variant => $why),+ }
            }
        }
    };
}

checks! {
    HostLock "host_lock" Fast "host lock"
        wanted "no other session measures"
        why "Two sessions on one host measure each other."
    Journal "restore_journal" Fast "restore journal"
        wanted "nothing left changed by an earlier session"
        why "A session that died may have left the host tuned, or half tuned, for whoever comes next."
    Virtualisation "virtualisation" Fast "virtualisation"
        wanted "bare metal"
        why "A hypervisor may take the CPU away at any time, and hides the clock, the heat and the neighbours."
    CpuQuota "cpu_quota" Fast "CPU quota"
        wanted "no quota below the CPUs that may be used"
        why "A quota stops a process in the middle, for many milliseconds at once."
    Steal "steal" Timed "steal time"
        wanted "the hypervisor takes nothing"
        why "Time that the hypervisor gives to others is in the wall time of the benchmark."
    Governor "governor" Fast "governor"
        wanted "performance on every bench CPU"
        why "Other governors change the clock with the load, and so within a benchmark."
    Boost "boost" Fast "boost"
        wanted "off, and known to be off"
        why "A boosted clock depends on heat, on power and on what the other cores do."
    ClockLimits "clock_limits" Fast "clock limits"
        wanted "the least and the greatest clock are the same"
        why "A clock that may move between two limits will, even where boost cannot be switched off."
    EnergyPreference "energy_preference" Fast "energy preference"
        wanted "performance on every bench CPU"
        why "The processor itself trades clock for energy where it is allowed to."
    PlatformProfile "platform_profile" Fast "platform profile"
        wanted "performance"
        why "The firmware limits power, and with it the clock, behind the kernel's back."
    PowerSupply "power_supply" Fast "power supply"
        wanted "mains"
        why "On battery, firmware and kernel lower clocks as they see fit."
    ParallelBoost "parallel_boost" Fast "boost and threads"
        wanted "no boost when several CPUs are measured at once"
        why "Threads share the boost budget: how fast one runs depends on how many run."
    Clock "clock" Timed "measured clock"
        wanted "steady, and at the nominal clock"
        why "The clock scales every time; only measuring it tells whether the switches were obeyed."
    KnobEffects "knob_effects" Timed "knobs in force"
        wanted "what was set is still set, and is seen to act"
        why "A value that reads back is a wish: firmware, hypervisor or another program may do otherwise."
    Isolation "isolation" Fast "isolation"
        wanted "isolated bench CPUs"
        why "Whatever else the scheduler puts on the bench CPU runs between two samples."
    BenchSet "bench_set" Fast "bench CPUs"
        wanted "one kind of core, one greatest clock, one last-level cache"
        why "Cores of different kinds give different times for the same code, by where a thread happens to run."
    SmtTwins "smt_twins" Timed "SMT twins"
        wanted "offline, or idle"
        why "A busy twin takes its part of the core that is being measured."
    Interrupts "interrupts" Timed "device interrupts"
        wanted "served by other CPUs"
        why "Each interrupt stops the benchmark and cools its caches."
    Ticks "ticks" Timed "timer ticks"
        wanted "as few as the kernel was told"
        why "The tick stops the benchmark some hundred times a second; nohz_full is meant to end that."
    Jitter "jitter" Timed "jitter"
        wanted "a spinning program is left alone"
        why "It is what all disturbances together cost, whoever causes them."
    Load "load" Fast "load"
        wanted "nobody else wants a CPU"
        why "Other work takes the bench CPU, its caches, its memory bandwidth and its boost."
    Daemons "daemons" Fast "tuning daemons"
        wanted "none that sets what is measured"
        why "They move interrupts, governors and limits while a Run goes on."
    Maintenance "maintenance" Fast "maintenance"
        wanted "no package manager or backup at work"
        why "They load disk and CPU in bursts, and may replace the libraries that are measured."
    Timers "timers" Fast "timers"
        wanted "none about to start"
        why "Nightly jobs start by the clock, in the middle of a Run if need be."
    Throttling "throttling" Timed "throttling"
        wanted "no thermal event"
        why "A processor that protects itself from heat runs slower, by its own choice of moment."
    Temperature "temperature" Fast "temperature"
        wanted "well below the limit"
        why "Near its limit a processor has no room left: the next busy second throttles it."
    MemoryFree "memory_free" Fast "free memory"
        wanted "enough for the benchmarks"
        why "Short of memory the kernel reclaims, compacts and swaps in the benchmark's own time."
    Swapping "swapping" Timed "swapping"
        wanted "no page moves"
        why "A page that comes back from disk takes as long as ten thousand samples."
    Clocksource "clocksource" Fast "clock source"
        wanted "one that is read without entering the kernel"
        why "Every timestamp of a harness reads it: a slow source adds to short samples."
    PerfCounters "perf_counters" Fast "perf counters"
        wanted "one group of hardware counters that counts all the time"
        why "Cycles and instructions tell a slower program from a slower clock."
    NmiWatchdog "nmi_watchdog" Fast "NMI watchdog"
        wanted "off"
        why "It holds one hardware counter for itself, and interrupts every CPU."
    Aslr "aslr" Fast "address layout"
        wanted "random"
        why "One fixed layout hides how much layout alone costs; random ones show it as spread."
    FixedLayout "fixed_layout" Fast "fixed layout"
        wanted "a child can be given one, and keeps it"
        why "Counts of instructions repeat exactly only when the addresses do; --aslr fixed relies on it."
    Mitigations "mitigations" Fast "mitigations"
        wanted "the same in the Runs that are compared"
        why "Mitigations change the cost of system calls, and of branches in some programs."
    Microcode "microcode" Fast "microcode"
        wanted "the same in the Runs that are compared"
        why "An update may slow instructions down, or switch them off."
    KernelFeatures "kernel_features" Fast "kernel features"
        wanted "cpusets of version 2 with partitions, NO_HZ_FULL, the MSR counters"
        why "Without them the bench CPUs cannot be isolated, or not be watched."
    KernelLog "kernel_log" Fast "kernel log"
        wanted "no complaint about the hardware or the load"
        why "The kernel says there what no counter shows: machine checks, throttling, memory that ran out."
    Rustflags "rustflags" Fast "rustflags"
        wanted "no target-cpu=native"
        why "A program built for this very processor is another program on the next one."
    BuildProfile "build_profile" Fast "build profile"
        wanted "optimised, without debug assertions"
        why "Assertions and missing optimisation are measured along with the code."
    Source "source" Fast "source"
        wanted "all changes committed"
        why "What is not committed cannot be measured again."
}

impl Check {
    /// Its rows of the table of thresholds, at least one.
    pub fn thresholds(self) -> impl Iterator<Item = &'static Threshold> {
        THRESHOLDS.iter().filter(move |row| row.check == self)
    }

    /// The worst that it can find.
    pub fn severity(self) -> Severity {
        let worst = self.thresholds().map(|row| row.limit.worst()).max();
        worst.unwrap_or(Severity::Note)
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
