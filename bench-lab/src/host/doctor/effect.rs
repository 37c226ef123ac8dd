//! The knobs in force, by the journal of whoever set them, and what the probes saw of each.
//!
//! It takes no word for an effect: what a file says is the setting, what the counters say is the effect.

use std::collections::BTreeMap;

use lab_core::cpulist::CpuList;
use lab_core::doctor::{Effects, Evidence, Gap, PerCpu, Sourced, Trace, Written};

use super::clock;
use super::scene::{CPUS, Provider, Scene};
use super::session::JOURNAL;
use crate::host::journal::{self, Entry, JournalError, Recorded};
use crate::host::knob::Shape;
use crate::host::session::{KernelFiles, boot_id, shape};

/// Where a wish for short wake-ups is held open, and the strictest one is read.
const LATENCY: &str = "/dev/cpu_dma_latency";

/// What it reads while nobody holds one, in microseconds (kernel: `PM_QOS_CPU_LATENCY_DEFAULT_VALUE`).
const NO_LIMIT_US: i32 = 2_000_000_000;

pub(super) fn read(scene: &Scene<'_>) -> Effects {
    let recorded = recorded(scene);
    let entries = recorded.as_ref().map(|recorded| recorded.entries.as_slice()).unwrap_or_default();
    let written: Vec<Written> = entries.iter().filter_map(|entry| written(scene, entry)).collect();
    let mut traces: Vec<Trace> = Vec::new();
    for setting in written.iter().filter(|setting| setting.is_in_force) {
        if traces.iter().all(|trace| trace.knob != setting.knob) {
            let of_knob: Vec<&Written> =
                written.iter().filter(|other| other.knob == setting.knob && other.is_in_force).collect();
            traces.extend(trace(scene, &setting.knob, &of_knob));
        }
    }
    traces.extend(held_latency(scene));
    Effects { written: Sourced::new(JOURNAL, recorded.map(|_| written)), traces }
}

/// The journal of this boot, if its session came to the end of applying.
fn recorded(scene: &Scene<'_>) -> Result<Recorded, Gap> {
    let nothing = |why: &str| Gap::Absent(format!("nothing is set: {why}"));
    let found = journal::read(&KernelFiles, &scene.root.path(JOURNAL));
    let recorded = found.map_err(|error| match error {
        JournalError::Io { source, .. } => Gap::Unreadable(format!("{JOURNAL}: {source}")),
        // A damaged one is found out as the journal that it is.
        error => nothing(&error.to_string()),
    })?;
    let recorded = recorded.ok_or_else(|| nothing("no journal of a session"))?;
    let boot = boot_id(&KernelFiles, scene.root).map_err(|error| Gap::Unreadable(error.to_string()))?;
    match (recorded.header.boot_id == boot, recorded.is_applied && recorded.left.is_none()) {
        (true, true) => Ok(recorded),
        (false, _) => Err(nothing("the journal is of another boot")),
        (true, false) => Err(nothing("a session began, and did not come to the end of applying")),
    }
}

/// A setting that its session left in force; absent for one that never was (the journal has the value that the kernel
/// made of it, or kept), for one that was declared to be brought back only, and for one whose file has gone.
fn written(scene: &Scene<'_>, entry: &Entry) -> Option<Written> {
    let intent = &entry.first;
    let text = scene.root.read(&intent.path);
    let is_gone = text.as_ref().is_err_and(|why| why.starts_with("no "));
    let now = text.and_then(|text| shape::in_force(intent.shape, &text));
    let is = |value: &str| now.as_ref().is_ok_and(|now| shape::is_same(intent.shape, now, value));
    let never_was = !is(&intent.wanted) && entry.ours.iter().any(|ours| is(ours));
    if is_gone || never_was || matches!(intent.shape, Shape::Drifting | Shape::Held) {
        return None;
    }
    Some(Written {
        knob: intent.knob.clone(),
        path: intent.path.clone(),
        wanted: intent.wanted.clone(),
        is_in_force: is(&intent.wanted),
        now,
    })
}

/// What the probes saw of a knob; absent where it leaves no trace in any counter.
fn trace(scene: &Scene<'_>, knob: &str, settings: &[&Written]) -> Option<Trace> {
    let clocks = || clock::read(scene).measured;
    let over_clocks = |evidence: fn(Vec<_>) -> Evidence| {
        let clocks = clocks();
        let known =
            clocks.value.and_then(|clocks| match clocks.iter().any(|clock| clock.nominal_ghz.is_some()) {
                true => Ok(evidence(clocks)),
                false => {
                    Err(Gap::Absent("neither driver nor firmware says what the nominal clock is".into()))
                }
            });
        Sourced::new(clocks.source, known)
    };
    let evidence = match knob {
        "governor" => over_clocks(Evidence::ClockFloor),
        "boost" => over_clocks(Evidence::ClockCeiling),
        "clock_clamp" => over_clocks(Evidence::ClockAt),
        "irq_affinity" => Sourced::new("/proc/interrupts", interrupts(scene, settings)),
        "resume_latency" => {
            Sourced::new(format!("{CPUS}/cpu*/cpuidle"), deep_idle(scene, &limits_us(settings)))
        }
        "smt_twins" => Sourced::new("/proc/stat", twins(scene, settings)),
        "swappiness" => Sourced::new("/proc/vmstat", swapped(scene)),
        "numa_balancing" => Sourced::new("/proc/vmstat", numa_updates(scene)),
        "ksm" => Sourced::new("/sys/kernel/mm/ksm", ksm_pages(scene)),
        _ => return None,
    };
    Some(Trace { knob: knob.to_owned(), evidence })
}

/// A limit that some process holds open now; needs no journal, and the right to open the file.
fn held_latency(scene: &Scene<'_>) -> Option<Trace> {
    let limit_us = scene.root.read_i32(LATENCY).ok().filter(|limit| *limit < NO_LIMIT_US)?;
    let limit_us = u64::try_from(limit_us).unwrap_or(0);
    let limits = scene.bench().iter().map(|cpu| (cpu, limit_us)).collect();
    let evidence = Sourced::new(LATENCY, deep_idle(scene, &limits));
    Some(Trace { knob: "cpu_latency".into(), evidence })
}

/// The interrupts that were moved, as the bench CPU served them while the doctor watched.
fn interrupts(scene: &Scene<'_>, settings: &[&Written]) -> Result<Evidence, Gap> {
    let number = |path: &str| path.strip_prefix("/proc/irq/")?.split('/').next()?.parse::<u32>().ok();
    let cpu = scene.first_bench();
    // One that keeps to the bench CPU by its own wish was not moved away.
    let is_elsewhere = |wanted: &str| wanted.parse::<CpuList>().is_ok_and(|cpus| !cpus.contains(cpu));
    let moved: Vec<u32> = settings
        .iter()
        .filter(|setting| is_elsewhere(&setting.wanted))
        .filter_map(|setting| number(&setting.path))
        .collect();
    let mut rates = scene.watched()?.device_rates(cpu)?;
    rates.retain(|rate| moved.contains(&rate.irq));
    Ok(Evidence::Interrupts(rates))
}

/// Greatest wake-up time by CPU: the file's `n/a` allows none, its `0` any (kernel: `ABI/testing/sysfs-devices-power`).
fn limits_us(settings: &[&Written]) -> BTreeMap<u32, u64> {
    let limit = |setting: &&Written| {
        let cpu = setting.path.strip_prefix(&format!("{CPUS}/cpu"))?.split('/').next()?.parse().ok()?;
        match setting.wanted.as_str() {
            "n/a" => Some((cpu, 0)),
            text => Some((cpu, text.parse().ok().filter(|limit| *limit > 0)?)),
        }
    };
    settings.iter().filter_map(limit).collect()
}

/// Of the CPUs that have idle states; a gap where none has.
fn deep_idle(scene: &Scene<'_>, limits_us: &BTreeMap<u32, u64>) -> Result<Evidence, Gap> {
    let window = scene.rested()?;
    let shares = limits_us.iter().map(|(cpu, limit_us)| Ok((*cpu, window.deep_idle_share(*cpu, *limit_us)?)));
    let (known, unknown): (Vec<_>, Vec<_>) = shares.partition(Result::is_ok);
    match unknown.into_iter().find_map(Result::err) {
        Some(why) if known.is_empty() => Err(scene.gap(why, Provider::Hardware)),
        _ => Ok(Evidence::DeepIdle(PerCpu(known.into_iter().flatten().collect()))),
    }
}

/// A CPU that is off line has no line in `/proc/stat`.
fn twins(scene: &Scene<'_>, settings: &[&Written]) -> Result<Evidence, Gap> {
    let window = scene.rested()?;
    let number =
        |path: &str| path.strip_prefix(&format!("{CPUS}/cpu"))?.split('/').next()?.parse::<u32>().ok();
    let twins = settings.iter().filter_map(|setting| number(&setting.path));
    Ok(Evidence::TwinBusy(PerCpu(twins.map(|cpu| (cpu, window.busy_share(cpu).unwrap_or(0.0))).collect())))
}

fn swapped(scene: &Scene<'_>) -> Result<Evidence, Gap> {
    let pages = scene.watched()?.swapped_pages();
    pages.map(Evidence::Swapped).map_err(|why| scene.gap(why, Provider::Kernel))
}

fn numa_updates(scene: &Scene<'_>) -> Result<Evidence, Gap> {
    let pages = scene.watched()?.numa_updates();
    pages.map(Evidence::NumaUpdates).map_err(|why| scene.gap(why, Provider::Kernel))
}

fn ksm_pages(scene: &Scene<'_>) -> Result<Evidence, Gap> {
    let pages = scene.watched()?.ksm_pages();
    pages.map(Evidence::KsmPages).map_err(|why| scene.gap(why, Provider::Kernel))
}
