//! The canaries of a Run, as a line for people and as JSON.
//!
//! It formats what [`Steadiness`] decided; it judges nothing.

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use super::number;
use crate::canary::{CANARIES, KernelFigure, KernelSteadiness, Steadiness, Verdict};
use crate::model::Outcome;

/// Columns before the first word.
const LABEL: &str = "canaries ";

/// `canaries steady: integer ± 0.41 %, float ± 0.30 %`, broken between kernels where it is wider than `width`.
pub fn lines(steadiness: &Steadiness, width: usize) -> Vec<String> {
    let measured =
        steadiness.kernels.iter().filter_map(|kernel| Some(short(kernel, kernel.figure.as_ref()?)));
    let absent = steadiness.kernels.iter().filter(|kernel| kernel.figure.is_none()).map(missing);
    let mut words: Vec<String> = measured.chain(absent).collect();
    if let Some(first) = words.first_mut() {
        first.insert_str(0, &format!("{}: ", verdict(steadiness)));
    }
    let mut lines: Vec<String> = Vec::new();
    let count = words.len();
    for (at, word) in words.into_iter().enumerate() {
        let word = if at + 1 < count { word + "," } else { word };
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            Some(_) => lines.push(format!("{:width$}{word}", "", width = LABEL.len())),
            None => lines.push(format!("{LABEL}{word}")),
        }
    }
    lines
}

fn verdict(steadiness: &Steadiness) -> String {
    match steadiness.verdict() {
        Verdict::Steady => "steady".into(),
        Verdict::Noisy => {
            let names: Vec<&str> = steadiness.noisy().map(|kernel| kernel.name.as_str()).collect();
            format!("noisy, a drift of {} would not be seen", names.join(", "))
        }
        Verdict::Drifted => {
            let drift = |(kernel, trend): (&KernelSteadiness, crate::canary::Trend)| {
                format!("{} {}", kernel.name, number::change(trend.log_ratio))
            };
            let drifts: Vec<String> = steadiness.drifts().map(drift).collect();
            format!("drifted, {} from the first to the last third", drifts.join(", "))
        }
        Verdict::Unknown => {
            format!("{} are too few to see a drift", number::counted(steadiness.invocation_count, "block"))
        }
    }
}

fn short(kernel: &KernelSteadiness, figure: &KernelFigure) -> String {
    match figure.median_ns.relative_half_width() {
        Some(width) => format!("{} ± {}", kernel.name, number::percent(width)),
        None => format!("{} {}", kernel.name, number::quantity(figure.median_ns.point, "ns")),
    }
}

fn missing(kernel: &KernelSteadiness) -> String {
    match kernel.failures.first() {
        Some(Outcome::Missing { reason }) => format!("no {} ({reason})", kernel.name),
        Some(_) => format!("{} FAILED", kernel.name),
        None => format!("{} not run", kernel.name),
    }
}

/// The whole judgement; `resource` is absent for a kernel of another version of bench-lab.
pub fn as_json(steadiness: &Steadiness) -> Value {
    json!({
        "verdict": steadiness.verdict().id(),
        "invocation_count": steadiness.invocation_count,
        "tainted_count": steadiness.tainted_count,
        "kernels": steadiness.kernels.iter().map(kernel_as_json).collect::<Vec<_>>(),
    })
}

fn kernel_as_json(kernel: &KernelSteadiness) -> Value {
    let figure = kernel.figure.as_ref();
    let interval = figure.and_then(|figure| figure.median_ns.interval);
    let trend = figure.and_then(|figure| figure.trend);
    let resource = CANARIES.iter().find(|canary| canary.id == kernel.id).map(|canary| canary.resource.id());
    json!({
        "id": kernel.id,
        "name": kernel.name,
        "resource": resource,
        "median_ns": figure.map(|figure| figure.median_ns.point),
        "interval": interval.map(|interval| json!({
            "lower": interval.lower(), "upper": interval.upper(), "level": interval.level().value(),
        })),
        "spread_share": figure.and_then(|figure| figure.spread_share),
        "invocation_count": figure.map_or(0, |figure| figure.invocation_count),
        "drift": trend.map(|trend| json!({
            "log_ratio": trend.log_ratio, "p": trend.p.value(), "is_drift": trend.is_drift(),
        })),
        "failures": kernel.failures.iter().map(super::json::failure).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canary::sample::run;

    const STILL: &[f64] = &[1000.0, 1004.0, 997.0, 1002.0, 999.0, 1005.0, 998.0, 1003.0];
    const RISING: &[f64] = &[1000.0, 1020.0, 1040.0, 1060.0, 1080.0, 1100.0, 1120.0, 1140.0];

    fn shown(kernels: &[(&str, &[f64])], width: usize) -> Vec<String> {
        lines(&Steadiness::of(&run(kernels)).unwrap(), width)
    }

    #[test]
    fn a_steady_machine_takes_one_line_where_there_is_room() {
        let kernels = [("integer_v1", STILL), ("float_v1", STILL), ("fsync_v1", &[])];
        assert_eq!(
            shown(&kernels, 100),
            ["canaries steady: integer ± 0.40 %, float ± 0.40 %, no fsync (no disk)"]
        );
        assert_eq!(
            shown(&kernels, 40),
            ["canaries steady: integer ± 0.40 %,", "         float ± 0.40 %,", "         no fsync (no disk)"]
        );
    }

    #[test]
    fn a_drift_is_named_before_all_else() {
        assert_eq!(
            shown(&[("integer_v1", STILL), ("cache_v1", RISING)], 120),
            [
                "canaries drifted, cache +9.8 % from the first to the last third: integer ± 0.40 %, cache ± 6.5 %"
            ]
        );
    }

    #[test]
    fn noise_that_hides_a_drift_is_not_called_steady() {
        let noisy = [900.0, 1100.0, 950.0, 1050.0, 900.0, 1100.0, 950.0, 1050.0];
        assert_eq!(
            shown(&[("integer_v1", STILL), ("cache_v1", &noisy)], 120),
            ["canaries noisy, a drift of cache would not be seen: integer ± 0.40 %, cache ± 10.0 %"]
        );
        assert!(shown(&[("integer_v1", STILL), ("fsync_v1", &noisy)], 120)[0].starts_with("canaries steady"));
    }

    #[test]
    fn too_few_processes_say_so_and_show_times() {
        assert_eq!(
            shown(&[("integer_v1", &STILL[..3])], 80),
            ["canaries 3 blocks are too few to see a drift: integer 1.000 µs"]
        );
    }
}
