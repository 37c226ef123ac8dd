//! Where a benchmark is in the source: its file, and the line where that can be told.
//!
//! It searches text that it is given and reads no file.

use std::collections::BTreeMap;

use crate::model::{BenchmarkId, TargetId};

/// The sources of bench targets.
#[derive(Clone, Debug, Default)]
pub struct Places {
    targets: BTreeMap<TargetId, (String, Option<String>)>,
}

/// A place in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Path from the top of the repository.
    pub file: String,
    /// From 1; absent where the file does not say it plainly, as where a macro makes the name.
    pub line: Option<usize>,
}

impl Places {
    /// Adds the source file of a target: its path from the top of the repository, and its text where it could be read.
    pub fn insert(&mut self, target: TargetId, file: String, text: Option<String>) {
        self.targets.insert(target, (file, text));
    }

    /// Where a benchmark is; absent where nothing is known of its target.
    pub fn of(&self, benchmark: &BenchmarkId) -> Option<Place> {
        let (file, text) = self.targets.get(&benchmark.target)?;
        let line = text.as_deref().and_then(|text| line_of(text, &benchmark.path));
        Some(Place { file: file.clone(), line })
    }

    /// The file of a target.
    pub fn of_target(&self, target: &TargetId) -> Option<Place> {
        let (file, _) = self.targets.get(target)?;
        Some(Place { file: file.clone(), line: None })
    }
}

/// The line that names a benchmark: the parts of its path in their order, as `mod x`, `fn x` or `"x"`, the innermost
/// one that is there. Both harnesses nest so: `mod`, then `fn` (divan), `benchmark_group("x")`, then
/// `bench_function("y")` (Criterion). Arguments and sizes are the innermost parts, and are seldom written out.
fn line_of(text: &str, path: &str) -> Option<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let whole = lines.iter().position(|line| is_quoted(line, path));
    if let Some(line) = whole {
        return Some(line + 1);
    }
    let mut found = None;
    let mut from = 0;
    for part in path.split("::").flat_map(|part| part.split('/')) {
        let next = lines[from..].iter().position(|line| names(line, part));
        if let Some(next) = next {
            from += next;
            found = Some(from + 1);
        }
    }
    found
}

/// Whether a line declares a module or function of this name, or has it as a text of its own.
fn names(line: &str, part: &str) -> bool {
    let code = line.trim_start();
    !code.starts_with("//") && (declares(code, part) || is_quoted(code, part))
}

fn declares(code: &str, part: &str) -> bool {
    ["fn ", "mod "].iter().any(|keyword| {
        code.match_indices(keyword).any(|(at, _)| {
            let is_word = code[..at].chars().next_back().is_none_or(|before| !is_of_name(before));
            let after = &code[at + keyword.len()..];
            let after = after.strip_prefix("r#").unwrap_or(after);
            is_word
                && after
                    .strip_prefix(part)
                    .is_some_and(|rest| rest.chars().next().is_none_or(|next| !is_of_name(next)))
        })
    })
}

fn is_quoted(code: &str, part: &str) -> bool {
    !part.is_empty() && code.contains(&format!("\"{part}\""))
}

fn is_of_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIVAN: &str = "\
use divan::Bencher;

// fn read is below
mod core_ops {
    #[divan::bench(args = [100, 10000])]
    fn read_single(bencher: Bencher, rows: usize) {}

    #[divan::bench(name = \"read all\")]
    fn read(bencher: Bencher) {}
}

mod other {
    pub(crate) fn read() {}
}
";

    const CRITERION: &str = "\
fn benches(c: &mut Criterion) {
    c.bench_function(\"store/open\", |b| b.iter(open));
    let mut group = c.benchmark_group(\"scan\");
    for rows in [10, 100] {
        group.bench_with_input(BenchmarkId::new(\"hash\", rows), &rows, run);
    }
    group.bench_function(\"all\", |b| b.iter(all));
}
";

    #[test]
    fn the_innermost_part_that_is_written_out_is_the_place() {
        for (path, line) in [
            ("target::core_ops::read_single::100", Some(6)),
            ("core_ops::read", Some(9)),
            ("other::read", Some(13)),
            ("core_ops::read all", Some(8)),
            ("core_ops::made_by_a_macro", Some(4)),
            ("made::by::macros", None),
        ] {
            assert_eq!(line_of(DIVAN, path), line, "{path}");
        }
        for (path, line) in [
            ("store/open", Some(2)),
            ("scan/hash/10", Some(5)),
            ("scan/all", Some(7)),
            ("scan/unknown", Some(3)),
            ("nothing", None),
            ("", None),
        ] {
            assert_eq!(line_of(CRITERION, path), line, "{path}");
        }
    }

    #[test]
    fn a_target_without_a_readable_source_has_its_file_alone() {
        let mut places = Places::default();
        places.insert(TargetId::new("p", "t"), "crates/p/benches/t.rs".into(), None);
        let place = places.of(&BenchmarkId::new(TargetId::new("p", "t"), "a")).unwrap();
        assert_eq!(place, Place { file: "crates/p/benches/t.rs".into(), line: None });
        assert_eq!(places.of(&BenchmarkId::new(TargetId::new("q", "t"), "a")), None);
    }
}
