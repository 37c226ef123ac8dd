//! From where on a reading is noted, warned of, or refused: the one table, with the reason of each limit.
//!
//! No check has a limit of its own beside it.

use super::catalogue::Check;
use super::finding::Severity::{self, Fail, Note, Warn};
use super::threshold::Limit::{self, Below, Found};
use super::threshold::Threshold;
use super::threshold::Unit::{self, Celsius, Count, Microseconds, Minutes, PerSecond, Share};

impl Criterion {
    /// Its row.
    pub fn row(self) -> &'static Threshold {
        // The macro writes variants and rows in one order.
        &THRESHOLDS[self as usize]
    }

    /// What a figure means by this row.
    pub fn judge(self, value: f64) -> Option<Severity> {
        self.row().limit.judge(value)
    }
}

const fn above(unit: Unit, warn: f64, fail: f64) -> Limit {
    Limit::Above(unit, Some(warn), Some(fail))
}

const fn warn_above(unit: Unit, warn: f64) -> Limit {
    Limit::Above(unit, Some(warn), None)
}

macro_rules! thresholds {
    ($($variant:ident of $check:ident $limit:expr, $what:literal, $reason:literal;)+) => {
        /// Conditions, one per row of the table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Criterion { $(#[doc = $what] $variant),+ }

        /// The table.
        pub const THRESHOLDS: &[Threshold] = &[$(Threshold {
            criterion: Criterion::$variant,
            check: Check::$check,
            limit: $limit,
            what: $what,
            reason: $reason,
        }),+];
    };
}

thresholds! {
    OtherSession of HostLock Found(Fail), "another session holds the lock",
        "there is no good share of a CPU that somebody else measures on";
    StaleJournal of Journal Found(Fail), "a journal of a session that is gone",
        "the host is as the dead session left it, not as its owner set it";
    LiveJournal of Journal Found(Warn), "a journal of a process that is alive",
        "somebody has the host tuned now and will put it back at a moment of their choice";
    KeptJournal of Journal Found(Note), "a journal of settings that are meant to stay",
        "somebody tuned this host by hand: other Runs here may have been made without";
    ForeignJournal of Journal Found(Note), "a journal of an earlier boot",
        "a reboot undid everything that is in it";
    VirtualMachine of Virtualisation Found(Warn), "runs in a virtual machine",
        "what the host of the machine does is out of sight, but for the time it takes";
    Wsl of Virtualisation Found(Warn), "runs in the Windows Subsystem for Linux",
        "it is a virtual machine whose host also runs a desktop";
    Container of Virtualisation Found(Note), "runs in a container",
        "a container shares the kernel and costs nothing itself; its quota and its CPUs are checked apart";
    QuotaBites of CpuQuota Found(Fail), "a quota below the CPUs that may be used",
        "the group is stopped whenever it used its share of a period, 100 ms by default";
    QuotaIdle of CpuQuota Found(Note), "a quota that all usable CPUs together do not reach",
        "it cannot stop anything, until CPUs are added";
    StealShare of Steal above(Share, 0.001, 0.01), "time taken from the bench CPUs",
        "0.1 % is a tenth of the smallest change worth a verdict, 1 % is that change; the kernel counts in ticks of \
         10 ms, so that one tick in the watched seconds already warns";
    GovernorOther of Governor Found(Warn), "another governor than performance",
        "the others follow the load, late; with --strict it fails";
    BoostOn of Boost Found(Warn), "boost is on",
        "the clock is then between nominal and boost, by heat and by company";
    BoostUnknown of Boost Found(Warn), "nobody says whether boost is on",
        "no switch does not mean no boost: amd-pstate has had none for years";
    LimitsOpen of ClockLimits Found(Note), "the least clock is below the greatest",
        "with the governor performance and boost off it costs little; where boost has no switch it is the way to stop it";
    PreferenceOther of EnergyPreference Found(Warn), "another preference than performance",
        "in the active modes of intel_pstate and amd-pstate it decides, not the governor";
    ProfileSaving of PlatformProfile Found(Warn), "a profile that saves power or noise",
        "low-power, quiet and cool lower the power limits";
    ProfileBalanced of PlatformProfile Found(Note), "a profile between saving and performance",
        "its limits are higher, but not the highest";
    OnBattery of PowerSupply Found(Fail), "runs on battery",
        "clocks depend on the charge then";
    BoostShared of ParallelBoost Found(Warn), "boost is on and several CPUs are measured at once",
        "processors boost by the number of busy cores: tables of the makers list each step";
    ClockSpread of Clock above(Share, 0.01, 0.05), "spread between spins on one CPU",
        "a clock that moved by 1 % moved every time by 1 %, the smallest change worth a verdict";
    ClockAbove of Clock above(Share, 0.01, 0.05), "excess over the nominal clock while boost is off",
        "a clock above nominal proves that the switch is not obeyed";
    ClockBelow of Clock above(Share, 0.02, 0.05), "lack below the nominal clock",
        "2 % is above one frequency step of 25 MHz and a spread-spectrum clock; less clock than nominal is throttling, \
         a power limit or a clamp";
    EffectLost of KnobEffects Found(Fail), "a setting of a session reads otherwise by now",
        "whoever set it since does so again: a Run that began tuned does not end so";
    EffectClockBelow of KnobEffects above(Share, 0.02, 0.05), "lack below nominal with the governor or the clamp in force",
        "limits as for the clock; a greatest clock that is asked for and not given is a power limit or a hypervisor";
    EffectClockAbove of KnobEffects above(Share, 0.01, 0.05), "excess over nominal with boost off or the clamp in force",
        "limits as for the clock; the switch was written and is not obeyed";
    EffectInterrupts of KnobEffects Limit::Above(PerSecond, Some(1.0), Some(10.0)), "interrupts that were moved away, on a bench CPU",
        "an interrupt moves when it next fires, so one may be seen; more say that the device does not obey the mask";
    EffectDeepIdle of KnobEffects above(Share, 0.01, 0.1), "time that an idle bench CPU slept deeper than the limit in force",
        "a sleep that began before the limit ends with the first wake-up; 1 % of the watched seconds is no such rest";
    EffectTwin of KnobEffects Limit::Above(Share, None, Some(0.0)), "busy time of a twin that was taken off line",
        "a CPU that is off line has no time at all";
    EffectSwap of KnobEffects warn_above(Count, 0.0), "pages swapped with swappiness lowered",
        "the kernel still swaps when memory is short: then no setting helps";
    EffectNuma of KnobEffects warn_above(Count, 0.0), "pages unmapped to be watched with balancing off",
        "each costs a fault when it is touched next";
    EffectKsm of KnobEffects warn_above(Count, 0.0), "pages compared with the search for equal pages off",
        "the search reads through the caches of whoever measures";
    IsolationShared of Isolation Found(Warn), "the lab itself runs where it measures",
        "with one usable CPU nothing can be kept off it";
    IsolationWeak of Isolation Found(Note), "bench CPUs are chosen, not isolated",
        "affinity keeps the lab away, and nobody else";
    SetMixed of BenchSet Found(Fail), "kinds of core, greatest clocks or last-level caches are mixed",
        "a thread that moves between kinds measures both, in unknown parts";
    TwinBusy of SmtTwins warn_above(Share, 0.01), "busy time of a twin",
        "a twin shares execution units and caches: its 1 % is felt in full";
    TwinOnline of SmtTwins Found(Note), "a twin is online",
        "idle now; nothing keeps work away from it later";
    IrqRate of Interrupts warn_above(PerSecond, 10.0), "device interrupts on a bench CPU",
        "at 100 µs each with the caches they cool, the figure of the taint rule, 10 a second are 0.1 %: as steal";
    TicksDespiteNohz of Ticks warn_above(PerSecond, 20.0), "ticks on a bench CPU of nohz_full",
        "one a second is left by design; tens mean that something keeps the tick alive";
    TicksUsual of Ticks Found(Note), "ticks at the kernel's usual rate",
        "it is there in every Run alike; the jitter probe has its cost";
    JitterLost of Jitter above(Share, 0.001, 0.01), "time in which the spinning program did not run",
        "as steal, but whoever takes it";
    JitterGap of Jitter warn_above(Microseconds, 100.0), "longest time away",
        "interrupts take some µs; beyond 100 µs it was another program, or a hypervisor";
    LoadRunning of Load warn_above(Count, 1.0), "other programs ready to run",
        "one more at the moment of looking is chance, two are company";
    LoadPressure of Load above(Share, 0.01, 0.1), "time in which some program waited for a CPU",
        "with nobody waiting nobody is in anybody's way; 10 % is a busy machine";
    DaemonActive of Daemons Found(Warn), "irqbalance, tuned, power-profiles-daemon, tlp, auto-cpufreq or thermald runs",
        "each writes settings that a measuring session also sets, seconds or minutes after it";
    MaintenanceActive of Maintenance Found(Warn), "a package manager or a backup runs",
        "it will be over soon, and it was not there in the other Runs";
    TimerSoon of Timers Below(Minutes, Some(10.0), None), "time until a systemd timer starts its unit",
        "a Run of usual length is not over before";
    ThrottleMoving of Throttling warn_above(Count, 0.0), "thermal events while the doctor looked",
        "seconds of one busy CPU must not heat a healthy machine to its limit";
    ThrottlePast of Throttling Found(Note), "thermal events since boot",
        "it happened; a longer Run may make it happen again";
    TemperatureNear of Temperature Below(Celsius, Some(10.0), None), "distance of the hottest sensor to its own limit",
        "processors step the clock down within the last degrees; a busy core adds some more";
    MemoryShort of MemoryFree Below(Share, None, Some(0.1)), "memory available",
        "below a tenth the kernel begins to reclaim in the background (watermarks), and file caches are gone";
    SwapUsed of MemoryFree Found(Note), "swap is in use",
        "harmless while it lies there; what was swapped out may be wanted back";
    SwapMoving of Swapping warn_above(Count, 0.0), "pages swapped while the doctor looked",
        "swapping comes in bursts, and only when memory is short";
    ClocksourceSlow of Clocksource Found(Warn), "a source that needs a system call",
        "the vDSO reads neither hpet nor acpi_pm: each timestamp enters the kernel and asks a slow device";
    ClocksourceVirtual of Clocksource Found(Note), "a paravirtual source",
        "read without entering the kernel, through a page that the hypervisor keeps up to date";
    CountersRefused of PerfCounters Found(Warn), "the counters are there and do not open, or share their hardware",
        "the kernel's settings forbid them, or somebody else holds some";
    WatchdogOn of NmiWatchdog Found(Warn), "it is on",
        "it holds one of few counters: a group that wants all of them shares, and cannot be compared";
    LayoutFixed of Aslr Found(Warn), "the layout is fixed for every process",
        "every invocation repeats one layout's luck";
    LayoutPartly of Aslr Found(Note), "the heap is not randomised",
        "randomize_va_space=1 leaves the break where it is";
    FixedLayoutLost of FixedLayout Found(Warn), "a child that asked for a fixed layout has none",
        "filters of system calls in containers, and security modules at exec, take the wish back";
    Vulnerable of Mitigations Found(Note), "a weakness is open",
        "switched off, or never mended: this host is faster than a mended one, and not comparable to it";
    MicrocodeUnknown of Microcode Found(Note), "no revision is told",
        "a change of it will not be seen";
    FeatureMissing of KernelFeatures Found(Note), "one of them is missing",
        "what is lost is named";
    LogHardware of KernelLog Found(Warn), "a machine check since boot",
        "hardware that corrects errors takes time to do so, and may be about to fail";
    LogRecent of KernelLog warn_above(Count, 0.0), "complaints in the last hour",
        "what happened within the hour is likely to go on";
    LogPast of KernelLog Found(Note), "older complaints since boot",
        "it happened on this machine, under a load that may come back";
    NativeCode of Rustflags Found(Warn), "target-cpu=native",
        "the code depends on the machine it was built on, by features the Run does not list";
    AssertionsOn of BuildProfile Found(Warn), "debug assertions are on in the bench profile",
        "they check what release builds do not";
    Unoptimised of BuildProfile Found(Warn), "opt-level 0 or 1 in the bench profile",
        "nobody ships it";
    Uncommitted of Source Found(Note), "tracked files with uncommitted changes",
        "the Run records that, but not what they are";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_stands_where_its_criterion_says() {
        for (place, row) in THRESHOLDS.iter().enumerate() {
            assert_eq!((row.criterion as usize, row.criterion.row().what), (place, row.what));
        }
    }

    #[test]
    fn every_check_has_a_row() {
        for check in Check::ALL {
            assert!(check.thresholds().next().is_some(), "{check} can never find anything");
        }
    }

    #[test]
    fn limits_are_in_order_and_a_figure_at_its_limit_is_well() {
        for row in THRESHOLDS {
            let (warn, fail) = row.limit.limits();
            for limit in [warn, fail].into_iter().flatten() {
                let step = limit.abs().max(1.0) * 1e-9;
                let beyond = if matches!(row.limit, Below(..)) { limit - step } else { limit + step };
                assert!(row.limit.judge(beyond) > row.limit.judge(limit), "{}", row.what);
            }
            if let (Some(warn), Some(fail)) = (warn, fail) {
                assert_eq!(warn < fail, matches!(row.limit, Limit::Above(..)), "{}", row.what);
                assert_eq!(row.limit.judge(warn), None);
            }
        }
    }

    #[test]
    fn a_limit_reads_as_a_sentence() {
        assert_eq!(Criterion::StealShare.row().limit.describe(), "warns above 0.10 %, fails above 1.0 %");
        assert_eq!(Criterion::TimerSoon.row().limit.describe(), "warns below 10 min");
        assert_eq!(Criterion::OtherSession.row().limit.describe(), "fails");
    }
}
