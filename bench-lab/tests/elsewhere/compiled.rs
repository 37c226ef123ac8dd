//! The program compiles for the systems that are not at hand.
//!
//! It is type-checked and linted, not linked: for that a machine has to have their C library.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use crate::reader::cargo;

/// Lints the library and the programs for a target, or says in one line why that was left out.
fn lint(target: &str) {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output().unwrap();
    let sysroot = String::from_utf8(output.stdout).unwrap();
    if !Path::new(sysroot.trim()).join("lib/rustlib").join(target).is_dir() {
        // Past the capture of the test harness, so that it is seen.
        let _ = writeln!(std::io::stderr(), "left out: bench-lab for {target} (rustup target add {target})");
        return;
    }
    let mut command = cargo("clippy --locked --quiet --package bench-lab --lib --bins --target");
    command.args([target, "--", "-D", "warnings"]);
    // Its SQLite is C: with these its build script looks for one, and compiles none. Nothing is linked.
    command.env("LIBSQLITE3_SYS_USE_PKG_CONFIG", "1");
    command.env("SQLITE3_LIB_DIR", "nowhere").env("SQLITE3_INCLUDE_DIR", "nowhere");
    let linted = command.output().unwrap();
    assert!(linted.status.success(), "{}", String::from_utf8_lossy(&linted.stderr));
}

#[test]
fn macos_on_arm_gets_the_reader() {
    lint("aarch64-apple-darwin");
}

#[test]
fn linux_on_arm_gets_the_whole_program() {
    lint("aarch64-unknown-linux-gnu");
}
