//! The numbers of the page as JSON, so that the file is also the record: decisions, values per process, history.
//!
//! What it holds is text to the parser of HTML: no sequence in it can end the element around it.

use std::collections::HashMap;

use lab_stats::Observations;
use maud::{Markup, PreEscaped, html};
use serde_json::{Value, json};

use super::card::Card;
use super::columns::{rounded, table};
use super::commands;
use super::history::Trace;
use super::page::{Page, Subject};
use crate::report::{across, compared, json as run_json};

/// Digits that a history's values have at most; the Runs have all of them.
const HISTORY_DIGITS: i32 = 5;

/// In how many parts the difference from Run to Run is resolved at least.
const NOISE_SHARE: f64 = 10.0;

/// The element with the object.
pub(super) fn element(page: &Page<'_>) -> Markup {
    let text = escaped(&object(page).to_string());
    html! { script #report type="application/json" { (PreEscaped(text)) } }
}

/// JSON that no HTML parser takes for markup: `<`, `>` and `&` stand in strings alone, where they may be written as codes.
fn escaped(json: &str) -> String {
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

fn object(page: &Page<'_>) -> Value {
    let material = page.material;
    let mut names = Names::default();
    let values = table(page.cards.iter().map(|card| values(card, names.place(&card.id.to_string()))));
    let comparison = page.view().map(|view| {
        let mut comparison = compared::json::render(&view);
        parts(&mut comparison, "changes", &mut names, &[], &["witnesses"]);
        comparison
    });
    let run = material.run.map(|run| {
        let mut run = run_json::render(run);
        // Package, target and path stand in the id.
        parts(&mut run, "benchmarks", &mut names, &["target", "path"], &["figures"]);
        run
    });
    let history = history(page, &mut names);
    json!({
        "report": 2,
        "comparison": comparison,
        "match": match material.subject {
            Subject::Match { content, .. } => Some(json!({"id": content.id, "seed": content.plan.seed})),
            Subject::Alone { .. } | Subject::Sides { .. } => None,
        },
        "filter": material.filtered.map(|filtered| json!({
            "filters": filtered.filters, "chosen_count": filtered.chosen_count, "all_count": filtered.all_count,
        })),
        "run": run,
        "values": values,
        "history": history,
        "across": material.across.map(|across| across::json::render(&across::AcrossView { across, lists_all: true })),
        "lines": lines(page),
        "benchmarks": names.ids,
    })
}

/// Ids, each once: everything else names a benchmark by its place among them.
#[derive(Debug, Default)]
struct Names {
    ids: Vec<String>,
    places: HashMap<String, usize>,
}

impl Names {
    fn place(&mut self, id: &str) -> usize {
        *self.places.entry(id.to_owned()).or_insert_with(|| {
            self.ids.push(id.to_owned());
            self.ids.len() - 1
        })
    }
}

/// Makes the list `name` of an object a table, and a table beside it of each of its inner `lists`.
fn parts(object: &mut Value, name: &str, names: &mut Names, unwanted: &[&str], lists: &[&str]) {
    let Value::Array(mut items) = object[name].take() else { return };
    let mut inner = vec![Vec::new(); lists.len()];
    for fields in items.iter_mut().filter_map(Value::as_object_mut) {
        let id = fields.remove("id").unwrap_or_default();
        let place = names.place(id.as_str().unwrap_or_default());
        fields.insert("benchmark".into(), json!(place));
        for word in unwanted {
            fields.remove(*word);
        }
        for (list, all) in lists.iter().zip(&mut inner) {
            let Some(Value::Array(own)) = fields.remove(*list) else { continue };
            all.extend(own.into_iter().map(|mut one| {
                one["benchmark"] = json!(place);
                one
            }));
        }
    }
    object[name] = table(items);
    for (list, all) in lists.iter().zip(inner) {
        object[*list] = table(all);
    }
}

/// One value per process, in their order; null where a process gave none.
fn values(card: &Card<'_>, place: usize) -> Value {
    let mut value = json!({"benchmark": place, "metric": card.metric.0, "unit": card.unit});
    for cloud in &card.clouds {
        value[cloud.name] = json!(cloud.values);
    }
    value
}

fn history(page: &Page<'_>, names: &mut Names) -> Value {
    let history = page.material.history;
    if history.runs.is_empty() {
        return Value::Null;
    }
    let runs = history
        .runs
        .iter()
        .map(|run| json!({"reference": run.reference, "day": run.day, "commit": run.commit}));
    let traces = page.cards.iter().filter_map(|card| {
        let id = card.id.to_string();
        Some(course(history.traces.get(&id)?, names.place(&id)))
    });
    json!({"runs": table(runs), "benchmarks": table(traces)})
}

/// Values as whole numbers of `step`, counted from `low` of them.
fn course(trace: &Trace, place: usize) -> Value {
    let known: Vec<f64> = trace.values.iter().flatten().copied().filter(|value| value.is_finite()).collect();
    let step = resolution(&known);
    let steps_in = |value: f64| (value / step).round() as i64;
    let low = known.iter().map(|value| steps_in(*value)).min().unwrap_or(0);
    let value =
        |value: &Option<f64>| value.filter(|value| value.is_finite()).map(|value| steps_in(value) - low);
    json!({
        "benchmark": place,
        "metric": trace.metric.0,
        "unit": trace.unit,
        "low": low,
        "step": step,
        "values": trace.values.iter().map(value).collect::<Vec<_>>(),
        "steps": trace.steps.iter().map(|step| rounded(json!({
            "at": step.at, "before": step.before, "after": step.after,
            "is_accepted": step.is_accepted, "notes": step.notes,
        }))).collect::<Vec<_>>(),
    })
}

/// The power of ten to which values of a history are rounded: a tenth of what one Run typically differs from the next by
/// at most, which is small beside the noise, and no finer than five digits.
fn resolution(values: &[f64]) -> f64 {
    let largest = values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let differences: Vec<f64> = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    let typical = Observations::new(differences).map_or(0.0, |differences| lab_stats::median(&differences));
    let power = |value: f64| if value > 0.0 { value.log10().floor() as i32 } else { i32::MIN };
    let power = (power(largest).saturating_sub(HISTORY_DIGITS - 1)).max(power(typical / NOISE_SHARE));
    if power == i32::MIN { 1.0 } else { format!("1e{power}").parse().unwrap_or(1.0) }
}

/// What stands before and behind the name in each command of a benchmark; the script puts the two together.
fn lines(page: &Page<'_>) -> Vec<[String; 2]> {
    const NAME: &str = "\u{1}";
    let halves = |line: &String| line.split_once(NAME).map(|(begin, end)| [begin.to_owned(), end.to_owned()]);
    commands::of_benchmark(page.material, NAME).iter().filter_map(halves).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MetricId;

    #[test]
    fn nothing_in_the_json_can_end_its_element_and_it_still_reads_the_same() {
        let hostile = json!({"</script><img onerror=alert(1)>": "<!-- & \u{2028} -->", "n": 1.5});
        let text = escaped(&hostile.to_string());
        assert!(!text.contains(['<', '>', '&', '\u{2028}']), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), hostile);
    }

    fn trace(values: Vec<Option<f64>>) -> Trace {
        let (stretches, steps, remarks) = (Vec::new(), Vec::new(), Vec::new());
        Trace { metric: MetricId::wall_ns(), unit: "ns".into(), values, stretches, steps, remarks }
    }

    #[test]
    fn a_history_is_whole_numbers_of_a_step_above_a_lowest_one() {
        let course = course(&trace(vec![Some(45_230.4), None, Some(45_232.1), Some(45_229.6)]), 3);
        assert_eq!(course["values"], json!([0, null, 2, 0]));
        assert_eq!(
            (&course["low"], &course["step"], &course["benchmark"]),
            (&json!(45230), &json!(1.0), &json!(3))
        );
        let none = super::course(&trace(vec![None, None]), 0);
        assert_eq!(none["values"], json!([null, null]));
    }

    #[test]
    fn what_is_lost_of_a_history_is_small_beside_its_noise_and_beyond_its_fifth_digit() {
        let noisy: Vec<f64> = (0..40).map(|run| 1000.0 + f64::from(run * 37 % 40)).collect();
        let typical = 3.0;
        assert!(
            resolution(&noisy) <= typical / NOISE_SHARE && resolution(&noisy) >= typical / NOISE_SHARE / 10.0
        );
        assert_eq!(resolution(&[123_456.0; 5]), 10.0);
        assert_eq!((resolution(&[0.0, 0.0]), resolution(&[])), (1.0, 1.0));
    }
}
