//! Builds the bench targets and keeps what cargo says about them.
//!
//! It takes cargo's word for what was built; it starts none of it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::choice::Chosen;
use super::complaint::first_error;
use super::listen::{Heard, listen};
use super::message::{Compiled, Message, MessageTarget, Script, first_line};
use super::metadata::{Metadata, MetadataPackage};
use super::selection::{Packages, Progress, Selection};
use super::toolchain::Toolchain;
use super::{Said, WorkspaceError};

/// Bytes of cargo's standard error that are kept to find its error in; it comes last.
const STDERR_KEPT: usize = 64 * 1024;

/// The first cargo that has `--keep-going`: 1.74.
const KEEP_GOING_SINCE: u32 = 74;

/// What one build gave.
#[derive(Debug, Default)]
pub(super) struct Built {
    /// The arguments behind `cargo`.
    pub(super) arguments: Vec<String>,
    /// Bench executables by package id and name.
    benches: BTreeMap<(String, String), Executable>,
    /// Programs by package id: name and path.
    pub(super) programs: BTreeMap<String, Vec<(String, PathBuf)>>,
    /// What build scripts said, by package id.
    pub(super) scripts: BTreeMap<String, Script>,
    /// Features by package id, as compiled.
    pub(super) features: BTreeMap<String, Vec<String>>,
    /// Compile errors in order.
    errors: Vec<CompileError>,
    /// Cargo's own error; empty when it had none.
    complaint: String,
}

#[derive(Debug)]
struct CompileError {
    package_id: String,
    target: MessageTarget,
    summary: String,
}

/// One bench executable.
#[derive(Clone, Debug)]
pub(super) struct Executable {
    pub(super) path: PathBuf,
    pub(super) compiled: Compiled,
}

/// Builds what was chosen, and goes on where a target does not compile.
///
/// `cargo build --bench NAME --profile bench` writes the very files of `cargo bench --no-run` and has, unlike it,
/// `--keep-going`. Targets whose required features are off by cargo's own resolution are left out, since cargo
/// would refuse the whole list for one of them.
pub(super) fn build(
    metadata: &Metadata,
    chosen: &[Chosen<'_>],
    selection: &Selection,
    toolchain: &Toolchain,
    say: &mut dyn FnMut(Said<'_>),
) -> Result<Built, WorkspaceError> {
    let enabled = |(package, bench): &&Chosen<'_>| {
        missing_features(&bench.required_features, metadata.resolved_features(package)).is_empty()
    };
    let mut names: Vec<&str> = chosen.iter().filter(enabled).map(|(_, bench)| bench.name.as_str()).collect();
    if names.is_empty() {
        return Ok(Built::default());
    }
    names.sort_unstable();
    names.dedup();
    let exact;
    let selection = match selection.link_order {
        None => selection,
        // `cargo rustc` looks for a name among all packages, and a dependency may have the same one.
        Some(_) => {
            let specs = chosen.iter().map(|(package, _)| specification(package)).collect();
            exact = Selection { packages: Packages::Named(specs), ..selection.clone() };
            &exact
        }
    };
    // By name, which spares the unit-test executables of libraries and programs that `--benches` brings along.
    let by_name: Vec<String> = names.into_iter().flat_map(|name| ["--bench".into(), name.into()]).collect();
    let built = run_cargo(&by_name, selection, toolchain, say)?;
    // The resolution covers all members and may turn on more than this build does, or one of two packages with
    // a bench of that name has it off. Nothing was compiled then, and `--benches` leaves such targets out.
    if built.is_refused() { run_cargo(&["--benches".into()], selection, toolchain, say) } else { Ok(built) }
}

/// What names one package and no other (cargo's *package id specification*). Before 1.77 the id that cargo gives is no
/// such thing.
fn specification(package: &MetadataPackage) -> String {
    if package.id.contains('#') {
        package.id.clone()
    } else {
        format!("{}:{}", package.name, package.version)
    }
}

/// The required features that are not enabled; those of dependencies (`serde/derive`) are for cargo to judge.
pub(super) fn missing_features(required: &[String], enabled: &[String]) -> Vec<String> {
    required.iter().filter(|name| !name.contains('/') && !enabled.contains(name)).cloned().collect()
}

fn run_cargo(
    benches: &[String],
    selection: &Selection,
    toolchain: &Toolchain,
    say: &mut dyn FnMut(Said<'_>),
) -> Result<Built, WorkspaceError> {
    let mut arguments = selection.cargo_build_arguments();
    arguments.extend_from_slice(benches);
    if selection.link_order.is_none() && toolchain.cargo_minor().is_none_or(|minor| minor >= KEEP_GOING_SINCE)
    {
        arguments.push("--keep-going".into());
    }
    arguments.push("--message-format".into());
    let mut command = toolchain.cargo_command();
    match selection.progress {
        Progress::Terminal { width } => {
            // Cargo draws its bar for a terminal only, and what it writes to here is a pipe.
            command
                .env("CARGO_TERM_PROGRESS_WHEN", "always")
                .env("CARGO_TERM_PROGRESS_WIDTH", width.to_string());
            arguments.push("json-diagnostic-rendered-ansi".into());
        }
        Progress::Lines | Progress::Quiet => arguments.push("json".into()),
    }
    arguments.extend(selection.linker_arguments());
    command.args(&arguments);
    let mut built = Built { arguments, ..Built::default() };
    let mut stderr = Vec::new();
    let status = listen(&mut command, &selection.stop, |heard| match heard {
        Heard::Line(line) => built.take(&line, say),
        Heard::Stderr(chunk) => {
            say(Said::Cargo(&chunk));
            stderr.extend(chunk);
            let surplus = stderr.len().saturating_sub(STDERR_KEPT);
            stderr.drain(..surplus);
        }
    })
    .map_err(|source| WorkspaceError::Start { program: toolchain.cargo.clone(), source })?;
    if selection.stop.is_raised() {
        return Err(WorkspaceError::Stopped);
    }
    if !status.success() {
        built.complaint = first_error(&stderr);
    }
    Ok(built)
}

impl Built {
    fn take(&mut self, line: &[u8], say: &mut dyn FnMut(Said<'_>)) {
        match serde_json::from_slice(line) {
            Ok(Message::Artifact { package_id, target, profile, features, executable }) => {
                let is_bench = target.kind == ["bench"];
                if is_bench || !self.features.contains_key(&package_id) {
                    self.features.insert(package_id.clone(), features);
                }
                match (executable, target.kind.first().map(String::as_str)) {
                    (Some(path), Some("bench")) => {
                        self.benches
                            .insert((package_id, target.name), Executable { path, compiled: profile });
                    }
                    (Some(path), Some("bin")) => {
                        self.programs.entry(package_id).or_default().push((target.name, path));
                    }
                    _ => {}
                }
            }
            Ok(Message::Diagnostic { package_id, target, message }) => {
                if let Some(rendered) = &message.rendered {
                    say(Said::Compiler(rendered));
                }
                if message.level.starts_with("error") {
                    self.errors.push(CompileError { package_id, target, summary: message.summary() });
                }
            }
            Ok(Message::Script { package_id, script }) => {
                self.scripts.insert(package_id, script);
            }
            // Cargo passes on what a compiler plugin prints; it is not for us.
            Ok(Message::Other) | Err(_) => {}
        }
    }

    /// Whether cargo refused a named target for its required features, before it built anything.
    fn is_refused(&self) -> bool {
        self.benches.is_empty() && self.complaint.contains("requires the features")
    }

    /// The executable of a bench target; absent when it was not built.
    pub(super) fn executable(&self, (package, bench): &Chosen<'_>) -> Option<&Executable> {
        self.benches.get(&(package.id.clone(), bench.name.clone()))
    }

    /// Why a bench target was not built: its own first error, its package's, anybody's, or what cargo said.
    pub(super) fn failure(&self, package_id: &str, bench: &str) -> Option<String> {
        let is_bench = |error: &CompileError| error.target.kind == ["bench"];
        let first =
            |is_cause: &dyn Fn(&CompileError) -> bool| self.errors.iter().find(|error| is_cause(error));
        if let Some(own) =
            first(&|error| error.package_id == package_id && is_bench(error) && error.target.name == bench)
        {
            return Some(own.summary.clone());
        }
        let cause = first(&|error| error.package_id == package_id && !is_bench(error))
            .or_else(|| first(&|error| !is_bench(error)));
        match cause {
            Some(error) => Some(format!("{}: {}", error.target.name, error.summary)),
            None => (!self.complaint.is_empty()).then(|| first_line(&self.complaint)),
        }
    }
}
