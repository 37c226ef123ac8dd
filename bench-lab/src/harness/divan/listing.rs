//! Which benchmarks a target holds, pieced together from what divan is willing to say.
//!
//! Two answers are needed. The terse list that divan gives to cargo-nextest (`NEXTEST=1`, since 0.1.18) has exact
//! paths and says nothing of thread counts; it runs no code of the bench. The tree of `--test --max-time 0` has
//! thread counts and, before 0.1.19, the only mention of arguments; divan's sampling loop returns at once when it
//! is given no time, so that no benchmark runs, but the code around `Bencher::bench` does, and what that prints
//! may spoil a name. So the list comes from the first where there is one, and the tree completes it.

use std::collections::{HashMap, HashSet};

use lab_core::model::{BenchmarkRecord, Exit, TargetId, Warning};

use super::leaf::{Leaf, records};
use super::tree::{self, Node};
use crate::harness::ending::unreadable;
use crate::harness::{Listing, ReadError, Selection};
use crate::runner::command::{Captured, CommandSpec};

/// Kind of the warning about a path that is used twice; made anew whenever the paths change.
const DUPLICATE: &str = "duplicate_id";

/// Which benchmarks marked `#[ignore]` take part in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ignored {
    Included,
    LeftOut,
}

/// The terse list.
pub(super) fn terse_command(ignored: Ignored) -> CommandSpec {
    let mut spec = command(&["--list", "--format", "terse"], ignored);
    spec.environment.push(("NEXTEST".into(), "1".into()));
    spec
}

/// The tree, without running a benchmark.
pub(super) fn tree_command(ignored: Ignored) -> CommandSpec {
    command(&["--test", "--max-time", "0", "--color", "never"], ignored)
}

fn command(arguments: &[&str], ignored: Ignored) -> CommandSpec {
    let mut arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    if ignored == Ignored::Included {
        arguments.push("--include-ignored".into());
    }
    CommandSpec { arguments, ..CommandSpec::default() }
}

/// Reads the terse list.
pub(super) fn read_terse(target: &TargetId, captured: &Captured) -> Result<Listing, ReadError> {
    if captured.exit != Exit::Code(0) {
        return Err(unreadable("divan refused to list its benchmarks for cargo-nextest", captured));
    }
    let text = captured.stdout_text();
    let paths = terse_paths(&text, &root_of(target));
    if paths.is_empty() && !text.trim().is_empty() {
        return Err(unreadable("expected lines that end with `: benchmark`", captured));
    }
    Ok(listing(target, paths.into_iter().map(|path| (Leaf::plain(path), false)).collect()))
}

/// Reads the tree as a list, for versions without a terse one.
pub(super) fn read_tree(target: &TargetId, captured: &Captured) -> Result<Listing, ReadError> {
    let text = captured.stdout_text();
    let nodes = tree::parse(&text);
    let is_whole = captured.exit == Exit::Code(0);
    if nodes.is_empty() && !(is_whole && text.trim().is_empty()) {
        return Err(unreadable("expected divan's tree of benchmarks", captured));
    }
    let roots: Vec<usize> = (0..nodes.len()).filter(|index| nodes[*index].depth == 1).collect();
    let leaves =
        roots.into_iter().flat_map(|root| leaves_below(&nodes, root)).map(|leaf| (leaf, false)).collect();
    let mut listing = listing(target, leaves);
    if !is_whole {
        listing.warnings.push(cut_short(target));
    }
    Ok(listing)
}

/// Splits listed paths by thread count, and by argument where the list left them out, and puts them in the order
/// in which divan draws them.
pub(super) fn split_by_tree(target: &TargetId, listing: Listing, captured: &Captured) -> Listing {
    let nodes = tree::parse(&captured.stdout_text());
    let listed: HashSet<&str> = listing.benchmarks.iter().map(|record| record.id.path.as_str()).collect();
    let mut drawn: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, node) in nodes.iter().enumerate() {
        drawn.entry(&node.path).or_default().push(index);
    }
    let mut leaves: Vec<(usize, Leaf, bool)> = Vec::new();
    let mut not_drawn = 0;
    for record in &listing.benchmarks {
        let occurrence = record.id.occurrence as usize;
        let index = drawn.get(record.id.path.as_str()).and_then(|all| all.get(occurrence - 1)).copied();
        not_drawn += usize::from(index.is_none());
        let split = match index {
            // Arguments that are named like thread counts are on the list, thread counts never are.
            Some(index) if !has_listed_children(&nodes, index, &listed) => leaves_below(&nodes, index),
            _ => vec![Leaf::plain(&record.id.path)],
        };
        let place = index.unwrap_or(usize::MAX);
        leaves.extend(split.into_iter().map(|leaf| (place, leaf, record.is_ignored)));
    }
    leaves.sort_by_key(|(place, ..)| *place);
    let leaves = leaves.into_iter().map(|(_, leaf, is_ignored)| (leaf, is_ignored)).collect();
    let mut whole = self::listing(target, leaves);
    let known = listing.warnings.iter().filter(|warning| warning.kind != DUPLICATE);
    whole.warnings.extend(known.cloned());
    if not_drawn > 0 && captured.exit != Exit::Code(0) {
        let text = format!(
            "divan's tree ended early ({not_drawn} of {} paths missing), so a benchmark that runs at several \
             thread counts may be listed as one",
            listing.benchmarks.len()
        );
        whole.warnings.push(Warning::new("thread_counts_unknown", target, text));
    }
    whole
}

/// Marks what the terse list leaves out by default.
pub(super) fn mark_ignored_by_terse(target: &TargetId, listing: &mut Listing, captured: &Captured) {
    if captured.exit != Exit::Code(0) {
        listing.warnings.push(ignored_unknown(target));
        return;
    }
    let by_default: HashSet<String> =
        terse_paths(&captured.stdout_text(), &root_of(target)).into_iter().collect();
    mark_ignored(listing, |path| !by_default.contains(path));
}

/// Marks what the tree shows as `(ignored)`, with everything below it.
pub(super) fn mark_ignored_by_tree(target: &TargetId, listing: &mut Listing, captured: &Captured) {
    if captured.exit != Exit::Code(0) {
        listing.warnings.push(ignored_unknown(target));
    }
    let nodes = tree::parse(&captured.stdout_text());
    let ignored: Vec<&str> =
        nodes.iter().filter(|node| node.is_ignored).map(|node| node.path.as_str()).collect();
    mark_ignored(listing, |path| {
        ignored.iter().any(|whole| {
            path.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        })
    });
}

fn mark_ignored(listing: &mut Listing, is_ignored: impl Fn(&str) -> bool) {
    for record in &mut listing.benchmarks {
        record.is_ignored = is_ignored(&Leaf::of(record).path);
    }
}

fn listing(target: &TargetId, leaves: Vec<(Leaf, bool)>) -> Listing {
    let benchmarks = records(target, leaves);
    let warnings = benchmarks.iter().filter(|record| record.id.occurrence == 2).map(twin_warning).collect();
    Listing { benchmarks, selection: Selection::Each, harness_version: None, warnings }
}

fn twin_warning(record: &BenchmarkRecord) -> Warning {
    let text = "the target uses this path more than once; divan cannot run one without the others";
    Warning::new(DUPLICATE, format!("{}/{}", record.id.target, record.id.path), text)
}

fn cut_short(target: &TargetId) -> Warning {
    let text =
        "divan's tree ended early, so benchmarks may be missing; see whether one of them fails by itself";
    Warning::new("list_cut_short", target, text)
}

fn ignored_unknown(target: &TargetId) -> Warning {
    let text = "which benchmarks are marked #[ignore] could not be read";
    Warning::new("ignored_unknown", target, text)
}

/// Paths of the terse list. A name may hold a newline: lines up to the ending belong together when the first
/// of them begins like a path of this target.
fn terse_paths(text: &str, root: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    for line in text.lines() {
        let ending = line.strip_suffix(": benchmark");
        open.push(ending.unwrap_or(line));
        if ending.is_none() {
            continue;
        }
        let is_root = |line: &&str| line.strip_prefix(root).is_some_and(|rest| rest.starts_with("::"));
        let first = open.iter().rposition(is_root).unwrap_or(open.len() - 1);
        paths.push(open[first..].join("\n"));
        open.clear();
    }
    paths
}

/// The crate name of the bench, which is the first part of its own paths.
fn root_of(target: &TargetId) -> String {
    target.name.replace('-', "_")
}

fn has_listed_children(nodes: &[Node], index: usize, listed: &HashSet<&str>) -> bool {
    tree::children(nodes, index).iter().any(|child| listed.contains(nodes[*child].path.as_str()))
}

fn leaves_below(nodes: &[Node], index: usize) -> Vec<Leaf> {
    let node = &nodes[index];
    if !tree::has_children(nodes, index) {
        return vec![Leaf::plain(&node.path)];
    }
    let children = tree::children(nodes, index);
    let counts: Option<Vec<u32>> = children.iter().map(|child| nodes[*child].thread_count()).collect();
    match counts {
        // One count alone is not drawn.
        Some(counts) if counts.len() > 1 => {
            counts.into_iter().map(|count| Leaf { path: node.path.clone(), threads: Some(count) }).collect()
        }
        _ => children.into_iter().flat_map(|child| leaves_below(nodes, child)).collect(),
    }
}
