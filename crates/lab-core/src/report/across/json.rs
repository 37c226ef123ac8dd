//! A report across machines as JSON for programs, at full precision.
//!
//! Fields are added and never change their meaning.

use lab_stats::PowerLaw;
use serde_json::{Value, json};

use super::AcrossView;
use crate::across::{Cell, Combined, Effect, Family, Growth, Row, Scaling, Yardstick};
use crate::report::compared::json::{estimate, head, value};

/// The report as one JSON object. Lists of machines are in the order of `machines`.
pub fn render(view: &AcrossView<'_>) -> Value {
    let across = view.across;
    json!({
        "machines": across.machines.iter().map(head).collect::<Vec<_>>(),
        "kernels": across.kernels.iter().map(|kernel| json!({
            "id": kernel.id,
            "against_first": each(&kernel.against_first, estimate),
        })).collect::<Vec<_>>(),
        "processor_kernels": across.processor_kernels,
        "benchmarks": across.rows.iter().map(row).collect::<Vec<_>>(),
        "unmatched": across.unmatched.iter().map(|one| json!({
            "id": one.benchmark.to_string(), "machine": one.machine,
        })).collect::<Vec<_>>(),
        "geomeans": each(&across.geomeans, estimate),
        "swaps": across.swaps.iter().map(|swap| json!({
            "one": swap.one.to_string(),
            "two": swap.two.to_string(),
            "ratios": swap.ratios,
            "one_cheaper": swap.one_cheaper,
            "two_cheaper": swap.two_cheaper,
        })).collect::<Vec<_>>(),
        "families": across.families.iter().map(family).collect::<Vec<_>>(),
        "effects": across.effects.iter().map(effect).collect::<Vec<_>>(),
        "differences": across.differences.iter().map(|fact| json!({
            "fact": fact.fact,
            "class": fact.class.id(),
            "values": fact.values.iter().map(|found| value(found.as_ref())).collect::<Vec<_>>(),
            "why": fact.why,
        })).collect::<Vec<_>>(),
        "warnings": across.warnings.iter().map(|warning| json!({
            "kind": warning.kind, "subject": warning.subject, "text": warning.text,
        })).collect::<Vec<_>>(),
    })
}

fn each<T>(all: &[Option<T>], shown: impl Fn(&T) -> Value) -> Vec<Option<Value>> {
    all.iter().map(|one| one.as_ref().map(&shown)).collect()
}

fn row(row: &Row) -> Value {
    let (reference, why) = match &row.yardstick {
        Yardstick::Processor | Yardstick::Storage => (None, None),
        Yardstick::Reference(id) => (Some(id.to_string()), None),
        Yardstick::Missing(why) => (None, Some(why)),
    };
    json!({
        "id": row.benchmark.to_string(),
        "yardstick": row.yardstick.id(),
        "reference": reference,
        "reason": why,
        "machines": row.cells.iter().map(cell).collect::<Vec<_>>(),
    })
}

fn cell(cell: &Cell) -> Value {
    json!({
        "wall_ns": cell.wall_ns,
        "count": cell.count,
        "cost": cell.cost.as_ref().map(estimate),
        "against_first": cell.against_first.as_ref().map(estimate),
        "scaling": cell.scaling().map(|scaling| match scaling {
            Scaling::Dearer => "dearer",
            Scaling::Cheaper => "cheaper",
            Scaling::Alike => "alike",
        }),
    })
}

fn family(family: &Family) -> Value {
    let law = |law: &PowerLaw| {
        json!({
            "exponent": estimate(&law.exponent),
            "robust_exponent": estimate(&law.robust_exponent),
            "misfit_max": law.misfit_max,
        })
    };
    let growth = |growth: &Growth| {
        json!({
            "exponent": estimate(&growth.exponent),
            "end_ratio": growth.end_ratio,
            "differs": growth.differs,
        })
    };
    json!({
        "target": family.target.to_string(),
        "pattern": family.pattern,
        "sizes": family.sizes,
        "laws": each(&family.laws, law),
        "growths": each(&family.growths, growth),
    })
}

fn effect(effect: &Effect) -> Value {
    let combined = match &effect.combined {
        Combined::Apart => Value::Null,
        Combined::Impossible(why) => json!({"reason": why}),
        Combined::Mean { ratio, between, p_of_agreement } => json!({
            "ratio": estimate(ratio),
            "between": between.exp_m1(),
            "p_of_agreement": p_of_agreement,
            "differs_by_machine": effect.differs_by_machine(),
        }),
    };
    json!({
        "id": effect.benchmark.to_string(),
        "metric": effect.metric.0,
        "machines": effect.locals.iter().map(|local| json!({
            "machine": local.machine, "ratio": estimate(&local.ratio), "count": local.count,
        })).collect::<Vec<_>>(),
        "combined": combined,
    })
}
