//! Whether what was set also acts: a value that reads back is a wish, and the machine may do otherwise.
//!
//! It judges only knobs that are in force, and only what can be seen of them; of the others it says that it cannot.

use std::collections::BTreeSet;

use super::catalogue::Check;
use super::clock::{CpuClock, excess};
use super::criterion::Criterion;
use super::finding::{Finding, Severity};
use super::interruption::IrqRate;
use super::per_cpu::PerCpu;
use super::reading::{Gap, Sourced};
use crate::report::number;

/// Readings of the group.
#[derive(Clone, Debug)]
pub struct Effects {
    /// Every setting that the journal of a session says was put in force; a gap where there is no such journal.
    pub written: Sourced<Vec<Written>>,
    /// What was seen of the knobs in force, as far as a knob can be seen to act.
    pub traces: Vec<Trace>,
}

/// A setting of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Whose.
    pub knob: String,
    /// The file.
    pub path: String,
    /// What the session put in force.
    pub wanted: String,
    /// What it says now, or why nothing.
    pub now: Result<String, String>,
    /// Whether that is still what the session put in force.
    pub is_in_force: bool,
}

/// What was seen of one knob.
#[derive(Clone, Debug)]
pub struct Trace {
    /// Its name.
    pub knob: String,
    /// What was seen.
    pub evidence: Sourced<Evidence>,
}

/// How a knob can be seen to act, or not to.
#[derive(Clone, Debug, PartialEq)]
pub enum Evidence {
    /// The greatest clock is asked for: it must not be below nominal.
    ClockFloor(Vec<CpuClock>),
    /// No boost: it must not be above nominal.
    ClockCeiling(Vec<CpuClock>),
    /// Held at nominal: neither.
    ClockAt(Vec<CpuClock>),
    /// Interrupts that were moved away, as the bench CPU still served them.
    Interrupts(Vec<IrqRate>),
    /// Share of the time that each bench CPU slept deeper than it was to, while it had nothing to do.
    DeepIdle(PerCpu<f64>),
    /// Share of the time that each twin which was taken off line had something to do.
    TwinBusy(PerCpu<f64>),
    /// Pages swapped in or out.
    Swapped(u64),
    /// Pages that the kernel unmapped to see who touches them.
    NumaUpdates(u64),
    /// Pages that the search for equal ones looked at.
    KsmPages(u64),
}

/// What to do, whichever knob it is.
const REMEDY: &str = "see boost, the measured clock, daemons and load: one of them overrides it; sudo bench-lab tune restore begins anew";

pub(super) fn judge(readings: &Effects) -> Vec<Finding> {
    let source = &readings.written.source;
    let written = match &readings.written.value {
        Ok(written) => written.as_slice(),
        // A limit that somebody holds open needs no journal.
        Err(Gap::Absent(_)) if !readings.traces.is_empty() => &[],
        Err(gap) => return vec![Finding::of_gap(Check::KnobEffects, gap, source)],
    };
    let lost: Vec<&Written> = written.iter().filter(|setting| !setting.is_in_force).collect();
    let seen: Vec<(&str, &Evidence)> = readings
        .traces
        .iter()
        .filter_map(|trace| Some((trace.knob.as_str(), trace.evidence.value.as_ref().ok()?)))
        .collect();
    if lost.is_empty() && seen.is_empty() {
        return vec![Finding::of_gap(Check::KnobEffects, &blindness(readings, written), source)];
    }
    let failing: Vec<(&str, &Evidence, Severity)> =
        seen.iter().filter_map(|(knob, evidence)| Some((*knob, *evidence, weigh(evidence)?))).collect();
    let mut finding = Finding::new(Check::KnobEffects, source).when(Criterion::EffectLost, !lost.is_empty());
    for Written { knob, path, wanted, now, .. } in &lost {
        let now = now.as_deref().unwrap_or_else(|why| why);
        finding = finding.detail(format!("{knob}: {path} was set to {wanted}, and is {now}"));
    }
    for (knob, evidence, severity) in &failing {
        finding = finding.detail(format!("{knob} is in force: {}", describe(evidence)));
        if Some(*severity) > finding.status.severity() {
            finding.status = (*severity).into();
        }
    }
    let of_lost = lost.iter().map(|setting| setting.knob.as_str());
    let wrong: BTreeSet<&str> = of_lost.chain(failing.iter().map(|(knob, ..)| *knob)).collect();
    let value = match wrong.is_empty() {
        true => format!("seen to act: {}", listed(&seen)),
        false => format!("not as set: {}", wrong.into_iter().collect::<Vec<_>>().join(", ")),
    };
    vec![finding.value(value).remedy(REMEDY, None)]
}

/// Nothing in force can be seen: because nobody looked, or because it leaves no trace here.
fn blindness(readings: &Effects, written: &[Written]) -> Gap {
    let unread = readings.traces.iter().find_map(|trace| match &trace.evidence.value {
        Err(gap @ Gap::Unreadable(_)) => Some(gap.clone()),
        _ => None,
    });
    unread.unwrap_or_else(|| {
        let of_traces = readings.traces.iter().map(|trace| trace.knob.as_str());
        let knobs: BTreeSet<&str> =
            written.iter().map(|setting| setting.knob.as_str()).chain(of_traces).collect();
        let why = readings.traces.iter().find_map(|trace| match &trace.evidence.value {
            Err(Gap::Absent(why) | Gap::Virtual(why)) => Some(format!(" ({why})")),
            _ => None,
        });
        let knobs = knobs.into_iter().collect::<Vec<_>>().join(", ");
        Gap::Absent(format!(
            "in force, and nothing here shows whether they act: {knobs}{}",
            why.unwrap_or_default()
        ))
    })
}

/// How bad it is, by the table.
fn weigh(evidence: &Evidence) -> Option<Severity> {
    let below = |clocks: &[CpuClock]| {
        let lacks = clocks.iter().filter_map(|clock| Some(-excess(clock)?));
        lacks.filter_map(|lack| Criterion::EffectClockBelow.judge(lack)).max()
    };
    let above = |clocks: &[CpuClock]| {
        clocks.iter().filter_map(excess).filter_map(|excess| Criterion::EffectClockAbove.judge(excess)).max()
    };
    let worst = |shares: &PerCpu<f64>| shares.0.values().copied().fold(0.0, f64::max);
    match evidence {
        Evidence::ClockFloor(clocks) => below(clocks),
        Evidence::ClockCeiling(clocks) => above(clocks),
        Evidence::ClockAt(clocks) => below(clocks).max(above(clocks)),
        Evidence::Interrupts(rates) => Criterion::EffectInterrupts.judge(total(rates)),
        Evidence::DeepIdle(shares) => Criterion::EffectDeepIdle.judge(worst(shares)),
        Evidence::TwinBusy(shares) => Criterion::EffectTwin.judge(worst(shares)),
        Evidence::Swapped(pages) => Criterion::EffectSwap.judge(*pages as f64),
        Evidence::NumaUpdates(pages) => Criterion::EffectNuma.judge(*pages as f64),
        Evidence::KsmPages(pages) => Criterion::EffectKsm.judge(*pages as f64),
    }
}

fn total(rates: &[IrqRate]) -> f64 {
    rates.iter().map(|rate| rate.per_second).sum()
}

/// What was seen, as a clause.
fn describe(evidence: &Evidence) -> String {
    let shares = |shares: &PerCpu<f64>| {
        let shown = shares.0.iter().map(|(cpu, share)| format!("CPU {cpu} {}", number::percent(*share)));
        shown.collect::<Vec<_>>().join(", ")
    };
    match evidence {
        Evidence::ClockFloor(clocks) | Evidence::ClockCeiling(clocks) | Evidence::ClockAt(clocks) => {
            let shown = clocks.iter().filter_map(|clock| {
                let nominal = clock.nominal_ghz?;
                Some(format!("CPU {} is {} off {nominal:.3} GHz", clock.cpu, number::percent(excess(clock)?)))
            });
            shown.collect::<Vec<_>>().join(", ")
        }
        Evidence::Interrupts(rates) => {
            match rates.iter().max_by(|one, two| one.per_second.total_cmp(&two.per_second)) {
                Some(busiest) if busiest.per_second > 0.0 => format!(
                    "the bench CPU still serves {:.1}/s of what was moved, most of {} (IRQ {})",
                    total(rates),
                    busiest.device,
                    busiest.irq
                ),
                _ => "the bench CPU serves none of what was moved".into(),
            }
        }
        Evidence::DeepIdle(by_cpu) => format!("asleep deeper than allowed: {}", shares(by_cpu)),
        Evidence::TwinBusy(by_cpu) => format!("twins at work: {}", shares(by_cpu)),
        Evidence::Swapped(pages) => format!("{} swapped", number::counted(*pages as usize, "page")),
        Evidence::NumaUpdates(pages) => {
            format!("{} unmapped to be watched", number::counted(*pages as usize, "page"))
        }
        Evidence::KsmPages(pages) => format!("{} compared", number::counted(*pages as usize, "page")),
    }
}

fn listed(seen: &[(&str, &Evidence)]) -> String {
    seen.iter()
        .map(|(knob, evidence)| format!("{knob} ({})", describe(evidence)))
        .collect::<Vec<_>>()
        .join("; ")
}
