//! A baseline in forms that other programs read: a table for spreadsheets, and critcmp's file.
//!
//! It loses what those forms have no place for, and says so nowhere: the baseline itself is the record.

use lab_stats::{
    Level, Observations, mean, median, median_absolute_deviation, median_interval, standard_deviation,
};
use serde_json::{Map, Value, json};

use super::csv::quoted;
use crate::model::{BenchmarkExtract, Extract, MetricId};

/// Comma-separated values: one row per benchmark, metric and invocation.
pub fn csv(extract: &Extract) -> String {
    let mut out = String::from("package,target,path,occurrence,metric,unit,invocation,value,taints\n");
    for benchmark in &extract.benchmarks {
        for series in &benchmark.series {
            for (column, value) in series.values.iter().enumerate() {
                let id = &benchmark.id;
                let taints: Vec<&str> = benchmark.taints[column].iter().map(|rule| rule.id()).collect();
                let cells = [
                    quoted(&id.target.package),
                    quoted(&id.target.name),
                    quoted(&id.path),
                    id.occurrence.to_string(),
                    quoted(&series.metric.0),
                    quoted(&series.unit),
                    column.to_string(),
                    if value.is_finite() { value.to_string() } else { String::new() },
                    quoted(&taints.join(" ")),
                ];
                out.push_str(&cells.join(","));
                out.push('\n');
            }
        }
    }
    out
}

/// What `critcmp --export` writes and `critcmp FILE` reads: Criterion's estimates of wall times, here over processes.
/// Benchmarks without a wall time are left out.
pub fn critcmp(extract: &Extract, name: &str) -> Value {
    let benchmarks: Map<String, Value> = extract
        .benchmarks
        .iter()
        .filter_map(|benchmark| {
            let id = benchmark.id.to_string();
            Some((id.clone(), critcmp_benchmark(benchmark, &id, name)?))
        })
        .collect();
    json!({"name": name, "benchmarks": benchmarks})
}

fn critcmp_benchmark(benchmark: &BenchmarkExtract, id: &str, name: &str) -> Option<Value> {
    let series = benchmark.series(&MetricId::wall_ns())?;
    let usable: Vec<f64> = series.values.iter().copied().filter(|value| value.is_finite()).collect();
    let values = Observations::new(usable).ok()?;
    let interval = median_interval(&values, Level::P95).ok();
    let stats = |point: f64| {
        json!({
            "confidence_interval": {
                "confidence_level": 0.95,
                "lower_bound": interval.map_or(point, |interval| interval.lower()),
                "upper_bound": interval.map_or(point, |interval| interval.upper()),
            },
            "point_estimate": point,
            "standard_error": 0.0,
        })
    };
    let spread = |point: f64| {
        json!({
            "confidence_interval": {"confidence_level": 0.95, "lower_bound": point, "upper_bound": point},
            "point_estimate": point,
            "standard_error": 0.0,
        })
    };
    let throughput = series.throughput.iter().find_map(|throughput| {
        let kind = match throughput.kind.as_str() {
            "bytes" | "bytes_decimal" => "Bytes",
            "elements" => "Elements",
            _ => return None,
        };
        Some(json!({kind: throughput.per_iteration as u64}))
    });
    Some(json!({
        "baseline": name,
        "fullname": format!("{name}/{id}"),
        "criterion_benchmark_v1": {
            "group_id": benchmark.id.target.to_string(),
            "function_id": benchmark.id.path,
            "value_str": null,
            "throughput": throughput,
            "full_id": id,
            "directory_name": id,
        },
        "criterion_estimates_v1": {
            "mean": stats(mean(&values)),
            "median": stats(median(&values)),
            "median_abs_dev": spread(median_absolute_deviation(&values)),
            "slope": stats(median(&values)),
            "std_dev": spread(standard_deviation(&values).unwrap_or(0.0)),
        },
    }))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::{
        BenchmarkId, Calibration, CanaryExtract, Environment, Origin, Revision, Series, TaintRule, TargetId,
        Throughput,
    };

    fn extract() -> Extract {
        let id = BenchmarkId::new(TargetId::new("p", "t"), "a \"b\", c");
        let mut benchmark = BenchmarkExtract::empty(id, Calibration::default());
        benchmark.taints = vec![BTreeSet::from([TaintRule::Steal, TaintRule::Preempted]), BTreeSet::new()];
        benchmark.series = vec![Series {
            metric: MetricId::wall_ns(),
            unit: "ns".into(),
            values: vec![12.5, f64::NAN],
            throughput: vec![Throughput { kind: "elements".into(), per_iteration: 1000.0 }],
        }];
        Extract {
            origin: Origin::Run("r".into()),
            lab_version: "0.1.0".into(),
            created_at: String::new(),
            revision: Revision::default(),
            plan: None,
            environment: Environment::default(),
            mixed: Vec::new(),
            targets: Vec::new(),
            benchmarks: vec![benchmark],
            canary: CanaryExtract::default(),
        }
    }

    #[test]
    fn a_table_has_one_row_per_value_and_quotes_what_needs_it() {
        let wanted = "package,target,path,occurrence,metric,unit,invocation,value,taints\n\
                      p,t,\"a \"\"b\"\", c\",1,wall_ns,ns,0,12.5,steal preempted\n\
                      p,t,\"a \"\"b\"\", c\",1,wall_ns,ns,1,,\n";
        assert_eq!(csv(&extract()), wanted);
    }

    #[test]
    fn the_file_for_critcmp_has_the_fields_that_it_asks_for() {
        let file = critcmp(&extract(), "main");
        let benchmark = &file["benchmarks"]["p/t/a \"b\", c"];
        assert_eq!(benchmark["baseline"], "main");
        assert_eq!(benchmark["criterion_benchmark_v1"]["throughput"], json!({"Elements": 1000}));
        for estimate in ["mean", "median", "slope"] {
            assert_eq!(benchmark["criterion_estimates_v1"][estimate]["point_estimate"], 12.5, "{estimate}");
        }
    }
}
