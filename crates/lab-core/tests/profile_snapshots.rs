//! Fixed profiles, as people and programs see them.
//!
//! The snapshots are what people see; `INSTA_UPDATE=always cargo test` writes them anew after a wanted change.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use lab_core::model::{BenchmarkId, Counted, Revision, TargetId};
use lab_core::profile::{self, Counts, Gap, Heap, Part, Profile, Reading, Stacks};

fn stacks(samples: &[(&str, usize)]) -> Stacks {
    let mut stacks = Stacks::new("cpu-clock", Some(1_000_000));
    for (stack, count) in samples {
        (0..*count).for_each(|_| stacks.add(stack.split(';').map(Into::into).collect()));
    }
    stacks
}

fn reading(name: &str, sync: usize, iteration_ns: f64) -> Reading {
    let mut stacks = stacks(&[
        ("main;bench::write;csv::parse_line", 2000),
        ("main;bench::write;table::deserialize;alloc::vec::Vec<T>::push", 1400),
        ("main;bench::write;wal::append;fdatasync_[k]", sync),
        ("main;bench::write;wal::append;wal::encode_header", 4),
        ("main;criterion::analysis", 30),
    ]);
    stacks.span_ns = 5e9;
    let calls = [("fdatasync", if sync > 0 { 1000.0 } else { 0.0 }), ("write", 3.0)];
    Reading {
        name: name.into(),
        revision: Revision { commit: Some("3f2a91c0".into()), branch: None, is_dirty: Some(false) },
        sha256: Some("ab".repeat(32)),
        iteration_ns: Some(iteration_ns),
        stacks: Some(stacks),
        instructions: Some(Counted { instructions: 301e6 + sync as f64 * 5e3, spread: 0.0 }),
        counts: Counts {
            page_faults: Some(12.0),
            calls: Some(calls.map(|(name, count)| (name.to_owned(), count)).into()),
        },
        heap: Some(Heap {
            source: "dhat".into(),
            allocation_count: 1200.0,
            allocated_bytes: Some(96_000.0),
            grown_bytes: Some(0.0),
            peak_bytes: Some(2.3e6),
        }),
    }
}

fn profile(readings: Vec<Reading>) -> Profile {
    Profile {
        id: "20260801T101500Z-3f2a91c".into(),
        created_at: "2026-08-01T10:15:00Z".into(),
        lab_version: "0.1.0".into(),
        benchmark: BenchmarkId::new(TargetId::new("table", "write"), "bulk_1000"),
        harness: "criterion".into(),
        cpus: vec![1],
        readings,
        gaps: Vec::new(),
        files: vec!["flame.svg".into()],
    }
}

#[test]
fn a_profile_of_one_side_as_text() {
    let profile = profile(vec![reading("working tree", 600, 89.1e6)]);
    insta::assert_snapshot!(profile::text(&profile, 100));
}

#[test]
fn a_profile_of_one_side_as_text_at_sixty_columns() {
    let profile = profile(vec![reading("working tree", 600, 89.1e6)]);
    insta::assert_snapshot!(profile::text(&profile, 60));
}

#[test]
fn a_profile_beside_a_revision_as_text() {
    let profile =
        profile(vec![reading("main (a91c3d0)", 0, 76.7e6), reading("working tree (3f2a91c)", 600, 89.1e6)]);
    insta::assert_snapshot!(profile::text(&profile, 100));
}

#[test]
fn a_profile_with_gaps_says_what_is_missing_and_what_to_do() {
    let bare = Reading { name: "working tree".into(), iteration_ns: Some(120.0), ..Reading::default() };
    let gap = |part, reason: &str, advice: Option<&str>| Gap {
        part,
        reason: reason.into(),
        advice: advice.map(Into::into),
    };
    let profile = Profile {
        gaps: vec![
            gap(Part::Stacks, "perf is not installed: it is not in PATH", Some("apt install linux-perf")),
            gap(
                Part::Calls,
                "table/write/bulk_1000 does not do more iterations when it is asked for more",
                None,
            ),
        ],
        ..profile(vec![bare])
    };
    insta::assert_snapshot!(profile::text(&profile, 100));
}

#[test]
fn a_profile_as_json() {
    let profile =
        profile(vec![reading("main (a91c3d0)", 0, 76.7e6), reading("working tree (3f2a91c)", 600, 89.1e6)]);
    insta::assert_snapshot!(format!("{:#}", profile::json(&profile)));
}
