//! What is said of a change, in few words; the same in a terminal and in Markdown.
//!
//! One wording per case, so that a reader meets each only once.

use std::collections::BTreeMap;

use lab_stats::Estimate;

use crate::compare::{
    Change, Comparison, Difference, Doubt, Drift, Equivalence, EvidenceKind, More, Obstacle, Reading,
    Summary, Verdict,
};
use crate::model::FactValue;
use crate::report::number;

/// What more than half say, and how many do.
pub(in crate::report) fn most_common(said: impl IntoIterator<Item = String>) -> Option<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for one in said {
        *counts.entry(one).or_default() += 1;
    }
    let all: usize = counts.values().sum();
    counts.into_iter().find(|(_, count)| 2 * count > all)
}

/// `89.10 ms → 103.4 ms`, or what is known of it.
pub(in crate::report) fn levels(change: &Change) -> [String; 2] {
    if let (Some(baseline), Some(candidate)) = (change.typical.baseline, change.typical.candidate) {
        return number::alike([baseline, candidate], &change.unit);
    }
    [change.typical.baseline, change.typical.candidate]
        .map(|value| value.map_or_else(|| "-".into(), |value| number::quantity(value, &change.unit)))
}

/// `+16.1 %`
pub(in crate::report) fn percent(ratio: f64) -> String {
    format!("{} %", signed(ratio))
}

/// `[+14.8, +17.5]`; empty without an interval.
pub(in crate::report) fn interval(ratio: &Estimate) -> String {
    ratio.interval.map_or_else(String::new, |interval| {
        format!("[{}, {}]", signed(interval.lower()), signed(interval.upper()))
    })
}

/// A ratio as a difference in per cent, with two decimals below one per cent and three digits above.
fn signed(ratio: f64) -> String {
    let value = (ratio - 1.0) * 100.0;
    match value.abs() {
        _ if !value.is_finite() => "?".into(),
        size if size < 1.0 => format!("{value:+.2}"),
        size if size < 1000.0 => format!("{value:+.1}"),
        _ => format!("{value:+.0}"),
    }
}

/// The verdict with its reason.
pub(in crate::report) fn verdict(change: &Change) -> String {
    match &change.verdict {
        Verdict::Regressed => "regressed".into(),
        Verdict::Improved => "improved".into(),
        Verdict::Equivalent(Equivalence::Measured) => "equivalent".into(),
        Verdict::Equivalent(Equivalence::Identical) => "equivalent: one and the same executable".into(),
        Verdict::Inconclusive(doubt) => self::doubt(doubt, change),
        Verdict::NotComparable(obstacle) => self::obstacle(obstacle, change),
    }
}

/// The change and its verdict in a Run's table.
pub(in crate::report) fn beside(change: &Change) -> [String; 2] {
    let word = match change.verdict {
        Verdict::Regressed => "REGRESSED",
        Verdict::Improved => "improved",
        Verdict::Equivalent(Equivalence::Measured) => "same",
        // Whatever the clock said, one and the same executable ran.
        Verdict::Equivalent(Equivalence::Identical) => "identical",
        Verdict::Inconclusive(_) => "?",
        Verdict::NotComparable(_) => "not comparable",
    };
    let ratio = change.ratio.filter(|_| !matches!(change.verdict, Verdict::NotComparable(_)));
    [ratio.map_or_else(String::new, |ratio| percent(ratio.point)), word.to_owned()]
}

fn doubt(doubt: &Doubt, change: &Change) -> String {
    let replicate = change.evidence.map_or("invocation", EvidenceKind::replicate);
    match doubt {
        Doubt::TooFew { count, needed } => {
            format!("{}, and a verdict takes {needed}", number::counted_as(*count, replicate))
        }
        Doubt::Undecided { more: Some(More { count, seconds }) } => {
            let time =
                seconds.map_or_else(String::new, |seconds| format!(" ({})", number::span(seconds.max(1.0))));
            format!("undecided; about {count} more {}{time} would decide", number::plural(*count, replicate))
        }
        Doubt::Undecided { more: None } => "undecided, and more of the same would not decide it".into(),
        Doubt::Suspect { adjusted } => {
            format!("suspect: not sure enough among so many benchmarks (p {adjusted:.3})")
        }
        Doubt::WitnessesDisagree(why) => format!("witnesses disagree: {why}"),
        Doubt::NoCanaries(why) => format!("what the machine did between the Runs is not known: {why}"),
        Doubt::LayoutOpen { count, planned } => {
            format!("{} binary, compared in {count} of {planned} link orders", slower_or_faster(change))
        }
        Doubt::NotConfirmed => "regressed at first, and not when it was measured again".into(),
        Doubt::LayoutNotExcluded => format!("{} binary, layout not excluded", slower_or_faster(change)),
        Doubt::Drift { envelope } => {
            format!("the machine may have moved by {} between the Runs", number::percent(envelope.exp_m1()))
        }
    }
}

fn slower_or_faster(change: &Change) -> &'static str {
    if change.worsening() > 0.0 { "regressed" } else { "improved" }
}

fn obstacle(obstacle: &Obstacle, change: &Change) -> String {
    match obstacle {
        Obstacle::OtherMachine => "times of two machines".into(),
        Obstacle::OtherSettings(facts) => format!("not set up alike: {}", facts.join(", ")),
        Obstacle::MixedSettings { side, facts } => {
            format!("the {} was not set up alike in all its sessions: {}", side.name(), facts.join(", "))
        }
        Obstacle::OtherUnit { baseline, candidate } => {
            format!("{} in {baseline} and in {candidate}", change.metric)
        }
        Obstacle::OtherCalibration { setting, baseline, candidate } => {
            format!(
                "calibrated unlike each other: {setting} {baseline} and {candidate}; a live comparison calibrates both alike"
            )
        }
        Obstacle::NotMeasured { side, why } => format!("no value in the {}: {why}", side.name()),
        Obstacle::NoRatio { side, what } => format!("no ratio, in the {} {what}", side.name()),
    }
}

/// A change in one sentence: `16.0 % slower than main: 89.06 ms → 103.4 ms, interval [+14.9, +17.2] %`.
pub(super) fn sentence(change: &Change) -> String {
    let [baseline, candidate] = levels(change);
    let Some(ratio) = change.ratio else { return verdict(change) };
    let between = match (baseline.as_str(), candidate.as_str()) {
        ("-", "-") => String::new(),
        _ => format!(": {baseline} → {candidate}"),
    };
    let interval = interval(&ratio);
    let interval = if interval.is_empty() { interval } else { format!(", interval {interval} %") };
    let replicate = change.evidence.map_or("invocation", EvidenceKind::replicate);
    format!(
        "{}{between}{interval}, {}",
        size(change, ratio.point),
        number::counted_as(change.count, replicate)
    )
}

/// `16.0 % slower`, `2.31 times as slow`, `no difference seen`.
fn size(change: &Change, ratio: f64) -> String {
    let is_time = matches!(change.unit.as_str(), "ns" | "cycles");
    let is_worse = change.worsening() > 0.0;
    let word = match (is_time, is_worse) {
        (true, true) => "slower",
        (true, false) => "faster",
        (false, true) => "worse",
        (false, false) => "better",
    };
    if (ratio - 1.0).abs() < 5e-5 {
        return "no difference seen".into();
    }
    let metric = if change.metric.0 == "wall_ns" { String::new() } else { format!("{} ", change.metric) };
    if ratio >= 2.0 {
        format!("{metric}{ratio:.2} times as much, {word}")
    } else {
        format!("{metric}{} {word}", number::percent((ratio - 1.0).abs()))
    }
}

/// What other metrics say, as `instr +15.9 %`: instructions always, wall time beside cycles, the rest when it differs.
pub(in crate::report) fn witnesses(change: &Change) -> String {
    let is_told = |witness: &&crate::compare::Witness| match witness.metric.0.as_str() {
        name if name.starts_with("instructions") => true,
        "wall_ns" => change.metric.0 == "cycles",
        _ => witness.reading == Reading::Differs,
    };
    let told: Vec<String> = change
        .witnesses
        .iter()
        .filter(is_told)
        .map(|witness| {
            let name = match witness.metric.0.as_str() {
                name if name.starts_with("instructions") => "instr",
                "wall_ns" => "wall",
                name => name,
            };
            format!("{name} {}", percent(witness.ratio.point))
        })
        .collect();
    if told.is_empty() { String::new() } else { format!("({})", told.join(", ")) }
}

/// What else a row has to say: an earlier name, what was left out or failed, notes.
pub(in crate::report) fn notes(change: &Change) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(change.renamed_from.as_ref().map(|id| format!("was {id}")));
    for (side, columns) in ["baseline", "candidate"].into_iter().zip(change.columns) {
        if columns.left_out > 0 {
            notes.push(format!(
                "{} of {} {side} invocations left out by rule",
                columns.left_out, columns.measured
            ));
        }
        if columns.failed > 0 {
            notes.push(format!("{} {side} invocations failed", columns.failed));
        }
    }
    notes.extend(change.look.filter(|look| look.of > 1).map(|look| {
        let invocations = number::counted(change.columns[1].measured, "invocation");
        format!("look {} of {}, after {invocations}", look.number, look.of)
    }));
    notes.extend(change.notes.iter().cloned());
    notes
}

/// `frequency.governor: performance → powersave (the governor chooses the clock)`
pub(in crate::report) fn difference(difference: &Difference) -> String {
    let (one, two) = (value(difference.baseline.as_ref()), value(difference.candidate.as_ref()));
    let why = difference.decisive.map_or_else(String::new, |why| format!(" ({why})"));
    format!("{}: {one} → {two}{why}", difference.fact)
}

fn value(value: Option<&FactValue>) -> String {
    const WIDTH: usize = 40;
    let text = value.map_or_else(|| "not recorded".into(), whole_value);
    super::super::table::elide(&text, WIDTH)
}

/// A fact's value in words, however long.
pub(in crate::report) fn whole_value(value: &FactValue) -> String {
    match value {
        FactValue::Absent(why) => format!("unknown ({why})"),
        FactValue::Bool(value) => value.to_string(),
        FactValue::Integer(value) => value.to_string(),
        FactValue::Number(value) => value.to_string(),
        FactValue::Text(text) => text.clone(),
        FactValue::List(texts) => texts.join(" "),
    }
}

/// What the verdicts rest on.
pub(in crate::report) fn evidence(changes: &[Change], drift: Option<&Drift>) -> String {
    let count = |kind| changes.iter().filter(|change| change.evidence == Some(kind)).count();
    let live = |count: usize, what: &str| {
        (count > 0).then(|| format!("{what} ({})", number::counted(count, "benchmark")))
    };
    let stored = (count(EvidenceKind::Stored) > 0).then(|| match drift {
        Some(Drift::Within { on_cpu, .. }) => format!(
            "stored Runs; by their canaries the machine moved by at most {} between them",
            number::percent(on_cpu.exp_m1())
        ),
        Some(Drift::Unknown(why)) => {
            format!("stored Runs; what the machine did between them is not known: {why}")
        }
        None => "stored Runs".into(),
    });
    let parts: Vec<String> = [
        live(count(EvidenceKind::Duel), "both sides alive, taking turns"),
        live(count(EvidenceKind::Blocks), "pairs of processes in an order drawn by lot"),
        stored,
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() { "none".into() } else { parts.join("; ") }
}

/// Whether the two sides may be compared at all, as far as their facts tell.
pub(super) fn comparable(comparison: &Comparison) -> String {
    let machines = [&comparison.baseline.machine, &comparison.candidate.machine];
    let decisive: Vec<&str> = comparison
        .differences
        .iter()
        .filter(|difference| difference.decisive.is_some())
        .map(|difference| difference.fact.as_str())
        .collect();
    let in_the_way = comparison.changes.iter().find_map(|change| match &change.verdict {
        Verdict::NotComparable(found @ (Obstacle::OtherMachine | Obstacle::MixedSettings { .. })) => {
            Some(obstacle(found, change))
        }
        _ => None,
    });
    match machines {
        _ if in_the_way.is_some() => format!("no: {}", in_the_way.unwrap_or_default()),
        _ if !decisive.is_empty() => format!("no: {} is not alike", decisive.join(", ")),
        [Some(_), Some(_)] => "yes: one machine, and nothing that decides differs".into(),
        _ => "not known: one side recorded no environment".into(),
    }
}

/// How many observations the host disturbed, of both sides; absent when it disturbed none.
pub(in crate::report) fn tainted(changes: &[Change]) -> Option<String> {
    let sums = [0, 1].map(|side| {
        let columns = || changes.iter().map(move |change| change.columns[side]);
        (columns().map(|c| c.tainted).sum::<usize>(), columns().map(|c| c.measured).sum::<usize>())
    });
    let [(one, of_one), (two, of_two)] = sums;
    (one + two > 0).then(|| {
        format!("{one} of {of_one} observations in the baseline, {two} of {of_two} in the candidate")
    })
}

/// What all ratios come to together; absent where there is only one.
pub(in crate::report) fn geomean(comparison: &Comparison) -> Option<String> {
    let estimate = comparison.geomean?;
    let ratios = comparison.changes.iter().filter(|change| change.ratio.is_some()).count();
    // Of fewer ratios Student's interval spans everything.
    let interval = estimate
        .interval
        .filter(|_| ratios > 3)
        .map_or_else(String::new, |interval| format!(" [{:.3}, {:.3}]", interval.lower(), interval.upper()));
    (ratios > 1).then(|| {
        format!("geometric mean of {ratios} ratios {:.3}{interval}, candidate over baseline", estimate.point)
    })
}

/// `1 regressed · 2 improved · 8 equivalent · 1 inconclusive · 0 not comparable`
pub(in crate::report) fn summary(summary: Summary) -> String {
    format!(
        "{} regressed · {} improved · {} equivalent · {} inconclusive · {} not comparable",
        summary.regressed, summary.improved, summary.equivalent, summary.inconclusive, summary.not_comparable
    )
}

#[cfg(test)]
mod tests {
    use super::most_common;

    #[test]
    fn what_more_than_half_say_is_common_and_half_is_not() {
        let said = |texts: &[&str]| most_common(texts.iter().map(|text| (*text).to_owned()));
        assert_eq!(said(&["a", "b", "a"]), Some(("a".to_owned(), 2)));
        assert_eq!(said(&["a", "b", "a", "b"]), None);
        assert_eq!(said(&["a"]), Some(("a".to_owned(), 1)));
        assert_eq!(said(&[]), None);
    }
}
