//! What is said across machines, in few words; the same in a terminal and in Markdown.
//!
//! One wording per case, so that a reader meets each only once.

use lab_stats::Estimate;

use crate::across::{Across, Combined, Effect, FactAcross, Family, Scaling, Swap, Yardstick};
use crate::canary::canary;
use crate::model::FactValue;
use crate::report::compared::phrase as compared;
use crate::report::{number, table};

/// Widest a fact is shown.
const FACT_WIDTH: usize = 30;

/// `a`, `b`, … for the machines in their order; names are too long for a column.
pub(in crate::report) fn letter(machine: usize) -> String {
    let letter = char::from_u32('a' as u32 + (machine % 26) as u32).unwrap_or('?');
    match machine / 26 {
        0 => letter.into(),
        more => format!("{letter}{more}"),
    }
}

/// `1.24 [1.20, 1.28]`, with as many decimals as a ratio of that size needs.
pub(in crate::report) fn ratio(estimate: &Estimate) -> String {
    let interval = estimate.interval.map_or_else(String::new, |interval| {
        format!(" [{}, {}]", factor(interval.lower()), factor(interval.upper()))
    });
    format!("{}{interval}", factor(estimate.point))
}

/// A factor with three digits.
pub(in crate::report) fn factor(value: f64) -> String {
    match value {
        _ if !value.is_finite() => "?".into(),
        0.0..0.0995 => format!("{value:.4}"),
        0.0995..0.995 => format!("{value:.3}"),
        0.995..9.95 => format!("{value:.2}"),
        9.95..99.5 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// The ratio with a word where it is sure and large.
pub(in crate::report) fn scaled(cell: &crate::across::Cell) -> String {
    let Some(estimate) = &cell.against_first else { return "-".into() };
    format!("{}{}", ratio(estimate), word(cell))
}

/// Behind a blank, the word for a ratio that is sure and large; empty for others.
pub(super) fn word(cell: &crate::across::Cell) -> &'static str {
    match cell.scaling().filter(|_| cell.against_first.is_some()) {
        Some(Scaling::Dearer) => " dearer",
        Some(Scaling::Cheaper) => " cheaper",
        Some(Scaling::Alike) | None => "",
    }
}

/// The same for narrow terminals.
pub(super) fn scaled_without_interval(cell: &crate::across::Cell) -> String {
    let whole = scaled(cell);
    match (whole.find(" ["), whole.find(']')) {
        (Some(from), Some(to)) => format!("{}{}", &whole[..from], &whole[to + 1..]),
        _ => whole,
    }
}

/// What a group of rows is measured by.
pub(in crate::report) fn yardstick(yardstick: &Yardstick, across: &Across) -> String {
    match yardstick {
        Yardstick::Processor => {
            format!("measured by the canaries {} (geometric mean)", kernels(&across.processor_kernels))
        }
        Yardstick::Storage => "waiting for the disk, measured by the canary fsync".into(),
        Yardstick::Reference(id) => format!("measured by {id}"),
        Yardstick::Missing(why) => {
            format!("measured by nothing: {why}; --reference ID names a benchmark to measure by")
        }
    }
}

/// Their names for people.
fn kernels(ids: &[String]) -> String {
    let names: Vec<&str> = ids.iter().map(|id| kernel(id)).collect();
    names.join(", ")
}

/// A kernel's name for people.
pub(in crate::report) fn kernel(id: &str) -> &str {
    canary(id).map_or(id, |canary| canary.name)
}

/// `x is cheaper than y on a (1.30 times) and dearer on b (0.81 times)`
pub(in crate::report) fn swap(swap: &Swap) -> String {
    let on = |machines: &[usize]| -> String {
        let each = machines.iter().map(|machine| {
            let times = swap.ratios.get(*machine).copied().flatten().map_or_else(|| "?".into(), factor);
            format!("{} ({times})", letter(*machine))
        });
        each.collect::<Vec<_>>().join(", ")
    };
    format!(
        "{} is cheaper than {} on {} and dearer on {}",
        swap.one,
        swap.two,
        on(&swap.one_cheaper),
        on(&swap.two_cheaper)
    )
}

/// The exponents of a family, one per machine: `k = 1.02`, or what is missing.
pub(in crate::report) fn laws(family: &Family) -> Vec<String> {
    let law = |law: &Option<lab_stats::PowerLaw>| match law {
        Some(law) => format!("{:.2}", law.exponent.point),
        None => "-".into(),
    };
    family.laws.iter().map(law).collect()
}

/// What a family's growth says of each machine but the first; empty where all grow alike.
pub(in crate::report) fn growth(family: &Family) -> String {
    let told = family.growths.iter().enumerate().filter_map(|(machine, growth)| {
        let growth = growth.filter(|growth| growth.differs)?;
        let interval = growth.exponent.interval.map_or_else(String::new, |interval| {
            format!(" [{:+.3}, {:+.3}]", interval.lower(), interval.upper())
        });
        Some(format!(
            "on {} the exponent is {:+.3}{interval} apart: from the smallest to the largest {} times as much",
            letter(machine),
            growth.exponent.point,
            factor(growth.end_ratio)
        ))
    });
    told.collect::<Vec<_>>().join("; ")
}

/// Facts of one name: `rustc.release: 1.94.1 | 1.95.0 (another compiler …)`.
pub(in crate::report) fn fact(fact: &FactAcross) -> String {
    let values: Vec<String> = fact.values.iter().map(|found| value(found.as_ref())).collect();
    let why = fact.why.map_or_else(String::new, |why| format!(" ({why})"));
    format!("{}: {}{why}", fact.fact, values.join(" | "))
}

fn value(value: Option<&FactValue>) -> String {
    let text = match value {
        None | Some(FactValue::Absent(_)) => "unknown".into(),
        Some(FactValue::Bool(value)) => value.to_string(),
        Some(FactValue::Integer(value)) => value.to_string(),
        Some(FactValue::Number(value)) => value.to_string(),
        Some(FactValue::Text(text)) => text.clone(),
        Some(FactValue::List(texts)) => texts.join(" "),
    };
    table::elide(&text, FACT_WIDTH)
}

/// A change as `+16.2 % [+16.1, +16.3]`.
pub(in crate::report) fn change(ratio: &Estimate) -> String {
    let interval = compared::interval(ratio);
    let gap = if interval.is_empty() { "" } else { " " };
    format!("{}{gap}{interval}", compared::percent(ratio.point))
}

/// What the machines say together of a change.
pub(in crate::report) fn combined(effect: &Effect) -> String {
    match &effect.combined {
        Combined::Apart => {
            "each for itself: from fewer than three machines nobody can tell how far machines differ".into()
        }
        Combined::Impossible(why) => format!("not combined: {why}"),
        Combined::Mean { ratio: mean, between, p_of_agreement } => {
            let word = if effect.differs_by_machine() { "differs by machine" } else { "agrees" };
            format!(
                "on machines like these {} ({word}: between machines {}, p of one effect {p_of_agreement:.3})",
                change(mean),
                number::percent(between.exp_m1())
            )
        }
    }
}

/// The line that sums up.
pub(in crate::report) fn summary(across: &Across) -> String {
    let sides = number::counted(across.machines.len(), "side");
    if across.rows.is_empty() {
        let apart = across.effects.iter().filter(|effect| effect.differs_by_machine()).count();
        let effects = number::counted(across.effects.len(), "benchmark");
        return format!("{sides} · {effects} · {apart} of them changed otherwise by machine");
    }
    let unlike = across
        .rows
        .iter()
        .filter(|row| {
            row.cells.iter().any(|cell| matches!(cell.scaling(), Some(Scaling::Dearer | Scaling::Cheaper)))
        })
        .count();
    let grown = across
        .families
        .iter()
        .filter(|family| family.growths.iter().flatten().any(|growth| growth.differs))
        .count();
    format!(
        "{} · {} · {unlike} unlike their yardstick · {} · {} · no verdict: ratios of ratios",
        sides,
        number::counted(across.rows.len(), "benchmark"),
        number::counted(across.swaps.len(), "change") + " of order",
        match grown {
            1 => "1 family grows otherwise".to_owned(),
            grown => format!("{grown} families grow otherwise"),
        }
    )
}
