//! The rules by which an invocation is marked as not to be trusted, from what the meters read while it ran.
//!
//! A rule whose signal is absent says nothing: it neither convicts nor acquits. No rule drops a measurement.

use crate::model::{Signals, Taint, TaintRule};

/// How the process was placed, which decides what counts against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pinned {
    /// Not pinned: moves between CPUs are its scheduler's right.
    Nowhere,
    /// To one CPU.
    One,
    /// To a set of this many CPUs, at least two.
    Many(u32),
}

impl Pinned {
    /// From the number of CPUs it was pinned to, 0 for none.
    pub fn to_count(cpu_count: usize) -> Self {
        match u32::try_from(cpu_count).unwrap_or(u32::MAX) {
            0 => Self::Nowhere,
            1 => Self::One,
            many => Self::Many(many),
        }
    }

    /// CPU time there was per unit of wall time. An unpinned process is judged as if it had one CPU: which of the
    /// host's it ran on is not known, so what befell any of them counts.
    fn cpu_count(self) -> f64 {
        match self {
            Self::Nowhere | Self::One => 1.0,
            Self::Many(count) => f64::from(count),
        }
    }
}

/// Whose turn a thread waits for: with one thread it is always somebody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// One, as far as is known.
    One,
    /// Several, which take turns among themselves. The kernel's counts of switches and waits do not say for whom a
    /// thread made way, so they convict nobody.
    Several,
}

impl Threads {
    /// From the most that were seen at once.
    pub fn from_count(count: Option<u32>) -> Self {
        if count.is_some_and(|count| count > 1) { Self::Several } else { Self::One }
    }
}

/// From where on a rule is broken; a figure equal to its threshold is still clean.
///
/// The shares follow from one number: 0.5 % of the time, half of the 1 % that is the smallest change worth a verdict
/// unless a policy says otherwise. An invocation that lost less than that cannot fake such a change by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Share of the bench CPUs' time that a hypervisor took. The kernel counts it in ticks of 10 ms, so below two
    /// seconds a single tick is above the threshold. That is meant: a tick appears with a probability that is
    /// proportional to the time stolen, so its best reading is that the host does steal.
    pub steal_share: f64,
    /// Share of wall time that the main thread was ready to run and did not.
    pub run_queue_wait_share: f64,
    /// Share of the bench CPUs' time that other tasks ran, where the process has several threads.
    pub other_work_share: f64,
    /// Involuntary context switches per second and CPU. A preemption costs the intruder's time, which the wait covers,
    /// and the refilling of caches, from a few µs to more than 1000 µs by the size of the working set (Li, Ding, Shen,
    /// "Quantifying the cost of context switch", ExpCS 2007). At 100 µs each, 50 a second are the 0.5 %.
    pub switches_per_second: f64,
    /// Involuntary switches that are too few to make a rate: a process of some milliseconds suffers one or two from
    /// its own start.
    pub switches_at_least: f64,
    /// Deviation of the measured clock from the run's usual one, as a share. Larger than the rest, because a clock that
    /// moves scales every sample alike and is seen in the figure itself; 2 % is above what one frequency step of
    /// 25 MHz does to clocks of 1.5 GHz and more.
    pub clock_share: f64,
    /// Time that a CPU quota took, as a share of wall time: none is harmless, since it comes in stops of many
    /// milliseconds.
    pub quota_share: f64,
    /// Throttle events.
    pub throttle_count: f64,
    /// Moves of a process that is pinned to one CPU. It is counted from `exec` on, so the first placement is not in it.
    pub migrations_count: f64,
    /// Page faults whose page was not in memory, in a process for which something was read from disk. Even one that waits
    /// for the disk takes as long as ten thousand samples of a fast benchmark; the executable itself is warm, since each
    /// is piloted before it is measured. Without a read they say nothing: the first store to each mapped page of a new
    /// file is such a fault, which the kernel serves with zeros, and every benchmark of a store that maps its files has
    /// some.
    pub faults_major_count: f64,
    /// Pages that the host swapped. It swaps in bursts, and only when memory is short.
    pub swap_pages_count: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            steal_share: 0.005,
            run_queue_wait_share: 0.005,
            other_work_share: 0.005,
            switches_per_second: 50.0,
            switches_at_least: 3.0,
            clock_share: 0.02,
            quota_share: 0.0,
            throttle_count: 0.0,
            migrations_count: 0.0,
            faults_major_count: 0.0,
            swap_pages_count: 0.0,
        }
    }
}

/// One invocation as far as the rules ask.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// What the meters read.
    pub signals: &'a Signals,
    /// How long it ran.
    pub wall_ns: u64,
    /// Where it ran.
    pub pinned: Pinned,
    /// How many threads it had.
    pub threads: Threads,
    /// The run's usual clock in GHz, the median over its invocations; absent when too few had one.
    pub usual_clock_ghz: Option<f64>,
}

impl Case<'_> {
    fn value(&self, id: &str) -> Option<f64> {
        self.signals.get(id)?.value().filter(|value| value.is_finite())
    }
}

/// A rule: the figure in words when it is broken.
type Rule = fn(&Case<'_>, &Thresholds) -> Option<String>;

const RULES: [(TaintRule, Rule); 10] = [
    (TaintRule::Steal, steal),
    (TaintRule::Throttled, |case, limit| {
        count(case, "throttle_count", limit.throttle_count, "throttle events")
    }),
    (TaintRule::QuotaThrottled, |case, limit| {
        share(case, "quota_throttled_ns", 1.0, limit.quota_share, "stopped by a CPU quota for")
    }),
    (TaintRule::ClockDrift, clock_drift),
    (TaintRule::Migrated, |case, limit| match case.pinned {
        Pinned::One => count(case, "migrations_count", limit.migrations_count, "moves off its CPU"),
        Pinned::Nowhere | Pinned::Many(_) => None,
    }),
    (TaintRule::Preempted, preempted),
    (TaintRule::RunQueueWait, |case, limit| match case.threads {
        Threads::One => {
            share(case, "run_queue_wait_ns", 1.0, limit.run_queue_wait_share, "waited for its CPU for")
        }
        Threads::Several => None,
    }),
    (TaintRule::OtherWork, |case, limit| match case.threads {
        Threads::One => None,
        Threads::Several => {
            let cpu_count = case.pinned.cpu_count();
            share(case, "other_work_ns", cpu_count, limit.other_work_share, "other tasks had its CPUs for")
        }
    }),
    (TaintRule::MajorFaults, major_faults),
    (TaintRule::Swapping, |case, limit| {
        count(case, "swap_pages_count", limit.swap_pages_count, "pages swapped on the host")
    }),
];

/// Every rule that the invocation broke, in the order of [`TaintRule`].
pub fn judge(case: &Case<'_>, thresholds: &Thresholds) -> Vec<Taint> {
    let broken = RULES.iter().filter_map(|(rule, breaks)| Some((*rule, breaks(case, thresholds)?)));
    broken.map(|(rule, detail)| Taint { rule, detail }).collect()
}

fn count(case: &Case<'_>, id: &str, limit: f64, what: &str) -> Option<String> {
    let count = case.value(id)?;
    (count > limit).then(|| format!("{count:.0} {what}"))
}

fn share(case: &Case<'_>, id: &str, cpu_count: f64, limit: f64, what: &str) -> Option<String> {
    let share = case.value(id)? / (case.wall_ns.max(1) as f64 * cpu_count);
    (share > limit).then(|| format!("{what} {} of its time", percent(share)))
}

fn steal(case: &Case<'_>, limit: &Thresholds) -> Option<String> {
    share(case, "steal_ns", case.pinned.cpu_count(), limit.steal_share, "hypervisor took")
}

fn preempted(case: &Case<'_>, limit: &Thresholds) -> Option<String> {
    if case.threads == Threads::Several {
        return None;
    }
    let switches = case.value("switches_involuntary_count")?;
    let seconds = case.wall_ns.max(1) as f64 / 1e9;
    let rate = switches / seconds / case.pinned.cpu_count();
    let is_broken = rate > limit.switches_per_second && switches >= limit.switches_at_least;
    is_broken.then(|| format!("preempted {switches:.0} times, {rate:.0} a second"))
}

fn major_faults(case: &Case<'_>, limit: &Thresholds) -> Option<String> {
    let (faults, bytes) = (case.value("faults_major_count")?, case.value("disk_read_bytes")?);
    let is_broken = faults > limit.faults_major_count && bytes > 0.0;
    is_broken.then(|| format!("{faults:.0} major page faults, {bytes:.0} bytes read from disk"))
}

fn clock_drift(case: &Case<'_>, limit: &Thresholds) -> Option<String> {
    let usual = case.usual_clock_ghz.filter(|usual| *usual > 0.0)?;
    let clock = case.value("clock_ghz")?;
    let drift = clock / usual - 1.0;
    let direction = if drift > 0.0 { "above" } else { "below" };
    (drift.abs() > limit.clock_share)
        .then(|| format!("clock {clock:.3} GHz, {} {direction} the usual {usual:.3}", percent(drift.abs())))
}

/// Two digits that count: `3.1 %`, `0.62 %`, `41 %`.
fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    let digits = match percent {
        p if p >= 9.95 => 0,
        p if p >= 0.995 => 1,
        _ => 2,
    };
    format!("{percent:.digits$} %")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Case, Pinned, RULES, Threads, Thresholds, judge};
    use crate::model::{Reading, SIGNALS, Signals, TaintRule};

    const SECOND: u64 = 1_000_000_000;

    fn signals(values: &[(&str, f64)]) -> Signals {
        values.iter().map(|(id, value)| ((*id).to_owned(), Reading::Value(*value))).collect()
    }

    fn broken(values: &[(&str, f64)], wall_ns: u64, pinned: Pinned) -> Vec<(TaintRule, String)> {
        let signals = signals(values);
        of(&signals, wall_ns, pinned, Threads::One)
    }

    fn broken_by_threads(values: &[(&str, f64)], pinned: Pinned) -> Vec<(TaintRule, String)> {
        of(&signals(values), SECOND, pinned, Threads::Several)
    }

    fn of(signals: &Signals, wall_ns: u64, pinned: Pinned, threads: Threads) -> Vec<(TaintRule, String)> {
        let case = Case { signals, wall_ns, pinned, threads, usual_clock_ghz: Some(2.5) };
        judge(&case, &Thresholds::default()).into_iter().map(|taint| (taint.rule, taint.detail)).collect()
    }

    #[test]
    fn there_is_one_rule_for_each_name_in_the_order_of_the_names() {
        assert!(RULES.iter().map(|(rule, _)| *rule).eq(TaintRule::ALL.iter().copied()));
    }

    #[test]
    fn each_rule_breaks_on_its_own_signal_with_its_figure() {
        let cases = [
            (("steal_ns", 3.1e7), TaintRule::Steal, "hypervisor took 3.1 % of its time"),
            (("throttle_count", 1.0), TaintRule::Throttled, "1 throttle events"),
            (
                ("quota_throttled_ns", 4e8),
                TaintRule::QuotaThrottled,
                "stopped by a CPU quota for 40 % of its time",
            ),
            (("clock_ghz", 2.3), TaintRule::ClockDrift, "clock 2.300 GHz, 8.0 % below the usual 2.500"),
            (("clock_ghz", 2.6), TaintRule::ClockDrift, "clock 2.600 GHz, 4.0 % above the usual 2.500"),
            (("migrations_count", 2.0), TaintRule::Migrated, "2 moves off its CPU"),
            (("switches_involuntary_count", 60.0), TaintRule::Preempted, "preempted 60 times, 60 a second"),
            (
                ("run_queue_wait_ns", 6.2e6),
                TaintRule::RunQueueWait,
                "waited for its CPU for 0.62 % of its time",
            ),
            (("swap_pages_count", 8.0), TaintRule::Swapping, "8 pages swapped on the host"),
        ];
        for (signal, rule, detail) in cases {
            assert_eq!(broken(&[signal], SECOND, Pinned::One), [(rule, detail.to_owned())]);
        }
    }

    #[test]
    fn threads_that_take_turns_among_themselves_are_not_held_against_a_process() {
        let own = [("switches_involuntary_count", 4000.0), ("run_queue_wait_ns", 4e8)];
        assert_eq!(broken(&own, SECOND, Pinned::Many(2)).len(), 2);
        assert_eq!(broken_by_threads(&own, Pinned::Many(2)), []);
    }

    #[test]
    fn work_of_others_counts_by_the_time_of_all_cpus_and_only_beside_several_threads() {
        let other = [("other_work_ns", 2e7)];
        let detail = "other tasks had its CPUs for 1.0 % of its time".to_owned();
        assert_eq!(broken_by_threads(&other, Pinned::Many(2)), [(TaintRule::OtherWork, detail)]);
        assert_eq!(broken_by_threads(&other, Pinned::Many(4)), []);
        assert_eq!(broken(&other, SECOND, Pinned::One), []);
    }

    #[test]
    fn faults_of_pages_that_no_disk_gave_are_not_held_against_a_process() {
        let judged = |faults, bytes| {
            broken(&[("faults_major_count", faults), ("disk_read_bytes", bytes)], SECOND, Pinned::One)
        };
        let detail = "2 major page faults, 8192 bytes read from disk".to_owned();
        assert_eq!(judged(2.0, 8192.0), [(TaintRule::MajorFaults, detail)]);
        // A mapped file that it made itself.
        assert_eq!(judged(2.0, 0.0), []);
        // A file that it read.
        assert_eq!(judged(0.0, 8192.0), []);
    }

    #[test]
    fn a_quiet_invocation_is_clean() {
        let quiet = [
            ("steal_ns", 0.0),
            ("throttle_count", 0.0),
            ("quota_throttled_ns", 0.0),
            ("clock_ghz", 2.51),
            ("migrations_count", 0.0),
            ("switches_involuntary_count", 9.0),
            ("run_queue_wait_ns", 1e6),
            ("faults_major_count", 6.0),
            ("disk_read_bytes", 0.0),
            ("swap_pages_count", 0.0),
            ("faults_minor_count", 1e6),
            ("switches_voluntary_count", 1e6),
            ("pressure_cpu_ns", 5e8),
        ];
        assert_eq!(broken(&quiet, SECOND, Pinned::One), []);
    }

    #[test]
    fn one_tick_of_steal_taints_a_short_invocation_and_not_a_long_one() {
        let tick = [("steal_ns", 1e7)];
        assert_eq!(broken(&tick, SECOND, Pinned::One).len(), 1);
        assert_eq!(broken(&tick, 2 * SECOND, Pinned::One), []);
        // Two CPUs had twice the time.
        assert_eq!(broken(&tick, SECOND, Pinned::Many(2)), []);
    }

    #[test]
    fn moves_are_held_against_a_process_with_one_cpu_only() {
        for pinned in [Pinned::Nowhere, Pinned::Many(4)] {
            assert_eq!(broken(&[("migrations_count", 9.0)], SECOND, pinned), []);
        }
    }

    #[test]
    fn two_switches_of_a_process_of_milliseconds_are_no_rate() {
        assert_eq!(broken(&[("switches_involuntary_count", 2.0)], 5_000_000, Pinned::One), []);
        assert_eq!(broken(&[("switches_involuntary_count", 3.0)], 5_000_000, Pinned::One).len(), 1);
    }

    fn readings() -> impl Strategy<Value = Vec<Option<f64>>> {
        prop::collection::vec(prop::option::of(0.0..1e12_f64), SIGNALS.len())
    }

    fn all(values: &[Option<f64>]) -> Signals {
        let reading = |value: &Option<f64>| value.map_or_else(|| Reading::Absent("x".into()), Reading::Value);
        SIGNALS.iter().zip(values).map(|(signal, value)| (signal.id.to_owned(), reading(value))).collect()
    }

    fn rules(signals: &Signals, wall_ns: u64) -> Vec<TaintRule> {
        let (pinned, threads) = (Pinned::One, Threads::One);
        let case = Case { signals, wall_ns, pinned, threads, usual_clock_ghz: Some(2.5) };
        judge(&case, &Thresholds::default()).iter().map(|taint| taint.rule).collect()
    }

    proptest! {
        #[test]
        fn each_rule_is_named_at_most_once_and_in_order(values in readings(), wall_ns in 0_u64..u64::MAX) {
            let rules = rules(&all(&values), wall_ns);
            prop_assert!(rules.is_sorted_by(|a, b| a < b), "{rules:?}");
        }

        #[test]
        fn an_absent_reading_never_adds_a_taint(values in readings(), gone in 0..SIGNALS.len(), wall_ns in 1_u64..1 << 40) {
            let before = rules(&all(&values), wall_ns);
            let mut fewer = values;
            fewer[gone] = None;
            let after = rules(&all(&fewer), wall_ns);
            prop_assert!(after.iter().all(|rule| before.contains(rule)));
            prop_assert!(before.len() - after.len() <= 1, "one signal decides one rule");
        }

        #[test]
        fn more_of_a_bad_thing_never_clears(values in readings(), worse in 0..SIGNALS.len(), wall_ns in 1_u64..1 << 40) {
            prop_assume!(SIGNALS[worse].id != "clock_ghz");
            let before = rules(&all(&values), wall_ns);
            let mut more = values;
            more[worse] = more[worse].map(|value| value * 2.0 + 1.0);
            prop_assert!(before.iter().all(|rule| rules(&all(&more), wall_ns).contains(rule)));
        }

        #[test]
        fn a_signal_that_is_no_number_is_as_good_as_absent(id in 0..SIGNALS.len(), bad in prop::sample::select(vec![f64::NAN, f64::INFINITY])) {
            let signals = signals(&[(SIGNALS[id].id, bad)]);
            prop_assert_eq!(rules(&signals, SECOND), vec![]);
        }
    }
}
