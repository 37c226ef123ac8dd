//! A Run in Bencher Metric Format: benchmark → measure → value with its bounds.
//!
//! Source: Bencher's reference page "Bencher Metric Format (BMF)". Times are its built-in measure `latency` in
//! nanoseconds; declared elements are its `throughput` in operations a second; other metrics are measures of their own
//! names. Benchmarks without a value are not in it, since it has no word for them.

use serde_json::{Map, Value, json};

use super::view::{Figure, RunView};

/// Longest name of a benchmark that Bencher takes, in characters.
const NAME_LENGTH_MAX: usize = 1024;

/// Longest name of a measure that Bencher takes, in characters.
const MEASURE_LENGTH_MAX: usize = 64;

/// The whole Run as one object.
pub fn render(view: &RunView<'_>) -> Value {
    let mut benchmarks = Map::new();
    for row in view.rows().filter(|row| !row.figures.is_empty()) {
        let measures: Map<String, Value> = row.figures.iter().flat_map(measures).collect();
        benchmarks.insert(row.id.to_string().chars().take(NAME_LENGTH_MAX).collect(), measures.into());
    }
    benchmarks.into()
}

fn measures(figure: &Figure) -> Vec<(String, Value)> {
    let interval = figure.estimate.interval.map(|interval| [interval.lower(), interval.upper()]);
    let own = if figure.metric.0 == "wall_ns" {
        "latency".to_owned()
    } else {
        figure.metric.0.replace('_', "-").chars().take(MEASURE_LENGTH_MAX).collect()
    };
    let mut measures = vec![(own, metric(figure.estimate.point, interval))];
    let elements = figure.throughput.iter().find(|throughput| throughput.kind == "elements");
    if let Some(elements) = elements.filter(|_| figure.unit == "ns" && figure.estimate.point > 0.0) {
        let rate = |nanoseconds: f64| elements.per_iteration / nanoseconds * 1e9;
        // The slowest time is the lowest rate.
        let bounds =
            interval.filter(|[lower, _]| *lower > 0.0).map(|[lower, upper]| [rate(upper), rate(lower)]);
        measures.push(("throughput".into(), metric(rate(figure.estimate.point), bounds)));
    }
    measures
}

fn metric(value: f64, bounds: Option<[f64; 2]>) -> Value {
    match bounds {
        Some([lower, upper]) => json!({"value": value, "lower_value": lower, "upper_value": upper}),
        None => json!({"value": value}),
    }
}
