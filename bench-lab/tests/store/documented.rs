//! The commands of `docs/FORMAT.md`, run as a reader would run them.
//!
//! They need jq, which cargo does not bring; without it the test says that it was skipped.

use std::path::Path;
use std::process::Command;

#[test]
fn the_documented_commands_print_what_the_page_says() {
    if Command::new("jq").arg("--version").output().is_err() {
        eprintln!("skipped: jq is not installed");
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let page = std::fs::read_to_string(root.join("docs/FORMAT.md")).unwrap();
    let run = root.join("crates/lab-core/tests/fixtures/runs/v1/20260801T101500Z-2e3b9d9");
    let blocks = page.split("```console\n").skip(1).map(|block| block.split("```").next().unwrap());
    let mut count = 0;
    let sessions = blocks.flat_map(|block| {
        let sessions = block.strip_prefix("$ ").unwrap().split("\n$ ");
        sessions.map(|session| session.trim_end().to_owned() + "\n").collect::<Vec<String>>()
    });
    for session in sessions {
        let (command, wanted) = session.split_once('\n').unwrap();
        let output = Command::new("sh").args(["-c", command]).current_dir(&run).output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert_eq!(String::from_utf8_lossy(&output.stdout), wanted, "{command}\n{complaint}");
        count += 1;
    }
    assert_eq!(count, 6);
}
