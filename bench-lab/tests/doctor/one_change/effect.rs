//! One knob in force that acts, and the same one that does not.

use lab_core::doctor::{Check, Finding};
use serde_json::{Value, json};

use super::CPUS;
use crate::host::{Host, finding};
use crate::metal::{self, interrupts, stat};

const JOURNAL: &str = "/run/bench-lab/journal.jsonl";
const NO_TURBO: &str = "/sys/devices/system/cpu/intel_pstate/no_turbo";
const IRQ: &str = "/proc/irq/24/smp_affinity_list";

/// The host with files set by a session that is kept: knob, file, wanted, shape.
fn tuned(settings: &[(&str, &str, &str, &str)]) -> Host {
    journalled(settings, &[json!({"applied": {}}), json!({"kept": {}})])
}

/// The same with other last lines.
fn journalled(settings: &[(&str, &str, &str, &str)], last: &[Value]) -> Host {
    let header = json!({"begin": {
        "journal": 1, "boot_id": "11111111-2222-3333-4444-555555555555",
        "owner": {"pid": 901, "start_ticks": 1900}, "user": "alice", "since": "2026-11-21T07:00:00Z",
        "command": "bench-lab tune apply", "bench_cpus": "3",
    }});
    let mut lines = vec![header];
    let mut host = metal::host();
    for (knob, path, wanted, shape) in settings {
        lines.push(json!({"write": {
            "knob": knob, "path": path, "original": "before", "wanted": wanted, "shape": shape,
        }}));
        host = host.with(path, wanted);
    }
    lines.extend_from_slice(last);
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    host.with(JOURNAL, &text)
}

fn found(host: &Host) -> Finding {
    finding(&host.report(), Check::KnobEffects).clone()
}

#[track_caller]
fn stands(host: &Host, word: &str) -> Finding {
    let found = found(host);
    assert_eq!(found.status.word(), word, "{found:#?}");
    found
}

fn clocked(host: Host, ghz: f64) -> Host {
    host.probing(|probes| probes.clocks = Ok(vec![(3, vec![ghz; 3])]))
}

#[test]
fn without_a_journal_there_is_nothing_to_be_seen() {
    let found = stands(&metal::host(), "n/a");
    assert!(format!("{:?}", found.status).contains("nothing is set: no journal"), "{found:?}");
    let setting = ("boost", NO_TURBO, "1", "plain");
    stands(&journalled(&[setting], &[]), "n/a");
    stands(&tuned(&[setting]).with("/proc/sys/kernel/random/boot_id", "another"), "n/a");
    stands(&tuned(&[setting]).with(JOURNAL, "gar{bage"), "n/a");
}

#[test]
fn boost_that_is_off_and_a_clock_above_nominal() {
    let off = || tuned(&[("boost", NO_TURBO, "1", "plain")]);
    let seen = stands(&clocked(off(), 2.1 * 1.0099), "ok");
    assert!(seen.value.as_deref().unwrap().starts_with("seen to act: boost (CPU 3 is"), "{seen:?}");
    let above = stands(&clocked(off(), 2.1 * 1.0101), "warn");
    assert_eq!(above.value.as_deref(), Some("not as set: boost"));
    assert_eq!(above.details, ["boost is in force: CPU 3 is 1.0 % off 2.100 GHz"]);
    stands(&clocked(off(), 2.1 * 1.051), "FAIL");
    // Less than nominal is no sign of boost.
    stands(&clocked(off(), 1.5), "ok");
}

#[test]
fn a_governor_that_asks_for_all_and_a_clock_below_nominal() {
    let path = format!("{CPUS}/cpufreq/policy3/scaling_governor");
    let set = || tuned(&[("governor", &path, "performance", "plain")]);
    stands(&clocked(set(), 2.1 * 0.981), "ok");
    stands(&clocked(set(), 2.1 * 0.979), "warn");
    stands(&clocked(set(), 2.1 * 0.949), "FAIL");
    // Boost is another knob's business.
    stands(&clocked(set(), 4.2), "ok");
}

#[test]
fn a_clamp_holds_the_clock_on_both_sides() {
    let path = format!("{CPUS}/cpufreq/policy3/scaling_max_freq");
    let set = || tuned(&[("clock_clamp", &path, "2100000", "plain")]);
    stands(&clocked(set(), 2.1), "ok");
    stands(&clocked(set(), 2.1 * 1.02), "warn");
    stands(&clocked(set(), 2.1 * 0.97), "warn");
    // Nobody says what nominal is, or no cycles are counted: then the question cannot be answered.
    let unnamed =
        (0..4).fold(set(), |host, cpu| host.without(&format!("{CPUS}/cpu{cpu}/cpufreq/base_frequency")));
    stands(&unnamed, "n/a");
    stands(
        &set().probing(|probes| probes.clocks = Err("the counter of cycles stood still".into())),
        "unknown",
    );
}

#[test]
fn interrupts_that_were_moved_and_still_come() {
    let moved = |wanted, count| {
        let host = tuned(&[("irq_affinity", IRQ, wanted, "cpu_list")]);
        host.probing(|probes| {
            probes.spun = probes.spun.clone().with("/proc/interrupts", &interrupts(count, 5))
        })
    };
    // Watched for five seconds.
    stands(&moved("0-2", 5), "ok");
    let still = stands(&moved("0-2", 6), "warn");
    assert!(still.details[0].contains("1.2/s of what was moved, most of nvme0q3 (IRQ 24)"), "{still:?}");
    stands(&moved("0-2", 51), "FAIL");
    // One that was left where it is, and others than those of the journal, are not its business.
    stands(&moved("3", 500), "ok");
}

#[test]
fn sleep_that_is_deeper_than_allowed() {
    let idle = |host: Host, slept_us: u64| {
        let state = |number: u32, file: &str| format!("{CPUS}/cpu3/cpuidle/state{number}/{file}");
        let states = [(0, "POLL", 0), (1, "C1", 2), (2, "C6", 133)];
        let host = states.iter().fold(host, |host, (number, name, latency)| {
            let host = host.with(&state(*number, "name"), name).with(&state(*number, "time"), "1000");
            host.with(&state(*number, "latency"), &latency.to_string())
        });
        host.probing(|probes| {
            let time = (1000 + slept_us).to_string();
            probes.rested = probes.rested.clone().with(&state(2, "time"), &time);
            // Awake and idle is no sleep.
            probes.rested = probes.rested.clone().with(&state(0, "time"), "1900000");
        })
    };
    let path = format!("{CPUS}/cpu3/power/pm_qos_resume_latency_us");
    let per_cpu = || tuned(&[("resume_latency", &path, "n/a", "plain")]);
    stands(&idle(per_cpu(), 20_000), "ok");
    let deep = stands(&idle(per_cpu(), 20_100), "warn");
    assert!(deep.details[0].contains("CPU 3 1.0 %"), "{deep:?}");
    stands(&idle(per_cpu(), 200_100), "FAIL");
    // A limit that somebody holds open is known without any journal; 200 µs allow even C6.
    let held = |limit: u8| {
        let bytes = [limit, 0, 0, 0];
        metal::host().with("/dev/cpu_dma_latency", std::str::from_utf8(&bytes).unwrap())
    };
    stands(&idle(held(5), 20_100), "warn");
    stands(&idle(held(127), 20_100), "warn");
    stands(&idle(held(5), 0), "ok");
    stands(&idle(held(5), 0), "ok");
    // The kernel's own word for no limit is 2 000 000 000, and this is more.
    stands(&idle(held(0x7f).with("/dev/cpu_dma_latency", "\x7f\x7f\x7f\x7f"), 1_000_000), "n/a");
}

#[test]
fn a_twin_that_was_taken_down_and_works() {
    let down = |ticks: u64| {
        let host = tuned(&[("smt_twins", &format!("{CPUS}/cpu7/online"), "0", "plain")]);
        let mut host = host.probing(|probes| {
            let mut cpus = [[0, 200, 0, 0]; 8];
            cpus[7] = [ticks, 200 - ticks, 0, 0];
            probes.rested = probes.rested.clone().with("/proc/stat", &stat(&cpus, 1));
        });
        host.first = host.first.with("/proc/stat", &stat(&[[0; 4]; 8], 1));
        host
    };
    stands(&down(0), "ok");
    stands(&down(1), "FAIL");
}

#[test]
fn kernel_work_that_was_switched_off_and_goes_on() {
    let vmstat =
        |updates: u64, swapped: u64| format!("pswpin 0\npswpout {swapped}\nnuma_pte_updates {updates}\n");
    let numa = || tuned(&[("numa_balancing", "/proc/sys/kernel/numa_balancing", "0", "plain")]);
    let with = |host: Host, updates, swapped| {
        let host = host.with("/proc/vmstat", &vmstat(7, 12));
        host.probing(|probes| {
            probes.spun = probes.spun.clone().with("/proc/vmstat", &vmstat(updates, swapped))
        })
    };
    stands(&with(numa(), 7, 12), "ok");
    stands(&with(numa(), 8, 12), "warn");
    // A kernel without the counter does not say.
    stands(&numa(), "n/a");
    let swap = || tuned(&[("swappiness", "/proc/sys/vm/swappiness", "1", "plain")]);
    stands(&with(swap(), 7, 12), "ok");
    stands(&with(swap(), 7, 13), "warn");
    let ksm = |pages: &str| {
        let host = tuned(&[("ksm", "/sys/kernel/mm/ksm/run", "0", "plain")]);
        let host = host.with("/sys/kernel/mm/ksm/pages_scanned", "100");
        host.probing(|probes| {
            probes.spun = probes.spun.clone().with("/sys/kernel/mm/ksm/pages_scanned", pages)
        })
    };
    stands(&ksm("100"), "ok");
    stands(&ksm("101"), "warn");
}

#[test]
fn a_setting_that_somebody_else_changed_since() {
    let path = "/proc/sys/kernel/timer_migration";
    let set = || tuned(&[("timer_migration", path, "0", "plain")]);
    // It is in force, and leaves no trace that could be counted.
    let unseen = stands(&set(), "n/a");
    assert!(
        format!("{:?}", unseen.status).contains("nothing here shows whether they act: timer_migration"),
        "{unseen:?}"
    );
    let lost = stands(&set().with(path, "1"), "FAIL");
    assert_eq!(lost.details, [format!("timer_migration: {path} was set to 0, and is 1")]);
    // The kernel had refused it, and the session said so: nothing was lost.
    let reached = json!({"reached": {"path": path, "text": "1"}});
    let refused = journalled(&[("timer_migration", path, "0", "plain")], &[reached, json!({"applied": {}})]);
    stands(&refused.with(path, "1"), "n/a");
}

#[test]
fn nobody_looked_is_not_nothing_was_seen() {
    let host = Host { probes: None, ..tuned(&[("boost", NO_TURBO, "1", "plain")]) };
    assert_eq!(found(&host).status.word(), "unknown");
}
