//! Reports as OpenMetrics text, for Prometheus, its push gateway and GitLab's metrics reports.
//!
//! Source: "OpenMetrics 1.0": base units, the unit last in a family's name, one block per family, `# EOF` at the end.
//! Samples carry no time: who collects them knows when.

use super::view::{Figure, RunView};

/// One Run.
pub fn render(view: &RunView<'_>) -> String {
    let run = view.run;
    let machine = run.sessions.first().and_then(|session| session.environment.text("machine.name"));
    let mut text = Exposition::default();
    let mut info = Family::info("bench_lab_run", "The Run that was measured.");
    info.push(
        &[
            ("run", &run.id),
            ("machine", machine.unwrap_or_default()),
            ("commit", run.revision.commit.as_deref().unwrap_or_default()),
            ("branch", run.revision.branch.as_deref().unwrap_or_default()),
            ("lab_version", &run.lab_version),
        ],
        1.0,
    );
    text.add(info);
    for (suffix, unit, doc) in UNITS {
        for (bound, read) in BOUNDS {
            let mut family = Family::gauge(&format!("bench_lab_{bound}{suffix}"), unit, doc);
            for row in view.rows() {
                let id = row.id.to_string();
                for figure in row.figures.iter().filter(|figure| suffix_of(&figure.unit) == *suffix) {
                    let Some(value) = read(figure) else { continue };
                    let mut labels = vec![("benchmark", id.as_str()), ("metric", figure.metric.0.as_str())];
                    if unit.is_empty() {
                        labels.push(("unit", figure.unit.as_str()));
                    }
                    family.push(&labels, value * scale_of(&figure.unit));
                }
            }
            text.add(family);
        }
    }
    let mut invocations =
        Family::gauge("bench_lab_invocations", "", "Processes behind a benchmark's figures.");
    let mut failed = Family::gauge("bench_lab_failed_invocations", "", "Processes that did not measure it.");
    let mut tainted =
        Family::gauge("bench_lab_tainted_invocations", "", "Processes that the host disturbed.");
    for row in view.rows() {
        let id = row.id.to_string();
        let labels = [("benchmark", id.as_str())];
        let count = row.figures.iter().map(|figure| figure.invocation_count).max().unwrap_or(0);
        invocations.push(&labels, count as f64);
        failed.push(&labels, row.failures.len() as f64);
        tainted.push(&labels, row.tainted_count as f64);
    }
    [invocations, failed, tainted].into_iter().for_each(|family| text.add(family));
    text.finish()
}

/// Suffix of the families, OpenMetrics' unit, and what they are.
const UNITS: &[(&str, &str, &str)] = &[
    (
        "_seconds",
        "seconds",
        "Time of one iteration: median over processes, with its distribution-free bounds.",
    ),
    ("_bytes", "bytes", "Bytes of one iteration: median over processes, with its distribution-free bounds."),
    ("_value", "", "Other figures of one iteration: median over processes, with their bounds."),
];

type Read = fn(&Figure) -> Option<f64>;

const BOUNDS: &[(&str, Read)] = &[
    ("median", |figure| Some(figure.estimate.point)),
    ("median_lower", |figure| Some(figure.estimate.interval?.lower())),
    ("median_upper", |figure| Some(figure.estimate.interval?.upper())),
];

fn suffix_of(unit: &str) -> &'static str {
    match unit {
        "ns" => "_seconds",
        "bytes" => "_bytes",
        _ => "_value",
    }
}

fn scale_of(unit: &str) -> f64 {
    if unit == "ns" { 1e-9 } else { 1.0 }
}

/// Families in their order.
#[derive(Debug, Default)]
pub(super) struct Exposition {
    text: String,
}

/// The samples of one name.
#[derive(Debug)]
pub(super) struct Family {
    name: String,
    kind: &'static str,
    unit: &'static str,
    doc: &'static str,
    samples: Vec<String>,
}

impl Exposition {
    /// Adds a family, unless it is empty.
    pub(super) fn add(&mut self, family: Family) {
        let Family { name, kind, unit, doc, samples } = family;
        if samples.is_empty() {
            return;
        }
        self.text.push_str(&format!("# TYPE {name} {kind}\n"));
        if !unit.is_empty() {
            self.text.push_str(&format!("# UNIT {name} {unit}\n"));
        }
        self.text.push_str(&format!("# HELP {name} {}\n", escaped(doc)));
        for sample in samples {
            self.text.push_str(&sample);
            self.text.push('\n');
        }
    }

    pub(super) fn finish(self) -> String {
        self.text + "# EOF\n"
    }
}

impl Family {
    pub(super) fn gauge(name: &str, unit: &'static str, doc: &'static str) -> Self {
        Self { name: name.into(), kind: "gauge", unit, doc, samples: Vec::new() }
    }

    pub(super) fn info(name: &str, doc: &'static str) -> Self {
        Self { name: name.into(), kind: "info", unit: "", doc, samples: Vec::new() }
    }

    pub(super) fn stateset(name: &str, doc: &'static str) -> Self {
        Self { name: name.into(), kind: "stateset", unit: "", doc, samples: Vec::new() }
    }

    /// Adds a sample. Not a number has a spelling here, but nobody wants to be alarmed by it: it is left out.
    pub(super) fn push(&mut self, labels: &[(&str, &str)], value: f64) {
        if !value.is_finite() {
            return;
        }
        let labels: Vec<String> =
            labels.iter().map(|(key, value)| format!("{key}=\"{}\"", escaped(value))).collect();
        let suffix = if self.kind == "info" { "_info" } else { "" };
        self.samples.push(format!("{}{suffix}{{{}}} {value}", self.name, labels.join(",")));
    }

    /// Adds one sample per state, of which one is set.
    pub(super) fn push_states(&mut self, labels: &[(&str, &str)], states: &[&str], set: &str) {
        let name = self.name.clone();
        for state in states {
            let labels: Vec<(&str, &str)> = labels.iter().copied().chain([(name.as_str(), *state)]).collect();
            self.push(&labels, if *state == set { 1.0 } else { 0.0 });
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped_and_an_empty_family_is_not_there() {
        let mut text = Exposition::default();
        text.add(Family::gauge("bench_lab_empty", "", "Nothing."));
        let mut states = Family::stateset("bench_lab_gate", "Its answer.");
        states.push_states(&[("benchmark", "a\\b \"c\"\nd")], &["pass", "fail"], "fail");
        text.add(states);
        assert_eq!(
            text.finish(),
            "# TYPE bench_lab_gate stateset\n# HELP bench_lab_gate Its answer.\n\
             bench_lab_gate{benchmark=\"a\\\\b \\\"c\\\"\\nd\",bench_lab_gate=\"pass\"} 0\n\
             bench_lab_gate{benchmark=\"a\\\\b \\\"c\\\"\\nd\",bench_lab_gate=\"fail\"} 1\n# EOF\n"
        );
    }
}
