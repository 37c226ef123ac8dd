//! Why an invocation is not to be trusted, by named rule.
//!
//! A taint marks; it never drops a measurement.

use std::fmt;

/// One broken condition of one invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taint {
    /// Which rule was broken.
    pub rule: TaintRule,
    /// The figure that broke it, ready to be read ("steal 3.1 % of wall").
    pub detail: String,
}

macro_rules! taint_rules {
    ($($variant:ident $id:literal $doc:literal),+ $(,)?) => {
        /// The named rules; each holds for one invocation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum TaintRule { $(#[doc = $doc] $variant),+ }

        impl TaintRule {
            /// Every rule.
            pub const ALL: &[TaintRule] = &[$(TaintRule::$variant),+];

            /// Stored name.
            pub fn id(self) -> &'static str {
                match self { $(TaintRule::$variant => $id),+ }
            }

            /// What the rule means.
            pub fn doc(self) -> &'static str {
                match self { $(TaintRule::$variant => $doc),+ }
            }
        }
    };
}

taint_rules! {
    Steal "steal" "A hypervisor took time from the bench CPUs.",
    Throttled "throttled" "A bench CPU was throttled for heat or power.",
    QuotaThrottled "quota_throttled" "A CPU quota of the control group stopped the process.",
    ClockDrift "clock_drift" "The measured clock left the run's usual clock.",
    Migrated "migrated" "The process moved between CPUs although it was pinned to one.",
    Preempted "preempted" "A process of one thread was switched out while runnable.",
    RunQueueWait "run_queue_wait" "A process of one thread waited for its CPU behind other work.",
    OtherWork "other_work" "Other tasks ran on the CPUs of a process with several threads.",
    MajorFaults "major_faults" "Pages were missing from memory and the disk was read while the benchmark ran.",
    Swapping "swapping" "The host swapped while the benchmark ran.",
}

impl fmt::Display for TaintRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
