//! What to do next, for errors that the lower layers leave without advice.
//!
//! It adds to a message and never changes it.

use super::error::{CommandError, did_you_mean};
use super::exit::ExitCode;
use crate::revisions::RevisionError;
use crate::workspace::WorkspaceError;

/// An error of the workspace with its hint.
pub(super) fn workspace(error: &WorkspaceError) -> CommandError {
    let shown = CommandError::new(ExitCode::Usage, error);
    match hint(error) {
        Some(hint) => shown.hint(hint),
        None => shown,
    }
}

/// An error of prebuilt benches with its hint.
#[cfg(measure)]
pub(super) fn bundle(error: &crate::bundle::BundleError) -> CommandError {
    use crate::bundle::BundleError;

    let shown = CommandError::new(ExitCode::Usage, error);
    let hint = match error {
        BundleError::Choice(choice) => hint(choice),
        BundleError::Changed { .. } => Some(
            "nothing was measured: take the bundle anew, or, where it was rewritten on purpose, \
             bench-lab manifest --rehash FILE"
                .into(),
        ),
        BundleError::Missing { .. } => {
            Some("paths in a manifest are from its own folder: take the whole bundle anew".into())
        }
        BundleError::NotExecutable { path, .. } => Some(format!("chmod +x {}", path.display())),
        BundleError::Occupied { .. } => Some("name a folder that is empty or not there".into()),
        BundleError::Malformed { .. } => {
            Some("bench-lab manifest --out DIR writes one; docs/FORMAT.md has its fields".into())
        }
        BundleError::Named { .. } => {
            Some("paths there are from the folder of the package's Cargo.toml".into())
        }
        BundleError::Io { .. } | BundleError::Newer { .. } => None,
    };
    match hint {
        Some(hint) => shown.hint(hint),
        None => shown,
    }
}

fn hint(error: &WorkspaceError) -> Option<String> {
    match error {
        WorkspaceError::NoManifest { .. } | WorkspaceError::ManifestMissing { .. } => {
            Some("run it inside a Cargo workspace, or name one with --manifest-path PATH".into())
        }
        WorkspaceError::CargoMissing { .. } => Some("install Rust: https://rustup.rs".into()),
        WorkspaceError::ToolchainMissing { name, installed } => Some(format!(
            "rustup toolchain install {name}, or --toolchain with one that is installed: {}",
            installed.join(", ")
        )),
        WorkspaceError::NoRustup { .. } => Some("leave --toolchain out to use this cargo".into()),
        WorkspaceError::PackageMissing { nearest, .. } => did_you_mean(nearest),
        WorkspaceError::BenchMissing { nearest, elsewhere, .. } => {
            did_you_mean(nearest).or_else(|| elsewhere_hint(elsewhere))
        }
        WorkspaceError::NoBenchTargets { elsewhere, .. } => elsewhere_hint(elsewhere)
            .or_else(|| Some("a bench target is a file in benches/ or a [[bench]] table".into())),
        WorkspaceError::BuildFailed { .. } => Some("the compiler's messages are above".into()),
        _ => None,
    }
}

/// An error of the revisions with its hint.
pub(super) fn revision(error: &RevisionError) -> CommandError {
    let code = match error {
        RevisionError::InUse { .. } => ExitCode::HostRefused,
        _ => ExitCode::Usage,
    };
    let shown = CommandError::new(code, error);
    let hint = match error {
        RevisionError::NoRepository { .. } => Some(
            "ab compares two revisions of one git repository; bench-lab compare takes stored Runs".into(),
        ),
        RevisionError::Unknown { is_shallow: true, .. } | RevisionError::NoMergeBase { is_shallow: true, .. } => {
            Some("the history was cut when it was cloned: git fetch --unshallow, or fetch-depth: 0 in actions/checkout".into())
        }
        RevisionError::Unknown { nearest, .. } => {
            did_you_mean(nearest).or_else(|| Some("git branch --all and git tag list the names".into()))
        }
        RevisionError::SubmoduleCommit { path, .. } => {
            Some(format!("git -C {} fetch gets it", path.display()))
        }
        RevisionError::Carry { .. } => Some("--carry takes files and folders inside the repository".into()),
        RevisionError::Relink { .. } => Some(
            "section order is shuffled by lld, rustc's default on x86-64 Linux since 1.90; elsewhere set \
             rustflags = [\"-Clink-arg=-fuse-ld=lld\"], or leave out --layouts"
                .into(),
        ),
        RevisionError::Moved { .. } => Some("start a new match with the files as they are now".into()),
        RevisionError::NoPlace => Some("BENCH_LAB_BUILDS names a folder for builds".into()),
        RevisionError::InUse { .. } => Some("wait for it, or end it first".into()),
        RevisionError::Build { source, .. } => hint(source),
        _ => None,
    };
    match hint {
        Some(hint) => shown.hint(hint),
        None => shown,
    }
}

fn elsewhere_hint(packages: &[String]) -> Option<String> {
    match packages {
        [] => None,
        [one] => Some(format!("package {one} has it: -p {one}")),
        several => {
            Some(format!("packages {} have it: choose with -p, or take --workspace", several.join(", ")))
        }
    }
}
