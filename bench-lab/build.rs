//! Says whether this program can measure, and compiles the preload library of the duel for one that can, so that
//! `bench-lab` stays one file that needs nothing beside it.
//!
//! A target for which it cannot be compiled is no error: the program is built without, and says why when it is asked
//! for slices.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(measure)");
    let is_linux = env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux");
    if !is_linux || env::var_os("CARGO_FEATURE_MEASURE").is_none() {
        return;
    }
    // Both halves at once: what measures knows Linux alone, and is left out where it is not wanted.
    println!("cargo::rustc-cfg=measure");
    let source = Path::new(turnstile::SOURCE);
    if let Some(folder) = source.parent() {
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it for every build script"));
    let library = folder.join("turnstile.so");
    let refusal = compile(source, &library).err();
    if refusal.is_some() {
        fs::write(&library, b"").expect("cargo's folder can be written to");
    }
    let text = refusal.unwrap_or_default();
    fs::write(folder.join("turnstile.refusal"), text).expect("cargo's folder can be written to");
}

/// Runs the compiler that compiles this program.
fn compile(source: &Path, library: &Path) -> Result<(), String> {
    let target = env::var("TARGET").unwrap_or_default();
    let is_known =
        target.contains("linux") && ["x86_64", "aarch64"].iter().any(|name| target.starts_with(name));
    if !is_known {
        return Err(format!("the library that lets processes take turns is not made for {target}"));
    }
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.args(["--edition", "2024", "--crate-name", "turnstile", "--crate-type", "cdylib"]);
    command.args(["--cfg", "turnstile_preload", "--cap-lints", "allow"]);
    command.args(["-C", "panic=abort", "-C", "opt-level=3", "-C", "codegen-units=1", "-C", "strip=symbols"]);
    command.args(["--target", &target]);
    // musl links statically unless told otherwise, and a static library cannot be preloaded.
    command.args(["-C", "target-feature=-crt-static"]);
    if let Some(linker) = env::var_os("RUSTC_LINKER") {
        let mut setting = std::ffi::OsString::from("linker=");
        setting.push(linker);
        command.arg("-C").arg(setting);
    }
    command.arg("-o").arg(library).arg(source);
    // Read at compile time by the crate, as cargo would set it.
    if let Some(root) = source.ancestors().nth(2) {
        command.env("CARGO_MANIFEST_DIR", root);
    }
    let output = command.output().map_err(|error| format!("the compiler could not be started: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let first = said.lines().find(|line| line.starts_with("error")).unwrap_or("no reason given");
    Err(format!("the library that lets processes take turns did not compile: {first}"))
}
