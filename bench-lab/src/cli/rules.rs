//! What a project asks of its benchmarks: its policy, its budgets, its waivers, from the files that hold them.
//!
//! They are read before anything is measured: a slip of the pen should not cost an hour.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::Zoned;
use lab_core::budget::{Budget, read_budgets};
use lab_core::compare::Comparison;
use lab_core::day::Day;
use lab_core::gate::{Answer, Gate, Question, gate};
use lab_core::mistake::Mistake;
use lab_core::model::{Run, TargetRecord};
use lab_core::policy::{POLICY_FILE, Policy, Waiver, read_policy, read_waivers};
use lab_core::report::view::RunView;

use super::error::{CommandError, did_you_mean};
use super::exit::ExitCode;

/// Everything a project asks.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    pub(super) policy: Policy,
    /// The policy file as it stands; absent when there is none.
    pub(super) text: Option<String>,
    pub(super) budgets: Vec<Budget>,
    waivers: Vec<Waiver>,
}

/// The workspace around a place: the nearest folder from it up that holds a store, a policy or a lock file of cargo;
/// the place itself when there is none.
pub(super) fn workspace_root(begin: &Path) -> PathBuf {
    let marks = [crate::store::STORE_FOLDER, POLICY_FILE, "Cargo.lock"];
    let is_root = |folder: &&Path| marks.iter().any(|mark| folder.join(mark).exists());
    begin.ancestors().find(is_root).unwrap_or(begin).to_owned()
}

impl Rules {
    /// Reads the policy of a workspace, or the one that is named, with its waivers.
    pub(super) fn read(root: &Path, named: Option<&Path>) -> Result<Self, CommandError> {
        let path = named.map_or_else(|| root.join(POLICY_FILE), Path::to_owned);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound && named.is_none() => {
                return Ok(Self::default());
            }
            text => text.map_err(|error| unreadable(&path, &error))?,
        };
        let (policy, budgets) = read_policy(&text).map_err(|mistake| mistaken(&path, &mistake))?;
        let waivers = match &policy.waivers {
            None => Vec::new(),
            Some(file) => {
                let path = path.parent().unwrap_or(root).join(file);
                let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
                read_waivers(&text).map_err(|mistake| mistaken(&path, &mistake))?
            }
        };
        Ok(Self { policy, text: Some(text), budgets, waivers })
    }

    /// Adds the budgets that the packages of these targets name in `[package.metadata.bench-lab]`.
    pub(super) fn add_budgets(&mut self, root: &Path, targets: &[TargetRecord]) -> Result<(), CommandError> {
        let packages: BTreeMap<&str, &TargetRecord> =
            targets.iter().map(|target| (target.id.package.as_str(), target)).collect();
        for (package, target) in packages {
            let Some(path) = budgets_file(root, package, &target.source)? else { continue };
            let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
            let budgets = read_budgets(&text).map_err(|mistake| mistaken(&path, &mistake))?;
            let of_package =
                budgets.into_iter().map(|budget| Budget { package: Some(package.to_owned()), ..budget });
            self.budgets.extend(of_package);
        }
        Ok(())
    }

    /// Asks the gate about a Run, a comparison, or both.
    pub(super) fn gate(&self, view: Option<&RunView<'_>>, comparison: Option<&Comparison>) -> Gate {
        gate(Question {
            comparison,
            budgets: view.map_or(&[], |view| &view.budgets),
            is_whole_run: view.is_some_and(|view| is_whole(view.run)),
            policy: &self.policy,
            waivers: &self.waivers,
            today: today(),
        })
    }
}

/// The exit code of an answer.
pub(super) fn exit_code(gate: &Gate) -> ExitCode {
    match gate.answer {
        Answer::Pass => ExitCode::Fine,
        Answer::Fail => ExitCode::Gate,
        Answer::NotComparable => ExitCode::NotComparable,
    }
}

/// Whether nothing was left out by a filter or by a choice of targets.
fn is_whole(run: &Run) -> bool {
    run.plan.filters.is_empty() && !run.plan.build_arguments.iter().any(|word| word == "--bench")
}

/// Today, where this process runs.
fn today() -> Day {
    let text = Zoned::now().date().to_string();
    text.parse().expect("a date of jiff's calendar is a day")
}

/// The budgets file that a package names; absent when it names none, or its manifest is not at hand.
fn budgets_file(root: &Path, package: &str, source: &str) -> Result<Option<PathBuf>, CommandError> {
    let source = root.join(source);
    for folder in source.ancestors().skip(1) {
        let manifest = folder.join("Cargo.toml");
        let Ok(text) = fs::read_to_string(&manifest) else { continue };
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                return Err(CommandError::new(ExitCode::Usage, &error).hint(manifest.display().to_string()));
            }
        };
        let Some(own) =
            table.get("package").filter(|own| own.get("name").and_then(|n| n.as_str()) == Some(package))
        else {
            continue;
        };
        let setting = own.get("metadata").and_then(|metadata| metadata.get("bench-lab"));
        return match setting.and_then(|setting| setting.get("budgets")) {
            None => Ok(None),
            Some(toml::Value::String(path)) => Ok(Some(folder.join(path))),
            Some(other) => {
                let message = format!(
                    "{}: `package.metadata.bench-lab.budgets` is the path of a file, and this is {}",
                    manifest.display(),
                    other.type_str()
                );
                Err(CommandError::text(ExitCode::Usage, message))
            }
        };
    }
    Ok(None)
}

fn unreadable(path: &Path, error: &std::io::Error) -> CommandError {
    CommandError::text(ExitCode::Usage, format!("{} could not be read: {error}", path.display()))
}

fn mistaken(path: &Path, mistake: &Mistake) -> CommandError {
    let error = CommandError::text(ExitCode::Usage, format!("{}, {mistake}", path.display()));
    match did_you_mean(mistake.nearest()) {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use lab_core::model::TargetId;

    use super::*;

    fn target(package: &str, source: &str) -> TargetRecord {
        TargetRecord {
            id: TargetId::new(package, "t"),
            harness: None,
            harness_version: None,
            executable: None,
            sha256: None,
            build_id: None,
            source: source.into(),
            skip: None,
        }
    }

    /// A workspace of one package in `crates/p`, with this behind the name in its manifest.
    fn workspace(lines: &str) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("crates/p");
        fs::create_dir_all(folder.join("benches")).unwrap();
        fs::write(root.path().join("Cargo.toml"), "[workspace]\nmembers = [\"crates/p\"]\n").unwrap();
        fs::write(folder.join("Cargo.toml"), format!("[package]\nname = \"p\"\n{lines}\n")).unwrap();
        fs::write(folder.join("budgets.toml"), "[[budget]]\nbenchmarks = \"a\"\ntarget = \"< 1 ms\"\n")
            .unwrap();
        root
    }

    fn budgets(root: &Path) -> Result<Vec<Budget>, String> {
        let mut rules = Rules::default();
        let targets = [target("p", "crates/p/benches/t.rs"), target("q", "crates/q/benches/t.rs")];
        rules.add_budgets(root, &targets).map_err(|error| error.message().to_owned())?;
        Ok(rules.budgets)
    }

    #[test]
    fn a_package_names_its_budgets_in_its_manifest() {
        let root = workspace("[package.metadata.bench-lab]\nbudgets = \"budgets.toml\"");
        let budgets = budgets(root.path()).unwrap();
        assert_eq!(budgets.len(), 1);
        assert_eq!(budgets[0].package.as_deref(), Some("p"));
    }

    #[test]
    fn a_package_without_budgets_has_none_and_a_wrong_one_is_named() {
        assert_eq!(budgets(workspace("").path()).unwrap(), Vec::new());
        let wrong = workspace("[package.metadata.bench-lab]\nbudgets = 3");
        assert!(budgets(wrong.path()).unwrap_err().ends_with("is the path of a file, and this is integer"));
        let gone = workspace("[package.metadata.bench-lab]\nbudgets = \"gone.toml\"");
        assert!(budgets(gone.path()).unwrap_err().contains("gone.toml could not be read"));
    }

    #[test]
    fn the_root_is_where_the_lock_file_is() {
        let root = workspace("");
        fs::write(root.path().join("Cargo.lock"), "").unwrap();
        assert_eq!(workspace_root(&root.path().join("crates/p/benches")), root.path());
    }
}
