//! A profile as JSON: what `--json` prints and what `profile.json` in its folder holds; `docs/FORMAT.md` has the fields.
//!
//! Stacks are left out: the folded file beside it has them.

use serde_json::{Value, json};

use super::hot::{hot, shifts};
use super::reading::{Heap, Profile, Reading};
use crate::format::NEWEST_VERSION;

/// Functions that are listed; the folded file has all.
const FUNCTIONS_MAX: usize = 50;

/// The profile as one object.
pub fn render(profile: &Profile) -> Value {
    json!({
        "format": NEWEST_VERSION,
        "id": profile.id,
        "created_at": profile.created_at,
        "lab_version": profile.lab_version,
        "package": profile.benchmark.target.package,
        "target": profile.benchmark.target.name,
        "path": profile.benchmark.path,
        "occurrence": profile.benchmark.occurrence,
        "harness": profile.harness,
        "cpus": profile.cpus,
        "sides": profile.readings.iter().map(side).collect::<Vec<_>>(),
        "shifts": shifted(profile),
        "gaps": profile.gaps.iter().map(|gap| json!({
            "part": gap.part.id(), "reason": gap.reason, "advice": gap.advice,
        })).collect::<Vec<_>>(),
        "files": profile.files,
    })
}

fn side(reading: &Reading) -> Value {
    let stacks = reading.stacks.as_ref();
    json!({
        "name": reading.name,
        "commit": reading.revision.commit,
        "is_dirty": reading.revision.is_dirty,
        "sha256": reading.sha256,
        "profiled_iteration_ns": reading.iteration_ns,
        "busy_share": reading.busy_share(),
        "event": stacks.map(|stacks| stacks.event.clone()),
        "sample_count": stacks.map(|stacks| stacks.sample_count()),
        "functions": stacks.map(|stacks| functions(reading, hot(stacks))),
        "instructions": reading.instructions.map(|counted| counted.instructions),
        "page_faults": reading.counts.page_faults,
        "calls": reading.counts.calls,
        "heap": reading.heap.as_ref().map(heap),
    })
}

fn functions(reading: &Reading, rows: Vec<super::Hot>) -> Vec<Value> {
    let iteration_ns = reading.cpu_iteration_ns();
    rows.into_iter()
        .take(FUNCTIONS_MAX)
        .map(|row| {
            json!({
                "function": row.function,
                "own_share": row.own,
                "total_share": row.total,
                "own_ns": iteration_ns.map(|ns| ns * row.own),
                "caller": row.caller,
            })
        })
        .collect()
}

fn heap(heap: &Heap) -> Value {
    json!({
        "source": heap.source,
        "allocation_count": heap.allocation_count,
        "allocated_bytes": heap.allocated_bytes,
        "grown_bytes": heap.grown_bytes,
        "peak_bytes": heap.peak_bytes,
    })
}

/// How the own times of functions moved; `null` without two sides that were sampled and timed.
fn shifted(profile: &Profile) -> Value {
    let [baseline, candidate] = profile.readings.as_slice() else { return Value::Null };
    let both = |one: Option<f64>, two: Option<f64>| Some([one?, two?]);
    let (Some(one), Some(two)) = (&baseline.stacks, &candidate.stacks) else { return Value::Null };
    let Some(times) = both(baseline.cpu_iteration_ns(), candidate.cpu_iteration_ns()) else {
        return Value::Null;
    };
    let rows = shifts([one, two], times).into_iter().take(FUNCTIONS_MAX);
    rows.map(|row| {
        json!({
            "function": row.function,
            "baseline_own_ns": row.own_ns[0],
            "candidate_own_ns": row.own_ns[1],
            "caller": row.caller,
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::{BenchmarkId, TargetId};

    const PAGE: &str = include_str!("../../../../docs/FORMAT.md");

    /// The names in the first column of the table of `profile.json`.
    fn documented() -> BTreeSet<String> {
        let section = PAGE.split("\n## ").find(|part| part.starts_with("Profiles\n")).unwrap();
        let table = section.split("| field | type | meaning |").nth(1).unwrap();
        let mut names = BTreeSet::new();
        for row in table.lines().filter(|line| line.starts_with("| `")) {
            let mut prefix = "";
            for name in row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2) {
                prefix = if name.starts_with("sides[].") { "sides[]." } else { prefix };
                names.insert(format!("{prefix}{}", name.trim_start_matches("sides[].")));
            }
        }
        names
    }

    #[test]
    fn the_page_has_every_field_and_no_other() {
        let profile = Profile {
            id: String::new(),
            created_at: String::new(),
            lab_version: String::new(),
            benchmark: BenchmarkId::new(TargetId::new("p", "t"), "b"),
            harness: "divan".into(),
            cpus: Vec::new(),
            readings: vec![Reading::default()],
            gaps: Vec::new(),
            files: Vec::new(),
        };
        let index = render(&profile);
        let keys = |value: &Value, prefix: &str| -> Vec<String> {
            value.as_object().unwrap().keys().map(|key| format!("{prefix}{key}")).collect()
        };
        let written: BTreeSet<String> =
            keys(&index, "").into_iter().chain(keys(&index["sides"][0], "sides[].")).collect();
        assert_eq!(documented(), written);
    }
}
