//! The facts about machines that make programs cost otherwise, each with its reason.
//!
//! They explain and forbid nothing: settings and builds that make times incomparable are listed by the comparison.

/// Dotted names with reasons; one that ends with a dot stands for all that begin so.
pub const EXPLAINED: &[(&str, &str)] = &[
    ("cpu.brand", "another core: its width, clock and latencies"),
    ("cpu.model", "another core: its width, clock and latencies"),
    ("cpu.family", "another core: its width, clock and latencies"),
    ("cpu.architecture", "other machine code of the same source"),
    ("cpu.flags", "other instructions are there for libraries that ask at run time"),
    ("cache.", "what fits into a cache costs a part of what does not"),
    ("memory.", "another amount or speed of memory"),
    ("numa.", "memory of another node is further away"),
    ("topology.", "who shares a core or a cache with the benchmark"),
    ("virtual.", "a hypervisor makes exits, faults and interrupts dearer and may steal time"),
    ("frequency.", "another clock"),
    ("libc.", "another allocator and other copying of memory"),
    ("timer.", "how often the kernel interrupts"),
    ("thp.", "huge pages change what a miss of the TLB costs"),
    ("swap.", "pages may be written out"),
    ("isolation.", "who else may run on the CPU"),
];

/// Why a fact that differs between machines moves times; absent for one that only says which machine it is.
pub(super) fn explanation(name: &str) -> Option<&'static str> {
    let is_listed =
        |entry: &&(&str, &str)| entry.0 == name || (entry.0.ends_with('.') && name.starts_with(entry.0));
    EXPLAINED.iter().find(is_listed).map(|(_, reason)| *reason)
}
