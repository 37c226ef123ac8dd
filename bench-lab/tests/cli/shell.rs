//! What shells and `man` make of the files that are written for them.

use std::fs;
use std::process::{Command, Stdio};

use crate::bench_lab::Place;

/// Whether a program is here; what needs it is left out otherwise.
#[expect(clippy::print_stderr, reason = "a test that proves nothing here says so")]
fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_err() {
        eprintln!("left out: there is no {program} here");
    }
    found.is_ok()
}

/// A shell's exit code and both its outputs.
fn said(program: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(program).args(arguments).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn every_shell_reads_the_script_that_is_made_for_it() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.plain(&format!("completions {shell}")).expect(0).stdout;
        for word in ["compare", "recheck", "step-summary"] {
            assert!(script.contains(word), "no {word} for {shell}");
        }
        let path = place.path().join(shell);
        fs::write(&path, script).unwrap();
        let path = path.to_str().unwrap();
        match shell {
            "bash" | "zsh" | "fish" if has(shell) => {
                assert_eq!(said(shell, &["-n", path]), (Some(0), String::new()))
            }
            _ => {}
        }
    }
    place.plain("completions tcsh").expect(2).assert_stderr_has(&["possible values: bash"]);
}

#[test]
fn bash_completes_commands_and_formats() {
    if !has("bash") {
        return;
    }
    let place = Place::new();
    let path = place.path().join("script");
    let script = place.plain("completions bash").expect(0).stdout;
    let function = script.split("complete -F ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    fs::write(&path, script).unwrap();
    let complete = |words: &str, at: usize| {
        let last = words.split(' ').nth(at).unwrap_or_default();
        let before = words.split(' ').nth(at - 1).unwrap();
        let line = format!(
            "source {}; COMP_WORDS=({words}); COMP_CWORD={at}; {function} bench-lab '{last}' '{before}'; \
             echo \"${{COMPREPLY[@]}}\"",
            path.display()
        );
        said("bash", &["-c", &line])
    };
    assert_eq!(complete("bench-lab comp", 1), (Some(0), "compare completions\n".into()));
    let (_, formats) = complete("bench-lab compare --format j", 3);
    assert_eq!(formats, "json junit\n");
}

#[test]
fn every_manual_page_renders_without_a_complaint() {
    let place = Place::new();
    place.plain("man --out pages/man1").expect(0).assert_stderr_has(&["written to pages/man1"]);
    let mut names: Vec<String> = fs::read_dir(place.path().join("pages/man1"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    for name in ["bench-lab.1", "bench-lab-ab.1", "bench-lab-compare.1", "bench-lab-run.1"] {
        assert!(names.iter().any(|found| found == name), "{names:?}");
    }
    if !has("man") {
        return;
    }
    for name in &names {
        let path = place.path().join("pages/man1").join(name);
        let output = Command::new("man")
            .args(["--warnings", "--local-file"])
            .arg(&path)
            .env("LC_ALL", "C.UTF-8")
            .env("MANPAGER", "cat")
            .env("MANWIDTH", "100")
            .output()
            .unwrap();
        let (text, complaints) = (output.stdout, String::from_utf8_lossy(&output.stderr).into_owned());
        assert!(output.status.success(), "{name}: {complaints}");
        // A minimised system has a stand-in for man that renders nothing.
        let text = String::from_utf8_lossy(&text).into_owned();
        if text.contains("minimized") {
            eprintln!("left out: man is a stand-in here");
            return;
        }
        assert!(text.contains("NAME") && text.contains("SYNOPSIS"), "{name}: {text}");
        assert_eq!(complaints, "", "{name}");
    }
}
