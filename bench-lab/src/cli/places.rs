//! The source files of bench targets, found again from where a Run or a match says that they are.
//!
//! A file that is gone leaves its path alone, as it was stored.

use std::fs;
use std::path::{Path, PathBuf};

use lab_core::model::TargetRecord;
use lab_core::report::place::Places;

/// Reads the sources of these targets. `workspaces` are folders in or under the root that their paths start from, the
/// likeliest first.
pub(super) fn places(targets: &[TargetRecord], workspaces: &[PathBuf]) -> Places {
    let mut places = Places::default();
    for target in targets {
        let found = workspaces.iter().find_map(|workspace| {
            workspace.ancestors().map(|folder| folder.join(&target.source)).find(|path| path.is_file())
        });
        let file = found.as_deref().and_then(from_top).unwrap_or_else(|| target.source.clone());
        let text = found.and_then(|path| fs::read_to_string(path).ok());
        places.insert(target.id.clone(), file, text);
    }
    places
}

/// The path from the top of the repository around it; absent outside of one.
fn from_top(path: &Path) -> Option<String> {
    let path = path.canonicalize().ok()?;
    let top = path.ancestors().skip(1).find(|folder| folder.join(".git").exists())?;
    let inside = path.strip_prefix(top).ok()?;
    Some(inside.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use lab_core::model::{BenchmarkId, TargetId};
    use lab_core::report::place::Place;

    use super::*;

    fn target(source: &str) -> TargetRecord {
        TargetRecord {
            id: TargetId::new("p", "t"),
            harness: None,
            harness_version: None,
            executable: None,
            sha256: None,
            build_id: None,
            source: source.into(),
            skip: None,
        }
    }

    #[test]
    fn a_path_starts_at_the_top_of_the_repository_and_not_at_the_workspace() {
        let repository = tempfile::tempdir().unwrap();
        let workspace = repository.path().join("rust");
        fs::create_dir_all(workspace.join("p/benches")).unwrap();
        fs::create_dir(repository.path().join(".git")).unwrap();
        fs::write(workspace.join("p/benches/t.rs"), "\n#[divan::bench]\nfn read() {}\n").unwrap();
        let id = BenchmarkId::new(TargetId::new("p", "t"), "read");
        // A match knows the folder of the manifest alone, which may be a member's.
        for known in [workspace.clone(), workspace.join("p")] {
            let places = places(&[target("p/benches/t.rs")], &["/gone".into(), known]);
            assert_eq!(places.of(&id), Some(Place { file: "rust/p/benches/t.rs".into(), line: Some(3) }));
        }
        let places = places(&[target("p/benches/gone.rs")], &[workspace]);
        assert_eq!(places.of(&id), Some(Place { file: "p/benches/gone.rs".into(), line: None }));
    }
}
