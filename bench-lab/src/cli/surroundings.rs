//! The host as a Run records it: where to measure, and what machine, settings and build it was.
//!
//! It joins what the host's probe and the workspace's build record know; it reads nothing itself.

use lab_core::cpulist::CpuList;
use lab_core::machine_name::machine_name;
use lab_core::model::{Environment, Provenance};
use lab_core::placement::{self, Placement, PlacementError, Request};

use super::error::CommandError;
use crate::host::probe::{
    self, BuildInputs, LiveReadings, NixBuild, Profile, insert_build, insert_variables,
};
use crate::host::revision::{Source, insert_revision};
use crate::host::sysfs::SysRoot;
use crate::host::{interrupts, topology};
use crate::workspace::{BuildRecord, Workspace};

/// Chooses the CPUs.
pub(super) fn placement(root: &SysRoot, asked: Option<&CpuList>) -> Result<Placement, PlacementError> {
    // Without the counts the choice is by topology alone, which is still a good one.
    let interrupt_counts = interrupts::device_counts(root).unwrap_or_default();
    placement::choose(&topology::read(root), &Request { cpus: asked.cloned(), interrupt_counts })
}

/// The machine and its settings, without any build.
pub(super) fn host(root: &SysRoot) -> Environment {
    probe::environment(root, &topology::read(root), &LiveReadings::take())
}

/// The name of this machine, as its Runs have it.
#[expect(clippy::unnecessary_wraps, reason = "where nothing can be measured, it is not known")]
pub(super) fn this_machine() -> Result<String, CommandError> {
    Ok(machine_name(&host(&SysRoot::live())))
}

/// The machine, its settings, the build and the source.
pub(super) fn environment(
    root: &SysRoot,
    workspace: &Workspace,
    source: &Source,
    provenance: Option<&Provenance>,
) -> Environment {
    let mut environment = without_build(root);
    environment.facts.extend(of_build(workspace, source, provenance).facts);
    environment
}

/// The build and the source alone.
pub(super) fn of_build(
    workspace: &Workspace,
    source: &Source,
    provenance: Option<&Provenance>,
) -> Environment {
    let mut environment = Environment::default();
    insert_build(&mut environment, &inputs(&workspace.build, provenance));
    insert_revision(&mut environment, source);
    environment
}

/// The machine, its settings and the variables of this process.
pub(super) fn without_build(root: &SysRoot) -> Environment {
    let mut environment = host(root);
    // A variable that is no UTF-8 is none that the list allows.
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    insert_variables(&mut environment, variables, "environment of the runner");
    environment
}

fn inputs(build: &BuildRecord, provenance: Option<&Provenance>) -> BuildInputs {
    let compiled = build.compiled.values().next();
    let unset = |name: &str| format!("no {name} in the profile: cargo's default");
    let untold = || "the manifest of the benches does not say".to_owned();
    let told = |text: &str| if text.is_empty() { Err(untold()) } else { Ok(text.to_owned()) };
    let not_built = || "nobody said how a target was compiled".to_owned();
    BuildInputs {
        rustc_verbose: told(&build.rustc_version),
        rustc_cfg: build.rustc_cfg.clone(),
        cargo_version: told(build.cargo_version.lines().next().unwrap_or_default()),
        target: build.target.clone(),
        profile: Profile {
            name: build.profile.name.clone(),
            opt_level: compiled.map(|compiled| compiled.opt_level.clone()).ok_or_else(not_built),
            debug_info: compiled.map(|compiled| compiled.debuginfo.clone()).ok_or_else(not_built),
            debug_assertions: compiled.map(|compiled| compiled.debug_assertions).ok_or_else(not_built),
            overflow_checks: compiled.map(|compiled| compiled.overflow_checks).ok_or_else(not_built),
            lto: build.profile.lto.clone().ok_or_else(|| unset("lto")),
            codegen_units: build.profile.codegen_units.clone().ok_or_else(|| unset("codegen-units")),
            panic: build.profile.panic.clone().ok_or_else(|| unset("panic")),
        },
        rustflags: build.rustflags.clone(),
        features: build
            .features
            .iter()
            .map(|(package, features)| format!("{package}: {}", features.join(",")))
            .collect(),
        cargo_lock_sha256: build.lock_sha256.clone(),
        nix: NixBuild::of(provenance, |name| std::env::var(name).ok()),
    }
}
