//! What a benchmark can show, as text for people and as JSON.
//!
//! It formats forecasts and makes none; what they assume stands above every table.

use serde_json::{Value, json};

use super::{number, table};
use crate::power::{Forecast, Need, Noise, Question, Road};

/// Forecasts of one road, from one source.
#[derive(Clone, Debug)]
pub struct Section {
    /// For which road.
    pub road: Road,
    /// What the noise was seen in, as a clause: `match 2026…`.
    pub source: String,
    /// What was asked.
    pub question: Question,
    /// Whether the machine's own movement between two Runs is known.
    pub knows_drift: bool,
    /// One per benchmark.
    pub rows: Vec<(Noise, Forecast)>,
}

/// Renders all sections for a terminal of `width` columns.
pub fn text(sections: &[Section], width: usize) -> String {
    let parts: Vec<String> = sections.iter().map(|section| part(section, width).join("\n")).collect();
    parts.join("\n\n") + "\n"
}

fn part(section: &Section, width: usize) -> Vec<String> {
    let question = &section.question;
    let (chance, alpha) = (number::percent(question.chance.value()), number::percent(question.alpha));
    let mut lines = match section.road {
        Road::Live => vec![
            format!("bench-lab ab, at most {} launches, from {}", question.launch_max, section.source),
            "assumes noise like that of these launches, drawn anew".to_owned(),
        ],
        Road::Stored => vec![
            format!("bench-lab run --compare, as many processes on either side, from {}", section.source),
            format!(
                "assumes noise like that of these processes, drawn anew, and {}",
                if section.knows_drift {
                    format!(
                        "a machine that moves by {} between two Runs, as its canaries last did; it is part of the change",
                        number::percent(question.drift.exp_m1())
                    )
                } else {
                    "a machine that does not move between two Runs, which is not known: no Run before this one has canaries \
                     to compare with"
                        .to_owned()
                }
            ),
        ],
    };
    lines.push(format!(
        "a change is found in {chance} of cases; one that is none is called a change in {alpha} at most"
    ));
    let replicate = match section.road {
        Road::Live => "launches",
        Road::Stored => "processes",
    };
    let mut rows =
        vec![["", "noise", "seen in", replicate, "time", "smallest change"].map(str::to_owned).to_vec()];
    if let Some(wished) = question.wished {
        rows[0].push(format!("for {}", number::percent(wished.exp_m1())));
    }
    rows.extend(section.rows.iter().map(|(noise, forecast)| {
        let change = |log: Option<f64>| log.map_or_else(|| "-".into(), |log| number::percent(log.exp_m1()));
        let mut row = vec![
            format!("  {}{}", noise.benchmark, metric(noise)),
            change(forecast.spread),
            forecast.seen.to_string(),
            forecast.count.to_string(),
            number::span(forecast.seconds),
            change(forecast.smallest),
        ];
        if question.wished.is_some() {
            row.push(need(forecast));
        }
        row
    }));
    lines.extend(table::lay_out(&rows, width));
    let silent = section.rows.iter().filter(|(_, forecast)| forecast.spread.is_none()).count();
    if silent > 0 {
        lines.push(format!(
            "{} with fewer than 6 replicates: nothing is forecast",
            number::counted(silent, "benchmark")
        ));
    }
    lines
}

/// The metric where it is not wall time.
fn metric(noise: &Noise) -> String {
    if noise.metric.0 == "wall_ns" { String::new() } else { format!("  {}", noise.metric) }
}

fn need(forecast: &Forecast) -> String {
    match forecast.need {
        None => "-".into(),
        Some(Need::Replicates { count, seconds }) => format!("{count} in {}", number::span(seconds.max(1.0))),
        Some(Need::WithinMargin) => "within the margin".into(),
        Some(Need::WithinDrift) => "less than the machine moves".into(),
        Some(Need::MoreThan(count)) => format!("more than {count}"),
    }
}

/// The same as one JSON object; changes are shares, 0.01 for one per cent.
pub fn as_json(sections: &[Section]) -> Value {
    json!({ "sections": sections.iter().map(section_as_json).collect::<Vec<_>>() })
}

fn section_as_json(section: &Section) -> Value {
    let question = &section.question;
    json!({
        "road": section.road.id(),
        "source": section.source,
        "alpha": question.alpha,
        "chance": question.chance.value(),
        "wished": question.wished.map(f64::exp_m1),
        "launch_max": question.launch_max,
        "drift": section.knows_drift.then(|| question.drift.exp_m1()),
        "benchmarks": section.rows.iter().map(row_as_json).collect::<Vec<_>>(),
    })
}

fn row_as_json((noise, forecast): &(Noise, Forecast)) -> Value {
    let need = forecast.need.map(|need| match need {
        Need::Replicates { count, seconds } => json!({"count": count, "seconds": seconds}),
        Need::WithinMargin => json!({"reason": "within_margin"}),
        Need::WithinDrift => json!({"reason": "within_drift"}),
        Need::MoreThan(count) => json!({"reason": "too_many", "count_above": count}),
    });
    json!({
        "id": noise.benchmark.to_string(),
        "metric": noise.metric.0,
        "noise": forecast.spread.map(f64::exp_m1),
        "seen_count": forecast.seen,
        "count": forecast.count,
        "seconds": forecast.seconds,
        "smallest": forecast.smallest.map(f64::exp_m1),
        "need": need,
    })
}

#[cfg(test)]
mod tests {
    use lab_stats::Probability;

    use super::*;
    use crate::compare::fixture::{around, id};
    use crate::model::MetricId;
    use crate::power::forecast;

    fn section(road: Road, counts: &[usize]) -> Section {
        let question = Question {
            alpha: 0.01,
            chance: Probability::new(0.95).unwrap(),
            wished: Some(0.01_f64.ln_1p()),
            launch_max: 80,
            drift: 0.004,
        };
        let noise = |count: &usize| Noise {
            benchmark: id(&format!("p/t/seen {count}")),
            road,
            metric: MetricId("cycles".into()),
            logs: around(1.0, 0.01, *count),
            seconds: 0.06,
        };
        let forecast = |noise: Noise| {
            let forecast = forecast(&noise, &question, 0.0075_f64.ln_1p());
            (noise, forecast)
        };
        let source = "match 20261121T031200Z-3f2a91c".into();
        let rows = counts.iter().map(noise).map(forecast).collect();
        Section { road, source, question, knows_drift: true, rows }
    }

    #[test]
    fn both_roads_say_what_they_assume_and_what_is_silent() {
        let sections = [section(Road::Live, &[14, 3]), section(Road::Stored, &[12])];
        insta::assert_snapshot!(text(&sections, 110));
    }

    #[test]
    fn json_has_shares_and_a_reason_where_no_count_helps() {
        let value = as_json(&[section(Road::Stored, &[12])]);
        let row = &value["sections"][0]["benchmarks"][0];
        assert!(row["smallest"].as_f64().unwrap() > 0.004);
        assert!(row["need"]["count"].as_u64().unwrap() > 12);
    }
}
