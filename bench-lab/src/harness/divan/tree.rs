//! The tree that divan draws: every line with a branch, with the full path that its filter accepts.
//!
//! A name is taken as drawn and joined with `::`; what the benches print between the lines is passed over.

use super::cells;

/// One line of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// Names from the root down, joined as divan joins them.
    pub(super) path: String,
    /// Its own name.
    pub(super) name: String,
    /// 1 for what hangs on the root.
    pub(super) depth: usize,
    /// Whether the line says `(ignored)`.
    pub(super) is_ignored: bool,
    /// Index of its line in the text.
    pub(super) line_index: usize,
}

impl Node {
    /// N of a row named `t=N`.
    pub(super) fn thread_count(&self) -> Option<u32> {
        self.name.strip_prefix("t=")?.parse().ok()
    }
}

/// What divan prints in place of values for a benchmark it leaves out.
const IGNORED: &str = "(ignored)";

/// Every node in the order of the text; the roots are left out.
pub(super) fn parse(text: &str) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut path: Vec<String> = Vec::new();
    // A root stands at the beginning or below a blank line, and has a branch right below it.
    let mut root: Option<&str> = None;
    let mut may_be_root = true;
    for (line_index, line) in text.lines().enumerate() {
        let Some((depth, label)) = branch(line) else {
            if line.trim().is_empty() {
                may_be_root = true;
            } else if may_be_root {
                root = Some(line);
            }
            continue;
        };
        if let Some(line) = root.take().filter(|_| depth == 1) {
            path = vec![root_name(line).to_owned()];
        }
        may_be_root = false;
        let (name, is_ignored) = name_of(label);
        path.truncate(depth);
        path.push(name.to_owned());
        nodes.push(Node { path: path.join("::"), name: name.to_owned(), depth, is_ignored, line_index });
    }
    nodes
}

/// Whether other nodes hang on this one.
pub(super) fn has_children(nodes: &[Node], index: usize) -> bool {
    nodes.get(index + 1).is_some_and(|next| next.depth > nodes[index].depth)
}

/// The nodes that hang directly on this one, by index.
pub(super) fn children(nodes: &[Node], index: usize) -> Vec<usize> {
    let depth = nodes[index].depth;
    (index + 1..nodes.len())
        .take_while(|child| nodes[*child].depth > depth)
        .filter(|child| nodes[*child].depth == depth + 1)
        .collect()
}

/// Depth and label of a line with a branch.
fn branch(line: &str) -> Option<(usize, &str)> {
    let mut rest = line;
    let mut depth = 1;
    while let Some(deeper) = rest.strip_prefix("│  ").or_else(|| rest.strip_prefix("   ")) {
        rest = deeper;
        depth += 1;
    }
    let label = rest.strip_prefix("├─ ").or_else(|| rest.strip_prefix("╰─ "))?;
    Some((depth, label))
}

/// The root's line holds the column heads when benchmarks are measured, and nothing else when they are not.
fn root_name(line: &str) -> &str {
    match cells::split(line).map(|cells| cells.head.trim_end()) {
        Some(head) => head.strip_suffix("fastest").unwrap_or(head).trim_end(),
        None => line,
    }
}

fn name_of(label: &str) -> (&str, bool) {
    // Without columns the name is the whole rest of the line; with columns it is padded.
    let name = match cells::split(label) {
        Some(cells) if cells.is_blank() => cells.head.trim_end(),
        Some(cells) => match cells.first_time() {
            Some((_, start)) => cells.head[..start].trim_end(),
            None => cells.head.trim_end(),
        },
        None => label,
    };
    match name.strip_suffix(IGNORED) {
        Some(name) => (name.trim_end(), true),
        None => (name, false),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn paths(text: &str) -> Vec<String> {
        parse(text).into_iter().map(|node| node.path).collect()
    }

    #[test]
    fn names_are_joined_from_the_root_down() {
        let text = "zoo\n├─ a\n│  ├─ 1 │ 2\n│  ╰─ x::y\n╰─ m\n   ╰─ leaf\n\nother\n╰─ b\n\n";
        assert_eq!(
            paths(text),
            ["zoo::a", "zoo::a::1 │ 2", "zoo::a::x::y", "zoo::m", "zoo::m::leaf", "other::b"]
        );
    }

    #[test]
    fn what_a_benchmark_prints_between_the_lines_starts_no_root() {
        assert_eq!(paths("zoo\n├─ a\nhello\n├─ b\nhello\n╰─ c\n"), ["zoo::a", "zoo::b", "zoo::c"]);
        assert_eq!(paths("loading\nzoo\n╰─ a\n"), ["zoo::a"]);
    }

    #[test]
    fn an_ignored_leaf_is_marked_and_keeps_its_name() {
        let nodes = parse("zoo\n├─ a         (ignored)\n╰─ b\n");
        assert_eq!((nodes[0].path.as_str(), nodes[0].is_ignored), ("zoo::a", true));
        assert!(!nodes[1].is_ignored);
    }

    proptest! {
        #[test]
        fn any_text_gives_a_tree_and_never_a_panic(text in "([│├╰─ a-z0-9=:.\n]|\\PC){0,200}") {
            for (index, node) in parse(&text).iter().enumerate() {
                prop_assert!(node.depth >= 1);
                let nodes = parse(&text);
                let _ = (has_children(&nodes, index), children(&nodes, index));
            }
        }
    }
}
