//! What was built and how: `rustc.*`, `cargo.*`, `build.*`, `nix.*`.
//!
//! It starts no tool: the discovery of the workspace, which asks cargo and rustc anyway, hands over their answers.

use lab_core::model::FactClass::{Build, Configuration, Explanation};
use lab_core::model::{Environment, FactClass, FactValue, Provenance};

use super::super::sysfs::Absence;
use crate::workspace::Rustflags;

/// Answers of the tools about one build of the workspace.
#[derive(Clone, Debug)]
pub struct BuildInputs {
    /// What `rustc -vV` printed, of the toolchain that built the benches.
    pub rustc_verbose: Result<String, Absence>,
    /// What `rustc --print cfg` printed with the flags of the build.
    pub rustc_cfg: Result<String, Absence>,
    /// What `cargo -V` printed.
    pub cargo_version: Result<String, Absence>,
    /// The triple of `--target`; absent when cargo built for the host.
    pub target: Option<String>,
    /// Settings of the profile.
    pub profile: Profile,
    /// Flags for rustc from outside the profile.
    pub rustflags: Rustflags,
    /// Cargo's feature flags as typed (`--features x`), in their order.
    pub features: Vec<String>,
    /// SHA-256 of the workspace's Cargo.lock, hex.
    pub cargo_lock_sha256: Result<String, Absence>,
    /// The Nix derivation that the lab and its benches came from.
    pub nix: NixBuild,
}

/// Settings of a cargo profile: the first four as the messages about artifacts give them, the last three, which those
/// messages leave out, as the manifest says or with the reason why it cannot be known.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Name (`bench`, `release`).
    pub name: String,
    /// `0` to `3`, `s`, `z`.
    pub opt_level: Result<String, Absence>,
    /// Debug information as cargo writes it (`0`, `2`, `line-tables-only`).
    pub debug_info: Result<String, Absence>,
    /// Whether `debug_assert!` is compiled in.
    pub debug_assertions: Result<bool, Absence>,
    /// Whether arithmetic checks for overflow.
    pub overflow_checks: Result<bool, Absence>,
    /// `off`, `false` (thin within a crate), `thin`, `fat`.
    pub lto: Result<String, Absence>,
    /// Number of code generation units.
    pub codegen_units: Result<String, Absence>,
    /// `unwind` or `abort`.
    pub panic: Result<String, Absence>,
}

/// What Nix told about the lab and its benches.
#[derive(Clone, Debug)]
pub struct NixBuild {
    /// Derivation of the bench executables.
    pub benches_drv: Result<String, Absence>,
    /// Store path of the lab.
    pub output_path: Result<String, Absence>,
    /// SHA-256 of the flake.lock it was built from, hex.
    pub flake_lock_sha256: Result<String, Absence>,
    /// `pure` or `impure` inside a development shell.
    pub shell: Result<String, Absence>,
}

impl NixBuild {
    /// From the provenance of the benches, and Nix's own variable `IN_NIX_SHELL`.
    pub fn of(provenance: Option<&Provenance>, lookup: impl Fn(&str) -> Option<String>) -> Self {
        let told = |field: fn(&Provenance) -> Option<&String>| match provenance {
            None => Err("not built by Nix".to_owned()),
            Some(provenance) => {
                field(provenance).cloned().ok_or_else(|| "the provenance does not say".to_owned())
            }
        };
        let shell = lookup("IN_NIX_SHELL").filter(|value| !value.is_empty());
        Self {
            benches_drv: told(|provenance| provenance.benches.as_ref()?.drv.as_ref()),
            output_path: told(|provenance| provenance.lab.as_ref()?.out.as_ref()),
            flake_lock_sha256: told(|provenance| provenance.flake_lock_sha256.as_ref()),
            shell: shell.ok_or_else(|| "not in a Nix shell".to_owned()),
        }
    }
}

/// What `rustc -vV` says, line by line.
struct RustcAnswer<'a>(&'a Result<String, Absence>);

impl RustcAnswer<'_> {
    fn line(&self, key: &str) -> Result<String, Absence> {
        let text = self.0.as_ref().map_err(Clone::clone)?;
        let value = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
        value.map(|value| value.trim().to_owned()).ok_or_else(|| format!("no {key:?} in rustc -vV"))
    }
}

/// Adds the facts of the build.
pub fn insert_build(environment: &mut Environment, inputs: &BuildInputs) {
    let mut add = |name: &str, class: FactClass, source: &str, value: Result<FactValue, Absence>| {
        environment.insert(name, class, source, value.unwrap_or_else(FactValue::Absent));
    };
    let text = |value: &Result<String, Absence>| value.clone().map(FactValue::Text);

    let rustc = RustcAnswer(&inputs.rustc_verbose);
    for (name, key) in [
        ("rustc.release", "release"),
        ("rustc.commit", "commit-hash"),
        ("rustc.host", "host"),
        ("rustc.llvm", "LLVM version"),
    ] {
        add(name, Build, "rustc -vV", text(&rustc.line(key)));
    }
    add("cargo.version", Build, "cargo -V", text(&inputs.cargo_version));
    let (source, target) = match &inputs.target {
        Some(triple) => ("--target", Ok(triple.clone())),
        None => ("rustc -vV", rustc.line("host")),
    };
    add("build.target", Build, source, text(&target));
    add("build.target_features", Build, "rustc --print cfg", target_features(&inputs.rustc_cfg));
    add("build.features", Build, "command line", Ok(FactValue::List(inputs.features.clone())));

    let flags = inputs.rustflags.flags.clone();
    let source = inputs.rustflags.source.as_str();
    add("build.rustflags", Build, source, flags.clone().map(FactValue::List));
    add("build.target_cpu", Build, source, flags.and_then(|flags| target_cpu(&flags)).map(FactValue::Text));
    add("build.cargo_lock_sha256", Build, "Cargo.lock", text(&inputs.cargo_lock_sha256));

    let version = FactValue::Text(env!("CARGO_PKG_VERSION").into());
    add("lab.version", Configuration, "bench-lab", Ok(version));
    let (variable, file) = ("environment variable", "provenance file");
    add("nix.benches_drv", Build, file, text(&inputs.nix.benches_drv));
    add("nix.output_path", Build, file, text(&inputs.nix.output_path));
    add("nix.flake_lock_sha256", Build, file, text(&inputs.nix.flake_lock_sha256));
    add("nix.shell", Explanation, variable, text(&inputs.nix.shell));
    insert_profile(environment, &inputs.profile);
}

fn insert_profile(environment: &mut Environment, profile: &Profile) {
    let text = |value: &Result<String, Absence>| value.clone().map(FactValue::Text);
    let switch = |value: &Result<bool, Absence>| value.clone().map(FactValue::Bool);
    let settings = [
        ("build.profile", "command line", Ok(FactValue::Text(profile.name.clone()))),
        ("build.opt_level", "cargo's artifact message", text(&profile.opt_level)),
        ("build.debug_info", "cargo's artifact message", text(&profile.debug_info)),
        ("build.debug_assertions", "cargo's artifact message", switch(&profile.debug_assertions)),
        ("build.overflow_checks", "cargo's artifact message", switch(&profile.overflow_checks)),
        ("build.lto", "profile in Cargo.toml", text(&profile.lto)),
        ("build.codegen_units", "profile in Cargo.toml", text(&profile.codegen_units)),
        ("build.panic", "profile in Cargo.toml", text(&profile.panic)),
    ];
    for (name, source, value) in settings {
        environment.insert(name, Build, source, value.unwrap_or_else(FactValue::Absent));
    }
}

/// The `target_feature="…"` lines, joined.
fn target_features(cfg: &Result<String, Absence>) -> Result<FactValue, Absence> {
    let text = cfg.as_ref().map_err(Clone::clone)?;
    let features = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("target_feature=\"")?.strip_suffix('"'))
        .collect::<Vec<_>>()
        .join(" ");
    if features.is_empty() {
        Err("rustc --print cfg names none".into())
    } else {
        Ok(FactValue::Text(features))
    }
}

/// The last `target-cpu` of the flags, in either spelling.
pub(crate) fn target_cpu(flags: &[String]) -> Result<String, Absence> {
    let cpu = flags.iter().rev().find_map(|flag| {
        let option = flag.strip_prefix("-C").unwrap_or(flag).trim_start();
        option.strip_prefix("target-cpu=").or_else(|| flag.strip_prefix("--codegen=target-cpu="))
    });
    cpu.map(str::to_owned).ok_or_else(|| "not set: the target's own default".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn the_last_target_cpu_counts_in_every_spelling() {
        let cpu = |text: &str| target_cpu(&flags(text)).ok();
        assert_eq!(cpu("-C target-cpu=native"), Some("native".into()));
        assert_eq!(cpu("-Ctarget-cpu=x86-64-v3 -Cdebuginfo=1"), Some("x86-64-v3".into()));
        assert_eq!(cpu("-Ctarget-cpu=x86-64-v3 --codegen=target-cpu=native"), Some("native".into()));
        assert_eq!(cpu("-Cdebuginfo=1"), None);
    }

    #[test]
    fn features_of_the_target_come_from_rustc() {
        let cfg =
            "debug_assertions\ntarget_arch=\"x86_64\"\ntarget_feature=\"fxsr\"\ntarget_feature=\"sse2\"\n";
        assert_eq!(target_features(&Ok(cfg.into())), Ok(FactValue::Text("fxsr sse2".into())));
        assert_eq!(target_features(&Err("no rustc".into())), Err("no rustc".into()));
    }
}
