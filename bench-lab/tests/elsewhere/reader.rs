//! The bench-lab that only reads, built once and started beside the whole one.
//!
//! It judges nothing.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use crate::bench_lab::{Place, Said, said};

/// Where cargo leaves what it builds for these tests.
fn target_dir() -> &'static Path {
    let whole = Path::new(env!("CARGO_BIN_EXE_bench-lab"));
    whole.ancestors().nth(2).expect("cargo puts a program into a profile's folder in its own")
}

/// Cargo in the repository. What it compiles on the way it shares with these tests; what it makes lies apart, since this
/// program has the name of the whole one.
pub(crate) fn cargo(words: &str) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(words.split_whitespace())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("CARGO_BUILD_BUILD_DIR", target_dir())
        .env("CARGO_TARGET_DIR", target_dir().join("elsewhere"));
    command
}

static READER: LazyLock<PathBuf> = LazyLock::new(|| {
    let built =
        cargo("build --locked --quiet --package bench-lab --bin bench-lab --no-default-features").output();
    let built = built.unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    target_dir().join("elsewhere/debug/bench-lab")
});

/// Runs the bench-lab that only reads.
pub(crate) fn read(place: &Place, words: &str) -> Said {
    let whole = place.command(words);
    let mut command = Command::new(&*READER);
    command.args(whole.get_args()).current_dir(place.path());
    for (name, value) in whole.get_envs() {
        command.env(name, value.unwrap());
    }
    said(&mut command)
}
