//! Formatter, linter and documentation, run as a person would run them.

use std::process::Command;

use super::root;

fn cargo(arguments: &[&str], environment: &[(&str, &str)], missing: &str) {
    let output = Command::new("cargo")
        .args(arguments)
        .envs(environment.iter().copied())
        .current_dir(root())
        .output()
        .expect("cargo runs this test, so it can be started");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("is not installed"), "{missing} is needed: rustup component add {missing}");
    assert!(
        output.status.success(),
        "cargo {} failed:\n{said}\n{}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stdout)
    );
}

#[test]
fn the_code_is_formatted() {
    cargo(&["fmt", "--all", "--check"], &[], "rustfmt");
}

#[test]
fn clippy_and_rustdoc_have_nothing_to_say() {
    // One test, since both take cargo's build lock and would only wait for each other.
    let clippy = ["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"];
    cargo(&clippy, &[], "clippy");
    // The preload library is compiled by the build script under a flag of its own, which nothing else sets.
    let preload =
        ["clippy", "--package", "turnstile", "--quiet", "--", "-D", "warnings", "--cfg", "turnstile_preload"];
    cargo(&preload, &[], "clippy");
    let doc = ["doc", "--workspace", "--no-deps", "--document-private-items", "--quiet"];
    cargo(&doc, &[("RUSTDOCFLAGS", "-D warnings")], "rust-docs");
}
