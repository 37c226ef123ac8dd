//! Every command of bench-lab that the runners' files and the page about machines name, given to the program's parser.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::root;

/// The files, each with the least number of commands it has.
const FILES: &[(&str, usize)] = &[
    ("bench-lab/runners/nightly/bench-lab-nightly.service", 2),
    ("bench-lab/runners/reboot-per-run/reboot-per-run.sh", 2),
    ("bench-lab/runners/github-actions/benchmarks.yml", 4),
    ("docs/MACHINES.md", 3),
    ("docs/CI.md", 5),
];

/// The commands of a text, as words after `bench-lab`. Prose in comments begins with one blank, a command there with
/// three; prose elsewhere has the name in backticks or followed by no known command.
pub(crate) fn commands(text: &str) -> Vec<Vec<String>> {
    text.lines().filter_map(command).collect()
}

fn command(line: &str) -> Option<Vec<String>> {
    let line = match line.trim_start().strip_prefix('#') {
        Some(comment) => comment.strip_prefix("   ").or_else(|| comment.strip_prefix("  "))?,
        None => line,
    };
    if line.contains('`') || line.trim_start().starts_with('|') {
        return None;
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let begin = words.iter().position(|word| *word == "bench-lab" || word.ends_with("/bench-lab"))?;
    let is_end = |word: &&&str| !matches!(**word, "||" | "&&" | "|" | ">" | "#" | ";");
    let rest: Vec<String> = words[begin + 1..]
        .iter()
        .take_while(is_end)
        .map(|word| word.trim_end_matches(';').trim_matches('"').trim_start_matches('$').to_owned())
        .collect();
    let subcommands = bench_lab::cli::command();
    // "bench-lab on a self-hosted runner" is no command.
    rest.first().filter(|first| subcommands.find_subcommand(first).is_some())?;
    Some(rest)
}

pub(crate) fn accept(words: &[String]) -> Result<(), String> {
    let all = std::iter::once("bench-lab".to_owned()).chain(words.iter().cloned());
    bench_lab::cli::command().try_get_matches_from(all).map(drop).map_err(|error| error.to_string())
}

#[test]
fn every_command_line_is_one() {
    for (file, least) in FILES {
        let commands = commands(&fs::read_to_string(root().join(file)).unwrap());
        assert!(commands.len() >= *least, "{file} names only {commands:?}");
        for words in commands {
            accept(&words).unwrap_or_else(|error| panic!("{file}: bench-lab {}\n{error}", words.join(" ")));
        }
    }
}

#[test]
fn no_file_of_the_runners_is_left_out() {
    let mut folders = vec![root().join("bench-lab/runners")];
    let mut naming: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !commands(&fs::read_to_string(&path).unwrap()).is_empty() {
                naming.push(path);
            }
        }
    }
    naming.sort();
    let mut listed: Vec<PathBuf> = FILES.iter().map(|(file, _)| root().join(file)).collect();
    listed.retain(|path| path.starts_with(root().join("bench-lab/runners")));
    listed.sort();
    assert_eq!(naming, listed);
}

#[test]
fn a_flag_that_is_renamed_would_be_found() {
    let line = "ExecStart=/usr/local/bin/bench-lab run --machine /etc/x.toml --locked --wait 30m --budget 3h";
    assert_eq!(accept(&command(line).unwrap()), Ok(()));
    for broken in ["--lockd", "--wait 30q", "--machine"] {
        let line = line.replace("--locked", broken);
        assert!(accept(&command(&line).unwrap()).is_err(), "{line}");
    }
}

#[test]
fn the_line_that_puts_back_after_a_night_is_one_and_does_nothing_where_nothing_was_left() {
    let unit =
        fs::read_to_string(root().join("bench-lab/runners/nightly/bench-lab-nightly.service")).unwrap();
    let line = unit
        .lines()
        .find_map(|line| line.strip_prefix("ExecStopPost=-+/usr/local/bin/bench-lab-hostctl "))
        .unwrap();
    let place = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_bench-lab-hostctl"))
        .args(line.split(' '))
        .env("BENCH_LAB_RUN_DIR", place.path().join("run"))
        .env("BENCH_LAB_HOST_ROOT", place.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "nothing to put back\n", "{output:?}");
    assert_eq!(output.status.code(), Some(0));
}
