//! The numbers of the page as JSON, so that the file is also the record: decisions, values per process, history.
//!
//! What it holds is text to the parser of HTML: no sequence in it can end the element around it.

use maud::{Markup, PreEscaped, html};
use serde_json::{Value, json};

use super::card::Card;
use super::page::{Page, Subject};
use crate::report::{across, compared, json as run_json};

/// Digits of a history's values; the Runs have all of them.
const HISTORY_DIGITS: i32 = 5;

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
    json!({
        "report": 1,
        "comparison": page.view().map(|view| compared::json::render(&view)),
        "match": match material.subject {
            Subject::Match { content, .. } => Some(json!({"id": content.id, "seed": content.plan.seed})),
            Subject::Alone { .. } | Subject::Sides { .. } => None,
        },
        "run": material.run.map(run_json::render),
        "values": page.cards.iter().map(values).collect::<Vec<_>>(),
        "history": history(page),
        "across": material.across.map(|across| across::json::render(&across::AcrossView { across, lists_all: true })),
    })
}

/// One value per process, in their order; null where a process gave none.
fn values(card: &Card<'_>) -> Value {
    let mut value = json!({"id": card.id.to_string(), "metric": card.metric.0, "unit": card.unit});
    for cloud in &card.clouds {
        value[cloud.name] = json!(cloud.values);
    }
    value
}

fn history(page: &Page<'_>) -> Value {
    let history = page.material.history;
    if history.runs.is_empty() {
        return Value::Null;
    }
    json!({
        "runs": history.runs.iter().map(|run| json!({
            "reference": run.reference, "day": run.day, "commit": run.commit,
        })).collect::<Vec<_>>(),
        "benchmarks": page.cards.iter().filter_map(|card| {
            let trace = history.traces.get(&card.id.to_string())?;
            Some(json!({
                "id": card.id.to_string(),
                "metric": trace.metric.0,
                "unit": trace.unit,
                "values": trace.values.iter().map(|value| value.map(rounded)).collect::<Vec<_>>(),
                "steps": trace.steps.iter().map(|step| json!({
                    "at": step.at, "before": rounded(step.before), "after": rounded(step.after),
                    "is_accepted": step.is_accepted, "notes": step.notes,
                })).collect::<Vec<_>>(),
            }))
        }).collect::<Vec<_>>(),
    })
}

/// To so many significant digits, as a whole number where it is one: each digit is written some hundred thousand times.
fn rounded(value: f64) -> Value {
    if value == 0.0 || !value.is_finite() {
        return json!(0);
    }
    let decimals = HISTORY_DIGITS - 1 - value.abs().log10().floor() as i32;
    if decimals <= 0 {
        let step = 10f64.powi(-decimals);
        let whole = (value / step).round() * step;
        return if whole.abs() < 9e15 { json!(whole as i64) } else { json!(whole) };
    }
    let text = format!("{value:.*}", decimals as usize);
    text.parse::<f64>().map_or(Value::Null, |value| json!(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_json_can_end_its_element_and_it_still_reads_the_same() {
        let hostile = json!({"</script><img onerror=alert(1)>": "<!-- & \u{2028} -->", "n": 1.5});
        let text = escaped(&hostile.to_string());
        assert!(!text.contains(['<', '>', '&', '\u{2028}']), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), hostile);
    }

    #[test]
    fn history_keeps_five_digits() {
        assert_eq!(rounded(45_230.117_187), json!(45230));
        assert_eq!(rounded(1_234_567.8), json!(1_234_600));
        assert_eq!(rounded(0.001_234_567_8), json!(0.001_234_6));
        assert_eq!(rounded(0.0), json!(0));
    }
}
